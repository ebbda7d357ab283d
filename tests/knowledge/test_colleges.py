from __future__ import annotations

from datetime import date

import pytest

from knowledge.answer import Asker, Source
from knowledge.colleges import asked_of, colleges_of, is_college
from knowledge.composing import answer_from
from knowledge.shelf import Entry, Shelf

TODAY = date(2026, 5, 20)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("机电工程学院毕业生于6月3日领取毕业证书。", {"机电工程"}),
        ("信息工程学院、艺术设计学院毕业生于6月4日领取毕业证书。", {"信息工程", "艺术设计"}),
        ("各二级学院于6月5日前报送名单。", set()),
        ("毕业证书由所在二级学院发放。", set()),
    ],
)
def test_whose_arrangement_it_is(text: str, found: set[str]) -> None:
    assert colleges_of(text, {}) == found


def test_a_row_is_for_the_college_in_its_column() -> None:
    assert colleges_of("x", {"学院": "机电工程学院", "时间": "6月3日"}) == {"机电工程"}


def test_a_question_without_the_college_it_names() -> None:
    assert asked_of("机电工程学院的毕业证什么时候领") == ("毕业证什么时候领", frozenset({"机电工程"}))
    assert asked_of("学院什么时候检查") == ("学院什么时候检查", frozenset())


def test_a_school_is_no_college() -> None:
    assert is_college("信息工程学院")
    assert not is_college("重庆商务职业学院")
    assert not is_college("武昌首义学院")


def _shelf() -> Shelf:
    source = Source("2026 届毕业证书发放通知", "n.md", ("毕业证书领取",), "2026届", date(2026, 5, 10), 1)
    texts = (
        "机电工程学院毕业生 6 月 3 日在实训楼 101 领取毕业证书。",
        "信息工程学院毕业生 6 月 4 日在信息楼 202 领取毕业证书。",
    )
    return Shelf([Entry(str(n), text, source, "云山学院") for n, text in enumerate(texts)])


def test_another_colleges_day_is_not_told() -> None:
    question = "毕业证什么时候领"
    mine = answer_from(_shelf(), question, today=TODAY, asker=Asker(college="信息工程学院"))
    assert "6 月 4 日" in mine.text
    assert "6 月 3 日" not in mine.text
    neither = answer_from(_shelf(), question, today=TODAY, asker=Asker(college="艺术设计学院"))
    assert neither.abstained


def test_the_college_named_in_the_question_counts() -> None:
    answer = answer_from(_shelf(), "信息工程学院毕业证哪天领", today=TODAY, asker=Asker(college="机电工程学院"))
    assert "6 月 4 日" in answer.text


def test_who_is_not_bound_reads_whose_day_it_is() -> None:
    answer = answer_from(_shelf(), "毕业证什么时候领", today=TODAY)
    assert answer.abstained or "机电工程学院" in answer.text or "信息工程学院" in answer.text
