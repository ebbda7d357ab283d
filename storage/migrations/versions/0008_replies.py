"""Tables of replies on their way, one-time links, group chats and polling.

Revision 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "reply",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('planned', 'leased', 'unknown', 'sent', 'failed', 'expired')", name=op.f("ck_reply_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
    )
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.create_index("ix_reply_channel_chat_id", ["channel", "chat", "id"], unique=False)
        batch_op.create_index("ix_reply_status_not_before", ["status", "not_before"], unique=False)

    op.create_table(
        "link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(student_id is null) <> (staff_id is null)", name=op.f("ck_link_one_owner")),
        sa.CheckConstraint("purpose in ('web', 'bind')", name=op.f("ck_link_purpose")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_link_staff_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_link_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_hash")),
    )
    op.create_table(
        "group_chat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("bound_by", sa.Uuid(), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["bound_by"], ["staff.id"], name=op.f("fk_group_chat_bound_by")),
        sa.ForeignKeyConstraint(["class_id"], ["class_group.id"], name=op.f("fk_group_chat_class_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_chat")),
    )
    with op.batch_alter_table("group_chat", schema=None) as batch_op:
        batch_op.create_index("ix_group_chat_class_id", ["class_id"], unique=False)
        batch_op.create_index(
            "uq_group_chat_live",
            ["channel", "chat"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "polling",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_polling")),
    )


def downgrade() -> None:
    op.drop_table("polling")
    with op.batch_alter_table("group_chat", schema=None) as batch_op:
        batch_op.drop_index("uq_group_chat_live")
        batch_op.drop_index("ix_group_chat_class_id")

    op.drop_table("group_chat")
    op.drop_table("link")
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.drop_index("ix_reply_status_not_before")
        batch_op.drop_index("ix_reply_channel_chat_id")

    op.drop_table("reply")
