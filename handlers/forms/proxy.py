"""The letter by which a student lets someone else do things at school for him (委托书)."""

from __future__ import annotations

import re
from datetime import date

import anyio

from handlers import fields, intent, letter, mask, pasted, period, photo
from handlers.blank import Answers, Barred, Consent, Form, Step
from handlers.fields import Invalid
from handlers.handler import Context
from handlers.messages import Attachment
from storage import submissions
from storage.clock import SCHOOL, school_day
from storage.enrolment import Enrolment, enrolment_of

MATTERS = ("领取毕业证书和学位证书", "办理离校手续", "交接档案材料", "办理退费和退款", "其他事项")
"""What a proxy usually does; a school's rule `proxy.may` takes its place."""
_TODAY, _MAY = "_today", "_may"

CONSENT = Consent(
    purpose="proxy",
    version="2026-11",
    text=(
        "办委托书要写双方的姓名和电话。\n"
        "· 谁用：你的学校和辅导员，只用来核对委托。\n"
        "· 存多久：委托到期后 6 个月内删除。\n"
        "· 受托人的信息请先征得本人同意再填。加密保存，随时可以撤销。\n"
        "同意我记录这些内容吗？"
    ),
)

IDENTITY_CONSENT = Consent(
    purpose="proxy-identity",
    version="2026-11",
    text=(
        "接下来要身份证号和签名照片，这是需要单独同意的个人信息（受托人的请先征得本人同意）。\n"
        "· 为什么：学校办理窗口凭证件号核对委托人和受托人。\n"
        "· 怎么保存：加密，屏幕上只显示首尾几位，查看完整内容会留下记录，委托到期后 6 个月内删除。\n"
        "· 不同意也可以：请到学院当面填写纸质委托书。\n"
        "单独同意我记录身份证号和签名照片吗？"
    ),
)


def _matters(answers: Answers) -> tuple[str, ...]:
    """What a proxy may do at this school; everything usual where the school has no rule."""
    return tuple(answers.get(_MAY, "").split("、")) if answers.get(_MAY) else MATTERS


def _chosen(value: str, answers: Answers) -> str:
    """Only what the school lets a proxy do. Raises `Invalid`."""
    try:
        return fields.choice(_matters(answers), many=True)(value)
    except Invalid as problem:
        refused = [matter for matter in MATTERS if matter not in _matters(answers) and matter in value]
        also = f"“{refused[0]}”学校要求本人办理。" if refused and answers.get(_MAY) else ""
        raise Invalid(also + problem.hint) from None


def _period(value: str, answers: Answers) -> str:
    return period.period(value, _today(answers))


def _today(answers: Answers) -> date:
    return date.fromisoformat(answers[_TODAY])


def _adult(value: str, answers: Answers) -> str:
    """An agent has to be of age. Raises `Invalid`."""
    if not fields.adult_on(value, _today(answers)):
        raise Invalid("受托人要年满 18 周岁。请核对号码，或换一位受托人。")
    return value


def _two_people(answers: Answers) -> str | None:
    if answers.get("agent_id") and answers.get("agent_id") == answers.get("principal_id"):
        return "受托人和委托人的身份证号一样了，请核对。"
    if answers.get("agent_phone") and answers.get("agent_phone") == answers.get("principal_phone"):
        return "受托人和委托人的电话一样了，请核对。"
    return None


async def _facts(context: Context) -> dict[str, str]:
    """The day, the school's rule on proxies, and the principal as the roster knows him."""
    assert context.actor is not None
    enrolment = await enrolment_of(context.session, context.actor.id)
    may: list[str] = enrolment.rules.get("proxy", {}).get("may", [])
    return {
        _TODAY: school_day(context.now).isoformat(),
        _MAY: "、".join(may),
        "principal": enrolment.name,
    }


async def _barred(context: Context, answers: Answers) -> Barred | None:
    """The school's rule on how many people one agent may act for."""
    assert context.actor is not None
    enrolment = await enrolment_of(context.session, context.actor.id)
    most: int | None = enrolment.rules.get("proxy", {}).get("most")
    if most is None:
        return None
    others = await submissions.naming(
        context.session,
        form=PROXY.name,
        person=answers["agent_id"],
        school_id=context.actor.school_id,
        but=context.actor.id,
    )
    if others < most:
        return None
    words = f"这位受托人已经替 {others} 位同学代办，学校规定一个人最多代 {most} 位。请换一位受托人，其余内容都还在。"
    return Barred(words, ("agent", "agent_phone", "agent_id"))


def _extract(text: str, asked: str | None) -> dict[str, str]:
    """Labelled values of one pasted message, or what plain words tell: '让我室友李明帮我领毕业证，电话 139…'."""
    return intent.labelled(text, PROXY.steps) or _told(fields.plain(text))


_KIN = (
    "室友|舍友|同学|同班同学|朋友|班长|妈妈|爸爸|母亲|父亲|姐姐|哥哥|弟弟|妹妹|表姐|表哥|表弟|表妹|"
    "男朋友|女朋友|家人|亲戚"
)
_AGENT = re.compile(
    rf"(?:让|请|委托|由|叫|找|拜托)(?:我的?)?(?:{_KIN})?(?P<name>[\u4e00-\u9fff]{{2,3}}?)"
    r"(?=帮|替|代|来|去|领|办|拿|取|处理|交|的?(?:电话|手机)|[,，。、;；:：(（\s]|$)"
)
_MINE = re.compile(r"我(?:的|本人)?(?:电话|手机|号码)?\D{0,3}$|本人")
"""What leads to the speaker's own number."""
_DONE_FOR_ME = re.compile(r"(?:帮|替|代)(?:我|本人|领|办|交|取|拿)|委托")
_MEANT = (
    (re.compile(r"毕业证|学位证|证书|双证"), MATTERS[0]),
    (re.compile(r"离校手续|退宿|退寝"), MATTERS[1]),
    (re.compile(r"(?:交|送|转).{0,3}档案|档案材料"), MATTERS[2]),
    (re.compile(r"退费|退款"), MATTERS[3]),
)


def _told(text: str) -> dict[str, str]:
    """Agent, matters, phones and period of plain words; {} where no agent is named."""
    agent = _AGENT.search(text) if _DONE_FOR_ME.search(text) else None
    if agent is None or not fields.is_person(agent["name"]) or re.search(_KIN, agent["name"]):
        return {}
    found = {"agent": agent["name"]}
    if matters := [matter for sign, matter in _MEANT if sign.search(text)]:
        found["matters"] = "、".join(matters)
    for phone, before in pasted.phones_in(text):
        found.setdefault("principal_phone" if _MINE.search(before) else "agent_phone", phone)
    if said := period.said_in(text):
        found["period"] = said
    return found


def _recognises(text: str) -> bool:
    """A message that says who is to do what: nobody names a form when he says so."""
    return {"agent", "matters"} <= set(_told(fields.plain(text)))


async def _letter(context: Context, answers: Answers) -> tuple[str, tuple[Attachment, ...]]:
    """The letter to print and sign; where a character cannot be printed, a sentence instead of a blank."""
    assert context.actor is not None
    enrolment = await enrolment_of(context.session, context.actor.id)
    try:
        pdf = await anyio.to_thread.run_sync(letter.render, _content(context, answers, enrolment), letter.font_paths())
    except letter.MissingGlyphs as lacking:
        named = "、".join(lacking.characters)
        return f"“{named}”打印不出来，请到学院领纸质委托书手写，签好后照样拍照发我。", ()
    kept = await context.files.save(
        context.session,
        pdf,
        name=f"授权委托书-{enrolment.name}.pdf",
        media_type="application/pdf",
        now=context.now,
        student_id=context.actor.id,
    )
    return "委托书做好了，请下载打印，双方签名。", (kept,)


def _content(context: Context, answers: Answers, enrolment: Enrolment) -> dict[str, str]:
    matters = answers["matters"]
    other = answers.get("other", "")
    day = context.now.astimezone(SCHOOL)
    return {
        "school": enrolment.school,
        "college": enrolment.college,
        "class_name": enrolment.class_name,
        "number": enrolment.number,
        "principal": enrolment.name,
        **{key: answers[key] for key in ("principal_id", "principal_phone", "agent", "agent_id", "agent_phone")},
        "matters": matters.replace(MATTERS[-1], f"其他事项（{other}）") if other else matters,
        "period": period.spoken(answers["period"]),
        "day": f"{day.year} 年 {day.month} 月 {day.day} 日",
    }


async def _photo(context: Context, attachment: Attachment) -> str:
    return await photo.keep(context, attachment, "签名委托书.jpg")


def _notes(answers: Answers) -> tuple[str, ...]:
    if "交接档案材料" in answers.get("matters", ""):
        return ("受托人可以代交材料，但人事档案不能由个人携带，只由学校寄送。",)
    return ()


PROXY = Form(
    name="proxy",
    title="授权委托书",
    triggers=("委托书", "授权委托书", "委托办理", "委托", "代办", "找人代办", "委托他人办理"),
    steps=(
        Step("principal", "委托人", "", fields.name, fixed=True),
        Step(
            "matters",
            "委托事项",
            "要委托办什么？点一项；要选几项就回复编号，如“1、2”。",
            fields.free_text("事项", 1, 200),
            options=_matters,
            fit=_chosen,
            aliases=("事项", "办什么"),
        ),
        Step(
            "other",
            "其他事项",
            "具体是什么事？一句话说清楚。",
            fields.free_text("事项", 2, 60),
            when=lambda answers: MATTERS[-1] in answers.get("matters", ""),
            open_text=True,
        ),
        Step(
            "agent",
            "受托人",
            "请谁代办？写对方身份证上的姓名。",
            fields.name,
            sensitive=True,
            aliases=("受托人姓名", "代办人", "代理人", "被委托人"),
            open_text=True,
        ),
        Step(
            "principal_phone",
            "你的电话",
            "你本人的手机号是多少？",
            fields.phone,
            mask=mask.phone,
            sensitive=True,
            aliases=("委托人电话", "我的电话", "本人电话", "我的手机", "委托人手机"),
        ),
        Step(
            "agent_phone",
            "受托人电话",
            "受托人的手机号是多少？",
            fields.phone,
            mask=mask.phone,
            sensitive=True,
            aliases=("代办人电话", "受托人手机", "对方电话", "代理人电话"),
        ),
        Step(
            "period",
            "委托期限",
            "从哪天到哪天？如“6月20日到6月28日”或“从今天起两周”。",
            fields.free_text("期限", 2, 60),
            spell=period.spoken,
            fit=_period,
            aliases=("期限", "时间", "日期", "起止日期", "有效期"),
        ),
        Step(
            "principal_id",
            "你的身份证号",
            "你本人的 18 位身份证号是多少？",
            fields.identity,
            mask=fields.mask_identity,
            sensitive=True,
            consent=IDENTITY_CONSENT,
            aliases=("委托人身份证号", "委托人身份证", "我的身份证号", "我的身份证", "本人身份证号"),
        ),
        Step(
            "agent_id",
            "受托人身份证号",
            "受托人的 18 位身份证号是多少？",
            fields.identity,
            mask=fields.mask_identity,
            fit=_adult,
            sensitive=True,
            consent=IDENTITY_CONSENT,
            aliases=("受托人身份证", "代办人身份证号", "代办人身份证", "对方身份证号"),
        ),
    ),
    closing=(
        Step(
            "photo",
            "签好的委托书",
            "双方签名后，把整张拍清楚发给我，我再交给辅导员审核。",
            fields.free_text("照片"),
            sensitive=True,
            file=True,
            consent=IDENTITY_CONSENT,
            receive=_photo,
            prepare=_letter,
        ),
    ),
    consent=CONSENT,
    extract=_extract,
    recognises=_recognises,
    rules=(_two_people,),
    facts=_facts,
    person="agent_id",
    barred=_barred,
    notes=_notes,
    mine=("我的委托书", "我的委托", "我的授权委托书", "委托书进度"),
    ending=("撤销委托", "撤销委托书", "撤销授权", "撤回委托书", "取消委托"),
    done="委托书已提交，等辅导员核验。核验通过后受托人带原件来办理。",
    reasons=("照片不清楚", "没有签名", "签名和姓名对不上", "委托事项要本人办理"),
)
