"""What happens to a form that was handed in: where it stands, taking it back, mending it; whose it is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from handlers import submit
from storage import deliveries, submissions
from storage.database import Database
from storage.models import Audit, Delivery, Submission
from tests.fakes.addressed import PASTED, addressed, answers_of, status_of_item
from tests.fakes.campus import Campus
from tests.fakes.formtalk import FormTalk

OTHER = "档案寄到 重庆市渝中区新路9号 重庆市渝中区人才服务中心 李老师 收 13900000009 400010"


@pytest.fixture
async def campus(database: Database) -> Campus:
    return await addressed(database)


@pytest.fixture
def talk(campus: Campus, tmp_path: Path, now: datetime) -> FormTalk:
    return FormTalk(campus.database, tmp_path / "files", now, "web-王小川")


async def test_where_it_stands_and_taking_it_back(campus: Campus, talk: FormTalk) -> None:
    assert "还没有提交" in await talk.say("我的地址")
    await talk.say(PASTED)
    await talk.say("同意")
    await talk.say("确认")
    card = await talk.say("我的地址")
    assert "等辅导员审核" in card
    assert "010-****8888" in card
    assert "010-88888888" not in card
    assert "等辅导员审核" in await talk.say("档案地址")
    assert "确定撤回" in await talk.press("撤回")
    assert "等辅导员审核" in await talk.press("不了")
    assert "确定撤回" in await talk.say("撤回地址")
    assert "已撤回" in await talk.press("确定撤回")
    assert await status_of_item(campus, talk.now) == "open"
    assert "还没有提交" in await talk.say("我的地址")


async def test_mending_starts_from_what_was_there(campus: Campus, talk: FormTalk) -> None:
    await talk.say(PASTED)
    await talk.say("同意")
    await talk.say("确认")
    await talk.say("我的地址")
    assert "请核对" in await talk.press("修改重交")
    await talk.say("电话改成13900000005")
    assert "已提交" in await talk.press("确认提交")
    async with campus.database.read() as session:
        rows = (await session.scalars(select(Submission).order_by(Submission.version))).all()
        assert [(row.status, row.version) for row in rows] == [("replaced", 1), ("handed_in", 2)]


async def test_a_foreign_submission_is_not_there(campus: Campus, talk: FormTalk, tmp_path: Path) -> None:
    await campus.student("李小山")
    other = FormTalk(campus.database, tmp_path / "files", talk.now, "web-李小山")
    await talk.say(PASTED)
    await talk.say("同意")
    await talk.say("确认")
    async with campus.database.read() as session:
        submission_id = (await session.scalars(select(Submission.id))).one()
    for verb in ("mend", "withdraw", "end"):
        for key in (submission_id.hex, uuid4().hex, "nonsense", ""):
            assert await other.act(f"form:{verb}:{key}") == submit.NOT_FOUND
    assert await status_of_item(campus, talk.now) == "handed_in"


async def test_handing_in_is_audited_without_personal_data(campus: Campus, talk: FormTalk) -> None:
    await talk.say(PASTED)
    await talk.say("同意")
    await talk.say("确认")
    async with campus.database.read() as session:
        row = (await session.scalars(select(Audit).where(Audit.action == "form.hand_in"))).one()
        assert row.detail == {"form": "address"}


async def test_a_pasted_correction_waits_beside_what_was_handed_in(campus: Campus, talk: FormTalk) -> None:
    await talk.say(PASTED)
    await talk.press("同意")
    await talk.press("确认提交")
    assert "先留着" in await talk.say(OTHER)
    assert (await answers_of(campus))["street"] == "示范路1号"
    assert "先留着" in await talk.say(OTHER)
    summary = await talk.press("修改重交")
    assert "请核对" in summary
    assert "139****0009" in summary
    await talk.press("确认提交")
    answers = await answers_of(campus)
    assert (answers["street"], answers["recipient"], answers["postcode"]) == ("新路9号", "李老师", "400010")


async def test_a_return_that_was_mended_before_it_was_told_is_not_told(
    campus: Campus, talk: FormTalk, tmp_path: Path, now: datetime
) -> None:
    await talk.say(PASTED)
    await talk.press("同意")
    await talk.press("确认提交")
    async with campus.database.begin() as session:
        before = await submissions.latest(session, campus.students["王小川"], "address")
        assert before is not None
        key = f"form:{before.id.hex}:handed_in"
        await deliveries.enqueue(session, key=key, kind="notice", now=now, student_id=before.student_id, text="退回了")
    await talk.say(OTHER)
    await talk.press("修改重交")
    await talk.press("确认提交")
    async with campus.database.read() as session:
        assert await session.scalar(select(Delivery.status).where(Delivery.key == key)) == "cancelled"
