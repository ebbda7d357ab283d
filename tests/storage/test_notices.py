"""Notices are saved once, published by a person, and only then read by the answering part."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from storage.database import Database
from storage.notices import (
    notices,
    passages_of,
    publish,
    published_passages,
    published_version,
    save,
    school_named,
    schools,
)


@dataclass(frozen=True)
class Letter:
    file: str = "通知.txt"
    title: str = "关于做好毕业生离校工作的通知"
    issuer: str = "江南示范学院"
    cohort: str | None = "2031届"
    document_number: str | None = None
    issued_on: date | None = None
    digest: str = "d1"
    problems: tuple[str, ...] = ("找不到发文日期",)


@dataclass(frozen=True)
class Piece:
    text: str
    kind: str = "paragraph"
    section: tuple[str, ...] = ("一、时间",)
    line: int = 3
    last_line: int = 4
    offset: int = 17
    cells: dict[str, str] = field(default_factory=lambda: {"责任部门": "教务处"})


async def test_same_text_is_the_same_notice(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        school = await school_named(session, "江南示范学院", create=True)
        assert school is not None
        first = await save(session, school.id, Letter(), [Piece("甲"), Piece("乙")], now)
        again = await save(session, school.id, Letter(file="改名.txt"), [Piece("丙")], now)
        assert first.id == again.id
        assert [row.text for row in await passages_of(session, first.id)] == ["丙"]
        assert len(await notices(session, school.id)) == 1


async def test_only_published_passages_answer(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        school = await school_named(session, "江南示范学院", create=True)
        assert school is not None
        notice = await save(session, school.id, Letter(), [Piece("甲")], now)
        assert await published_passages(session, school.id) == []
        before = await published_version(session)
        assert await publish(session, notice.id)
        assert await published_version(session) != before
        (row,) = await published_passages(session)
        assert (row.school, row.notice, row.section, row.line, row.last_line) == (
            "江南示范学院",
            "关于做好毕业生离校工作的通知",
            ("一、时间",),
            3,
            4,
        )
        assert row.cells == {"责任部门": "教务处"}


async def test_passages_belong_to_their_school(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        ours, theirs = [await school_named(session, name, create=True) for name in ("江南示范学院", "江北示范学院")]
        assert ours is not None
        assert theirs is not None
        for school in (ours, theirs):
            letter = replace(Letter(), issuer=school.name)
            notice = await save(session, school.id, letter, [Piece(school.name)], now + timedelta(hours=1))
            await publish(session, notice.id)
        assert [row.text for row in await published_passages(session, ours.id)] == ["江南示范学院"]
        assert len(await published_passages(session)) == 2


@pytest.mark.parametrize("words", ["江南示范学院", " 江南 示范学院", "江南示范学院（北区，补充说明）", "江南"])
async def test_school_is_found_by_its_name(database: Database, words: str) -> None:
    async with database.begin() as session:
        await school_named(session, "江南示范学院", create=True)
        await school_named(session, "海滨示范大学", create=True)
        found = await school_named(session, words)
        assert found is not None
        assert found.name == "江南示范学院"
        assert await school_named(session, "示范") is None
        assert len(await schools(session)) == 2


async def test_unknown_notice_is_not_published(database: Database) -> None:
    from uuid import uuid4

    async with database.begin() as session:
        assert not await publish(session, uuid4())
