"""Which office a task belongs to where its own words name none: tables of who to ask, labels, the sentence beside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from knowledge.actors import Subject, is_office, office_in, recipient_in
from knowledge.blocks import ROW, Block, Document
from knowledge.imprint import imprint_of
from knowledge.rows import charged

_MATTER_HEAD = re.compile(r"^(?:业务|事情|事项|项目|问题|事务|内容)(?:名称|类型|类别)?$")
_ASKED_HEAD = re.compile(
    r"^(?:(?:该)?找谁|责任人|负责人|联系人|经办人|(?:负责|责任|联系|咨询|受理)(?:部门|单位|处室))$"
)
_WHEN_HEAD = re.compile(r"时间|日期|时限|期限|截止")
_APART = re.compile(r"[、和与及/]")
_TITLED = re.compile(r"^(?P<who>[\u4e00-\u9fff]{2,12}?(?:中心|[处科部办室馆]))(?=[\s（(]|$)")
_LONGEST_MATTER = 4
"""'小程序登录不了' is a trouble, '退宿验收' a matter."""
_SIGNATURE = 4
"""The signature is among so many last passages."""
_OFTEN = 3
_BY_A_PERSON = re.compile(r"^(辅导员|班主任)[\s:：]*[\u4e00-\u9fff]{2,4}$")
_LABEL = re.compile(
    r"^(?:[（(]?\d{1,2}[.、．)）]\s*)?(?P<who>财务|后勤|教务|保卫|学工|资助|组织|宿管|户籍|校医院|图书馆)\s*[:：]"
)


_BROUGHT = re.compile(r"归还|交|还书|领|发放")
_AT_COLLEGES = re.compile(r"各(?:二级)?学院")
_ROOM = re.compile(r"[\u4e00-\u9fff]{2,12}(?<![教会课])室")
_PARTY = re.compile(r"[由到向]((?:所在|本)?(?:学院|系)(?:党委|党总支))")


def asked_for(blocks: Sequence[Block]) -> tuple[tuple[str, str], ...]:
    """Matter and office of the tables that say who is asked about what and give no time."""
    return tuple(dict.fromkeys(_asked(blocks)))


def _asked(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    for block in blocks:
        if block.kind != ROW or any(_WHEN_HEAD.search(head) for head in block.cells):
            continue
        matter = next((cell for head, cell in block.cells.items() if _MATTER_HEAD.match(head)), "")
        asked = next((cell for head, cell in block.cells.items() if _ASKED_HEAD.match(head)), "")
        office = _TITLED.match(asked)
        if matter and office:
            yield from ((word, office["who"]) for word in _words(matter))


def _words(matter: str) -> Iterator[str]:
    for part in _APART.split(matter):
        if 2 <= len(part) <= _LONGEST_MATTER:
            yield part[:2] if len(part) == _LONGEST_MATTER else part


def office_asked(asked: Sequence[tuple[str, str]], title: str, section: Sequence[str]) -> str | None:
    """The office those tables give for a task, by its title, then by the heading above it."""
    for said in (title, *section[-1:]):
        if office := next((office for matter, office in asked if matter in said), None):
            return office
    return None


def labelled(text: str) -> str | None:
    """'财务：学费…结清' is about the office of the label."""
    found = _LABEL.match(text)
    return found["who"] if found else None


def office_at(place: str | None, title: str) -> str | None:
    """Who sits where things are brought to or handed out: '音乐楼器材室', '各学院会议室'."""
    if not place or not _BROUGHT.search(title):
        return None
    found = _AT_COLLEGES.match(place)
    return found[0] if found else place if _ROOM.fullmatch(place) else None


def party_in(sentence: str) -> str | None:
    """The committee of a college's party that one goes to."""
    found = _PARTY.search(sentence)
    return found[1] if found else None


def office_beside(passages: Sequence[Block], index: int) -> str | None:
    """The office that the next sentence of the same paragraph sends one to: '…还清。丢书的到图书馆…'."""
    here = passages[index]
    if here.kind == ROW or index + 1 >= len(passages):
        return None
    following = passages[index + 1]
    if (
        following.kind != here.kind
        or following.line != here.line
        or following.section[: len(here.section)] != here.section
    ):
        return None
    if re.search(r"\d\s*[月日号]", following.text):
        return None
    taken = recipient_in(following.text)
    return office_in(following.text) or (taken[0] if taken and taken[1] else None)


def office_of(document: Document) -> str | None:
    """The office behind a notice: the issuing one, or the one most of a plan's parts name."""
    if is_office(document.issuer):
        return document.issuer
    offices = Counter(office for block in document.blocks if (office := charged(block.cells)))
    most = offices.most_common(1)
    return most[0][0] if most and most[0][1] >= _OFTEN else None


def signer(passages: Sequence[Block]) -> str | None:
    """The office, or the counselor, that signs a letter in the school's name."""
    for passage in reversed(passages[-_SIGNATURE:]):
        said = imprint_of(passage.text)
        name = (said.source if said and said.source else passage.text).strip(" *_")
        if passage.kind != ROW and len(name) <= 30 and is_office(name):
            return name
        if person := _BY_A_PERSON.match(name):
            return person[1]
    return None


def college_of(subject: Subject | None) -> str:
    """'所在党支部' is its own office in a college."""
    branch = re.search(r"党(?:支部|委|总支)", subject.words) if subject else None
    return branch[0] if branch else "学院"
