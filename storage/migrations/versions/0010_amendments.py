"""Notices that change notices, and what they end.

Revision 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("amends_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("amends_as", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_notice_amends_id"), "notice", ["amends_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_notice_amends_as"), "amends_as in ('supplement', 'replacement')")

    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.add_column(sa.Column("superseded_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("remaining", sa.String(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_passage_superseded_by_id"), "notice", ["superseded_by_id"], ["id"])

    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("start_time", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("is_deadline", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("superseded_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("ended_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("ended_status", sa.String(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_item_superseded_by_id"), "item", ["superseded_by_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_item_ended_by_id"), "notice", ["ended_by_id"], ["id"])

    op.execute(sa.text("update item set is_deadline = (due_on is not null and opens_on is null)"))
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.alter_column("is_deadline", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_item_ended_by_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_item_superseded_by_id"), type_="foreignkey")
        for name in ("ended_status", "ended_by_id", "superseded_by_id", "is_deadline", "start_time", "place"):
            batch_op.drop_column(name)

    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_passage_superseded_by_id"), type_="foreignkey")
        batch_op.drop_column("remaining")
        batch_op.drop_column("superseded_by_id")

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_notice_amends_as"), type_="check")
        batch_op.drop_constraint(op.f("fk_notice_amends_id"), type_="foreignkey")
        for name in ("published_at", "amends_as", "amends_id"):
            batch_op.drop_column(name)
