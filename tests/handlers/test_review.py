"""Reviewing: inside the scope only, with words that do not tell what exists (T3); full looks are noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from handlers import review, submit
from handlers.handler import Context, Refusal
from knowledge.silence import Silent
from storage import claims, deliveries, submissions
from storage.database import Database
from storage.deliveries import Content
from storage.items import items_of
from storage.models import Audit, Binding, Delivery, Submission
from tests.fakes import campus as campuses
from tests.fakes.campus import Campus
from tests.fakes.formtalk import FormTalk

PASTED = "档案寄到 重庆市渝中区示范路1号 重庆市渝中区人才服务中心 王老师 收 13900000001 400000"


@dataclass
class Scene:
    """A student with a submission, his counselor, and the counselor of another class."""

    campus: Campus
    student: FormTalk
    counselor: FormTalk
    stranger: FormTalk
    submission: UUID

    async def status(self) -> tuple[str, str | None]:
        async with self.campus.database.read() as session:
            (view,) = await items_of(session, self.campus.students["王小川"], self.student.now)
            row = await session.get(Submission, self.submission)
            assert row is not None
            return row.status, view.status

    async def told(self) -> list[Content]:
        """What is to go out at once."""
        later = self.student.now + timedelta(hours=1)
        async with self.campus.database.begin() as session:
            rows = await claims.claim(session, worker="test", now=later, limit=10)
            told = [row for row in rows if row.kind != "staff_notice"]
            assert all(row.urgent for row in told)
            return [content for row in told if (content := deliveries.content_of(session, row))]


@pytest.fixture
async def scene(database: Database, now: datetime, tmp_path: Path) -> Scene:
    campus = await campuses.build(database)
    await campus.student("王小川")
    await campus.item("archive", form="address", evidence="form")
    for user, staff in (("zhou", campus.counselors["会计1班"]), ("wu", campus.counselors["护理2班"])):
        async with database.begin() as session:
            session.add(
                Binding(id=uuid4(), channel="web", chat=user, user=user, staff_id=staff, bound_at=now, approved_at=now)
            )
    folder = tmp_path / "files"
    student = FormTalk(database, folder, now, "web-王小川")
    for text in (PASTED, "同意", "确认"):
        await student.say(text)
    async with database.read() as session:
        submission = (await session.scalars(select(Submission.id))).one()
    return Scene(
        campus,
        student,
        FormTalk(database, folder, now, "zhou", [review.review]),
        FormTalk(database, folder, now, "wu", [review.review]),
        submission,
    )


async def test_list_card_approve(scene: Scene) -> None:
    assert "王小川（会计1班）档案邮寄地址" in await scene.counselor.say("待审核")
    card = await scene.counselor.press("看第 1 份")
    assert "139****0001" in card
    assert "13900000001" not in card
    assert "没有待审核的了" in await scene.counselor.press("通过")
    assert await scene.status() == ("approved", "done")
    (message,) = await scene.told()
    assert "审核通过" in message.text
    assert "审核通过" in await scene.student.say("我的地址")
    assert await scene.counselor.act(f"review:approve:{scene.submission.hex}") == submit.NOT_FOUND


async def test_a_full_look_is_noted_a_masked_one_is_not(scene: Scene) -> None:
    await scene.counselor.act(f"review:show:{scene.submission.hex}")
    assert "13900000001" in await scene.counselor.press("看完整内容")
    async with scene.campus.database.read() as session:
        looks = (await session.scalars(select(Audit).where(Audit.action == "form.look"))).all()
        assert [(row.target, row.actor) for row in looks] == [
            (f"submission:{scene.submission}", f"staff:{scene.campus.counselors['会计1班']}")
        ]


async def test_returned_with_a_typed_reason_and_mended(scene: Scene) -> None:
    await scene.counselor.act(f"review:show:{scene.submission.hex}")
    assert "为什么退回 王小川" in await scene.counselor.press("退回")
    assert "2 到 200" in await scene.counselor.say("x")
    assert "已退回" in await scene.counselor.say("门牌号不对，请核对")
    assert await scene.status() == ("returned", "returned")
    (message,) = await scene.told()
    assert "门牌号不对" in message.text
    assert message.buttons == (("去修改", f"form:mend:{scene.submission.hex}"),)
    reply = await scene.student.act(message.buttons[0][1])
    assert "退回原因：门牌号不对" in reply
    assert "139****0001" in reply
    await scene.student.say("第5项改成示范路 2 号")
    assert "已提交" in await scene.student.press("确认提交")
    assert "王小川" in await scene.counselor.say("待审核")
    card = await scene.counselor.press("看第 1 份")
    assert "示范路 2 号" in card
    assert "第 2 次提交" in card
    assert await scene.counselor.act(f"review:approve:{scene.submission.hex}") == submit.NOT_FOUND


async def test_returned_with_a_usual_reason(scene: Scene) -> None:
    await scene.counselor.act(f"review:return:{scene.submission.hex}")
    assert "已退回" in await scene.counselor.press("地址不完整")
    assert await scene.counselor.say("随便说点什么") == "", "no reason is awaited any more"
    assert (await scene.status())[0] == "returned"


async def test_a_return_can_be_called_off(scene: Scene) -> None:
    for call_off in ("取消", "不退回了"):
        await scene.counselor.act(f"review:return:{scene.submission.hex}")
        assert "没有退回" in await scene.counselor.say(call_off)
    await scene.counselor.act(f"review:return:{scene.submission.hex}")
    assert "没有退回" in await scene.counselor.press("不退回了")
    await scene.counselor.act(f"review:return:{scene.submission.hex}")
    assert "待审核 1 份" in await scene.counselor.say("待审核")
    assert await scene.counselor.say("门牌号不对") == ""
    assert (await scene.status())[0] == "handed_in"


async def test_withdrawn_while_the_reason_is_typed(scene: Scene) -> None:
    await scene.counselor.act(f"review:return:{scene.submission.hex}")
    await scene.student.say("撤回地址")
    await scene.student.press("确定撤回")
    assert await scene.counselor.say("门牌号不对") == submit.NOT_FOUND
    assert await scene.counselor.say("门牌号不对") == ""
    assert (await scene.status())[0] == "withdrawn"


VERBS = ("show", "full", "approve", "return")


async def test_another_counselor_sees_and_does_nothing(scene: Scene) -> None:
    assert "没有待审核" in await scene.stranger.say("待审核")
    for verb in VERBS:
        foreign = await scene.stranger.act(f"review:{verb}:{scene.submission.hex}")
        unknown = await scene.stranger.act(f"review:{verb}:{uuid4().hex}")
        assert foreign == unknown == submit.NOT_FOUND
    assert await scene.stranger.act(f"review:because:{scene.submission.hex}:0") == submit.NOT_FOUND
    assert await scene.stranger.act(f"review:because:{uuid4().hex}:0") == submit.NOT_FOUND
    assert await scene.status() == ("handed_in", "handed_in")
    async with scene.campus.database.read() as session:
        assert (await session.scalars(select(Audit).where(Audit.action == "form.look"))).all() == []
        assert (await session.scalars(select(Delivery).where(Delivery.student_id.is_not(None)))).all() == []


async def test_a_student_is_no_reviewer(scene: Scene) -> None:
    scene.student.handlers.append(review.review)
    assert await scene.student.say("待审核") == ""
    for verb in VERBS:
        assert await scene.student.act(f"review:{verb}:{scene.submission.hex}") == ""


async def test_the_office_sees_the_whole_school_and_no_other(scene: Scene, now: datetime) -> None:
    office = await scene.campus.office_actor()
    elsewhere = await campuses.build(scene.campus.database)
    async with scene.campus.database.read() as session:
        assert len(await submissions.waiting(session, office)) == 1
        assert await submissions.waiting(session, await elsewhere.office_actor()) == []


@pytest.mark.parametrize(
    "action", ["review:", "review:show", "review:show:x", "review:because:x:1", "review:because::"]
)
async def test_crooked_actions_do_nothing(scene: Scene, action: str) -> None:
    assert await scene.counselor.act(action) == submit.NOT_FOUND
    assert await scene.counselor.act(f"review:because:{scene.submission.hex}:99") == submit.NOT_FOUND
    assert await scene.counselor.act(f"review:dance:{scene.submission.hex}") == ""
    assert (await scene.status())[0] == "handed_in"


async def test_functions_for_the_console_refuse_the_same_way(scene: Scene, now: datetime) -> None:
    stranger = await scene.campus.counselor("护理2班")
    async with scene.campus.database.begin() as session:
        context = Context(now, session, stranger, Silent(), scene.student.files)
        for key in (scene.submission, uuid4()):
            for act in (review.card, review.look, review.approve):
                with pytest.raises(Refusal) as refusal:
                    await act(context, key)
                assert refusal.value.text == submit.NOT_FOUND
            with pytest.raises(Refusal) as refusal:
                await review.give_back(context, key, "门牌号不对")
            assert refusal.value.text == submit.NOT_FOUND
        assert await review.waiting(context) == []
