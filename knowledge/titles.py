"""Short titles for tasks: the clause with the time, without time, number and who has to; of a row what it names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from knowledge.expression import TimeExpression
from knowledge.rows import title_cells
from knowledge.tasks import TASK

_MODAL = re.compile(
    r"(?:必须|务必|应当|须|应|需要|需|请|将|要|(?<![友生员金工])会|拟|暂定|预计|计划|初步定|原则上|最迟|最晚|不得?[晚迟]|统一)*(?:于|在|自|从|至|截至|到)?\s*$"
)
_LEFT_OVER = re.compile(r"^[\s，,；;：:。、]+|[\s，,；;：:、。）)]+$")
_NUMBER = re.compile(
    r"^(?:[（(]?\d{1,2}[)）、.．]\s*|[（(][一二三四五六七八九十]{1,3}[)）]\s*|[一二三四五六七八九十]{1,3}、\s*|[答问][:：]\s*|第[\d一二三四五六七八九十百]{1,4}条\s*)+"
)
_BRACKETS = re.compile(r"[（(][^（）()]*[)）]")
_MODALS_AT_START = re.compile(
    r"^\0?(?:敬?请|各|应|须|要(?!求)|需(?!求)|将|并|同时|其中|于|在|的|是|最迟|最晚|前|起|由|定于|统一|工作时[间段]为?|时间(?:暂定)?为?)+(?=[\u4e00-\u9fff])"
)
_EMPTY_TITLE = re.compile(
    r"^(?:(?:截止|办理|提交|报名|领取)?(?:工作)?(?:时[间段限]|日期)(?:暂?定?为)?|.{0,3}|有条件的|地点[为是在:：]?[\u4e00-\u9fff\d]{2,16}|(?:最终|具体)?以[^，。；]{2,12}为准|目前(?:暂?定|安排)的?(?:是|在|为)?"
    r"|[最不]?[迟晚]于?|截止)$"
)
_SHORT_NAMES = re.compile(r"彩排|体检|退宿|还书|报到|合影|答辩|缴费|返校|补考|招聘会|照相|拍照|退卡|领证")
_HERE = "\0"
"""Marks where the time stood while a title is made."""
_LIST_OF_TIMES = re.compile(r"\0(?:\s*[、和及与]\s*\0)+(?:\s*[，,]?\s*(?:分别|依次)(?:在|于)?)?")
_TIME_AT_END = re.compile(
    r"的?(?:工作|提交|办理|截止|集中)?(?:时[间段限]|日期)(?:暂?定?(?:为|于|在)|是"
    r"|调整为)?[\0、，\s]*(?:[一二两三四五六七八九十\d]+[天日])?\0?$"
)
_PREAMBLE = re.compile(r"^(?:为|根据|按照|依据|若|如|因|在|对于|同时|逾期)")
_CONDITION = re.compile(r"^[^，]{1,24}(?:的|者)$")
_LONGEST = 32
_QUESTION = re.compile(r"^(?:\*\*)?(?:问|Q\d*|[（(]?\d{1,2}[)）.、])?\s*[:：.、]?\s*([^。]{3,60}[？?])")
_QUESTION_WORDS = re.compile(
    r"截止到?什么时候|是?(?:在|从|到)?什么时[候间]|啥时候?|哪[天里儿个]|怎么样?|如何|多少|几[点号时]|是?(?:多久|何时)|到底是?|究竟是?|可以|能不能|[吗呢嘛]|必须|需要|要|我?是(?=\d)|[？?]|了$"
)
_ONLY_TIME = re.compile(
    r"^(?:[答问][:：])?(?:的|报名|截止|办理|提交|领取|工作|具体|受理|时[间段限]|日期|为|是|于|到|至|最迟|最晚|不[迟晚]于|截至|前|[\s\0，,。；;：:、（()）])*$"
)


def named_in_row(cells: Mapping[str, str], said: str = "") -> str | None:
    """The task a table row names, with the details where that is short."""
    named = title_cells(cells)
    if named is None:
        return None
    title, detail = named
    detail = detail or said.split("，")[0]
    return shortened(f"{title}：{detail}") if detail and len(title) < 8 else shortened(title)


def title_of(text: str, times: Sequence[str], section: Sequence[str], head: str = "", topic: str = "") -> str | None:
    """A short title; `head` is the sentence or question it belongs to, `topic` what the clause before was about."""
    clauses = [
        clause
        for clause in _clauses(text, times)
        if not _EMPTY_TITLE.match(_bare(clause)) or _SHORT_NAMES.fullmatch(_bare(clause))
    ]
    question = question_in(f"{head}？") if head.endswith(("？", "?")) else None
    if question and (not clauses or len(_bare(_chosen(clauses))) < 4):
        return shortened(_asked(question))
    if not clauses:
        if topic and _bare_all(text, times):
            return shortened(f"{topic}{_bare_all(text, times)}")
        if head:
            return title_of(head, (), section)
        return shortened(_NUMBER.sub("", section[-1])) if section else None
    chosen = _chosen(clauses)
    title = _bare(chosen)
    if topic and len(title) < 6 and topic not in title:
        title = f"{topic}{title}"
    return shortened(title)


def _clauses(text: str, times: Sequence[str]) -> list[str]:
    plain = _NUMBER.sub("", text)
    for expression in times:
        before, found, after = plain.partition(expression)
        if found:
            plain = f"{_MODAL.sub('', before)}{_HERE}{after}"
    plain = _LIST_OF_TIMES.sub(_HERE, plain)
    return [_cleaned(part) for part in re.split(r"[。；;！？，,\n]", _BRACKETS.sub("", plain))]


def _chosen(clauses: Sequence[str]) -> str:
    """The clause with the time; a condition or a preamble only where there is nothing else."""
    plainly = [part for part in clauses if not (_PREAMBLE.match(part) or _CONDITION.match(part))] or list(clauses)
    timed = [part for part in plainly if _HERE in part]
    return next(iter(timed), None) or next((part for part in plainly if TASK.search(part)), plainly[0])


def _bare(clause: str) -> str:
    return _cleaned(clause.replace(_HERE, ""))


def _bare_all(text: str, times: Sequence[str]) -> str:
    return "".join(_bare(clause) for clause in _clauses(text, times))


def _cleaned(clause: str) -> str:
    """Without what stands around the words; the mark of the time stays."""
    plain = _LEFT_OVER.sub("", _MODALS_AT_START.sub("", clause.strip()))
    return _TIME_AT_END.sub(_HERE if _HERE in plain else "", plain)


def topic_of(text: str, times: Sequence[TimeExpression]) -> str:
    """What the first words before a time speak of: '离校系统' in '离校系统将于 1 月 9 日开放'."""
    if not times:
        return ""
    before = _NUMBER.sub("", text[: times[0].span[0]])
    words = _TIME_AT_END.sub("", _cleaned(_MODAL.sub("", re.split(r"[，,；;。]", before)[-1])))
    return words if 2 <= len(words) <= 10 else ""


def question_in(text: str) -> str | None:
    """The question a line asks."""
    found = _QUESTION.match(text.strip())
    return found[1] if found else None


def _asked(question: str) -> str:
    """The question without its question words: what it is about."""
    first = re.split(r"[？?]", question)[0]
    about = _LEFT_OVER.sub("", _QUESTION_WORDS.sub("", first))
    return about if len(about) > 2 else first


def says_only_when(text: str, times: Sequence[TimeExpression]) -> bool:
    """Whether nothing but a time is said: '截止时间：6月10日。'"""
    for found in times:
        text = text.replace(found.text, _HERE)
    return bool(_ONLY_TIME.match(text))


def shortened(title: str) -> str:
    """At most so long that it fits a line of a phone's list."""
    plain = re.sub(r"\s+", "", title)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
