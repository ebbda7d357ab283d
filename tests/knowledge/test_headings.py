"""A heading of several things says of none of the sentences below what it is about."""

from __future__ import annotations

from datetime import date

from knowledge.answer import Source
from knowledge.composing import answer_from
from knowledge.shelf import Entry, Shelf

TODAY = date(2026, 5, 20)
CHECKED = "各学院以每间宿舍为单位清查设施，清查时间为 5 月 10 日至 6 月 5 日。"


def shelf(heading: str, *texts: str) -> Shelf:
    source = Source("2026 届毕业生离校方案", "n.md", ("工作安排", heading), "2026届", date(2026, 4, 1), 1)
    return Shelf(
        [Entry(str(n), text, source, "云山学院", context=f"工作安排 {heading}") for n, text in enumerate(texts)]
    )


def test_the_days_of_a_check_are_not_the_days_of_moving_out() -> None:
    found = shelf("档案寄送、退寝及公物赔偿", CHECKED)
    assert answer_from(found, "宿舍什么时候退", today=TODAY).abstained
    assert answer_from(found, "几号搬走", today=TODAY).abstained


def test_a_sentence_that_names_it_answers() -> None:
    found = shelf("档案寄送、退寝及公物赔偿", CHECKED, "毕业生 6 月 20 日至 6 月 22 日退寝，交回钥匙。")
    assert "6 月 20 日" in answer_from(found, "退寝交回钥匙是几号", today=TODAY).text
