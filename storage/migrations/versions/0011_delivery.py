"""Deliveries deepened: attempts, pauses, allowances, ways of a person, audiences, snoozes, who holds the clock.

Revision 0011, after 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "allowance",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tail_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marks", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("channel", "chat", name=op.f("pk_allowance")),
    )
    op.create_table(
        "pause",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_pause")),
    )
    op.create_table(
        "post",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_post")),
    )
    op.create_table(
        "mute",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_mute_student_id")),
        sa.PrimaryKeyConstraint("student_id", name=op.f("pk_mute")),
    )
    op.create_table(
        "snooze",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_snooze_item_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_snooze_student_id")),
        sa.PrimaryKeyConstraint("student_id", "item_id", name=op.f("pk_snooze")),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_at", ["at"], unique=False)
        batch_op.create_index("ix_attempt_delivery_id", ["delivery_id"], unique=False)

    with op.batch_alter_table("binding", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preferred_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("blocked_reason", sa.String(), nullable=True))

    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "audience",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="{}",
            )
        )
        batch_op.add_column(
            sa.Column(
                "files", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False, server_default="[]"
            )
        )
        batch_op.add_column(sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("corrects_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("approved_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(op.f("ck_broadcast_status"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_broadcast_status"), "status in ('draft', 'waiting', 'scheduled', 'sent', 'cancelled', 'recalled')"
        )
        batch_op.create_index("ix_broadcast_status_not_before", ["status", "not_before"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_broadcast_corrects_id"), "broadcast", ["corrects_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_broadcast_approved_by"), "staff", ["approved_by"], ["id"])

    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("stuck_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("in_doubt", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.drop_index(batch_op.f("ix_delivery_broadcast_id_status"))
        batch_op.drop_index(batch_op.f("ix_delivery_status_not_before"))
        batch_op.create_index(
            "ix_delivery_broadcast_id",
            ["broadcast_id"],
            unique=False,
            sqlite_where=sa.text("broadcast_id is not null"),
            postgresql_where=sa.text("broadcast_id is not null"),
        )
        batch_op.create_index(
            "ix_delivery_due",
            ["urgent", "not_before"],
            unique=False,
            sqlite_where=sa.text("status = 'planned'"),
            postgresql_where=sa.text("status = 'planned'"),
        )
        batch_op.create_index(
            "ix_delivery_leased_until",
            ["leased_until"],
            unique=False,
            sqlite_where=sa.text("status = 'leased'"),
            postgresql_where=sa.text("status = 'leased'"),
        )
        batch_op.create_index(
            "ix_delivery_staff_id",
            ["staff_id"],
            unique=False,
            sqlite_where=sa.text("staff_id is not null"),
            postgresql_where=sa.text("staff_id is not null"),
        )
        batch_op.create_index(
            "ix_delivery_student_id_open",
            ["student_id"],
            unique=False,
            sqlite_where=sa.text("settled_at is null"),
            postgresql_where=sa.text("settled_at is null"),
        )

    op.execute(sa.text("update broadcast set planned_at = created_at where status = 'sent'"))
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        for name in ("audience", "files", "urgent"):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.alter_column("in_doubt", server_default=None)


def downgrade() -> None:
    op.execute(sa.text("update broadcast set status = 'cancelled' where status in ('waiting', 'recalled')"))
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_delivery_student_id_open",
            sqlite_where=sa.text("settled_at is null"),
            postgresql_where=sa.text("settled_at is null"),
        )
        batch_op.drop_index(
            "ix_delivery_staff_id",
            sqlite_where=sa.text("staff_id is not null"),
            postgresql_where=sa.text("staff_id is not null"),
        )
        batch_op.drop_index(
            "ix_delivery_leased_until",
            sqlite_where=sa.text("status = 'leased'"),
            postgresql_where=sa.text("status = 'leased'"),
        )
        batch_op.drop_index(
            "ix_delivery_due",
            sqlite_where=sa.text("status = 'planned'"),
            postgresql_where=sa.text("status = 'planned'"),
        )
        batch_op.drop_index(
            "ix_delivery_broadcast_id",
            sqlite_where=sa.text("broadcast_id is not null"),
            postgresql_where=sa.text("broadcast_id is not null"),
        )
        batch_op.create_index(
            batch_op.f("ix_delivery_status_not_before"), ["status", "urgent", "not_before"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_delivery_broadcast_id_status"), ["broadcast_id", "status"], unique=False)
        batch_op.drop_column("in_doubt")
        batch_op.drop_column("stuck_at")
        batch_op.drop_column("done_at")

    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_broadcast_approved_by"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_broadcast_corrects_id"), type_="foreignkey")
        batch_op.drop_index("ix_broadcast_status_not_before")
        batch_op.drop_constraint(op.f("ck_broadcast_status"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_broadcast_status"), "status in ('draft', 'scheduled', 'sent', 'cancelled')"
        )
        batch_op.drop_column("planned_at")
        batch_op.drop_column("approved_by")
        batch_op.drop_column("corrects_id")
        batch_op.drop_column("urgent")
        batch_op.drop_column("files")
        batch_op.drop_column("audience")

    with op.batch_alter_table("binding", schema=None) as batch_op:
        batch_op.drop_column("blocked_reason")
        batch_op.drop_column("blocked_at")
        batch_op.drop_column("preferred_at")

    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_delivery_id")
        batch_op.drop_index("ix_attempt_at")

    op.drop_table("attempt")
    op.drop_table("snooze")
    op.drop_table("mute")
    op.drop_table("post")
    op.drop_table("pause")
    op.drop_table("allowance")
