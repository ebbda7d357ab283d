"""Who speaks, what he may see, and who is on the roster."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import Vault, place_of
from storage.database import vault_of
from storage.models import Binding, ClassGroup, ClassStaff, School, Staff, Student
from storage.roll import add_class, add_school, add_staff, add_student, staff_hash, staff_id_of, student_id_of

__all__ = [
    "Actor",
    "Addressed",
    "ClassCard",
    "Place",
    "StaffCard",
    "StudentCard",
    "actor_of",
    "add_class",
    "add_school",
    "add_staff",
    "add_student",
    "addresses_of",
    "addresses_of_staff",
    "class_of",
    "classes_named",
    "classes_of",
    "counselors_of",
    "counselors_of_class",
    "person_columns",
    "person_of",
    "rules_of",
    "scope_of",
    "staff_actor",
    "staff_hash",
    "staff_id_of",
    "staff_of",
    "student_actor",
    "student_card",
    "student_id_of",
    "student_named",
    "students_of",
]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person behind an address. `role` is student, counselor, office or operator."""

    id: UUID
    school_id: UUID
    role: str
    name: str
    school: str
    cohort: str | None = None
    class_id: UUID | None = None

    @property
    def is_student(self) -> bool:
        return self.role == "student"

    @property
    def is_staff(self) -> bool:
        return self.role != "student"

    @property
    def tag(self) -> str:
        """How the audit names him: 'student:<id>' or 'staff:<id>'."""
        return f"{'student' if self.is_student else 'staff'}:{self.id}"


class Addressed(Protocol):
    """Anything with the three parts of an address (`handlers.messages.Address`, `Place`)."""

    @property
    def channel(self) -> str: ...
    @property
    def chat(self) -> str: ...
    @property
    def user(self) -> str: ...


class Place(NamedTuple):
    """Where a person can be reached."""

    channel: str
    chat: str
    user: str


@dataclass(frozen=True, slots=True)
class StudentCard:
    """What a member of staff sees of a student at a glance."""

    id: UUID
    number: str
    name: str
    class_id: UUID
    class_name: str
    college: str
    cohort: str
    position: int


@dataclass(frozen=True, slots=True)
class StaffCard:
    """A member of staff as others see him."""

    id: UUID
    name: str
    role: str
    phone: str | None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class ClassCard:
    """A class as staff see it."""

    id: UUID
    name: str
    college: str
    cohort: str
    campus: str | None
    expected: int | None


# --- who speaks ------------------------------------------------------------------------------------------------------


async def actor_of(session: AsyncSession, address: Addressed) -> Actor | None:
    """The person this address speaks for, through a live and approved binding; None: nobody."""
    found = await session.execute(_bound(), {"channel": address.channel, "user": address.user})
    row = found.one_or_none()
    return person_of(row, vault_of(session)) if row else None


@cache
def _bound() -> Select[Any]:
    return (
        select(*person_columns())
        .select_from(Binding)
        .outerjoin(Student, Student.id == Binding.student_id)
        .outerjoin(ClassGroup, ClassGroup.id == Student.class_id)
        .outerjoin(Staff, Staff.id == Binding.staff_id)
        .join(School, School.id == func.coalesce(Student.school_id, Staff.school_id))
        .where(Binding.channel == bindparam("channel"), Binding.user == bindparam("user"))
        .where(Binding.ended_at.is_(None), Binding.approved_at.is_not(None))
    )


def person_columns() -> tuple[Any, ...]:
    """What `person_of` reads: of a student with his class, or of a member of staff, with the school."""
    return (
        School.id.label("school_id"),
        School.name.label("school"),
        Student.id.label("student_id"),
        Student.name_sealed.label("student_name"),
        ClassGroup.id.label("class_id"),
        ClassGroup.cohort.label("cohort"),
        Staff.id.label("staff_id"),
        Staff.name_sealed.label("staff_name"),
        Staff.role.label("role"),
    )


def person_of(row: Row[Any], vault: Vault) -> Actor:
    """The actor that `person_columns` describe."""
    if row.student_id is not None:
        name = vault.open(row.student_name, place_of("student", "name_sealed", row.student_id))
        return Actor(row.student_id, row.school_id, "student", name, row.school, row.cohort, row.class_id)
    name = vault.open(row.staff_name, place_of("staff", "name_sealed", row.staff_id))
    return Actor(row.staff_id, row.school_id, row.role, name, row.school)


async def student_actor(session: AsyncSession, student_id: UUID) -> Actor | None:
    """The student himself as an actor, for work done on his behalf without a message of his (reminders)."""
    found = await session.execute(
        select(Student, ClassGroup, School)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .join(School, School.id == Student.school_id)
        .where(Student.id == student_id)
    )
    row = found.one_or_none()
    if row is None:
        return None
    student, group, school = row
    name = vault_of(session).open(student.name_sealed, place_of("student", "name_sealed", student.id))
    return Actor(student.id, school.id, "student", name, school.name, group.cohort, group.id)


async def staff_actor(session: AsyncSession, staff_id: UUID) -> Actor | None:
    """A member of staff as an actor, for the console and for digests."""
    found = await session.execute(
        select(Staff, School).join(School, School.id == Staff.school_id).where(Staff.id == staff_id)
    )
    row = found.one_or_none()
    if row is None:
        return None
    staff, school = row
    name = vault_of(session).open(staff.name_sealed, place_of("staff", "name_sealed", staff.id))
    return Actor(staff.id, school.id, staff.role, name, school.name)


# --- what he may see -------------------------------------------------------------------------------------------------


def scope_of(actor: Actor) -> Select[UUID]:
    """The ids of the classes whose students `actor` may see, as a subquery: `Student.class_id.in_(scope_of(actor))`.

    A counselor has his classes, office and operator those of their school, a student none.
    """
    classes = select(ClassGroup.id).where(ClassGroup.school_id == actor.school_id)
    if actor.role in ("office", "operator"):
        return classes
    if actor.role == "counselor":
        mine = select(ClassStaff.class_id).where(ClassStaff.staff_id == actor.id)
        return classes.where(ClassGroup.id.in_(mine))
    return classes.where(false())


async def classes_of(session: AsyncSession, actor: Actor) -> list[ClassCard]:
    """The classes in the actor's scope, in the order of the roster."""
    groups = await session.scalars(
        select(ClassGroup)
        .where(ClassGroup.id.in_(scope_of(actor)))
        .order_by(ClassGroup.cohort.desc(), ClassGroup.position, ClassGroup.college, ClassGroup.name)
    )
    return [ClassCard(g.id, g.name, g.college, g.cohort, g.campus, g.expected) for g in groups]


async def classes_named(session: AsyncSession, actor: Actor, text: str) -> list[ClassCard]:
    """The classes in scope with exactly this name, or else those whose name contains it."""
    wanted = "".join(text.split())
    if not wanted:
        return []
    cards = await classes_of(session, actor)
    return [c for c in cards if c.name == wanted] or [c for c in cards if wanted in c.name]


async def students_of(session: AsyncSession, actor: Actor, class_id: UUID | None = None) -> list[StudentCard]:
    """The students in the actor's scope, by class and position; of one class where `class_id` is given."""
    query = _cards(actor).order_by(
        ClassGroup.cohort.desc(), ClassGroup.position, ClassGroup.college, ClassGroup.name, Student.position, Student.id
    )
    if class_id is not None:
        query = query.where(Student.class_id == class_id)
    rows = await session.execute(query)
    return [_card(student, group, vault_of(session)) for student, group in rows]


async def student_card(session: AsyncSession, actor: Actor, student_id: UUID) -> StudentCard | None:
    """One student's card, or None: there is none in the actor's scope."""
    found = await session.execute(_cards(actor).where(Student.id == student_id))
    row = found.one_or_none()
    return _card(row[0], row[1], vault_of(session)) if row else None


async def student_named(session: AsyncSession, actor: Actor, text: str) -> list[StudentCard]:
    """The students in scope with this number, or else with this name; several may share a name."""
    wanted = "".join(text.split())
    number = vault_of(session).lookup(wanted, "student_number")
    rows = (await session.execute(_cards(actor).where(Student.number_hash == number))).all()
    if rows:
        return [_card(student, group, vault_of(session)) for student, group in rows]
    return [card for card in await students_of(session, actor) if card.name == wanted]


def _cards(actor: Actor) -> Select[Student, ClassGroup]:
    return (
        select(Student, ClassGroup)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(Student.class_id.in_(scope_of(actor)))
    )


def _card(student: Student, group: ClassGroup, vault: Vault) -> StudentCard:
    return StudentCard(
        id=student.id,
        number=vault.open(student.number_sealed, place_of("student", "number_sealed", student.id)),
        name=vault.open(student.name_sealed, place_of("student", "name_sealed", student.id)),
        class_id=group.id,
        class_name=group.name,
        college=group.college,
        cohort=group.cohort,
        position=student.position,
    )


# --- who belongs together --------------------------------------------------------------------------------------------


async def class_of(session: AsyncSession, student_id: UUID) -> str:
    """The name of a student's class. Raises `NoResultFound` where there is no such student."""
    found = await session.scalars(
        select(ClassGroup.name).join(Student, Student.class_id == ClassGroup.id).where(Student.id == student_id)
    )
    return found.one()


async def counselors_of(session: AsyncSession, student_id: UUID) -> list[StaffCard]:
    """The counselors of a student's class: whom to ask, whom to tell."""
    staff = await session.scalars(
        select(Staff)
        .join(ClassStaff, ClassStaff.staff_id == Staff.id)
        .join(Student, Student.class_id == ClassStaff.class_id)
        .where(Student.id == student_id)
        .order_by(Staff.id)
    )
    return [_staff_card(member, vault_of(session)) for member in staff]


async def counselors_of_class(session: AsyncSession, class_id: UUID) -> list[StaffCard]:
    """The counselors of a class."""
    staff = await session.scalars(
        select(Staff)
        .join(ClassStaff, ClassStaff.staff_id == Staff.id)
        .where(ClassStaff.class_id == class_id)
        .order_by(Staff.id)
    )
    return [_staff_card(member, vault_of(session)) for member in staff]


async def office_of(session: AsyncSession, staff_id: UUID) -> list[StaffCard]:
    """The office of a member of staff's school, himself excepted: who else may speak for him."""
    school = select(Staff.school_id).where(Staff.id == staff_id).scalar_subquery()
    staff = await session.scalars(
        select(Staff)
        .where(Staff.school_id == school, Staff.role.in_(("office", "operator")), Staff.id != staff_id)
        .order_by(Staff.id)
    )
    return [_staff_card(member, vault_of(session)) for member in staff]


async def staff_of(session: AsyncSession, actor: Actor) -> list[StaffCard]:
    """The counselors of the school, for its office; nobody for anyone else."""
    if actor.role not in ("office", "operator"):
        return []
    staff = await session.scalars(
        select(Staff).where(Staff.school_id == actor.school_id, Staff.role == "counselor").order_by(Staff.id)
    )
    return [_staff_card(member, vault_of(session)) for member in staff]


def _staff_card(member: Staff, vault: Vault) -> StaffCard:
    phone, number = member.phone_sealed, member.number_sealed
    return StaffCard(
        id=member.id,
        name=vault.open(member.name_sealed, place_of("staff", "name_sealed", member.id)),
        role=member.role,
        phone=vault.open(phone, place_of("staff", "phone_sealed", member.id)) if phone else None,
        number=vault.open(number, place_of("staff", "number_sealed", member.id)) if number else None,
    )


async def rules_of(session: AsyncSession, school_id: UUID) -> dict[str, Any]:
    """The school's own rules (`School.rules`); {} where there is no such school."""
    return await session.scalar(select(School.rules).where(School.id == school_id)) or {}


async def addresses_of(session: AsyncSession, student_ids: Collection[UUID]) -> dict[UUID, list[Place]]:
    """Where each of these students can be reached, the latest binding first; every id is in the answer."""
    found = await session.execute(
        _reachable().add_columns(Binding.student_id).where(Binding.student_id.in_(list(student_ids)))
    )
    return _by_person(student_ids, found)


async def addresses_of_staff(session: AsyncSession, staff_ids: Collection[UUID]) -> dict[UUID, list[Place]]:
    """Like `addresses_of`, for staff."""
    found = await session.execute(
        _reachable().add_columns(Binding.staff_id).where(Binding.staff_id.in_(list(staff_ids)))
    )
    return _by_person(staff_ids, found)


def _reachable() -> Select[str, str, str]:
    return (
        select(Binding.channel, Binding.chat, Binding.user)
        .where(Binding.ended_at.is_(None), Binding.approved_at.is_not(None))
        .order_by(Binding.bound_at.desc(), Binding.id)
    )


def _by_person(ids: Collection[UUID], rows: Iterable[Row[str, str, str, UUID | None]]) -> dict[UUID, list[Place]]:
    places: dict[UUID, list[Place]] = {person: [] for person in ids}
    for channel, chat, user, person in rows:
        assert person is not None
        places[person].append(Place(channel, chat, user))
    return places
