"""Consent: to a text, withdrawn as easily as given, kept as a record."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from storage import consent, people
from storage.database import Database
from storage.models import Consent


@pytest.fixture
async def student(database: Database) -> UUID:
    async with database.begin() as session:
        school = await people.add_school(session, "江北学院")
        group = await people.add_class(session, school_id=school, cohort="2023届", college="会计学院", name="会计1班")
        return await people.add_student(session, school_id=school, class_id=group, number="20200001", name="学生甲")


async def test_given_for_one_purpose_and_one_text(database: Database, student: UUID, now: datetime) -> None:
    async with database.begin() as session:
        assert not await consent.given(session, student, "address")
        await consent.give(session, student, "address", text_version="1", channel="web", now=now)
        assert await consent.given(session, student, "address")
        assert await consent.given(session, student, "address", "1")
        assert not await consent.given(session, student, "address", "2")
        assert not await consent.given(session, student, "proxy")


async def test_the_same_text_twice_is_one_consent(database: Database, student: UUID, now: datetime) -> None:
    async with database.begin() as session:
        for _ in range(2):
            await consent.give(session, student, "address", text_version="1", channel="web", now=now)
        await consent.give(session, student, "address", text_version="2", channel="web", now=now)
        kept = await consent.standing(session, student)
        assert [(c.purpose, c.text_version, c.channel, c.given_at) for c in kept] == [
            ("address", "1", "web", now),
            ("address", "2", "web", now),
        ]


async def test_withdrawn_is_over_but_on_record(database: Database, student: UUID, now: datetime) -> None:
    later = now + timedelta(days=1)
    async with database.begin() as session:
        for purpose in ("address", "proxy", "photo"):
            await consent.give(session, student, purpose, text_version="1", channel="web", now=now)
        assert await consent.withdraw(session, student, later, "proxy") == ["proxy"]
        assert not await consent.given(session, student, "proxy")
        assert await consent.withdraw(session, student, later) == ["address", "photo"]
        assert await consent.withdraw(session, student, later) == []
        assert await consent.standing(session, student) == []
        assert await session.scalar(select(func.count()).select_from(Consent)) == 3
        await consent.give(session, student, "proxy", text_version="1", channel="web", now=later)
        assert await consent.given(session, student, "proxy")
