"""What notices say besides their tasks: the same words are the same row, and a person's word stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from storage import freshness, notices, proposals
from storage.database import Database
from storage.models import Notice
from storage.proposals import CONFIRMED, REJECTED
from tests.storage.test_notices import Letter, Piece


@dataclass(frozen=True)
class Read:
    key: str = "p-1"
    kind: str = "contact"
    fields: Mapping[str, str] = field(default_factory=lambda: {"office": "图书馆", "phone": "0999-6600121"})
    quote: str = "图书馆电话 0999-6600121。"
    line: int = 3


async def saved(database: Database, now: datetime, *found: Read) -> tuple[Notice, int]:
    """The notice with these proposals, read (once more)."""
    async with database.begin() as session:
        school = await notices.school_named(session, "江南示范学院", create=True)
        assert school is not None
        notice = await notices.save(session, school.id, Letter(), [Piece("甲")], now)
        return notice, await proposals.save(session, notice, found)


async def test_the_same_words_are_the_same_row(database: Database, now: datetime) -> None:
    _, new = await saved(database, now, Read(), Read("p-2", "condition", {"if": "欠费的", "then": "不能领证"}))
    better = replace(Read(), fields={"office": "图书馆", "phone": "0999-6600121", "place": "一楼"}, line=5)
    notice, again = await saved(database, now, better)
    assert (new, again) == (2, 0)
    async with database.read() as session:
        (row,) = await proposals.listed(session, notice_id=notice.id)
        assert (row.fields["place"], row.locator, row.status) == ("一楼", "通知.txt:5", "proposed")


async def test_what_a_person_did_outlives_the_next_import(database: Database, now: datetime) -> None:
    kinds = {"edited": Read("p-1"), "confirmed": Read("p-2"), "rejected": Read("p-3")}
    notice, _ = await saved(database, now, *kinds.values())
    async with database.begin() as session:
        rows = {row.key: row for row in await proposals.listed(session, notice_id=notice.id)}
        assert await proposals.edit(session, rows["p-1"], {"office": "图书馆", "phone": "110"}) == ("phone",)
        assert await proposals.edit(session, rows["p-1"], {"office": "图书馆", "phone": "110"}) == ()
        assert await proposals.decide(session, [rows["p-2"].id], CONFIRMED, now, "test") == 1
        assert await proposals.decide(session, [rows["p-2"].id], CONFIRMED, now, "test") == 0
        assert await proposals.decide(session, [rows["p-3"].id], REJECTED, now, "test") == 1
    other = [replace(one, fields={"office": "别处", "phone": "1"}) for one in kinds.values()]
    assert (await saved(database, now, *other))[1] == 0
    await saved(database, now)  # a reader that finds nothing any more takes nothing of it away
    async with database.read() as session:
        found = await proposals.listed(session, notice_id=notice.id, statuses=("proposed", CONFIRMED, REJECTED))
        assert {row.key: (row.status, row.edited, row.fields["phone"]) for row in found} == {
            "p-1": ("proposed", True, "110"),
            "p-2": (CONFIRMED, False, "0999-6600121"),
            "p-3": (REJECTED, False, "0999-6600121"),
        }
        assert [row.key for row in await proposals.listed(session, kind="contact")] == ["p-1", "p-2"]


@pytest.mark.parametrize("published", [True, False])
async def test_only_what_is_confirmed_of_a_published_notice_answers(
    database: Database, now: datetime, published: bool
) -> None:
    notice, _ = await saved(database, now, Read(), Read("p-2"))
    async with database.begin() as session:
        row, _ = await proposals.listed(session, notice_id=notice.id)
        assert await proposals.waiting(session, notice.school_id) == {notice.id: 2}
        before = await freshness.version(session)
        await proposals.decide(session, [row.id], CONFIRMED, now, "test")
        assert await freshness.version(session) > before
        assert await proposals.waiting(session, notice.school_id) == {notice.id: 1}
        if published:
            await notices.publish(session, notice.id, now)
    async with database.read() as session:
        found = await proposals.confirmed(session, notice.school_id)
        assert [(one.line, one.section, one.notice) for one in found] == (
            [(3, ("一、时间",), notice.title)] if published else []
        )
