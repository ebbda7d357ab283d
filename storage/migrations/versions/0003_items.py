"""Tables of items.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("cohort", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("contact", sa.String(), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_time", sa.Time(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_text", sa.String(), nullable=True),
        sa.Column("tentative", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("steps", sa.String(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=True),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("quote", sa.String(), nullable=True),
        sa.Column("locator", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.CheckConstraint("evidence in ('form', 'staff', 'self')", name=op.f("ck_item_evidence")),
        sa.CheckConstraint("how in ('remote', 'proxy', 'in_person', 'unknown')", name=op.f("ck_item_how")),
        sa.CheckConstraint(
            "status in ('proposed', 'published', 'superseded', 'cancelled', 'rejected')", name=op.f("ck_item_status")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_item_notice_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_item_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("school_id", "cohort", "key", name=op.f("uq_item_school_id_cohort_key")),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index("ix_item_school_id_status_due_at", ["school_id", "status", "due_at"], unique=False)

    op.create_table(
        "item_status",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by_staff_id", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('open', 'handed_in', 'returned', 'done', 'waived')", name=op.f("ck_item_status_status")
        ),
        sa.ForeignKeyConstraint(["by_staff_id"], ["staff.id"], name=op.f("fk_item_status_by_staff_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_status_item_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_item_status_student_id")),
        sa.PrimaryKeyConstraint("student_id", "item_id", name=op.f("pk_item_status")),
    )
    with op.batch_alter_table("item_status", schema=None) as batch_op:
        batch_op.create_index("ix_item_status_item_id_status", ["item_id", "status"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("item_status", schema=None) as batch_op:
        batch_op.drop_index("ix_item_status_item_id_status")

    op.drop_table("item_status")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_index("ix_item_school_id_status_due_at")

    op.drop_table("item")
