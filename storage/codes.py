"""Personal codes: what a school hands out so that nobody can bind by knowing a number and a name (SECURITY T1, T2).

Eight signs of Crockford's alphabet are 40 bits. A code is shown once, kept as a keyed hash, works once, ends after
`LIFETIME`, and a new one ends the one before.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.bindings import Owner
from storage.crypto import Vault, place_of
from storage.database import vault_of
from storage.models import BindCode, School, Staff, Student
from storage.roll import staff_hash

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that what is read aloud or off paper is not mistaken."""

LENGTH = 8
LIFETIME = timedelta(days=14)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Whose code it was."""

    owner: Owner
    school_id: UUID


def new_code() -> str:
    """A fresh code as it is printed: 'ABCD-1234'."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{signs[:4]}-{signs[4:]}"


async def issue(
    session: AsyncSession, owner: Owner, now: datetime, by: UUID | None, lifetime: timedelta = LIFETIME
) -> str:
    """A new code for the owner, shown this once; the former one ends. `by` is the member of staff, None the system."""
    return (await issue_all(session, [owner], now, by, lifetime))[0]


async def issue_all(
    session: AsyncSession, owners: Sequence[Owner], now: datetime, by: UUID | None, lifetime: timedelta = LIFETIME
) -> list[str]:
    """Like `issue`, for many: one code for each owner, in their order."""
    vault = vault_of(session)
    codes = [new_code() for _ in owners]
    for start in range(0, len(owners), _BATCH):
        await _end(session, owners[start : start + _BATCH], now)
    session.add_all(
        BindCode(
            id=uuid4(),
            student_id=owner.student_id,
            staff_id=owner.staff_id,
            code_hash=_hash(vault, code),
            issued_at=now,
            expires_at=now + lifetime,
            issued_by=by,
        )
        for owner, code in zip(owners, codes, strict=True)
    )
    await session.flush()
    return codes


async def _end(session: AsyncSession, owners: Iterable[Owner], now: datetime) -> None:
    students = [owner.student_id for owner in owners if owner.student_id]
    staff = [owner.staff_id for owner in owners if owner.staff_id]
    await session.execute(
        update(BindCode)
        .where(or_(BindCode.student_id.in_(students), BindCode.staff_id.in_(staff)))
        .where(BindCode.used_at.is_(None), BindCode.expires_at > now)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


async def redeem(session: AsyncSession, *, number: str, name: str, code: str, now: datetime) -> Redeemed | None:
    """Uses up the code if number, name and code belong together; None otherwise, whichever of them is wrong.

    The same two queries and the same hashing and opening are done in every case, so that neither words nor time
    tell whether a number exists. `code` may be spelled with or without hyphen.
    """
    vault = vault_of(session)
    code_hash = _hash(vault, code)
    students = await session.execute(_student_codes(vault.lookup(number, "student_number"), code_hash, now))
    staff = await session.execute(_staff_codes(_staff_hashes(vault, number, name), code_hash, now))
    decoy: Any = _decoy(vault)
    fits = [row for row in [*students, *staff] or [decoy] if _is_name(vault, row, name)]
    return await _use(session, fits[0], now) if fits else None


def _student_codes(number_hash: bytes, code_hash: bytes, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        _codes(code_hash, now)
        .add_columns(Student.id.label("person"), Student.name_sealed, Student.school_id)
        .join(Student, Student.id == BindCode.student_id)
        # All schools, spelled so that the index (school_id, number_hash) is used.
        .where(Student.school_id.in_(select(School.id)), Student.number_hash == number_hash)
    )


def _staff_hashes(vault: Vault, number: str, name: str) -> list[bytes]:
    """By staff number; who has none on the roster is known by name and phone, and tells his phone as number."""
    return [staff_hash(vault, number, name, None), staff_hash(vault, None, name, number)]


def _staff_codes(hashes: list[bytes], code_hash: bytes, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        _codes(code_hash, now)
        .add_columns(Staff.id.label("person"), Staff.name_sealed, Staff.school_id)
        .join(Staff, Staff.id == BindCode.staff_id)
        .where(Staff.school_id.in_(select(School.id)), Staff.number_hash.in_(hashes))
    )


def _codes(code_hash: bytes, now: datetime) -> Select[*tuple[Any, ...]]:
    return select(BindCode.id, BindCode.student_id, BindCode.staff_id).where(
        BindCode.code_hash == code_hash, BindCode.used_at.is_(None), BindCode.expires_at > now
    )


@dataclass(frozen=True, slots=True)
class _Decoy:
    """Stands in where no code was found, so that a name is opened and compared all the same."""

    name_sealed: bytes
    person: UUID
    student_id: UUID | None = None


def _decoy(vault: Vault) -> _Decoy:
    person = uuid4()
    return _Decoy(vault.seal("\0", place_of("staff", "name_sealed", person)), person)


def _is_name(vault: Vault, row: Any, name: str) -> bool:
    kept = vault.open(row.name_sealed, _name_place(row))
    return hmac.compare_digest(_plain(kept).encode(), _plain(name).encode())


def _name_place(row: Any) -> str:
    return place_of("student" if row.student_id else "staff", "name_sealed", row.person)


def _plain(name: str) -> str:
    """One spelling for equal names: widths, blanks, case and the several middle dots do not matter."""
    joined = "".join(unicodedata.normalize("NFKC", name).split()).casefold()
    return joined.translate(dict.fromkeys(map(ord, "•・‧∙."), "·"))


async def _use(session: AsyncSession, row: Row[Any], now: datetime) -> Redeemed | None:
    """Compare-and-set: of two who redeem at once, one has it."""
    used = await session.scalar(
        update(BindCode)
        .where(BindCode.id == row.id, BindCode.used_at.is_(None))
        .values(used_at=now)
        .returning(BindCode.id)
        .execution_options(synchronize_session=False)
    )
    return Redeemed(Owner(row.student_id, row.staff_id), row.school_id) if used else None


def _hash(vault: Vault, code: str) -> bytes:
    return vault.lookup(code.replace("-", ""), "bind_code")
