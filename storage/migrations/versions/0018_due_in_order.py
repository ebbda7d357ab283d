"""What is due is found in the order in which it goes: a million rows of one minute are not sorted for each claim;
a class's group chat keeps its order like a person.

Revision 0018, after 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    _rebuild("urgent", "not_before", "id")
    to_groups = sa.text("group_id is not null")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            "ix_delivery_group_id", ["group_id"], unique=False, sqlite_where=to_groups, postgresql_where=to_groups
        )


def downgrade() -> None:
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_group_id")
    _rebuild("urgent", "not_before")


def _rebuild(*columns: str) -> None:
    planned = sa.text("status = 'planned'")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_due")
        batch_op.create_index(
            "ix_delivery_due", list(columns), unique=False, sqlite_where=planned, postgresql_where=planned
        )
