"""Tables of people.

Revision 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "school",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rules", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("name", name=op.f("uq_school_name")),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_table(
        "class_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("cohort", sa.String(), nullable=False),
        sa.Column("college", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("campus", sa.String(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_class_group_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_group")),
        sa.UniqueConstraint(
            "school_id", "cohort", "college", "name", name=op.f("uq_class_group_school_id_cohort_college_name")
        ),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("role in ('counselor', 'office', 'operator')", name=op.f("ck_staff_role")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_staff_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("school_id", "number_hash", name=op.f("uq_staff_school_id_number_hash")),
    )
    op.create_table(
        "class_staff",
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_group.id"], name=op.f("fk_class_staff_class_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_class_staff_staff_id")),
        sa.PrimaryKeyConstraint("class_id", "staff_id", name=op.f("pk_class_staff")),
    )
    with op.batch_alter_table("class_staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_class_staff_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "student",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("attributes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["class_group.id"], name=op.f("fk_student_class_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_student_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student")),
        sa.UniqueConstraint("school_id", "number_hash", name=op.f("uq_student_school_id_number_hash")),
    )
    with op.batch_alter_table("student", schema=None) as batch_op:
        batch_op.create_index("ix_student_class_id_position", ["class_id", "position"], unique=False)

    op.create_table(
        "bind_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(student_id is null) <> (staff_id is null)", name=op.f("ck_bind_code_one_owner")),
        sa.ForeignKeyConstraint(["issued_by"], ["staff.id"], name=op.f("fk_bind_code_issued_by")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_bind_code_staff_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_bind_code_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bind_code")),
    )
    with op.batch_alter_table("bind_code", schema=None) as batch_op:
        batch_op.create_index("ix_bind_code_staff_id", ["staff_id"], unique=False)
        batch_op.create_index("ix_bind_code_student_id", ["student_id"], unique=False)

    op.create_table(
        "binding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(student_id is null) <> (staff_id is null)", name=op.f("ck_binding_one_owner")),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name=op.f("fk_binding_approved_by")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_binding_staff_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_binding_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding")),
    )
    with op.batch_alter_table("binding", schema=None) as batch_op:
        batch_op.create_index("ix_binding_staff_id", ["staff_id"], unique=False)
        batch_op.create_index("ix_binding_student_id", ["student_id"], unique=False)
        batch_op.create_index(
            "uq_binding_live_address",
            ["channel", "user"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_consent_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index("ix_consent_student_id_purpose", ["student_id", "purpose"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_student_id_purpose")

    op.drop_table("consent")
    with op.batch_alter_table("binding", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_binding_live_address",
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.drop_index("ix_binding_student_id")
        batch_op.drop_index("ix_binding_staff_id")

    op.drop_table("binding")
    with op.batch_alter_table("bind_code", schema=None) as batch_op:
        batch_op.drop_index("ix_bind_code_student_id")
        batch_op.drop_index("ix_bind_code_staff_id")

    op.drop_table("bind_code")
    with op.batch_alter_table("student", schema=None) as batch_op:
        batch_op.drop_index("ix_student_class_id_position")

    op.drop_table("student")
    with op.batch_alter_table("class_staff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_class_staff_staff_id"))

    op.drop_table("class_staff")
    op.drop_table("staff")
    op.drop_table("class_group")
    op.drop_table("throttle")
    op.drop_table("school")
