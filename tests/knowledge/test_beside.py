"""What the words beside a time add to it."""

from __future__ import annotations

from datetime import date, time

import pytest

from knowledge.beside import hours_in, times_in
from knowledge.dates import Base
from knowledge.extract import ProposedItem, propose_items
from knowledge.lines import pieces_of_lines
from knowledge.reading import document_of
from knowledge.segments import segments

ISSUED = date(2031, 5, 20)
BASE = Base(2031, ISSUED)


def items_of(*sentences: str, to: str = "全体2031届毕业生：") -> list[ProposedItem]:
    letter = "\n\n".join(("江南示范学院", "关于2031届毕业生离校的通知", to, *sentences, "2031年5月20日"))
    return propose_items(document_of(pieces_of_lines(letter), "通知.txt"))


@pytest.mark.parametrize(
    ("text", "month", "expected"),
    [
        ("21号晚9点以后断网。", 6, (date(2031, 6, 21), date(2031, 6, 21))),
        ("21日前搬完。", 6, (None, date(2031, 6, 21))),
        ("6月18日领证，21日上午送站。", None, (date(2031, 6, 21), date(2031, 6, 21))),
    ],
)
def test_a_day_takes_the_month_said_before(text: str, month: int | None, expected: tuple[date | None, date]) -> None:
    found = times_in(text, BASE, month)[-1]
    assert (found.start, found.end) == expected
    assert found.text == text[slice(*found.span)]
    assert "2" in found.text


@pytest.mark.parametrize("text", ["19号楼东侧集合。", "逾期30日的不再受理。", "第3号公告。", "21号晚9点断网。"])
def test_a_number_is_no_day(text: str) -> None:
    assert [found for found in times_in(text, BASE) if found.start or found.end] == []


@pytest.mark.parametrize(
    ("text", "days", "clocks"),
    [
        ("选课系统6月2日9:00开放，6月9日17:00关闭。", (date(2031, 6, 2), date(2031, 6, 9)), (time(9), time(17))),
        ("财务处自6月10日开始退还预缴费用，6月30日结束。", (date(2031, 6, 10), date(2031, 6, 30)), (None, None)),
    ],
)
def test_a_begin_and_an_end_named_apart_are_one_period(
    text: str, days: tuple[date, date], clocks: tuple[time | None, time | None]
) -> None:
    (found,) = times_in(text, BASE)
    assert ((found.start, found.end), found.clocks) == (days, clocks)


def test_a_length_counts_from_what_the_sentence_itself_dates() -> None:
    found = times_in("名单于6月12日公示，公示之日起三日内可提出异议。", BASE)
    assert [(one.start, one.end, one.is_deadline) for one in found] == [
        (date(2031, 6, 12), date(2031, 6, 12), False),
        (None, date(2031, 6, 15), True),
    ]


def test_from_today_on_until_a_limit_in_a_later_clause() -> None:
    ((_, (found,)),) = segments("即日起可在系统里提交申请，6月30日截止。", BASE)
    assert (found.start, found.end, found.is_deadline) == (ISSUED, date(2031, 6, 30), True)
    (_, (alone,)) = list(segments("即日起至5月31日填写地址，6月7日前可修改。", BASE))[-1]
    assert alone.start is None


@pytest.mark.parametrize(
    ("sentence", "begins", "ends"),
    [
        ("6月18日、19日两天退宿，晚上9点前必须搬完。", None, time(21)),
        ("6月18日至20日在值班室退宿，每天8:30—17:00。", time(8, 30), time(17)),
        ("6月18日至20日 8:00—18:00在值班室退宿。", time(8), time(18)),
        ("6月18日至20日退宿，工作日8:30—11:30，14:00—17:00。", None, None),
    ],
)
def test_the_hours_of_a_later_clause(sentence: str, begins: time | None, ends: time | None) -> None:
    (item,) = items_of(sentence)
    assert (item.start_time, item.due_time) == (begins, ends)


def test_the_hours_of_an_office_are_no_limit() -> None:
    assert hours_in("10日前办理，9:00-17:00有人值班", 4, limit=True) is None
    assert hours_in("10日前办理，12:00截止", 4, limit=True) == (None, time(12))


@pytest.mark.parametrize("sentence", ["档案于6月28日前后寄出。", "典礼拟于6月19日上午9点举行。", "6月25日左右公布。"])
def test_what_is_only_about_a_day_is_tentative(sentence: str) -> None:
    (item,) = items_of(sentence)
    assert item.tentative


@pytest.mark.parametrize(
    ("sentence", "actor", "department"),
    [
        ("各班于6月16日前把名单报学工部。", "class", "学工部"),
        ("各系辅导员须于6月4日前召开班会。", "counselor", None),
        ("门禁卡于6月20日前交还实验室管理员。", "student", "实验室管理员"),
        ("尚未交鉴定表的学生，须在6月7日前交指导教师。", "student", "指导教师"),
        ("学校初步定于6月22日举行毕业典礼。", "student", "学校"),
        ("校友会自6月16日起在大厅发放校友卡。", "student", "校友会"),
        ("行李托运6月17日上午有蓝鲸快递公司在楼下设点。", "student", "蓝鲸快递公司"),
        ("医保关系于6月30日终止。", "department", None),
        ("有异议的在6月20日前向后勤处提出。", "student", "后勤处"),
        ("6月12日上午到图书馆前集合。", "student", None),
        ("同学们6月24日去保卫处办户口迁移。", "student", "保卫处"),
        ("钥匙6月22日交宿管阿姨。", "student", "宿管阿姨"),
        ("材料由支部书记6月20日送组织部。", "college", "组织部"),
        ("地址请在6月3日晚上8点前填到问卷里。", "student", None),
    ],
)
def test_who_acts_and_who_takes_it(sentence: str, actor: str, department: str | None) -> None:
    (item,) = items_of(sentence)
    assert (item.actor, item.department) == (actor, department)


@pytest.mark.parametrize("sentence", ["以上时间如有变化，以网站通知为准。", "咨询室在离校期间每天9:00-21:00开放。"])
def test_information_is_no_task(sentence: str) -> None:
    assert items_of(sentence) == []


def test_a_beginning_and_a_limit_in_one_task() -> None:
    (item,) = items_of("学生可于6月11日起向教务处提出申请，最晚不晚于6月20日。")
    assert (item.opens_on, item.due_on, item.is_deadline) == (date(2031, 6, 11), date(2031, 6, 20), True)


TABLE = "学院\t毕业典礼时间\t领证时间\n文学院\t6月18日9:00\t6月19日\n理学院\t6月18日14:30\t待定"


def test_each_column_of_times_is_a_task() -> None:
    found = [(item.title, item.due_on, item.start_time, item.department, item.actor) for item in items_of(TABLE)]
    assert found[:3] == [
        ("文学院毕业典礼", date(2031, 6, 18), time(9), "文学院", "student"),
        ("文学院领证", date(2031, 6, 19), None, "文学院", "student"),
        ("理学院毕业典礼", date(2031, 6, 18), time(14, 30), "理学院", "student"),
    ]
    assert (found[3][0], items_of(TABLE)[3].tentative) == ("理学院领证", True)


PLAN = "工作内容\t完成时间\t负责单位\n图书清还\t6月12日（周四）闭馆前\t图书馆"


def test_a_guide_is_for_the_students_and_a_plan_for_the_offices() -> None:
    (guide,), (plan,) = items_of(PLAN), items_of(PLAN, to="各学院、各部门：")
    assert (guide.actor, plan.actor) == ("student", "department")
    assert guide.is_deadline
    assert guide.department == "图书馆"
