"""One pasted message, several values: with labels, without, or both; loose words are told by their shape."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers import fields, intent
from handlers.blank import Step
from handlers.fields import Invalid
from knowledge import divisions

_LEAD = re.compile(
    r"^(?:(?:老师)?(?:您好|你好)|.{0,12}?(?:寄|递|送|转)(?:送|递|存)?(?:到|往|至|给|去)|(?:电话|手机|邮编|地址|收件人|单位)(?=$))"
)
"""What people say before the address: '老师您好', '我的档案要寄到'."""
_PHONE = re.compile(
    r"(?<![\d-])(?:\+?86[- ]?)?"
    r"(?:1\d{2}[- ]?\d{4}[- ]?\d{4}|\(?0\d{2,3}\)?[- ]?\d{3,4}[- ]?\d{4}|[48]00[- ]?\d{3}[- ]?\d{4})"
    r"(?:\s*(?:转|-|ext\.?)\s*\d{1,5})?(?!\d)"
)
_POSTCODE = re.compile(r"(?<!\d)(?:邮(?:政编码|编)[:： ]*)?([0-9]{6})(?!\d)")
_GATE = re.compile(
    r"^(.*?(?:\d+|[一二三四五六七八九十百]+|[甲乙丙丁]\d*)\s*(?:号院?|栋|幢|座|楼|层|室|单元|弄|房|厅)"
    r"(?:[\dA-Za-z一二三四五六七八九十甲乙丙丁-]+\s*(?:号|栋|幢|座|楼|层|室|单元|房))*)(.+)$"
)
_STANDS_AT = re.compile(
    r"^([^\d路街巷弄村]{2,}?(?:中心|局|公司|集团|大学|学院|学校|医院|事务所|档案馆|档案室|委员会|办事处|服务站))"
    r"(?=[\u4e00-\u9fff]{1,8}(?:大道|路|街|巷|弄|道)\D{0,6}\d)(.+)$"
)
"""'人才服务中心东风路12号': the organisation before the street it stands in."""
_RECEIVED = re.compile(r"^(.{1,20}?)\s*[(（]?(?:亲?收|启)[)）]?$")
_TITLED = re.compile(
    r"^[\u4e00-\u9fff]{1,4}(?:老师|主任|科长|处长|经理|女士|先生|部长|干事|专员)$|^[\u4e00-\u9fff]{2,8}(?:科|处|部|室)$"
)
_SPACED = re.compile(r"\s*(\d+)\s*(?=号|楼|层|室|栋|幢|单元|座|弄)")
"""'人民路 12 号': a number and its word are one address, blanks or not."""
_BETWEEN = re.compile(r"[\s,，;；。、|:：]+")
_BAR = re.compile(r"(?<![A-Za-z0-9])[/|／｜]|[/|／｜](?![A-Za-z0-9])|(?<=\d{6})[/|／｜]")
"""Bars between values; 'A/B 座' is one."""
_PARTS = re.compile(r"[\s,，;；。、]+")
_TOO_COMMON = frozenset(("单位", "部门", "街道", "门牌", "原因", "理由", "说明", "省市", "地区"))
"""Labels that need their colon: '单位集体户', '街道办事处' begin with them and are values."""
_PLACE = {"region", "street"}


def address(text: str) -> dict[str, str]:
    """Region and street of an address; {} where no single region begins it.

    A region without its county is given as it is: the person is asked for the county, and the street is not lost.
    """
    readings = divisions.locate(fields.plain(text))
    if len(readings) != 1 or not (readings[0].complete or readings[0].rest):
        return {}
    reading = readings[0]
    return {"region": str(reading.region), **({"street": reading.rest} if reading.rest else {})}


def labelled(text: str, steps: Sequence[Step]) -> dict[str, str]:
    """The values behind the labels, and among them what stands there without a label; {} where there is no label.

    '收件人：王老师，重庆市渝北区…路 1 号，邮编 401120' has an address behind the recipient that is not his name.
    """
    text = _BAR.sub("，", text)
    lead, values = intent.marked(_with_colons(text, steps), steps)
    if not values:
        return {}
    labels = {key for key, _ in values}
    known = labels | _PLACE if labels & _PLACE else labels
    found: dict[str, str] = {}
    strays = [lead]
    for key, value in values:
        kept, apart = _kept(value, known)
        strays += apart
        if kept:
            found.setdefault(key, kept)
    return {**loose("，".join(strays)), **found}


def _with_colons(text: str, steps: Sequence[Step]) -> str:
    """'收件人王老师，邮编401120': labels that stick to their values get a colon, if more is said besides."""
    names = {name for step in steps for name in intent.names_of(step)} - _TOO_COMMON
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    stuck = re.compile(rf"(^|[\s,，;；。、])({words})(?![\s:：=是]|$)", re.MULTILINE)
    return stuck.sub(r"\1\2：", text) if len(_PARTS.split(text.strip())) > 1 else text


def _kept(value: str, known: set[str]) -> tuple[str, list[str]]:
    """A labelled value without the parts of it that are values of something that has no label here."""
    joined = _PHONE.sub(lambda phone: phone[0].replace(" ", ""), _SPACED.sub(r"\1", value))
    apart = [part for part in _PARTS.split(joined)[1:] if (other := loose(part)) and not known & set(other)]
    for part in apart:
        joined = joined.replace(part, "，", 1)
    return (joined if apart else value).strip(" ,，;；。、\n"), apart


def loose(text: str) -> dict[str, str]:
    """What can be told from unlabelled words: phone, postcode, region with street, organisation, recipient."""
    rest = fields.plain(_BAR.sub("，", text).replace("\n", " "))
    found: dict[str, str] = {}
    for key, pattern in (("phone", _PHONE), ("postcode", _POSTCODE)):
        rest, value = _taken(rest, pattern)
        if value:
            found[key] = value
    words = (_LEAD.sub("", word) for word in _BETWEEN.split(_SPACED.sub(r"\1", rest)))
    found.update(_named([word for word in words if word]))
    return found


def phones_in(text: str) -> list[tuple[str, str]]:
    """The phone numbers in a text, each with the words that lead to it."""
    found, start = [], 0
    for match in _PHONE.finditer(text):
        found.append((match[0], re.split(r"[,，。;；\n]", text[start : match.start()])[-1]))
        start = match.end()
    return found


def _taken(text: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    """The text without the first match, and the match."""
    match = pattern.search(text)
    if match is None:
        return text, ""
    return f"{text[: match.start()]} {text[match.end() :]}", match[match.lastindex or 0]


def _named(words: list[str]) -> dict[str, str]:
    """Each word is what it looks like: an address, the organisation, or who receives it."""
    found: dict[str, str] = {}
    for number, word in enumerate(words):
        following = words[number + 1] if number + 1 < len(words) else ""
        if "region" not in found and not _is_organisation_only(word) and (place := address(word)):
            found = {**_split(word, place), **found}
        elif "region" in found and "street" not in found and _is_street(word):
            found = {**_split(word, {"street": word}), **found}
        elif "region" not in found and "street" not in found and (stands_in := _region_of(found)) and _is_street(word):
            found = {**_split(word, {"region": stands_in, "street": word}), **found}
        elif "receiver" not in found and fields.is_organisation(word) and len(word) >= 4:
            found["receiver"] = word
        elif "recipient" not in found and (who := _who(word, following)):
            found["recipient"] = who
    return found


def _region_of(found: dict[str, str]) -> str:
    """Where the organisation is by its own name, for a street that is said without a place: the person checks it."""
    readings = divisions.locate(fields.plain(found.get("receiver", "")))
    return str(readings[0].region) if len(readings) == 1 and readings[0].complete else ""


def _is_organisation_only(word: str) -> bool:
    """'重庆市渝中区人才服务中心' begins like an address and is none: nothing of a street is in it."""
    return fields.is_organisation(word) and not re.search(r"\d|路|街|道(?!路?办)|巷|村", word)


def _is_street(word: str) -> bool:
    try:
        fields.street(word)
    except Invalid:
        return False
    return not fields.is_organisation(word)


def _split(word: str, place: dict[str, str]) -> dict[str, str]:
    """What is glued to a street: the organisation before it or behind its number, and who receives it there."""
    found = dict(place)
    if (before := _STANDS_AT.match(found.get("street", ""))) and word.endswith(before[2]):
        found |= {"receiver": word.removesuffix(before[2]), "street": before[2]}
    if gate := _GATE.match(found.get("street", "")):
        if fields.is_organisation(gate[2]) and len(gate[2]) >= 4:
            found |= {"street": gate[1], "receiver": found.get("receiver", gate[2])}
        elif who := _who(gate[2], ""):
            found |= {"street": gate[1], "recipient": who}
    return found


def _who(word: str, following: str) -> str:
    received = _RECEIVED.match(word)
    if received:
        return received[1]
    return word if following in ("收", "亲收", "(收)", "启") or _TITLED.match(word) else ""
