"""The form engine, walked as a person walks it: interruptions, corrections, restarts, nothing typed lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from handlers.form import UNBOUND, Form, Step
from handlers.formbook import FORMS
from storage import chat, conversations
from storage.database import Database
from storage.models import Attachment, Consent, Submission
from tests.fakes.addressed import ORGANISATION, PASTED, addressed, answers_of, fill, status_of_item
from tests.fakes.campus import Campus
from tests.fakes.formtalk import CURFEW, FormTalk, picture


@pytest.fixture
async def campus(database: Database) -> Campus:
    return await addressed(database)


@pytest.fixture
def talk(campus: Campus, tmp_path: Path, now: datetime) -> FormTalk:
    return FormTalk(campus.database, tmp_path / "files", now, "web-王小川")


async def test_step_by_step_to_the_end(campus: Campus, talk: FormTalk) -> None:
    assert "第 1/6 步：收件单位" in await talk.say("填写档案地址")
    assert "同意我记录" in await talk.say(ORGANISATION)
    assert "第 2/6 步：收件人" in await talk.press("同意")
    assert "第 3/6 步：联系电话" in await talk.say("王老师")
    assert "第 4/6 步" in await talk.say("139 0000 0001")
    assert "第 6/6 步：邮编" in await talk.say("重庆市渝中区示范路 1 号")
    summary = await talk.press("跳过")
    assert "139****0001" in summary
    assert "13900000001" not in summary
    assert "邮编：（未填）" in summary
    assert talk.buttons == ["确认提交", "修改", "取消"]
    assert "已提交" in await talk.press("确认提交")
    assert await answers_of(campus) == {
        "receiver": ORGANISATION,
        "recipient": "王老师",
        "phone": "13900000001",
        "region": "重庆市 渝中区",
        "street": "示范路 1 号",
        "postcode": "",
    }
    assert await status_of_item(campus, talk.now) == "handed_in"


async def test_one_pasted_message_is_understood_and_held_until_consent(campus: Campus, talk: FormTalk) -> None:
    assert "同意我记录" in await talk.say(PASTED)
    async with campus.database.read() as session:
        state = await conversations.load(session, talk.address)
        assert state is not None
        assert state.data["drafts"]["address"]["answers"] == {}
    summary = await talk.press("同意")
    assert "请核对" in summary
    assert "010-****8888" in summary
    assert "已提交" in await talk.say("确认")
    assert (await answers_of(campus))["street"] == "示范路1号"


async def test_only_what_is_missing_is_asked(talk: FormTalk) -> None:
    await talk.say("收件单位：重庆市渝中区人才服务中心\n收件人：王老师\n邮编：400000\n地址：重庆市渝中区示范路1号")
    assert "第 3/6 步：联系电话" in await talk.press("同意")
    assert "请核对" in await talk.say("13900000001")


async def test_what_does_not_fit_in_a_pasted_message_is_asked_and_the_rest_stays(talk: FormTalk) -> None:
    await talk.say("档案地址")
    await talk.say("收件单位：重庆市渝中区人才服务中心 收件人：王老师 电话：1390000001 地址：重庆市渝中区示范路1号")
    reply = await talk.press("同意")
    assert "记下了 4 项" in reply
    assert "联系电话：手机号是 11 位" in reply
    assert "第 3/6 步" in reply
    assert "邮编" in await talk.say("13900000001")


async def test_consent_is_noted_with_its_text_and_asked_once(campus: Campus, talk: FormTalk) -> None:
    await fill(talk)
    async with campus.database.read() as session:
        (row,) = (await session.scalars(select(Consent))).all()
        assert (row.purpose, row.text_version, row.channel) == ("address", "2026-11", "web")
        assert row.given_at < talk.now
    await talk.say("取消")
    await talk.say("档案地址")
    assert "第 2/6 步" in await talk.say(ORGANISATION)


async def test_without_consent_nothing_sensitive_is_kept(campus: Campus, talk: FormTalk) -> None:
    await talk.say("档案地址")
    await talk.say(ORGANISATION)
    assert "同意我记录" in await talk.say("王老师")
    async with campus.database.begin() as session:
        for said in ("档案地址", "王老师傅", "不同意"):
            await chat.add(session, "web", talk.address.chat, True, said, [], [], talk.now)
    await talk.say("王老师傅")
    assert "丢弃" in await talk.say("不同意")
    async with campus.database.read() as session:
        log = [line.text for line in await chat.latest(session, "web", talk.address.chat)]
        assert log == ["档案地址", chat.UNSAID, "不同意"]
    async with campus.database.read() as session:
        assert (await session.scalars(select(Consent))).all() == []
        state = await conversations.load(session, talk.address)
        assert state is not None
        draft = state.data["drafts"]["address"]
        assert (draft["answers"], draft["held"]) == ({"receiver": ORGANISATION}, "")
    assert "同意我记录" in await talk.say("13900000001")


async def test_a_consent_button_of_another_text_agrees_to_nothing(campus: Campus, talk: FormTalk) -> None:
    await talk.say("档案地址")
    await talk.say(ORGANISATION)
    assert "同意我记录" in await talk.act("form:agree:proxy-identity")
    async with campus.database.read() as session:
        assert (await session.scalars(select(Consent))).all() == []


async def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(talk: FormTalk) -> None:
    await talk.say("档案地址")
    await talk.say(ORGANISATION)
    await talk.say("同意")
    reply = await talk.say("宿舍几点关门？")
    assert reply.startswith(CURFEW)
    assert "继续第 2/6 步：收件人" in reply
    await talk.say("王老师")
    assert CURFEW in await talk.say("退寝时间")
    assert "没找到答案" in await talk.say("食堂什么时候关？")
    assert "第 4/6 步" in await talk.say("13900000001")


async def test_what_only_looks_like_a_question_can_be_taken_literally(campus: Campus, talk: FormTalk) -> None:
    await talk.say("档案地址")
    await talk.say(ORGANISATION)
    await talk.say("同意")
    assert "继续第 2/6 步" in await talk.say("何时老师")
    assert "第 3/6 步" in await talk.press("我就是要填这个")
    await talk.say("上一步")
    assert "第 3/6 步" in await talk.say("王老师")


async def test_a_private_person_is_refused_with_the_reason(talk: FormTalk) -> None:
    await talk.say("档案地址")
    for said in ("王小川", "寄到我家", "本人"):
        reply = await talk.say(said)
        assert "不能由个人保管" in reply
        assert "人才服务中心" in reply
        assert "第 1/6 步" in reply
    await talk.say(ORGANISATION)
    await talk.say("同意")
    await talk.say("王老师")
    await talk.say("13900000001")
    await talk.say("重庆市渝中区")
    assert "不能寄到家庭地址" in await talk.say("示范路 1 号（家庭住址）")


async def test_where_the_school_allows_a_person_the_reason_is_asked(campus: Campus, talk: FormTalk) -> None:
    async with campus.database.begin() as session:
        from storage.models import School

        school = await session.get(School, campus.school_id)
        assert school is not None
        school.rules = {"archive": {"person": True}}
    await talk.say("档案地址")
    assert "第 2/7 步：交给个人的原因" in await talk.say("王小川")
    assert "同意我记录" in await talk.say("学习中心当面发放学籍档案")
    assert "第 3/7 步" in await talk.say("同意")


async def test_corrections_in_every_way(talk: FormTalk) -> None:
    await fill(talk)
    assert "第 3/6 步：联系电话" in await talk.say("改电话")
    assert "139****0002" in await talk.say("13900000002")
    assert "010-****8888" in await talk.say("第3项改成010-88888888")
    assert "收件人：李老师" in await talk.say("收件人改成李老师")
    assert "第 2/6 步" in await talk.say("2")
    assert "收件人：张老师" in await talk.say("张老师")
    assert "改哪一项" in await talk.press("修改")
    assert "第 6/6 步" in await talk.press("邮编")
    assert "邮编：100000" in await talk.say("100000")
    assert "邮编 100000 一般是北京市的" in (talk.last.text if talk.last else "")
    assert "手机号是 11 位" in await talk.say("电话改成 139")
    assert "010-****8888" in await talk.say("看看")


async def test_a_bad_correction_keeps_what_was_there(talk: FormTalk) -> None:
    await fill(talk)
    await talk.say("改电话")
    assert "没看出电话号码" in await talk.say("abc")
    assert "139****0001" in await talk.say("看看")
    assert "第 3/6 步" in await talk.say("继续")


async def test_back_skip_help(talk: FormTalk) -> None:
    await talk.say("档案地址")
    assert "已经是第一步" in await talk.say("上一步")
    await talk.say(ORGANISATION)
    await talk.say("同意")
    await talk.say("王老师")
    assert "第 2/6 步" in await talk.press("上一步")
    assert "第 3/6 步" in await talk.say("王老师")
    assert "取消、上一步" in await talk.say("帮助")
    assert "没看出电话号码" in await talk.say("跳过")
    assert "收件人：王老师" in await talk.say("看看")


async def test_an_older_summary_does_not_confirm_a_newer_one(campus: Campus, talk: FormTalk) -> None:
    await fill(talk)
    assert talk.last is not None
    stale = talk.last.buttons[0].action
    await talk.say("电话改成13900000002")
    assert "内容有变化" in await talk.act(stale)
    assert "已提交" in await talk.press("确认提交")
    assert "不在填写中" in await talk.act(stale)
    assert (await answers_of(campus))["phone"] == "13900000002"
    async with campus.database.read() as session:
        assert len((await session.scalars(select(Submission))).all()) == 1


async def test_confirm_before_the_end_only_goes_on(talk: FormTalk) -> None:
    await talk.say("档案地址")
    assert "第 1/6 步" in await talk.act("form:confirm:0")


async def test_a_new_process_goes_on_where_the_old_one_stopped(campus: Campus, talk: FormTalk, tmp_path: Path) -> None:
    await talk.say("档案地址")
    await talk.say(ORGANISATION)
    await talk.say("同意")
    await talk.say("王老师")
    after = FormTalk(campus.database, tmp_path / "files", talk.now, "web-王小川")
    assert "第 4/6 步" in await after.say("13900000001")
    assert "收件人：王老师" in await after.say("看看")


async def test_after_a_long_pause_it_asks_first(talk: FormTalk) -> None:
    await talk.say("档案地址")
    talk.now += timedelta(days=8)
    reply = await talk.say(ORGANISATION)
    assert "上次是 6 月 7 日" in reply
    assert talk.buttons == ["接着填", "重新填", "取消"]
    assert await talk.say("宿舍几点关门？") == ""
    assert "第 1/6 步" in await talk.press("接着填") if "接着填" in talk.buttons else await talk.act("form:resume")
    assert "同意我记录" in await talk.say(ORGANISATION)
    talk.now += timedelta(days=8)
    assert "已取消" in await talk.say("取消")


async def test_start_anew(talk: FormTalk) -> None:
    await fill(talk)
    assert "第 1/6 步" in await talk.say("重新填")
    assert "还没有填" in await talk.say("看看")


async def test_another_form_puts_the_first_aside(talk: FormTalk) -> None:
    await talk.say("档案地址")
    await talk.say(ORGANISATION)
    await talk.say("同意")
    assert "《档案邮寄地址》先放一放" in await talk.say("委托书")
    await talk.say("1")
    assert "已取消" in await talk.say("取消")
    assert "第 2/6 步：收件人" in await talk.press("继续档案邮寄地址")


async def test_other_features_keep_their_words_in_the_middle(talk: FormTalk) -> None:
    await talk.say("档案地址")
    assert await talk.say("我的事项") == ""
    assert await talk.act("item:done:00") == ""
    assert "同意我记录" in await talk.say(ORGANISATION)


async def test_doors_that_are_closed(campus: Campus, tmp_path: Path, now: datetime) -> None:
    stranger = FormTalk(campus.database, tmp_path / "files", now, "nobody")
    assert await stranger.say("档案地址") == UNBOUND
    assert await stranger.say(PASTED) == UNBOUND
    assert await stranger.act("form:start:address") == UNBOUND
    assert await stranger.say("你好") == ""
    abroad = FormTalk(campus.database, tmp_path / "files", now, "web-王小川", abroad=True)
    for said in ("档案地址", PASTED, "我的地址"):
        assert "/go/" in await abroad.say(said)
    for action in ("form:start:address", "form:mine:address", f"form:mend:{uuid4().hex}", "form:resume"):
        assert "/go/" in await abroad.act(action)
    assert await abroad.say("你好") == ""
    group = FormTalk(campus.database, tmp_path / "files", now, "web-王小川", group=True)
    assert "私聊" in await group.say("档案地址")
    assert await group.say("王老师") == ""


async def test_a_file_where_none_is_wanted(talk: FormTalk) -> None:
    assert "没有要交的" in await talk.send(picture())
    await talk.say("档案地址")
    assert "写文字就可以" in await talk.send(picture())


async def test_a_conversation_of_another_feature_is_left_alone(campus: Campus, talk: FormTalk) -> None:
    async with campus.database.begin() as session:
        await conversations.save(session, talk.address, form="bind", data={"x": 1}, now=talk.now)
    assert await talk.say("王老师") == ""
    async with campus.database.read() as session:
        state = await conversations.load(session, talk.address)
        assert state is not None
        assert state.form == "bind"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_form_is_well_made(form: Form) -> None:
    steps: list[Step] = [*form.steps, *form.closing]
    assert len({step.key for step in steps}) == len(steps)
    assert not any(step.key.startswith("_") for step in steps)
    for step in steps:
        assert step.fixed or step.ask
        assert not step.sensitive or form.consent_for(step), f"{step.key} is sensitive and asks no consent"
        assert not step.file or step.receive
        assert len(f"form:edit:{step.key}".encode()) <= 64
    assert form.triggers
    assert form.mine
    assert form.ending
    names = [name for step in steps for name in (step.label, *step.aliases)]
    assert len(set(names)) == len(names), "one word, one field"


async def kept_files(campus: Campus) -> int:
    async with campus.database.read() as session:
        return len((await session.scalars(select(Attachment.id))).all())


async def test_a_file_that_is_not_taken_is_not_kept(campus: Campus, talk: FormTalk) -> None:
    assert "没有保留" in await talk.send(picture())
    await talk.say("填写档案地址")
    assert "没有收" in await talk.send(picture())
    assert await kept_files(campus) == 0
