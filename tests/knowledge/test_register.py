from __future__ import annotations

from datetime import date

import pytest

from knowledge.answer import Answer, Source
from knowledge.composing import answer_from
from knowledge.question import understand
from knowledge.search import search
from knowledge.shelf import Entry, Shelf

TODAY = date(2023, 6, 1)
HEADS = ("序号", "二级学院", "班级全称", "班级人数", "辅导员", "联系方式")
CLASSES = (
    ("会计学院", "2020级会计3班", "45", "林一凡", "13900000001"),
    ("会计学院", "2020 级审计 2 班", "52", "林一凡", "13900000001"),
    ("会计学院", "2020级大数据与会计2班", "41", "周小满", "13900000002"),
    ("商学院", "2020级国际商务1班", "39", "何田", "13900000003"),
    ("商学院", "2021级电子商务（专本贯通）1班", "31", "何田", "13900000003"),
    ("商学院", "2020级电子商务1班", "36", "秦川", "13900000004"),
)


def _row(number: int, values: tuple[str, ...], heads: tuple[str, ...] = HEADS) -> Entry:
    cells = dict(zip(heads, (str(number), *values), strict=True))
    source = Source(
        notice="离校方案", file="a.txt", line=number, cohort="2023届", issued_on=None, section=("班级一览表",)
    )
    text = "；".join(f"{head}：{value}" for head, value in cells.items())
    return Entry(f"row{number}", text, source, "云岭职业技术学院", kind="row", cells=cells)


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf([_row(number, values) for number, values in enumerate(CLASSES, 1)])


def _ask(shelf: Shelf, question: str, *history: str) -> Answer:
    return answer_from(shelf, question, today=TODAY, history=history)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("会计3班有几个人", "2020 级会计 3 班有 45 人。"),
        ("国际商务1班辅导员叫什么电话多少", "2020 级国际商务 1 班的辅导员是何田，电话 13900000003。"),
        ("审计2班归哪个老师带", "2020 级审计 2 班的辅导员是林一凡。"),
        ("我是会计三班的，在哪个学院", "2020 级会计 3 班在会计学院。"),
        ("国际商悟1班班主任是谁", "2020 级国际商务 1 班的辅导员是何田。"),
        ("大数据与会计2班多少人", "2020 级大数据与会计 2 班有 41 人。"),
        ("专本贯通21级1班辅导员是谁", "2021 级电子商务（专本贯通） 1 班的辅导员是何田。"),
        ("电子商务1班多少人", "2020 级电子商务 1 班有 36 人。"),
    ],
)
def test_what_is_asked_of_a_class_is_its_cell(shelf: Shelf, question: str, first: str) -> None:
    answer = _ask(shelf, question)
    assert answer.text.splitlines()[0] == first
    assert answer.sources[0].file == "a.txt"


def test_the_class_may_stand_in_the_turn_before(shelf: Shelf) -> None:
    assert "13900000001" in _ask(shelf, "那电话呢", "会计3班有几个人").text


@pytest.mark.parametrize(
    "question", ["管理会计3班辅导员是谁", "会计8班有几个人", "天文1班有多少人", "2022级会计3班辅导员是谁"]
)
def test_a_class_that_is_not_in_the_table_gets_no_other_ones_cell(shelf: Shelf, question: str) -> None:
    answer = _ask(shelf, question)
    assert answer.abstained
    assert "1390000" not in answer.text


def test_another_years_class_is_refused_for_its_year(shelf: Shelf) -> None:
    answer = _ask(shelf, "2021届会计3班辅导员是谁")
    assert answer.abstained
    assert "2021" in answer.text


@pytest.mark.parametrize("question", ["2班几点开班会", "会计3班找辅导员领证要带什么", "我们2班辅导员电话多少"])
def test_what_is_no_look_up_is_left_to_the_search(shelf: Shelf, question: str) -> None:
    assert shelf.register.asked(question) is None


def test_a_list_of_students_is_no_register() -> None:
    heads = ("序号", "学院", "班级", "人数", "姓名", "电话")
    listed = Shelf([_row(1, ("商学院", "2020级国际商务1班", "1", "某生", "13900000009"), heads)])
    assert listed.register.asked("国际商务1班电话多少") is None


def _said(text: str) -> Shelf:
    source = Source(notice="安排", file="b.txt", line=1, cohort="2023届", issued_on=None, section=("时间",))
    return Shelf([Entry("one", text, source, "云岭职业技术学院")])


def test_the_cohort_of_another_year_is_not_there_though_the_year_is() -> None:
    shelf = _said("离校手续在 2023 年 6 月 20 日前办完，2021 年入学的专升本学生一样。")
    assert not _ask(shelf, "2023届的离校手续到哪天办完").abstained
    assert _ask(shelf, "2021届的离校手续到哪天办完").abstained


def test_a_batch_named_by_its_number_has_to_be_there() -> None:
    shelf = _said("202307批次的毕业审核从 2023 年 7 月 10 日开始。")
    assert not _ask(shelf, "202307批次的毕业审核几号开始").abstained
    assert _ask(shelf, "202401批次的毕业审核几号开始").abstained


def test_a_period_says_when_it_ends_and_a_beginning_does_not() -> None:
    assert not _ask(_said("第一批毕业审核在 7 月 10 日至 7 月 16 日进行。"), "第一批毕业审核到哪天结束").abstained
    assert _ask(_said("毕业典礼 6 月 20 日 9 点开始。"), "毕业典礼几点结束").abstained


@pytest.mark.parametrize(
    ("text", "question", "beside"),
    [
        ("毕业典礼在第一会议室举行。", "除了第一会议室典礼还有哪个分会场", 1.0),
        ("毕业典礼在第一会议室和报告厅举行。", "除了第一会议室典礼还有哪个分会场", 0.0),
        ("毕业生登记表由毕业生本人填写。", "哪些学生不用填登记表", 1.0),
        ("毕业生登记表延长学制的学生不用填。", "哪些学生不用填登记表", 0.0),
    ],
)
def test_what_is_known_already_and_who_has_to_is_not_what_is_asked(text: str, question: str, beside: float) -> None:
    assert search(_said(text), understand(question))[0].signals.elsewise == beside
