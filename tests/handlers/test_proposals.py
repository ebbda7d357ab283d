"""Contacts, conditions and drafts at the office's desk: only its school's, checked, audited, and then they answer."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers import notices, proposals
from handlers.handler import Refusal
from handlers.proposals import KINDS, checked
from knowledge.answering import KnowledgeBase
from storage import audit
from storage.models import Audit
from tests.fakes.campus import Campus, build
from tests.fakes.letters import NOTICE, amending
from tests.handlers.test_notices import Desk, campus, desk

__all__ = ["campus", "desk"]

TEXT = NOTICE.replace(
    "## 七、体检",
    """## 七、财务

欠缴学费的学生，不能领取毕业证书。财务处电话：023-60000011，办公地点：明德楼 201 室，工作日 8:30-17:00。

## 八、常见问题

1. 行李怎么寄回家？

6 月 16 日起北门有快递点，凭学生证寄送。

## 九、体检""",
)


async def ask(desk: Desk, question: str) -> str:
    async with desk.step() as context:
        base = await KnowledgeBase.load(context.session)
        answer = await base.ask(context.session, question, school_id=desk.actor.school_id, today=date(2023, 5, 20))
        return "（没有答）" if answer.abstained else answer.text


async def test_from_the_notice_to_the_answer(desk: Desk, tmp_path: Path) -> None:
    notice_id = await desk.take(tmp_path, TEXT)
    async with desk.step() as context:
        (listed,) = await notices.listed(context)
        cards = await proposals.of_notice(context, notice_id)
        assert listed.unread == len(cards) >= 4
        by_kind = {card.kind: card for card in cards}
        contact = next(card for card in cards if dict(card.fields).get("office") == "财务处")
        assert dict(contact.fields) == {
            "office": "财务处",
            "phone": "023-60000011",
            "place": "明德楼 201 室",
            "hours": "工作日 8:30-17:00",
        }
        assert dict(by_kind["condition"].fields)["if"] == "欠缴学费的学生"
        changed = await proposals.edit(context, contact.id, dict(contact.fields) | {"place": "明德楼 203 室 "})
        assert changed == ("place",)
        await proposals.confirm(context, contact.id, by_kind["answer"].id)
        await proposals.reject(context, by_kind["condition"].id)
        await notices.release(context, notice_id, {})
    assert "明德楼 203 室" in await ask(desk, "财务处在哪里？")
    assert "023-60000011" in await ask(desk, "财务处电话多少")
    luggage = await ask(desk, "行李怎么寄回家")
    assert "北门有快递点" in luggage
    assert "——《" in luggage
    assert await desk.take(tmp_path, TEXT, "once-more.md") == notice_id
    async with desk.step() as context:
        again = {card.key: card for card in await proposals.of_notice(context, notice_id)}
        assert by_kind["condition"].key not in again
        assert dict(again[contact.key].fields)["place"] == "明德楼 203 室"
        assert (again[contact.key].edited, again[contact.key].status) == (True, "confirmed")
        actions = (await context.session.scalars(select(Audit.action))).all()
        assert {"proposal.edited", "proposal.confirmed", "proposal.rejected"} <= set(actions)
        assert await audit.verify(context.session) is None


async def test_an_answer_that_a_later_notice_made_untrue_is_gone(desk: Desk, tmp_path: Path) -> None:
    first = await desk.take(tmp_path, TEXT)
    async with desk.step() as context:
        drafts = [card for card in await proposals.of_notice(context, first) if card.kind == "answer"]
        await proposals.edit(
            context, drafts[0].id, {"question": "图书哪天前归还", "answer": "归还图书在 6 月 10 日前。"}
        )
        await proposals.confirm(context, drafts[0].id)
        for item in await notices.items_of(context, first):
            await notices.confirm(context, item.id)
        await notices.release(context, first, {})
    assert "6 月 10 日" in await ask(desk, "图书哪天前归还")
    second = await desk.take(tmp_path, amending("图书归还截止时间由 6 月 10 日调整为 6 月 14 日。"), "b.md")
    async with desk.step() as context:
        await notices.release(context, second, {})
    told = await ask(desk, "图书哪天前归还")
    assert "6 月 14 日" in told
    assert "在 6 月 10 日前" not in told


async def test_a_counselor_decides_nothing(campus: Campus, desk: Desk, now: datetime, tmp_path: Path) -> None:
    notice_id = await desk.take(tmp_path, TEXT)
    async with desk.step() as context:
        card = (await proposals.of_notice(context, notice_id))[0]
    counselor = Desk(campus.database, await campus.counselor(), now)
    for act in (proposals.confirm, proposals.reject):
        with pytest.raises(Refusal):
            async with counselor.step() as context:
                await act(context, card.id)
    other = Desk(campus.database, await (await build(campus.database)).office_actor(), now)
    async with other.step() as context:
        with pytest.raises(LookupError):
            await proposals.of_notice(context, notice_id)
        with pytest.raises(LookupError):
            await proposals.edit(context, card.id, dict(card.fields))


@pytest.mark.parametrize(
    ("kind", "fields", "missing"),
    [
        ("contact", {"office": " ", "phone": "110"}, "部门"),
        ("contact", {"office": "图书馆", "hours": "全天"}, "电话、邮箱、地点"),
        ("answer", {"question": "在哪"}, "答"),
        ("file", {}, "大小"),
        ("condition", {"if": "甲", "then": "乙" * 1001}, "1000"),
    ],
)
def test_what_is_missing_is_said(kind: str, fields: dict[str, str], missing: str) -> None:
    with pytest.raises(Refusal, match=missing):
        checked(kind, fields)


def test_only_known_fields_are_kept() -> None:
    assert checked("condition", {"if": " 甲 ", "then": "乙", "x": "y"}) == {"if": "甲", "then": "乙"}
    assert all(name in kind.fields for kind in KINDS.values() for group in kind.needs for name in group)
