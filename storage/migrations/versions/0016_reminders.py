"""Reminders: the class committee, who was called, when an item was published, a look-up by the end of a snooze.

Revision 0016, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "committee",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_committee_student_id")),
        sa.ForeignKeyConstraint(["named_by"], ["staff.id"], name=op.f("fk_committee_named_by")),
        sa.PrimaryKeyConstraint("student_id", name=op.f("pk_committee")),
    )
    op.create_table(
        "called",
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_called_student_id")),
        sa.ForeignKeyConstraint(["by"], ["staff.id"], name=op.f("fk_called_by")),
        sa.PrimaryKeyConstraint("student_id", name=op.f("pk_called")),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("snooze", schema=None) as batch_op:
        batch_op.create_index("ix_snooze_until", ["until"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("snooze", schema=None) as batch_op:
        batch_op.drop_index("ix_snooze_until")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_column("published_at")
    op.drop_table("called")
    op.drop_table("committee")
