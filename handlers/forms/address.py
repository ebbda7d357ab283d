"""Where the archive (人事档案) is to be sent: an organisation that may keep it, never a person (unless the school's
own rule says so, as at an open university, which hands its learning file over)."""

from __future__ import annotations

import re

from handlers import fields, mask, pasted
from handlers.blank import Answers, Consent, Form, Step
from handlers.fields import Declined
from handlers.handler import Context
from knowledge import divisions
from storage.enrolment import enrolment_of

_PERSON_ALLOWED = "_person_allowed"

CONSENT = Consent(
    purpose="address",
    version="2026-11",
    text=(
        "寄档案需要收件人、电话和地址。\n"
        "· 谁用：你的学校和辅导员，只用来寄送和核对档案，交给寄送单位时只给必要内容。\n"
        "· 存多久：档案寄出并确认后 6 个月内删除。\n"
        "· 加密保存；随时可以说“我的数据”查看，说“撤回同意”收回。\n"
        "同意我记录这些内容吗？"
    ),
)

WHY_NOT_A_PERSON = (
    "人事档案按规定不能由个人保管，也不能寄到家里或交给个人，所以这里要写有权保管档案的单位：\n"
    "· 有档案管理权的用人单位；\n"
    "· 户籍地或工作地的人才服务中心、公共就业服务机构；\n"
    "· 升学的写录取学校。\n"
    "请写单位全称；还没定的话，可以写户籍地的公共就业和人才服务中心。"
)


_HOME = re.compile(
    r"(?:寄|邮|递|送|发|转)(?:到|往|去|给|回|至)*(?P<place>(?:我|我们|我自己|自己|本人|你)?的?"
    r"(?:家里|家中|家|老家|宿舍|出租屋|爸妈|父母|妈妈?|爸爸?|母亲|父亲|亲戚|朋友|同学|本人|我自己|我))(?=[,，。;；:：、\s收]|$)"
    r"|(?P<kin>我的?(?:爸妈|父母|妈妈?|爸爸?|母亲|父亲|爷爷|奶奶|哥哥?|姐姐?|弟弟|妹妹|叔叔|舅舅|阿姨|亲戚|朋友|同学))"
    r"(?=亲?收|签收|代收)"
)


def _receiver(text: str) -> str:
    """An organisation or, where that is what was written, a person: whether he may is for `_keeper` to say."""
    value = fields.plain(text).strip("。.,，、 ")
    return value if fields.is_person(value) else fields.organisation(text)


def _keeper(value: str, answers: Answers) -> str:
    """The archives rule. Raises `Declined` with the reason."""
    if fields.is_person(value) and answers.get(_PERSON_ALLOWED) != "yes":
        raise Declined(WHY_NOT_A_PERSON)
    return value


def _is_for_person(answers: Answers) -> bool:
    return fields.is_person(answers.get("receiver", ""))


def _no_home(value: str, answers: Answers) -> str:
    """A home is no place for an archive, even with an organisation's name above it."""
    if answers.get(_PERSON_ALLOWED) != "yes" and re.search(r"我家|家里|家庭(?:地址|住址)|自己家|宿舍", value):
        raise Declined("档案不能寄到家庭地址或宿舍，请写收件单位的办公地址。")
    return value


STEPS = (
    Step(
        "receiver",
        "收件单位",
        "档案寄给哪个单位？请写全称，如“××市××区公共就业和人才服务中心”。",
        _receiver,
        fit=_keeper,
        aliases=("单位", "接收单位", "单位名称", "收档单位", "档案接收单位", "存档单位"),
    ),
    Step(
        "reason",
        "交给个人的原因",
        "你写的是个人。请说明为什么由个人接收（学校规定允许时才行）。",
        fields.free_text("原因", 4, 200),
        when=_is_for_person,
        aliases=("原因", "理由", "说明"),
        open_text=True,
    ),
    Step(
        "recipient",
        "收件人",
        "单位里谁或哪个部门收？如“王老师”或“档案科”。",
        fields.contact,
        sensitive=True,
        aliases=("收件人或部门", "联系人", "部门", "收件部门", "收件人姓名", "收档人"),
        open_text=True,
    ),
    Step(
        "phone",
        "联系电话",
        "收件人的电话是多少？手机或座机都行，座机带区号。",
        fields.phone,
        mask=mask.phone,
        sensitive=True,
        aliases=("电话", "手机", "手机号", "电话号码", "座机", "收件人电话", "收件电话", "单位电话", "联系方式"),
    ),
    Step(
        "region",
        "省市区县",
        "寄到哪个省、市、区县？可以连街道门牌一起写，如“四川省成都市武侯区人民南路 1 号”。",
        fields.region,
        sensitive=True,
        aliases=("所在地区", "地区", "省市区", "省市"),
    ),
    Step(
        "street",
        "详细地址",
        "街道和门牌号是什么？",
        fields.street,
        fit=_no_home,
        sensitive=True,
        aliases=(
            "地址",
            "街道",
            "街道门牌",
            "门牌号",
            "邮寄地址",
            "通讯地址",
            "单位地址",
            "收件地址",
            "寄送地址",
            "门牌",
        ),
        open_text=True,
    ),
    Step(
        "postcode",
        "邮编",
        "邮政编码是多少？不清楚可以跳过。",
        fields.postcode,
        aliases=("邮政编码",),
        optional=True,
    ),
)

_NEEDS_ADDRESS = {"region", "street"}


def _extract(text: str, asked: str | None) -> dict[str, str]:
    """What one message holds for several fields. A single value for the field that is asked is left to it."""
    found = pasted.labelled(text, STEPS)
    if found:
        return _with_home(_with_region(found), text)
    pieces = _with_home(pasted.loose(text), text)
    if asked in _NEEDS_ADDRESS and set(pieces) <= _NEEDS_ADDRESS | {"receiver"}:
        return pasted.address(text)
    return pieces if len(pieces) > 1 else {}


def _with_home(found: dict[str, str], text: str) -> dict[str, str]:
    """'寄到家里', '我妈妈收': where no organisation is named, that is the receiver, for the rule to judge."""
    home = _HOME.search(fields.plain(text)) if found and "receiver" not in found else None
    return {"receiver": home["place"] or home["kin"] or "", **found} if home else found


def _with_region(found: dict[str, str]) -> dict[str, str]:
    """'地址：四川省成都市武侯区…' names the region too."""
    if "region" not in found and "street" in found:
        found.update(pasted.address(found["street"]))
    elif "region" in found and "street" not in found:
        found.update(pasted.address(found["region"]))
    return found


def _recognises(text: str) -> bool:
    """A message that says where the archive goes, and says enough for it: nobody names a form when pasting."""
    found = _extract(text, None)
    about = re.search(r"档案|收件|收档", text) is not None
    return len(found) >= 3 and ({"receiver", "street"} <= set(found) or about)


def _notes(answers: Answers) -> tuple[str, ...]:
    notes = []
    company = re.search(r"(?:有限公司|股份公司|集团|事务所|工作室|店)", answers.get("receiver", ""))
    if company:
        notes.append("民营企业一般没有档案管理权，请先向单位确认能不能接收档案。")
    code, region = answers.get("postcode", ""), answers.get("region", "")
    province = divisions.province_of_postcode(code) if code else None
    if province and region and not region.startswith(province):
        notes.append(f"邮编 {code} 一般是{province}的，请核对。")
    if region and not divisions.is_listed(region):
        notes.append(f"“{divisions.split(region).county}”在区划表里没查到，已按你写的记下，请再看一眼省、市、区县。")
    return tuple(notes)


async def _facts(context: Context) -> dict[str, str]:
    """The school's rule on archives: data of the school, not code."""
    assert context.actor is not None
    enrolment = await enrolment_of(context.session, context.actor.id)
    allowed = bool(enrolment.rules.get("archive", {}).get("person", False))
    return {_PERSON_ALLOWED: "yes" if allowed else "no"}


ADDRESS = Form(
    name="address",
    title="档案邮寄地址",
    triggers=(
        "档案邮寄地址",
        "档案地址",
        "档案寄送地址",
        "档案转寄地址",
        "邮寄地址",
        "档案去向",
        "档案寄递地址",
        "转档地址",
    ),
    steps=STEPS,
    consent=CONSENT,
    extract=_extract,
    recognises=_recognises,
    facts=_facts,
    notes=_notes,
    mine=("我的地址", "我的档案地址", "档案地址进度", "地址审核了吗", "我的档案邮寄地址"),
    ending=("撤回地址", "撤回档案地址", "撤回我的地址"),
    done="档案邮寄地址已提交，等辅导员审核。",
    reasons=("单位名称不是全称", "这个单位不能接收档案", "地址不完整，缺门牌号", "电话打不通"),
)
