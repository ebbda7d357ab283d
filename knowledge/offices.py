"""Which office a task belongs to where its own words name none: tables of who to ask, labels, the sentence beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.actors import office_in, recipient_in
from knowledge.blocks import ROW, Block

_MATTER_HEAD = re.compile(r"^(?:业务|事情|事项|项目|问题|事务|内容)(?:名称|类型|类别)?$")
_ASKED_HEAD = re.compile(r"^(?:(?:该)?找谁|责任人|负责人|联系人|经办人|(?:负责|责任|联系|咨询|受理)(?:部门|单位|处室))$")
_WHEN_HEAD = re.compile(r"时间|日期|时限|期限|截止")
_APART = re.compile(r"[、和与及/]")
_TITLED = re.compile(r"^(?P<who>[\u4e00-\u9fff]{2,12}?(?:中心|[处科部办室馆]))(?=[\s（(]|$)")
_LONGEST_MATTER = 4
"""'小程序登录不了' is a trouble, '退宿验收' a matter."""
_LABEL = re.compile(
    r"^(?:[（(]?\d{1,2}[.、．)）]\s*)?(?P<who>财务|后勤|教务|保卫|学工|资助|组织|宿管|户籍|校医院|图书馆)\s*[:：]"
)


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


def office_beside(passages: Sequence[Block], index: int) -> str | None:
    """The office that the next sentence of the same paragraph sends one to: '…还清。丢书的到图书馆…'."""
    here = passages[index]
    if here.kind == ROW or index + 1 >= len(passages):
        return None
    following = passages[index + 1]
    if following.kind != here.kind or following.line != here.line or following.section != here.section:
        return None
    if re.search(r"\d\s*[月日号]", following.text):
        return None
    taken = recipient_in(following.text)
    return office_in(following.text) or (taken[0] if taken and taken[1] else None)
