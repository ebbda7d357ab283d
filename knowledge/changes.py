"""What a notice says it changes: '由…调整为…', '原定于…推迟至…', '取消…', 'X 时间另行通知', tables of old and new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.blocks import HEADING, ROW, Block, Document
from knowledge.dates import Base, find_times
from knowledge.expression import DEADLINE, POINT, UNTIL, TimeExpression
from knowledge.moments import number

SUPPLEMENT, REPLACEMENT = "supplement", "replacement"
MOVED, CANCELLED = "moved", "cancelled"

_REPLACES_TITLE = re.compile(r"修订|重新印发|修改稿|更新版|最新版|第[二三四五]版")
_SUPPLEMENT_TITLE = re.compile(r"补充|更正|勘误|调整|变更|更改|延期|推迟|延长|顺延|延迟|提前|取消|改期|暂停")
_REPLACES_BODY = re.compile(
    r"(?:原|此前|以前)[^。]{0,24}(?:通知|方案|安排)[^。]{0,12}(?:同时|即行)?(?:废止|作废|停止执行|不再执行)"
)
_SUPPLEMENT_BODY = re.compile(
    r"现[将对就]?[^。]{0,60}(?:调整|变更|更正|补充|修改|更改)[^。]{0,12}(?:如下|通知|公布)|(?:有关|部分|相关)[^。]{0,12}(?:调整|变更|更正)如下"
)

_VERB = r"(?:调整|变更|更改|更正|修改|推迟|延迟|延期|延长|延后|推后|顺延|提前|改期?|确定|明确|移|暂?定)"
_TO = re.compile(rf"(?P<verb>{_VERB}|延|拟?定)\s*(?:到|至|为|成|于|在)\s*[:：]?\s*[“\"「]?\s*$")
_WAS = re.compile(r"(?:由|从|原(?:来|先|则上)?(?:计划|安排)?(?:的?时间)?(?:暂?定)?(?:于|为|在|是)?|自)\s*[“\"「]?\s*$")
_WAS_IN_BRACKETS = re.compile(r"[（(]原[^，,。；;（）()]{0,10}$")
_MOVED = re.compile(rf"{_VERB}|延至")
_PUT_OFF = re.compile(r"推迟|延期|暂缓|延后|顺延")
_SHIFT = re.compile(
    r"(?P<verb>推迟|顺延|延后|延长|延期|提前|推后|延迟)\s*(?P<count>\d{1,2}|[一二两三四五六七八九十]{1,3})\s*个?\s*(?P<unit>天|日|周|星期)(?![内前])"
)
_CANCEL = re.compile(
    r"取消|不再(?:举行|举办|进行|办理|组织|安排|要求|收取|开展|统一|需要|执行|提交|填报|填写)?|停止(?:办理|受理|举行|举办|执行)|停办|作废|暂停(?:办理|举行)?"
)
_CONSEQUENCE = re.compile(
    r"后不再|不再(?:增补|增加|补[办发录领]|接收|另行|单独|通知)|逾期|过期|未按|否则|资格|如[有需]|若|凡|一经|将被|不得"
)
_INSTEAD = re.compile(r"(?:改|调整|变更|更改|更正)(?:为|成|至|到|在)")
_QUOTED = re.compile(
    r"[“\"「](?P<was>[^”\"」]{2,120})[”\"」][^“\"「。]{0,12}(?:更正|修改|调整|变更|更改|改)(?:为|成)\s*[:：]?\s*[“\"「](?P<now>[^”\"」]{2,120})[”\"」]"
)
_PLACE = re.compile(
    r"(?:地点|地址|场地|会场|位置)(?:统一)?(?:(?:由|从)\s*(?P<was>[^，,。；;]{2,24}?)\s*)?(?:调整|变更|更改|改|移|更正)(?:到|至|为|在|成)\s*"
    r"(?P<now>[^，,。；;（()）]{2,30})"
)
_CONTACT = re.compile(
    r"(?:电话|邮箱|联系方式)(?:由\s*(?P<was>[\w@.\-—（）()]{5,40})\s*)?(?:调整|变更|更改|改|更正)(?:到|至|为|成)\s*[:：]?\s*(?P<now>[\w@.\-—（）()]{5,40})"
)
_WAY = re.compile(
    r"(?:方式|形式)(?:由\s*(?P<was>[^，,。；;]{2,16}?)\s*)?(?:调整|变更|更改|改)(?:为|成)\s*(?P<now>[^，,。；;]{2,20})"
)
_OLD_HEAD = re.compile(r"^(?:原|旧)|(?:调整|变更|更正|修改|更改)前")
_NEW_HEAD = re.compile(r"^(?:现|新)|(?:调整|变更|更正|修改|更改)(?:后|为)|^改为")
_NO_SUBJECT_HEAD = re.compile(r"序号|备注|说明|原因|编号")

_NUMBERING = re.compile(
    r"^\s*(?:[（(]?\d{1,2}[)）、.．]\s*|[（(][一二三四五六七八九十]{1,3}[)）]\s*|[一二三四五六七八九十]{1,3}、\s*)"
)
_REASON = re.compile(r"^(?:因|由于|根据|为|按照|经|鉴于|受|结合|考虑)")
_FRAME = re.compile(
    r"现将|现对|现就|将|把|现(?=在?$|$)|同时|其中|原(?:定|计划|安排|来|先)?(?:于|在|为)?|暂?定于|拟于|由(?=$)|从(?=$)|自(?=$)|统一$"
)
_HELD = re.compile(r"^(?:举行|举办|进行|召开|开展|组织|办理|截止|开始)的")
_ABOUT_TIME = re.compile(
    r"的?(?:截止|起止|开始|启动|具体|集中|工作)?(?:时间段?|日期|期限|日程|地点|场地|方式|形式|联系电话|电话|邮箱)(?:安排)?(?:现|为|是)?$"
)
_EDGES = re.compile(r"^[\s，,；;：:。、“”\"「」的]+|[\s，,；;：:。、“”\"「」]+$")
_OPENING = re.compile(r"开始|启动|开放")


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a notice says to be otherwise from now on.

    `old`/`new` are times; `shift` moves the known time by so many days; `opening` tells that the time meant is the
    beginning. `place`, `contact` and `way` hold what is new, `old_place` and so on what was named as old.
    """

    kind: str
    subject: str
    text: str
    old: TimeExpression | None = None
    new: TimeExpression | None = None
    shift: int | None = None
    opening: bool = False
    place: str | None = None
    old_place: str | None = None
    contact: str | None = None
    way: str | None = None

    @property
    def says_anything(self) -> bool:
        """Whether there is something that would be otherwise."""
        new = (self.new, self.shift, self.place, self.contact, self.way)
        return self.kind == CANCELLED or any(value is not None for value in new)


def kind_of(document: Document) -> str | None:
    """'supplement' or 'replacement' by what title and text say, None for a notice that says neither."""
    head = "\n".join(block.text for block in document.blocks[:12])
    if _REPLACES_TITLE.search(document.title) or any(_REPLACES_BODY.search(block.text) for block in document.blocks):
        return REPLACEMENT
    if _SUPPLEMENT_TITLE.search(document.title) or _SUPPLEMENT_BODY.search(head):
        return SUPPLEMENT
    return None


def statements_of(passage: Block, base: Base) -> list[Statement]:
    """The changes that a passage states, in order; empty where it states none."""
    if passage.kind == HEADING and passage.text.endswith(("通知", "如下", "公告")):
        return []
    if passage.kind == ROW and (row := _of_row(passage.cells, base)) is not None:
        return [row]
    return [found for found in _of_text(passage.text, passage.section, base) if found.says_anything]


def _of_row(cells: Mapping[str, str], base: Base) -> Statement | None:
    """A row with a column of what was and a column of what is."""
    old_name = next((name for name in cells if _OLD_HEAD.search(name)), None)
    new_name = next((name for name in cells if _NEW_HEAD.search(name) and name != old_name), None)
    if old_name is None or new_name is None:
        return None
    others = [v for n, v in cells.items() if n not in (old_name, new_name) and v and not _NO_SUBJECT_HEAD.search(n)]
    was, now = cells[old_name].strip(), cells[new_name].strip()
    old, new = _first(find_times(was, base)), _first(find_times(now, base))
    subject = _tidy(next(iter(others), "") or _without(was, [old] if old else []))
    text = f"{subject}：{was} → {now}"
    if re.search(r"取消|不再|停止", now):
        return Statement(CANCELLED, subject, text, old)
    place = None if old or new else now
    return Statement(MOVED, subject, text, old, new, place=place, old_place=was if place else None)


def _of_text(text: str, section: Sequence[str], base: Base) -> Iterator[Statement]:
    if quoted := _QUOTED.search(text):
        yield _of_quotes(quoted, text, base)
        return
    times = find_times(text, base)
    for begin, end in pairwise([0, *_cuts(text, times), len(text)]):
        inside = [e for e in times if begin <= e.span[0] < end]
        yield _of_segment(text, begin, end, inside, section)


def _of_quotes(found: re.Match[str], text: str, base: Base) -> Statement:
    old, new = _first(find_times(found["was"], base)), _first(find_times(found["now"], base))
    subject = _tidy(_without(found["now"], [new] if new else []))
    place = _PLACE_SAID.search(found["now"])
    return Statement(MOVED, subject, text, old, new, place=place["place"].strip() if place and not new else None)


_PLACE_SAID = re.compile(r"地点(?:为|是|在|[:：])\s*(?P<place>[^，,。；;]{2,30})")


def _cuts(text: str, times: Sequence[TimeExpression]) -> list[int]:
    """Where one statement ends and the next begins: after a clause with a new value, where another follows."""
    news = [e for e in times if _is_new(text, e)]
    cuts = []
    for one, two in pairwise(news):
        edge = re.search(r"[，,；;。]", text[one.span[1] : two.span[0]])
        if edge:
            cuts.append(one.span[1] + edge.end())
    return cuts


def _of_segment(text: str, begin: int, end: int, times: Sequence[TimeExpression], section: Sequence[str]) -> Statement:
    segment = text[begin:end]
    new = next((e for e in times if _is_new(text, e)), None)
    old = next((e for e in times if e is not new and _is_old(text, e, new)), None)
    if new is None and old and _WAS_IN_BRACKETS.search(text[: old.span[0]]):
        new = next((e for e in times if e is not old), None)
    place, contact, way = _PLACE.search(segment), _CONTACT.search(segment), _WAY.search(segment)
    if new is None and old is None and (cancel := _cancelled(segment)):
        subject = _subject(_without_frame(segment, cancel.span(), times, begin), section)
        return Statement(CANCELLED, subject, segment.strip(), _first(times))
    if new is None and old is not None and _CANCEL.search(segment) and not _INSTEAD.search(segment):
        return Statement(CANCELLED, _subject(_without(segment, times, begin), section, _CANCEL), segment.strip(), old)
    if new is None and (old or _PUT_OFF.search(segment) or _ALONE_OPEN.search(segment)):
        new = next((e for e in times if e.kind == "tbd"), None)
    if new is not None and new.kind in (POINT, UNTIL) and "截止" in text[begin : new.span[0]]:
        new = new._replace(kind=DEADLINE, start=None, is_deadline=True)
    shift = _shift(segment) if new is None else None
    told = new or old
    subject = _subject_around(segment, begin, times, new, shift is not None, section)
    if old is not None and _CANCEL.search(segment):  # '取消原定…，改为…'
        subject = _subject(_without(segment, times, begin), section, _CANCEL)
    return Statement(
        MOVED,
        subject,
        segment.strip(),
        old,
        new,
        shift,
        opening=bool(told and _OPENING.search(text[begin : told.span[0]])),
        place=place["now"].strip() if place else None,
        old_place=place["was"].strip() if place and place["was"] else None,
        contact=contact["now"].strip() if contact else None,
        way=way["now"].strip() if way else None,
    )


_ALONE_OPEN = re.compile(r"时间[^，。；]{0,6}(?:另行|待定|待通知)")


def _is_new(text: str, expression: TimeExpression) -> bool:
    before = text[: expression.span[0]]
    if _WAS.search(before) or _WAS_IN_BRACKETS.search(before):
        return False
    found = _TO.search(before) or (re.search(r"(?:调整|推迟|延期|延长|提前|改)(?:至|到|为)?\s*$", before))
    if found:
        return True
    # '延长至', '截止' and the like may have been read as part of the expression.
    inside = re.match(r"\s*(?:延长?至|推迟[至到]|最迟)", expression.text)
    return bool(inside and _MOVED.search(before + expression.text))


def _is_old(text: str, expression: TimeExpression, new: TimeExpression | None) -> bool:
    before = text[max(0, expression.span[0] - 14) : expression.span[0]]
    after = text[expression.span[1] : new.span[0] if new else len(text)]
    if _WAS_IN_BRACKETS.search(before):
        return True
    if new is not None and expression.span[0] > new.span[0]:
        return False
    return bool(_WAS.search(before) or re.search(r"原[^，,。；;]{0,10}$", before)) and bool(
        _MOVED.search(after) or _CANCEL.search(after)
    )


def _cancelled(segment: str) -> re.Match[str] | None:
    found = _CANCEL.search(segment)
    if found is None or _CONSEQUENCE.search(segment) or _INSTEAD.search(segment):
        return None
    return found


def _shift(segment: str) -> int | None:
    found = _SHIFT.search(segment)
    if found is None:
        return None
    days = number(found["count"].replace("两", "二")) * (7 if found["unit"] in "周星期" else 1)
    return -days if found["verb"] == "提前" else days


def _first(times: Sequence[TimeExpression]) -> TimeExpression | None:
    return next(iter(times), None)


# --- what it is about ------------------------------------------------------------------------------------------------


def _subject_around(
    segment: str,
    begin: int,
    times: Sequence[TimeExpression],
    new: TimeExpression | None,
    shifted: bool,
    section: Sequence[str],
) -> str:
    """What stands before the verb; where nothing does, what stands behind the new value; else the heading."""
    cut = len(segment) if new is None else new.span[0] - begin
    if new is None and (moved := (_SHIFT if shifted else _ANY_MOVE).search(segment)):
        cut = moved.start()
    head = _subject(_without(segment[:cut], times, begin), (), _VERB_AT_END)
    if head:
        return head
    tail = "" if new is None else _subject(_without(segment[new.span[1] - begin :], (), 0), ())
    return tail or _subject("", section)


_ANY_MOVE = re.compile(rf"(?:[由从][^，,。；;]{{2,24}}?)?{_VERB}(?:到|至|为|成|于|在)|推迟|延期|顺延|另行|待定|待通知")
_VERB_AT_END = re.compile(rf"(?:[由从自]\s*)?(?:{_VERB}|延|拟?定)\s*(?:到|至|为|成|于|在)?\s*[:：]?\s*$|[由从自]\s*$")


def _without_frame(segment: str, span: tuple[int, int], times: Sequence[TimeExpression], begin: int) -> str:
    """The segment without the word that cancels and without times."""
    start, end = span
    parts = [
        _without(segment[:start], [e for e in times if e.span[0] - begin < start], begin),
        _without(segment[end:], [e for e in times if e.span[0] - begin >= end], begin + end),
    ]
    return "，".join(parts)


def _without(text: str, times: Sequence[TimeExpression], begin: int = 0) -> str:
    """The text with its times cut out."""
    for expression in reversed(times):
        start, end = (place - begin for place in expression.span)
        if 0 <= start < len(text):
            text = f"{text[:start]} {text[end:]}"
    return text


def _subject(text: str, section: Sequence[str], drop: re.Pattern[str] | None = None) -> str:
    """The clause that names the task, without the words around the change."""
    text = drop.sub("", text) if drop else text
    clauses = [_tidy(clause) for clause in re.split(r"[，,；;。：:\n]", _brackets_out(text))]
    clauses = [clause for clause in clauses if len(clause) >= 2 and not _REASON.match(clause)]
    if clauses:
        return max(clauses, key=len)
    return _tidy(section[-1]) if section else ""


def _brackets_out(text: str) -> str:
    return re.sub(r"[（(][^（()）]*[)）]", "", text)


def _tidy(clause: str) -> str:
    """'一、原定于 举行的毕业典礼时间' → '毕业典礼'."""
    clause = _NUMBERING.sub("", clause).replace("<", "").strip()
    previous = None
    while clause != previous:
        previous = clause
        clause = _EDGES.sub("", clause)
        clause = re.sub(rf"^(?:{_FRAME.pattern})", "", clause)
        clause = _HELD.sub("", _EDGES.sub("", clause))
        clause = _VERB_AT_END.sub("", clause) if len(clause) > 3 else clause
        clause = _ABOUT_TIME.sub("", clause)
    clause = re.sub(r"(?:举行|举办)$", "", clause) or clause
    return re.sub(r"\s+", "", clause)
