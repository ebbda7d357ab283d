"""Rosters into the store: classes, counselors and students in sets, the same roster twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import audit
from storage.committee import name_members, release_members
from storage.crypto import Vault, place_of
from storage.database import vault_of
from storage.models import ClassGroup, ClassStaff, School, Staff, Student
from storage.roll import staff_hash
from storage.upsert import insert_into

_CHUNK = 1000
Progress = Callable[[int, int], None]


class CounselorFields(Protocol):
    """A counselor as a roster names him."""

    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def number(self) -> str | None: ...


class ClassFields(Protocol):
    """A class of a roster (knowledge.roster.RosterClass)."""

    @property
    def position(self) -> int: ...
    @property
    def college(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def expected(self) -> int | None: ...
    @property
    def campus(self) -> str | None: ...
    @property
    def counselor(self) -> CounselorFields | None: ...


class StudentFields(Protocol):
    """A student of a roster (knowledge.roster.RosterStudent)."""

    @property
    def position(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def college(self) -> str | None: ...
    @property
    def class_name(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...
    @property
    def line(self) -> int: ...


class RosterFields(Protocol):
    """A roster (knowledge.roster.Roster)."""

    @property
    def classes(self) -> Sequence[ClassFields]: ...
    @property
    def students(self) -> Sequence[StudentFields]: ...


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `homeless` are the lines of students whose class nobody knows (they were left out)."""

    classes: int
    new_classes: int
    counselors: int
    new_counselors: int
    students: int
    new_students: int
    homeless: tuple[int, ...] = ()


async def import_roster(
    session: AsyncSession,
    school: School,
    roster: RosterFields,
    cohort: str,
    now: datetime,
    *,
    by: str = "operator",
    progress: Progress = lambda done, total: None,
) -> Imported:
    """Writes classes with their counselors and students; what is known already is brought up to date.

    The counselors of a class are those of its latest roster. Nobody is deleted: who left is a person's decision.
    """
    new_classes = await _save_classes(session, school.id, cohort, roster.classes)
    groups = await _class_ids(session, school.id, cohort)
    staff, new_staff = await _save_staff(session, school.id, roster.classes)
    await _assign(session, roster.classes, groups, staff)
    students, homeless = _housed(roster.students, groups)
    new_students = await _save_students(session, school.id, students, progress)
    await _name_committee(session, school.id, [student for student, _ in students], now)
    imported = Imported(
        classes=len(roster.classes),
        new_classes=new_classes,
        counselors=len(staff),
        new_counselors=new_staff,
        students=len(students),
        new_students=new_students,
        homeless=homeless,
    )
    await _audit(session, school, cohort, imported, now, by)
    return imported


async def _audit(
    session: AsyncSession, school: School, cohort: str, imported: Imported, now: datetime, by: str
) -> None:
    await audit.record(
        session,
        now=now,
        actor=by,
        action="roster.import",
        target=f"school:{school.id}",
        school_id=school.id,
        cohort=cohort,
        classes=imported.classes,
        counselors=imported.counselors,
        students=imported.students,
    )


# --- classes ----------------------------------------------------------------------------------------------------------


async def _save_classes(session: AsyncSession, school_id: UUID, cohort: str, classes: Iterable[ClassFields]) -> int:
    known = await _class_ids(session, school_id, cohort)
    rows = {
        (group.college, group.name): {
            "id": uuid4(),
            "school_id": school_id,
            "cohort": cohort,
            "college": group.college,
            "name": group.name,
            "campus": group.campus,
            "expected": group.expected,
            "position": group.position,
        }
        for group in classes
    }
    if rows:
        insert = insert_into(session, ClassGroup)
        fresh = {name: insert.excluded[name] for name in ("campus", "expected", "position")}
        statement = insert.values(list(rows.values())).on_conflict_do_update(
            index_elements=["school_id", "cohort", "college", "name"], set_=fresh
        )
        await session.execute(statement)
    return len(rows.keys() - known.keys())


async def _class_ids(session: AsyncSession, school_id: UUID, cohort: str) -> dict[tuple[str, str], UUID]:
    rows = await session.execute(
        select(ClassGroup.college, ClassGroup.name, ClassGroup.id).where(
            ClassGroup.school_id == school_id, ClassGroup.cohort == cohort
        )
    )
    return {(college, name): class_id for college, name, class_id in rows}


# --- counselors -------------------------------------------------------------------------------------------------------


async def _save_staff(
    session: AsyncSession, school_id: UUID, classes: Iterable[ClassFields]
) -> tuple[dict[bytes, UUID], int]:
    """Adds the counselors that are new; gives the id of each under his hash and how many were added."""
    vault = vault_of(session)
    named = {_hash_of(vault, group.counselor): group.counselor for group in classes if group.counselor}
    known = await _ids_by_hash(session, Staff, school_id, named)
    rows = [_staff_row(vault, school_id, key, person) for key, person in named.items() if key not in known]
    if rows:
        await session.execute(insert_into(session, Staff).values(rows))
    return known | {row["number_hash"]: row["id"] for row in rows}, len(rows)


def _hash_of(vault: Vault, person: CounselorFields) -> bytes:
    return staff_hash(vault, person.number, person.name, person.phone)


def _staff_row(vault: Vault, school_id: UUID, key: bytes, person: CounselorFields) -> dict[str, Any]:
    new = uuid4()
    return {
        "id": new,
        "school_id": school_id,
        "role": "counselor",
        "number_hash": key,
        "number_sealed": _sealed(vault, "staff", "number_sealed", new, person.number),
        "name_sealed": _sealed(vault, "staff", "name_sealed", new, person.name),
        "phone_sealed": _sealed(vault, "staff", "phone_sealed", new, person.phone),
    }


async def _assign(
    session: AsyncSession,
    classes: Iterable[ClassFields],
    groups: Mapping[tuple[str, str], UUID],
    staff: Mapping[bytes, UUID],
) -> None:
    """Each class of the roster gets the counselor the roster gives it, and loses those of an earlier one."""
    vault = vault_of(session)
    pairs = {
        groups[group.college, group.name]: staff[_hash_of(vault, group.counselor)]
        for group in classes
        if group.counselor
    }
    if not pairs:
        return
    await session.execute(delete(ClassStaff).where(ClassStaff.class_id.in_(pairs)))
    rows = [{"class_id": class_id, "staff_id": staff_id} for class_id, staff_id in pairs.items()]
    await session.execute(insert_into(session, ClassStaff).values(rows))


# --- students ---------------------------------------------------------------------------------------------------------


def _housed(
    students: Iterable[StudentFields], groups: Mapping[tuple[str, str], UUID]
) -> tuple[list[tuple[StudentFields, UUID]], tuple[int, ...]]:
    """Each student with his class; a class name without college counts where only one class has it."""
    by_name: dict[str, list[UUID]] = {}
    for (_, name), class_id in groups.items():
        by_name.setdefault(name, []).append(class_id)
    housed: dict[str, tuple[StudentFields, UUID]] = {}
    homeless: list[int] = []
    for student in students:
        same_name = by_name.get(student.class_name, [])
        only = same_name[0] if len(same_name) == 1 else None
        home = groups.get((student.college or "", student.class_name), only)
        if home is None:
            homeless.append(student.line)
        else:
            housed[student.number] = (student, home)
    return list(housed.values()), tuple(homeless)


async def _save_students(
    session: AsyncSession, school_id: UUID, students: Sequence[tuple[StudentFields, UUID]], progress: Progress
) -> int:
    """Adds and updates in chunks; an existing row keeps its id, and so the place its values are sealed for."""
    vault = vault_of(session)
    new, done = 0, 0
    for start in range(0, len(students), _CHUNK):
        chunk = students[start : start + _CHUNK]
        hashes = {vault.lookup(student.number, "student_number"): (student, home) for student, home in chunk}
        known = await _ids_by_hash(session, Student, school_id, hashes)
        rows = [
            _student_row(vault, school_id, known.get(key) or uuid4(), key, student, class_id)
            for key, (student, class_id) in hashes.items()
        ]
        await session.execute(_upsert_students(session, rows))
        new += len(rows) - len(known)
        done += len(chunk)
        progress(done, len(students))
    return new


async def _name_committee(
    session: AsyncSession, school_id: UUID, students: Sequence[StudentFields], now: datetime
) -> None:
    """Who is of the class committee by the roster; a roster without that column leaves it as the counselor named it."""
    vault = vault_of(session)
    for wanted in (True, False):
        numbers = [one.number for one in students if one.attributes.get("committee") is wanted]
        for start in range(0, len(numbers), _CHUNK):
            hashes = [vault.lookup(number, "student_number") for number in numbers[start : start + _CHUNK]]
            ids = list((await _ids_by_hash(session, Student, school_id, hashes)).values())
            await (name_members(session, ids, now) if wanted else release_members(session, ids))


def _student_row(
    vault: Vault, school_id: UUID, student_id: UUID, key: bytes, student: StudentFields, class_id: UUID
) -> dict[str, Any]:
    return {
        "id": student_id,
        "school_id": school_id,
        "class_id": class_id,
        "position": student.position,
        "number_hash": key,
        "number_sealed": _sealed(vault, "student", "number_sealed", student_id, student.number),
        "name_sealed": _sealed(vault, "student", "name_sealed", student_id, student.name),
        "phone_sealed": _sealed(vault, "student", "phone_sealed", student_id, student.phone),
        "attributes": dict(student.attributes),
    }


def _upsert_students(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> Any:
    insert = insert_into(session, Student)
    changing = ("class_id", "position", "number_sealed", "name_sealed", "phone_sealed", "attributes")
    return insert.values(list(rows)).on_conflict_do_update(
        index_elements=["school_id", "number_hash"], set_={name: insert.excluded[name] for name in changing}
    )


async def _ids_by_hash(
    session: AsyncSession, table: type[Staff] | type[Student], school_id: UUID, hashes: Collection[bytes]
) -> dict[bytes, UUID]:
    query = select(table.number_hash, table.id).where(table.school_id == school_id, table.number_hash.in_(hashes))
    return {row.number_hash: row.id for row in await session.execute(query)}


def _sealed(vault: Vault, table: str, column: str, row_id: UUID, value: str | None) -> bytes | None:
    return vault.seal(value, place_of(table, column, row_id)) if value else None
