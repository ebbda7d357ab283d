"""Tables of submissions.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status in ('handed_in', 'approved', 'returned', 'withdrawn', 'revoked', 'replaced')",
            name=op.f("ck_submission_status"),
        ),
        sa.ForeignKeyConstraint(["reviewed_by"], ["staff.id"], name=op.f("fk_submission_reviewed_by")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_submission_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index("ix_submission_status_form", ["status", "form"], unique=False)
        batch_op.create_index("ix_submission_student_id_form", ["student_id", "form"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index("ix_submission_student_id_form")
        batch_op.drop_index("ix_submission_status_form")

    op.drop_table("submission")
