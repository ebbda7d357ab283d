"""Times of notices: fictional examples of every kind, look-alikes, years, and the labelled evaluation set."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.dates import Base, find_times
from knowledge.documents import read
from knowledge.expression import TimeExpression
from knowledge.lines import pieces_of_lines
from knowledge.reading import document_of
from knowledge.when import When

BASE = Base(2031, date(2031, 5, 5))


def only(text: str, base: Base = BASE) -> TimeExpression:
    (found,) = find_times(text, base)
    assert found.text == text[slice(*found.span)]
    return found


@pytest.mark.parametrize(
    ("text", "expression", "kind", "start", "end"),
    [
        ("典礼定在 6 月 26 日举行", "6 月 26 日", "point", (6, 26), (6, 26)),
        ("请于6月8日前填好", "6月8日前", "deadline", None, (6, 8)),
        ("须在 2031 年 6 月 9 日 之前交", "2031 年 6 月 9 日 之前", "deadline", None, (6, 9)),
        ("截止时间为6月20日。", "6月20日", "deadline", None, (6, 20)),
        ("报名截至6月3日", "6月3日", "deadline", None, (6, 3)),
        ("不迟于六月三十日", "六月三十日", "deadline", None, (6, 30)),
        ("将于 10 月 12 号截止", "10 月 12 号截止", "deadline", None, (10, 12)),
        ("2031.6.9前提交", "2031.6.9前", "deadline", None, (6, 9)),
        ("6月9日—15日打印成绩单", "6月9日—15日", "window", (6, 9), (6, 15)),
        ("7月8日-18日自查", "7月8日-18日", "window", (7, 8), (7, 18)),
        ("6月9-15日开放", "6月9-15日", "window", (6, 9), (6, 15)),
        ("5月6日至6月10日期间", "5月6日至6月10日", "window", (5, 6), (6, 10)),
        ("5月20日起至6月1日止", "5月20日起至6月1日止", "window", (5, 20), (6, 1)),
        ("即日起至6月20日报名", "即日起至6月20日", "window", (5, 5), (6, 20)),
        ("6月上旬体检", "6月上旬", "window", (6, 1), (6, 10)),
        ("6月中下旬体检", "6月中下旬", "window", (6, 11), (6, 30)),
        ("6月下旬体检", "6月下旬", "window", (6, 21), (6, 30)),
        ("自7月6日起办理", "7月6日起", "from", (7, 6), None),
        ("6月20日以后补办", "6月20日以后", "from", (6, 20), None),
        ("一直到2031年年底", "2031年年底", "until", None, (12, 31)),
        ("数据统计时间截至8月31日", "8月31日", "until", None, (8, 31)),
        ("二〇三一年六月九日", "二〇三一年六月九日", "point", (6, 9), (6, 9)),
        ("２０３１年６月９日", "２０３１年６月９日", "point", (6, 9), (6, 9)),
        ("月底前，即 6 月底 前后", "6 月底 前后", "point", (6, 30), (6, 30)),
    ],
)
def test_written_dates(
    text: str, expression: str, kind: str, start: tuple[int, int] | None, end: tuple[int, int] | None
) -> None:
    found = only(text)
    assert (found.text, found.kind) == (expression, kind)
    assert found.start == (date(2031, *start) if start else None)
    assert found.end == (date(2031, *end) if end else None)
    assert found.is_deadline == (kind == "deadline")


@pytest.mark.parametrize(
    "text",
    [
        "2031届毕业生",
        "2028 级会计 1 班",
        "江院学〔2031〕11号",
        "教学〔2014〕11 号",
        "毕业批次：203107",
        "1.2031届毕业生就业承诺书",
        "2031年7月毕业生的毕业审核",
        "2029年春季及之前入学",
        "电话0888-61691021",
        "规格为 480*640",
        "在12371平台上提交",
        "见《关于2031年6月9日放假的通知》",
        "2031年2月30日",
        "第十八条规定",
        "2031年上半年",
        "抽查比例不低于80%",
        "退宿时间为每天 8:30—18:00",
    ],
)
def test_lookalikes_are_no_dates(text: str) -> None:
    assert find_times(text, BASE) == []


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("6月9日17:00前提交", time(17)),
        ("6 月 26 日（星期一）上午 10:00", time(10)),
        ("6月9日晚上8点", time(20)),
        ("6月9日下午2时30分", time(14, 30)),
        ("6月9日上午9点半", time(9, 30)),
        ("6月9日上午8:30-11:30", time(8, 30)),
        ("2031/06/09 23:59截止", time(23, 59)),
        ("截至5月31日24时", None),
    ],
)
def test_clock_times(text: str, clock: time | None) -> None:
    assert only(text).time == clock


@pytest.mark.parametrize(
    "text", ["6月20日(暂定)抽查", "时间暂定为 6 月 28 日", "预计6月20日发放", "拟于6月20日召开", "6月20日（时间暂定）"]
)
def test_tentative_dates(text: str) -> None:
    assert only(text).tentative


def test_an_open_date_is_told() -> None:
    found = only("具体时间、地点另行通知")
    assert (found.kind, found.tentative) == ("tbd", True)


@pytest.mark.parametrize(
    ("text", "approx"), [("7月底", "start"), ("7月底-8月底", "both"), ("7月初", "end"), ("7月8日左右", "both")]
)
def test_unsharp_ends(text: str, approx: str) -> None:
    assert only(text).approx == approx


def test_further_days_of_the_same_month() -> None:
    assert [found.end for found in find_times("6月8日、9日领取", BASE)] == [date(2031, 6, 8), date(2031, 6, 9)]


# --- the year ---------------------------------------------------------------------------------------------------------


def test_the_year_comes_from_the_notice_never_from_the_clock() -> None:
    assert only("6月8日前", Base(2017)).end == date(2017, 6, 8)
    assert only("6月8日前", Base(2017)).year_source == "inherited"
    assert find_times("6月8日前", Base()) == []
    assert only("2031年6月8日前", Base()).year_source == "explicit"


def test_the_year_of_the_sentence_comes_first() -> None:
    first, second = find_times("财务处于2030年5月19日前核查，6月15日前催缴。", BASE)
    assert (first.end, second.end) == (date(2030, 5, 19), date(2030, 6, 15))
    later = find_times("财务处于2030年5月19日前核查。6月15日前催缴。", BASE)[1]
    assert later.end == date(2031, 6, 15)


def test_a_letter_of_december_means_next_january() -> None:
    assert only("1月10日前", Base(2030, date(2030, 12, 20))).end == date(2031, 1, 10)
    assert only("12月28日至1月5日", Base(2030, date(2030, 12, 20))).end == date(2031, 1, 5)


# --- relative times ---------------------------------------------------------------------------------------------------

NOTICE = """江南示范学院

2031 届毕业生离校工作方案

办理离校手续时间为 5 月 19 日—6 月 26 日，毕业典礼时间为 6 月 27 日。
"""


@pytest.mark.parametrize(
    ("text", "kind", "start", "end", "value"),
    [
        ("毕业典礼当天饮食保障", "point_rel", (6, 27), (6, 27), "毕业典礼当天"),
        ("毕业生离校期间的安全", "window_rel", (5, 19), (6, 26), "离校期间"),
        ("在规定的离校时间段内还书", "window_rel", (5, 19), (6, 26), "离校时间段"),
        ("毕业生返校期间的环境清扫", "window_rel", None, None, "返校期间"),
        ("毕业生离校后删除数据", "point_rel", None, None, "after 离校"),
        ("在本学期放假前交回", "deadline_rel", None, None, "before 放假"),
        ("2031年秋季招生截止日期前一周的周一", "deadline_rel", None, None, "2031年秋季招生截止日期前一周的周一"),
        ("毕业典礼前三天", "deadline_rel", None, (6, 24), "毕业典礼前三天"),
        ("一年内可以查询", "duration", None, None, "P1Y"),
        ("凡逾期三个月未收到的", "duration", None, None, "P3M"),
        ("3个工作日内回复", "duration", None, None, "P3WD"),
    ],
)
def test_relative_times(
    text: str, kind: str, start: tuple[int, int] | None, end: tuple[int, int] | None, value: str
) -> None:
    base = Base.of(document_of(pieces_of_lines(NOTICE), "方案.txt"))
    found = only(text, base)
    assert (found.kind, found.value) == (kind, value)
    assert found.start == (date(2031, *start) if start else None)
    assert found.end == (date(2031, *end) if end else None)


def test_what_is_due() -> None:
    found = When.of(find_times("6月1日起报名，6月8日前交表，6月20日公布", BASE))
    assert (found.due_on, found.is_deadline) == (date(2031, 6, 8), True)
    assert When.of([]) == When()


# --- properties -------------------------------------------------------------------------------------------------------


@given(st.text("一二十2031年月日号前至-—～、起止（）() ：:暂定届级上下旬底午点分半离校期间通知", max_size=60))
def test_any_text_is_survived_and_spans_fit(text: str) -> None:
    ends = 0
    for found in find_times(text, BASE):
        start, end = found.span
        assert ends <= start < end <= len(text)
        assert found.text == text[start:end]
        assert found.start is None or found.end is None or found.start <= found.end
        ends = end


@given(st.dates(date(2000, 1, 1), date(2098, 12, 31)), st.sampled_from(("", " ")), st.sampled_from("日号"))
def test_every_day_is_read_back(day: date, gap: str, unit: str) -> None:
    text = f"请于{day.year}{gap}年{gap}{day.month}{gap}月{gap}{day.day}{gap}{unit}前完成"
    assert only(text).end == day


@given(st.dates(date(2001, 1, 1), date(2098, 12, 31)), st.integers(0, 300), st.sampled_from("-—~至到～－"))
def test_every_window_is_read_back(start: date, days: int, dash: str) -> None:
    end = date.fromordinal(start.toordinal() + days)
    found = only(f"{start.year}年{start.month}月{start.day}日{dash}{end.year}年{end.month}月{end.day}日")
    assert (found.start, found.end) == (start, end)


# --- the labelled set -------------------------------------------------------------------------------------------------


def test_the_labelled_set(shared_dir: Path) -> None:
    rows = [json.loads(line) for line in (shared_dir / "eval" / "deadlines.jsonl").read_text("utf-8").splitlines()]
    bases = {doc: Base.of(read(shared_dir / "notices" / doc)) for doc in {row["doc"] for row in rows}}
    right, all_of = Counter[str](), Counter[str]()
    for row in rows:
        all_of[row["tier"]] += 1
        right[row["tier"]] += _agrees(row, find_times(row["text"], bases[row["doc"]]))
    assert right["A"] >= 0.95 * all_of["A"]
    assert right["B"] >= 0.9 * all_of["B"]
    assert right["C"] == all_of["C"]


def _agrees(row: dict[str, object], found: list[TimeExpression]) -> bool:
    at = str(row["text"]).find(str(row["expr"]))
    there = [e for e in found if e.span[0] < at + len(str(row["expr"])) and at < e.span[1]]
    if row["tier"] == "C":
        return not there
    wanted = [row[name] for name in ("kind", "start", "end", "time", "is_deadline", "tentative")]
    return any(
        wanted
        == [e.kind, _iso(e.start), _iso(e.end), f"{e.time:%H:%M}" if e.time else None, e.is_deadline, e.tentative]
        for e in there
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
