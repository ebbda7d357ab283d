"""Broadcasts deepened: group chats as recipients, has-trouble with a note, corrections, recalls.

Revision 0017, after 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None

_ONE_OF_THREE = (
    "(case when student_id is null then 0 else 1 end) + (case when staff_id is null then 0 else 1 end)"
    " + (case when group_id is null then 0 else 1 end) = 1"
)
_TIMES = ("awaits_at", "corrected_at", "recalled_at")


def upgrade() -> None:
    op.create_table(
        "recall",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("broadcast_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('planned', 'done', 'refused')", name=op.f("ck_recall_status")),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_recall_broadcast_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
        sa.UniqueConstraint(
            "broadcast_id", "channel", "platform_id", name=op.f("uq_recall_broadcast_id_channel_platform_id")
        ),
    )
    only = sa.text("status = 'planned'")
    op.create_index("ix_recall_due", "recall", ["not_before"], sqlite_where=only, postgresql_where=only)
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.add_column(sa.Column("label", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("to_groups", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("wrong", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("awaits", sa.String(), nullable=True))
        for name in _TIMES:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        for name in ("label", "to_groups", "wrong"):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("group_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("note_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("helped_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_delivery_group_id"), "group_chat", ["group_id"], ["id"])
        batch_op.drop_constraint(op.f("ck_delivery_one_recipient"), type_="check")
        batch_op.create_check_constraint(op.f("ck_delivery_one_recipient"), _ONE_OF_THREE)


def downgrade() -> None:
    op.execute(sa.text("delete from delivery where group_id is not null"))
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_delivery_one_recipient"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_delivery_one_recipient"), "(student_id is null) <> (staff_id is null)"
        )
        batch_op.drop_constraint(op.f("fk_delivery_group_id"), type_="foreignkey")
        for name in ("helped_at", "note_sealed", "group_id"):
            batch_op.drop_column(name)
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        for name in (*reversed(_TIMES), "awaits", "wrong", "to_groups", "label"):
            batch_op.drop_column(name)
    op.drop_table("recall")
