"""The letter of authorization from the first word to its revocation."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select, update

from handlers import review
from storage import claims, deliveries, submissions
from storage.database import Database
from storage.models import Attachment, Binding, Consent, School, Submission
from tests.fakes import campus as campuses
from tests.fakes.campus import Campus
from tests.fakes.formtalk import CURFEW, FormTalk, picture
from tests.fakes.numbers import identity

MINE, HIS = identity(serial=1), identity(serial=2)


@pytest.fixture
async def campus(database: Database) -> Campus:
    made = await campuses.build(database)
    await made.student("王小川")
    return made


@pytest.fixture
def talk(campus: Campus, tmp_path: Path, now: datetime) -> FormTalk:
    return FormTalk(campus.database, tmp_path / "files", now, "web-王小川")


@pytest.fixture
async def counselor(campus: Campus, tmp_path: Path, now: datetime) -> FormTalk:
    async with campus.database.begin() as session:
        staff = campus.counselors["会计1班"]
        session.add(
            Binding(id=uuid4(), channel="web", chat="zhou", user="zhou", staff_id=staff, bound_at=now, approved_at=now)
        )
    return FormTalk(campus.database, tmp_path / "files", now, "zhou", [review.review])


async def fill(talk: FormTalk) -> str:
    """To the summary."""
    for text in (
        "我要办委托书",
        "1、2",
        "同意",
        "李小山",
        "13900000001",
        "13900000002",
        "6月20日到6月28日",
        "同意",
        MINE,
    ):
        await talk.say(text)
    return await talk.say(HIS)


async def current(campus: Campus) -> submissions.Handed:
    async with campus.database.read() as session:
        handed = await submissions.latest(session, campus.students["王小川"], "proxy")
        assert handed is not None
        return handed


async def test_from_the_first_word_to_the_signed_photo(campus: Campus, talk: FormTalk) -> None:
    assert "第 1/7 步：委托事项" in await talk.say("委托书")
    assert talk.buttons[0] == "领取毕业证书和学位证书"
    await talk.press("办理离校手续")
    assert "第 2/7 步：受托人" in await talk.press("同意")
    await talk.say("李小山")
    await talk.say("13900000001")
    assert "电话一样了" in await talk.say("13900000001")
    assert "第 5/7 步：委托期限" in await talk.say("13900000002")
    assert "单独同意" in await talk.say("6月20日到6月28日")
    assert "第 6/7 步：你的身份证号" in await talk.press("同意")
    assert "校验不对" in await talk.say(MINE[:-1] + ("1" if MINE[-1] != "1" else "2"))
    await talk.say(MINE)
    assert "身份证号一样了" in await talk.say(MINE)
    summary = await talk.say(HIS)
    assert "1. 委托人：王小川" in summary
    assert "2023 年 6 月 20 日至 2023 年 6 月 28 日" in summary
    assert MINE not in summary
    assert HIS not in summary
    assert "139****0002" in summary

    reply = await talk.press("确认提交")
    assert "请下载打印" in reply
    (pdf,) = talk.attached
    assert pdf.name == "授权委托书-王小川.pdf"
    document = pypdfium2.PdfDocument(await talk.load(pdf))
    assert MINE in document[0].get_textpage().get_text_range()
    document.close()

    assert "已提交，等辅导员核验" in await talk.send(picture())
    handed = await current(campus)
    assert set(handed.answers) == {
        *("principal", "matters", "agent", "principal_phone", "agent_phone"),
        *("period", "principal_id", "agent_id", "photo"),
    }
    assert handed.answers["period"] == "2023-06-20/2023-06-28"
    async with campus.database.read() as session:
        purposes = (await session.scalars(select(Consent.purpose).order_by(Consent.purpose))).all()
        assert purposes == ["proxy", "proxy-identity"]
        kept = (await session.scalars(select(Attachment.media_type).order_by(Attachment.media_type))).all()
        assert kept == ["application/pdf", "image/jpeg"], "what was sent itself is gone"


async def test_the_photo_may_come_days_later_and_life_goes_on(campus: Campus, talk: FormTalk) -> None:
    await fill(talk)
    await talk.press("确认提交")
    talk.now += timedelta(days=3)
    assert await talk.say("我的事项") == ""
    assert await talk.say("今天天气不错") == ""
    assert (await talk.say("宿舍几点关门？")).startswith(CURFEW)
    assert "第 1/6 步" in await talk.say("档案地址")
    assert "等辅导员核验" in await talk.send(picture(form="PNG"))
    assert talk.buttons[-1] == "继续档案邮寄地址"
    assert (await current(campus)).status == "handed_in"


async def test_a_bad_photo_is_asked_for_again(campus: Campus, talk: FormTalk) -> None:
    await fill(talk)
    await talk.press("确认提交")
    assert "打不开" in await talk.send(b"not a picture", name="../../x.jpg")
    assert "太小" in await talk.send(picture(50, 50))
    assert talk.buttons[0] == "再发一次文件"
    await talk.press("再发一次文件")
    assert len(talk.attached) == 1
    assert "已提交" in await talk.send(picture(form="WEBP"))


async def test_a_change_after_the_letter_makes_a_new_letter(talk: FormTalk) -> None:
    await fill(talk)
    await talk.press("确认提交")
    assert "请核对" in await talk.say("受托人电话改成13900000003")
    await talk.press("确认提交")
    assert len(talk.attached) == 1


async def test_the_counselor_verifies_and_the_student_revokes(
    campus: Campus, talk: FormTalk, counselor: FormTalk
) -> None:
    await fill(talk)
    await talk.press("确认提交")
    await talk.send(picture())
    card = await counselor.say("待审核")
    assert "授权委托书" in card
    shown = await counselor.press("看第 1 份")
    assert MINE not in shown
    assert counselor.attached == ()
    full = await counselor.press("看完整内容")
    assert MINE in full
    assert "2023 年 6 月 20 日至 2023 年 6 月 28 日" in full
    (photo,) = counselor.attached
    with Image.open(io.BytesIO(await counselor.load(photo))) as opened:
        assert opened.format == "JPEG"
    await counselor.press("通过")
    assert "已审核通过" in await talk.say("我的委托书")
    assert "确定撤销" in await talk.say("撤销委托")
    assert "已撤销，不再有效" in await talk.press("确定撤销")
    async with campus.database.begin() as session:
        later = talk.now + timedelta(hours=1)
        rows = await claims.claim(session, worker="test", now=later, limit=10)
        told = [content.text for row in rows if row.staff_id and (content := deliveries.content_of(session, row))]
        assert told == ["王小川 撤销了已通过的《授权委托书》，从现在起不要再凭它办理。"]
    assert "还没有提交" in await talk.say("撤销委托")


async def test_passing_a_photo_nobody_opened_asks_once(campus: Campus, talk: FormTalk, counselor: FormTalk) -> None:
    await fill(talk)
    await talk.press("确认提交")
    await talk.send(picture())
    await counselor.say("待审核")
    await counselor.press("看第 1 份")
    assert await counselor.press("通过") == review.UNSEEN
    assert (await current(campus)).status == "handed_in"
    await counselor.press("看完整内容")
    assert "已通过" in await counselor.press("通过")
    assert (await current(campus)).status == "approved"


async def test_passing_unseen_takes_one_more_press(campus: Campus, talk: FormTalk, counselor: FormTalk) -> None:
    await fill(talk)
    await talk.press("确认提交")
    await talk.send(picture())
    handed = await current(campus)
    await counselor.act(f"review:approve:{handed.id.hex}")
    assert "已通过" in await counselor.press("不看，直接通过")


async def test_a_look_at_the_photo_before_counts_no_more(campus: Campus, talk: FormTalk, counselor: FormTalk) -> None:
    await fill(talk)
    await talk.press("确认提交")
    await talk.send(picture())
    first = await current(campus)
    await counselor.act(f"review:full:{first.id.hex}")
    await counselor.act(f"review:return:{first.id.hex}")
    await counselor.press("照片不清楚")
    talk.now += timedelta(hours=1)
    counselor.now = talk.now
    await talk.act(f"form:mend:{first.id.hex}")
    await talk.press("确认提交")
    await talk.send(picture())
    assert await counselor.act(f"review:approve:{(await current(campus)).id.hex}") == review.UNSEEN


async def test_returned_keeps_everything_but_the_photo(campus: Campus, talk: FormTalk, counselor: FormTalk) -> None:
    await fill(talk)
    await talk.press("确认提交")
    await talk.send(picture())
    handed = await current(campus)
    await counselor.act(f"review:return:{handed.id.hex}")
    await counselor.press("照片不清楚")
    reply = await talk.act(f"form:mend:{handed.id.hex}")
    assert "退回原因：照片不清楚" in reply
    assert "受托人：李小山" in reply
    await talk.press("确认提交")
    assert "已提交" in await talk.send(picture())


async def test_only_what_the_school_lets_a_proxy_do_can_be_chosen(campus: Campus, talk: FormTalk) -> None:
    async with campus.database.begin() as session:
        school = await session.get(School, campus.school_id)
        assert school is not None
        school.rules = {"proxy": {"may": ["办理离校手续", "退宿"]}}
    await talk.say("委托书")
    assert talk.buttons == ["办理离校手续", "退宿", "取消"]
    reply = await talk.say("领取毕业证书和学位证书")
    assert "要求本人办理" in reply
    assert "1 办理离校手续；2 退宿" in reply
    await talk.press("退宿")
    await talk.say("同意")
    assert "委托事项：退宿" in await talk.say("看看")


async def test_something_else_is_asked_what(talk: FormTalk) -> None:
    await talk.say("委托书")
    assert "第 2/8 步：其他事项" in await talk.say("其他")
    assert "同意我记录" in await talk.say("领取体育用品押金")


async def test_an_agent_has_to_be_of_age(talk: FormTalk) -> None:
    await fill(talk)
    await talk.say("取消")
    for text in ("委托书", "2", "李小山", "13900000001", "13900000002", "两周", MINE):
        await talk.say(text)
    assert "年满 18 周岁" in await talk.say(identity("20080307", 5))


async def test_a_name_that_cannot_be_printed_is_said(campus: Campus, tmp_path: Path, now: datetime) -> None:
    await campus.student("王\U00030000")
    talk = FormTalk(campus.database, tmp_path / "files", now, "web-王\U00030000")
    await fill(talk)
    assert "打印不出来" in await talk.press("确认提交")
    assert talk.attached == ()
    assert "已提交" in await talk.send(picture())


async def test_the_principal_is_of_the_roster_and_not_to_be_changed(campus: Campus, talk: FormTalk) -> None:
    await fill(talk)
    assert "委托人：王小川" in await talk.say("委托人改成李大山")
    await talk.press("修改")
    assert "委托人" not in talk.buttons
    assert "委托人：王小川" in (await talk.say("看看"))


async def test_an_agent_acts_for_so_many_as_the_school_allows(
    campus: Campus, talk: FormTalk, tmp_path: Path, now: datetime
) -> None:
    others = [await campus.student(name, bind=None) for name in ("林一", "林二")]
    async with campus.database.begin() as session:
        await session.execute(update(School).values(rules={"proxy": {"most": 2}}))
        for student in others:
            await submissions.hand_in(session, student_id=student, form="proxy", answers={}, now=now, person=HIS)
    await fill(talk)
    assert "已经替 2 位同学代办" in await talk.press("确认提交")
    assert "第 2/7 步：受托人" in (talk.last.text if talk.last else "")
    async with campus.database.begin() as session:
        await session.execute(update(Submission).values(status="withdrawn"))
    for text in ("李小山", "13900000002", HIS):
        await talk.say(text)
    assert "请下载打印" in await talk.press("确认提交")
    await talk.send(picture())
    async with campus.database.read() as session:
        kept = await session.scalar(select(Submission.person_hash).where(Submission.status == "handed_in"))
        assert kept is not None
        assert HIS.encode() not in kept


async def test_plain_words_fill_in_what_they_tell(talk: FormTalk) -> None:
    assert "同意我记录" in await talk.say("让我室友李明帮我领毕业证，电话13900000002")
    reply = await talk.press("同意")
    assert "记下了 3 项" in reply
    assert "你的电话" in reply
    so_far = await talk.say("看看")
    assert "受托人：李明" in so_far
    assert "委托事项：领取毕业证书和学位证书" in so_far
    assert "139****0002" in so_far


async def test_plain_words_with_both_phones_and_days(talk: FormTalk) -> None:
    await talk.say("委托书")
    words = "请我同学赵小雨替我办离校手续和退费，她电话13900000002，我的电话13900000003，6月20日到6月28日"
    await talk.say(words)
    assert "记下了 5 项" in await talk.press("同意")
    await talk.press("同意")
    so_far = await talk.say("看看")
    assert "你的电话：139****0003" in so_far
    assert "受托人电话：139****0002" in so_far
    assert "办理离校手续、办理退费和退款" in so_far
    assert "2023 年 6 月 20 日至 2023 年 6 月 28 日" in so_far


@pytest.mark.parametrize(
    "text", ["可以让我室友李明帮我领毕业证吗", "让我同学帮我领毕业证", "请老师帮我看看毕业证", "让李明来吃饭"]
)
async def test_what_names_no_agent_or_asks_starts_nothing(talk: FormTalk, text: str) -> None:
    assert await talk.say(text) == ""
