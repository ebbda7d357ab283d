"""Table rows as tasks: which column names it, when it is, who does it, which office is in charge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import time

from knowledge.actors import (
    COLLEGE,
    COUNSELOR,
    DEPARTMENT,
    GOES,
    STUDENT,
    is_attended,
    is_handed_out,
    is_office,
    noun_role,
    subjects,
    verb_role,
)
from knowledge.beside import with_hours
from knowledge.blocks import Block
from knowledge.dates import Base, find_times
from knowledge.expression import DEADLINE, FROM, POINT, WINDOW, Clocks, TimeExpression
from knowledge.moments import clock_at, level
from knowledge.segments import segments

_TIME_HEAD = re.compile(r"时间|日期|时限|期限|时段|截止|起止|什么时候|何时|几号")
_TITLE_HEADS = (
    re.compile(
        r"^(?:工作|办理|具体|主要)?(?:内容|事项|项目|业务|任务|环节|活动)(?:名称|内容)?$|^(?:工作|办理|活动|业务)(?:内容|事项|项目|名称)$"
        r"|^(?:要)?(?:做|办)(?:什么|的事)$"
    ),
    re.compile(r"事项|内容|项目|业务|任务|环节|活动|名称|手续|流程|安排|步骤|工作"),
)
_DETAIL_HEAD = re.compile(r"具体|要求|说明|方式|安排|办法|内容|流程")
_CHARGED_HEAD = re.compile(r"(?:责任|牵头|负责|主办|承办|主管|组织|实施|完成)?(?:部门|单位|处室|科室|机构|学院)$")
_SERVING_HEAD = re.compile(r"(?:联系|办理|经办|受理|咨询|服务|归口)(?:部门|单位|处室|窗口|机构)$")
_NOT_CHARGED = re.compile(r"接收|就业|用人|实习|培养|工作单位|发证|配合|协办|协助")
_TARGET_HEAD = re.compile(r"对象|参加人|参与人|适用|面向|人员范围|受众")
_PLANNED_HEAD = re.compile(r"工作(?:事项|内容|任务|项目)|完成时[间限]")
"""A plan tells the offices what to do; a guide with the same columns tells the students."""
_FOR_NOBODY = re.compile(r"(?:学生|毕业生|本人)[^，。；]{0,4}(?:不用|不需要?|无需|无须|不必)")
_COUNSELORS = re.compile(r"辅导员|班主任")
_FOR_STUDENTS_HEAD = re.compile(r"(?:学生|毕业生|同学)[^部处办]{0,4}(?:要求|须知|注意|准备|任务|事项)")
_GUIDE_HEAD = re.compile(r"^手续|办理")
_REMARK_HEAD = re.compile(r"备注|说明|要求|注意|方式")
SERVED = re.compile(r"^(?:学院|系部?|院系|二级学院)(?:名称)?$")
"""The column of the college a row speaks of."""
_DONE_FOR_THEM = re.compile(
    r"寄|转递|审核|审查|退款|统一退|汇总|公示|抽查|关闭|注销|催还|统计|整理|归档|结算|自动|退回|退至|退到|核发|制作|印制|学校统一|发放清单|封装"
)
_PEOPLE_HEAD = re.compile(r"^(?:负责人员|负责人|责任人|经办人|承办人|执行人)$")
_PLACE_HEAD = re.compile(r"地点|地址|场所|位置|窗口|哪里|在哪")
_LIMIT_HEAD = re.compile(r"截止|最迟|时限|期限")
_HALF_DAY_HEAD = re.compile(r"^(?:上午|下午|中午|晚上|晚间|全天)(?:[（(].*[)）])?$")
_BEGIN_HEAD = re.compile(r"(?:开始|起始|开放|启动)(?:时间|日期)?$|^(?:时间|日期)起$")
_END_HEAD = re.compile(r"(?:截止|结束|终止|关闭|完成)(?:时间|日期)?$|^(?:时间|日期)止$")
_FIRST_DAY_HEAD = re.compile(r"^(?:开始|起始)(?:时间|日期)?$")
_LAST_DAY_HEAD = re.compile(r"^结束(?:时间|日期)?$")
_UNSURE = re.compile(r"[（(]?(?:预计|暂定|待定|拟定|初定)(?:时间)?[）)]?")
_DOER_HEAD = re.compile(r"^(?:由?谁来?(?:办|做|完成)|(?:办理|执行)(?:人|主体))$")
_ANSWER_HEAD = re.compile(r"^(?:答|回答|答案|解答|答复)$")
"""The column of the answers: prose, not fields."""
_SOURCE_HEAD = re.compile(r"^(?:依据|出处|答复人)$")
_BARE_DAY = re.compile(r"(?<![\d.])(0?[1-9]|1[0-2])\s*[./]\s*([12]\d|3[01]|0?[1-9])(?![\d.])")
_SEVERAL = re.compile(r"[，,；;]")
_BY_HAND = re.compile(r"制表|填报|更新|发布|印发|出生|入学|办公|上班|值班|服务|接待")
"""Times of the paper or of an office, not of a task."""
_AGENT = re.compile(r"由((?:各|所在|本)?[\u4e00-\u9fff]{2,8})")
_SAYS = 3
"""So many characters beside the time say something."""
_DASH = re.compile(r"\s*[-—–~～至到]{1,2}\s*")
_PAIR = 2
_PLACED_TIME = re.compile(r"^[^时日]{0,8}(?:校区|校园|[东西南北老新]区|本部|分校)(?:办理)?(?:时间|日期)$")
_KINDS = frozenset((POINT, WINDOW, FROM, DEADLINE, "until", "deadline_rel", "point_rel", "window_rel", "tbd"))


def times_of_row(passage: Block, base: Base) -> list[TimeExpression]:
    """The times of a row; the hours may stand in a column of their own."""
    times = [found for found in find_times(passage.text, base) if found.kind in _KINDS and not found.fact]
    if not times:
        times = list(_bare_days(passage, base))
    times = _span(passage, base) or _one_end(passage, base) or times
    hours = next((clocks for clocks in _hours(passage.cells)), None)
    if hours:
        return [_with_hours(found, *hours) for found in times]
    return with_hours(passage.text, times)


def tasks_of_row(passage: Block, base: Base) -> Iterator[tuple[str, list[TimeExpression]]]:
    """The task of a row; several where the cell of its time speaks of several ('15日—19日公示，公示后一周内退款')."""
    if apiece := list(_by_place(passage, base)):
        yield from apiece
        return
    for head, cell in passage.cells.items():
        if not (_TIME_HEAD.search(head) and _SEVERAL.search(cell)):
            continue
        parts = list(segments(cell, base))
        if len(parts) > 1 and all(rest_of_time(passage.cells, times) for _, times in parts):
            yield from ((passage.text, times) for _, times in parts)
            return
    if times := times_of_row(passage, base):
        yield passage.text, times


def _by_place(passage: Block, base: Base) -> Iterator[tuple[str, list[TimeExpression]]]:
    """'北校区时间 | 北校区地点 | 南校区时间 | 南校区地点': one task in each of the places."""
    heads = [head for head in passage.cells if _PLACED_TIME.match(head)]
    if len(heads) < 2:
        return
    for head in heads:
        cell = passage.cells[head]
        at = max(passage.text.find(f"{head}：{cell}") + len(head) + 1, 0)
        if times := [found for found in find_times(cell, base) if found.kind in _KINDS and not found.fact]:
            yield passage.text, [one._replace(span=(one.span[0] + at, one.span[1] + at)) for one in times]


def part_of_row(passage: Block, times: Sequence[TimeExpression]) -> tuple[str, dict[str, str]]:
    """The place a time of a row holds for, and the cells that hold there; '' and all where it is not parted."""
    heads = [head for head in passage.cells if _PLACED_TIME.match(head)] if len(passage.cells) > _PAIR else []
    if len(heads) < 2 or not times:
        return "", dict(passage.cells)
    names = {head: _TIME_HEAD.split(head)[0] for head in heads}
    at = {head: passage.text.find(f"{head}：{passage.cells[head]}") for head in heads}
    mine = max((head for head in heads if at[head] <= times[0].span[0]), key=lambda head: at[head], default=heads[0])
    others = tuple(name for head, name in names.items() if head != mine)
    return names[mine], {head: cell for head, cell in passage.cells.items() if not head.startswith(others)}


def columns_of_times(passage: Block, base: Base) -> Iterator[tuple[str, list[TimeExpression]]]:
    """'学院 | 毕业典礼时间 | 证书发放时间': each column of times is a task of whom the row is about."""
    for head, cell in passage.cells.items():
        if _TIME_HEAD.search(head) and not _BY_HAND.search(head) and (times := find_times(cell, base)):
            at = max(passage.text.find(f"{head}：{cell}") + len(head) + 1, 0)
            shifted = [one._replace(span=(one.span[0] + at, one.span[1] + at)) for one in times]
            if named_by_column(passage, shifted):
                yield passage.text, shifted


def named_by_column(passage: Block, times: Sequence[TimeExpression]) -> str | None:
    """The task of a row that no column names: whom it is about, and what the head of the time says besides."""
    if not times or title_cells(passage.cells):
        return None
    heads = [head for head, cell in passage.cells.items() if _TIME_HEAD.search(head) and times[0].text in cell]
    about = next((cell for head, cell in passage.cells.items() if not _TIME_HEAD.search(head) and cell), "")
    if not heads or not about:
        return None
    said = re.sub(r"(?:具体|起止|办理)?(?:时间|日期|时段)(?:安排)?", "", heads[0]) or " ".join(passage.section[-1:])
    said = re.sub(r"(?:各|本)?(?:学院|系)?(.*?)(?:时间|日期)?(?:安排|一览)?表?$", r"\1", said)
    return f"{about}{said}" if said else None


def half_days(passage: Block, base: Base) -> Iterator[tuple[str, list[TimeExpression]]]:
    """The tasks of a day that stand in columns of its halves: '日期 | 上午 | 下午'."""
    day = next((cell for head, cell in passage.cells.items() if _TIME_HEAD.search(head)), "")
    times = find_times(day, base)
    if not times:
        return
    for head, cell in passage.cells.items():
        if _HALF_DAY_HEAD.match(head) and re.search(r"\w{2}", cell):
            begin = clock_at(level(cell).strip(), 0)
            lead = f"{day}{head}"
            said = [found._replace(text=lead, span=(0, len(lead))) for found in times[:1]]
            yield f"{lead}{cell}", [found._replace(clocks=(begin[0], None)) if begin else found for found in said]


def _span(passage: Block, base: Base) -> list[TimeExpression]:
    """Begin and end in columns of their own are one period."""
    first = next((cell for head, cell in passage.cells.items() if _BEGIN_HEAD.search(head)), "")
    last = next((cell for head, cell in passage.cells.items() if _END_HEAD.search(head)), "")
    begins, ends = find_times(first, base), find_times(last, base)
    if not (begins and ends and begins[0].start and ends[0].end and begins[0].start <= ends[0].end):
        return []
    clocks = (begins[0].clocks[0], ends[0].clocks[0] or ends[0].time)
    at = max(passage.text.find(first), 0)
    whole = begins[0]._replace(kind=WINDOW, end=ends[0].end, clocks=clocks, span=(at, at + len(first)))
    return [whole._replace(tentative=begins[0].tentative or ends[0].tentative, is_deadline=False)]


def _one_end(passage: Block, base: Base) -> list[TimeExpression]:
    """Of the columns '开始 | 结束' only one is filled: from that day on, or until it."""
    for pattern, kind in ((_FIRST_DAY_HEAD, FROM), (_LAST_DAY_HEAD, DEADLINE)):
        said = next((cell for head, cell in passage.cells.items() if pattern.match(head)), "")
        times = find_times(said, base)
        if len(times) != 1 or times[0].kind != POINT:
            continue
        at = max(passage.text.find(said), 0)
        span = (at + times[0].span[0], at + times[0].span[1])
        tentative = times[0].tentative or any(_UNSURE.fullmatch(cell) for cell in passage.cells.values())
        made = times[0]._replace(kind=kind, span=span, tentative=tentative, is_deadline=kind == DEADLINE)
        return [made._replace(end=None) if kind == FROM else made._replace(start=None)]
    return []


def _bare_days(passage: Block, base: Base) -> Iterator[TimeExpression]:
    """'6.12' in a column of times is a day."""
    for head, cell in passage.cells.items():
        if not _TIME_HEAD.search(head) or not _BARE_DAY.search(cell):
            continue
        at = max(passage.text.find(cell), 0)
        for found in find_times(_BARE_DAY.sub(r"\1月\2日", level(cell)), base):
            made = found._replace(text=cell, span=(at, at + len(cell)))
            limit = found.kind == POINT and _LIMIT_HEAD.search(head) is not None
            yield made._replace(kind=DEADLINE, start=None, is_deadline=True) if limit else made


def _hours(cells: Mapping[str, str]) -> Iterator[tuple[time, time | None, bool]]:
    """The hours of cells that say nothing else: begin, end, and whether they are a limit ('12:00前')."""
    for head, cell in cells.items():
        plain = level(cell).strip()
        first = clock_at(plain, 0) if _TIME_HEAD.search(head) else None
        if first is None:
            continue
        dash = _DASH.match(plain, first[1])
        last = clock_at(plain, dash.end(), first[0]) if dash else None
        rest = plain[(last or first)[1] :].strip()
        if rest in ("", "前", "之前", "以前", "起", "开始", "截止"):
            yield first[0], last[0] if last else None, rest in ("前", "之前", "以前", "截止")


def _with_hours(found: TimeExpression, begins: time, ends: time | None, limit: bool) -> TimeExpression:
    if any(found.clocks) or found.kind not in (POINT, WINDOW, FROM, DEADLINE):
        return found
    clocks: Clocks = (None, begins) if limit else (begins, ends)
    made = found._replace(clocks=clocks, time=begins)
    return made._replace(kind=DEADLINE, start=None, is_deadline=True) if limit and found.kind == POINT else made


def title_cells(cells: Mapping[str, str]) -> tuple[str, str] | None:
    """What a row is about and its details: '' where there are none."""
    for pattern in _TITLE_HEADS:
        for head, cell in cells.items():
            if pattern.search(head) and not _TIME_HEAD.search(head) and len(cell) > 1:
                return cell, _detail(cells, head)
    return None


def _detail(cells: Mapping[str, str], title_head: str) -> str:
    heads = (head for head in cells if head != title_head and _DETAIL_HEAD.search(head) and not _TIME_HEAD.search(head))
    return next((cells[head] for head in heads), "")


def charged(cells: Mapping[str, str]) -> str | None:
    """The office in charge: of a column or of a field of the section."""
    for pattern in (_CHARGED_HEAD, _SERVING_HEAD):
        for head, cell in cells.items():
            if pattern.search(head) and not _NOT_CHARGED.search(head) and "学院" not in head:
                return cell
    return next((cell for head, cell in cells.items() if _SOURCE_HEAD.match(head) and is_office(cell)), None)


def role_of_row(cells: Mapping[str, str], times: Sequence[TimeExpression], *, to_students: bool = False) -> str:
    """Whom the row is for, whom its details name, what students do; else who is responsible or whose verb it is."""
    for head, cell in cells.items():
        if _TARGET_HEAD.search(head):
            return noun_role(cell) or STUDENT
        if _DOER_HEAD.match(head) and (doer := noun_role(cell)):
            return doer
    title, detail = title_cells(cells) or ("", "")
    rest = rest_of_time(cells, times)
    if _FOR_NOBODY.search(detail):
        return DEPARTMENT
    if is_attended(title) or GOES.match(detail or rest):
        return STUDENT
    if is_handed_out(title) and not _names_who_is_charged(cells):
        return STUDENT
    for text in (detail, rest, title):
        if text and (role := _said(text)):
            return role
    for head, cell in cells.items():
        if _REMARK_HEAD.search(head) and (agent := _AGENT.search(cell)) and (role := noun_role(agent[1])):
            return role
    for head, cell in cells.items():
        if _PEOPLE_HEAD.match(head):
            return noun_role(cell) or DEPARTMENT
    by_title = verb_role(title)
    planned = any(_PLANNED_HEAD.match(head) for head in cells) and not to_students
    if STUDENT in (by_title, verb_role(rest)) and not planned:
        return STUDENT
    if _COUNSELORS.search(charged(cells) or ""):
        return COUNSELOR
    if by_title is None and any(_FOR_STUDENTS_HEAD.search(head) for head in cells):
        return STUDENT
    if not planned and any(_GUIDE_HEAD.search(head) for head in cells):
        return DEPARTMENT if _DONE_FOR_THEM.search(f"{title} {detail}") else STUDENT
    if _names_who_is_charged(cells):
        return (verb_role(detail) if detail else None) or DEPARTMENT
    return by_title or verb_role(detail) or STUDENT


def _said(text: str) -> str | None:
    """Whom a cell names as doing it; what a college hands out the students collect."""
    named = next(iter(subjects(text)), None)
    if named is None:
        return None
    return STUDENT if named.role in (DEPARTMENT, COLLEGE) and is_handed_out(text) else named.role


def rest_of_time(cells: Mapping[str, str], times: Sequence[TimeExpression]) -> str:
    """What the cell of the time says besides: '6月3日前，学生在教务系统确认' names the task itself."""
    for head, cell in cells.items():
        if not _TIME_HEAD.search(head):
            continue
        for found in times:
            before, said, after = cell.partition(found.text)
            words = f"{re.split(r'[，,；;。]', before)[-1]}{after}".strip(" ，,；;：:。")
            if said and len(re.findall(r"[\u4e00-\u9fff]", words)) >= _SAYS:
                return words
    return ""


def _names_who_is_charged(cells: Mapping[str, str]) -> bool:
    """A responsible office, not one that only serves whoever comes."""
    return any(
        _CHARGED_HEAD.search(head)
        and not SERVED.match(head)
        and not (_SERVING_HEAD.search(head) or _NOT_CHARGED.search(head))
        for head in cells
    )


def answer_in(cells: Mapping[str, str]) -> str | None:
    """The answer of a row of questions and answers."""
    return next((cell for head, cell in cells.items() if _ANSWER_HEAD.match(head)), None)


def place_of_row(cells: Mapping[str, str]) -> str | None:
    """Where it is."""
    return next((cell for head, cell in cells.items() if _PLACE_HEAD.search(head) and "窗口" not in head), None)
