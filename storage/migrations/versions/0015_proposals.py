"""What notices say besides their tasks, for a person to confirm, edit or reject.

Revision 0015, after 0014.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.CheckConstraint("kind in ('contact', 'condition', 'file', 'answer')", name=op.f("ck_proposal_kind")),
        sa.CheckConstraint("status in ('proposed', 'confirmed', 'rejected')", name=op.f("ck_proposal_status")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_proposal_school_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_proposal_notice_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("notice_id", "key", name=op.f("uq_proposal_notice_id_key")),
    )
    op.create_index("ix_proposal_school_id_status", "proposal", ["school_id", "status"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_proposal_school_id_status", table_name="proposal")
    op.drop_table("proposal")
