"""Whom one calls, writes or goes to: phone and mail with the office, the person, the place and the hours beside them.

A contact stands in a sentence ('财务处电话 …，地点 …'), in a row of a table, or in lines of its own ('联系人：…',
'电话：…', '地址：…'), which belong together. Rows of a roster, the counselors' phones of a list of classes, are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.actors import OFFICE, is_office, office_in
from knowledge.blocks import ROW, Block, Document
from knowledge.rows import charged, place_of_row

_PHONE = re.compile(
    r"(?<![\d-])(?:[（(]0\d{2,3}[）)]\s?\d{3,4}\s?\d{4}|0\d{2,3}[-—－\s]?\d{7,8}|1[3-9]\d{9}|400[-—]?\d{3}[-—]?\d{4}"
    r"|(?<=[话机][:：])\s?\d{7,8})(?:[-—转]\d{1,5})?(?!\d)"
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = re.compile(
    r"(?:办公|联系|邮寄|收件|通[信讯]|领取|办理)?(?:地点|地址)\s*(?:统一)?(?:设?在|为|是|[:：])\s*([^，,。；;\n]{2,40})"
    r"|[（(]([^（）()，,。]{0,8}(?:楼|馆|厅|中心|大厦)[^（）()，,。]{0,8}\d{2,4}室?)[^（）()]{0,30}[）)]"
)
_HOURS = re.compile(
    r"(?:工作日|周一至周[五六日]|每天|上班时间)?\s*(?:上午)?\s*\d{1,2}[:：]\d{2}\s*[-—–~至]\s*\d{1,2}[:：]\d{2}"
    r"(?:\s*[，,、]?\s*(?:下午)?\s*\d{1,2}[:：]\d{2}\s*[-—–~至]\s*\d{1,2}[:：]\d{2})?"
)
_PERSON = re.compile(
    r"([\u4e00-\u9fff]{1,3}(?:老师|同志))[，,：:（(\s]*(?:[\d（(]|(?:联系|办公)?电话)"
    r"|联系人(?:为|是|[:：])?\s*((?:[\u4e00-\u9fff]{2,3}[、 ]?){1,4})(?=[，,。；;（(\s\d]|电话|$)"
)
_NAMED = re.compile(OFFICE)
_LINE = re.compile(
    r"^(?:[^，。；]{0,10})?(?:联系人|联系方式|电话|手机|传真|邮箱|E-?mail|地址|地点|收件人|邮编|邮政编码|办公时间|时间)\s*[:：]",
    re.IGNORECASE,
)
_LEFT_TO = re.compile(r"[\s，,：:（(]*(?:联系|咨询|查询|办公|值班|服务)?(?:电话|邮箱|方式)?[\s:：为是]*$")
_ASKED = re.compile(r"^(?:请|可|直接|及时)*(?:联系|咨询|致电|拨打)(?:学校)?")
_ROSTER_HEAD = re.compile(r"辅导员|班主任|学号|班级|人数")
_NUMBER = re.compile(r"^(?:第[一二三四五六七八九十]+[章节部分]*|[（(]?[\d一二三四五六七八九十]{1,3}[)）]?[、.．]?)\s*")
_SAYS_NOTHING = re.compile(r"联系|咨询|电话|其[他它]|附件|有关|说明|须知|注意|要求|事项|安排|通知")


def contacts_in(passages: Sequence[Block], document: Document) -> Iterator[tuple[Block, str, dict[str, str]]]:
    """(where it begins, the words, the fields) of each contact in order."""
    for group in _groups(passages):
        text = "\n".join(passage.text for passage in group)
        if not _reachable(text) or any(_ROSTER_HEAD.search(head) for head in group[0].cells):
            continue
        for part in _parts(group[0], text):
            if fields := _fields(group[0], part, document):
                yield group[0], part if len(group) == 1 else text, fields


def _groups(passages: Sequence[Block]) -> Iterator[list[Block]]:
    """Lines that say no more than one part of a contact each, together; everything else by itself."""
    group: list[Block] = []
    for passage in passages:
        line = passage.kind != ROW and len(passage.text) <= 80 and _LINE.match(passage.text) is not None
        if group and line and group[0].section == passage.section and not _complete(group, passage):
            group.append(passage)
            continue
        if group:
            yield group
        group = [passage] if line else []
        if not line:
            yield [passage]
    if group:
        yield group


def _complete(group: Sequence[Block], following: Block) -> bool:
    """Whether the next line begins another contact: it says a part that this one has."""
    return _label(following) in {_label(one) for one in group}


def _label(passage: Block) -> str:
    return re.split(r"[:：]", passage.text)[0].strip()[-2:]


def _reachable(text: str) -> bool:
    """Quickly told: a phone has digits, a mail an @."""
    return ("@" in text and MAIL.search(text) is not None) or _PHONE.search(text) is not None


def _parts(passage: Block, text: str) -> Iterator[str]:
    """A sentence with several offices, each with its phone, is several contacts."""
    begins: list[int] = []
    last = 0
    for found in _PHONE.finditer(text):
        if passage.kind != ROW and (named := _office_before(text, last, found.start())) is not None:
            begins.append(named.start())
        last = found.end()
    if len(begins) < 2:
        yield text
        return
    for begin, end in zip([0, *begins[1:]], [*begins[1:], len(text)], strict=True):
        yield text[begin:end].rstrip("，,、；; ")


def _office_before(text: str, begin: int, end: int) -> re.Match[str] | None:
    """The office that stands right before a phone."""
    lead = _LEFT_TO.sub("", text[begin:end])
    named = [*_NAMED.finditer(text, begin, begin + len(lead))]
    return named[-1] if named and begin + len(lead) - named[-1].end() <= _NEAR else None


_NEAR = 6
"""So many characters may stand between an office and its phone ('财务处李老师')."""


def _fields(passage: Block, text: str, document: Document) -> dict[str, str]:
    found = _PHONE.search(text)
    phones = list(dict.fromkeys(re.sub(r"\s", "", one[0]) for one in _PHONE.finditer(text)))
    mails = list(dict.fromkeys(MAIL.findall(text)))
    near = _office_before(text, 0, found.start()) if found else None
    place, hours, person = _ADDRESS.search(text), _HOURS.search(text), _PERSON.search(text)
    fields = {
        "office": charged(passage.cells)
        or (_ASKED.sub("", near[0]) if near else None)
        or _office(passage, text, document),
        "person": _named_person(person[1] or person[2]) if person else "",
        "phone": "、".join(phones),
        "mail": "、".join(mails),
        "place": place_of_row(passage.cells) or ((place[1] or place[2]).strip() if place else ""),
        "hours": hours[0].strip() if hours else "",
    }
    return {name: value for name, value in fields.items() if value} if phones or mails else {}


def _named_person(words: str) -> str:
    """'教务处 沈老师' names an office too."""
    words = words.strip()
    return words.split()[-1] if words.endswith(("老师", "同志")) else words


def _office(passage: Block, text: str, document: Document) -> str:
    """The office that the sentence or a heading names; else what the section is about; else who issues."""
    named = office_in(text) or office_in(" ".join(passage.section))
    topic = _NUMBER.sub("", passage.section[-1]).strip() if len(passage.section) > 0 else ""
    plain = topic and topic != document.title and 2 <= len(topic) <= 12 and not _SAYS_NOTHING.search(topic)
    return named or (topic if plain and not is_office(document.issuer) else document.issuer)
