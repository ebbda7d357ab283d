from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.core import asks, core_of
from knowledge.question import follow_up, parts_of, topics_of, understand


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("档案什么时候寄", "when"),
        ("贷款确认截止到哪天", "until"),
        ("住宿费最晚几号交", "until"),
        ("典礼在哪里开", "where"),
        ("餐券找谁领", "who"),
        ("辅导员电话多少", "phone"),
        ("发到哪个邮箱", "mail"),
        ("补考要多少钱", "money"),
        ("典礼几点开始", "clock"),
        ("介绍信有效期多少天", "duration"),
        ("代领要带什么材料", "bring"),
    ],
)
def test_kinds_of_question(text: str, kind: str) -> None:
    assert kind in understand(text).kinds


def test_topics_go_by_their_usual_word() -> None:
    assert topics_of("校园卡余额") == topics_of("一卡通退钱") == {"一卡通"}


def test_the_longest_topic_is_meant() -> None:
    assert topics_of("生源地助学贷款确认") == {"生源地贷款"}


def test_years_and_relative_years() -> None:
    assert understand("24届几号离校").years == {"2024"}
    assert understand("2020级会计1班").years == frozenset()
    assert understand("明年典礼几号").other_year == "明年"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("总结啥时候交,发哪个邮箱", 2),
        ("实习报告网上和纸质的分别几号前交", 2),
        ("档案什么时候寄", 1),
        ("我人在外地,毕业证怎么领", 1),
    ],
)
def test_two_questions_in_one_message(text: str, parts: int) -> None:
    assert len(parts_of(text)) == parts


def test_a_part_without_topic_is_about_the_first() -> None:
    assert "成绩单" in parts_of("成绩单什么时候打印，在哪打印")[1]


def test_a_follow_up_leans_on_the_turn_before() -> None:
    question = understand("那截止呢")
    assert question.leaning
    assert "生源地贷款" in follow_up(question, [understand("生源地贷款在哪确认")]).topics


def test_either_or_weighs_less() -> None:
    units = {unit.word: unit.factor for unit in understand("命名用身份证还是学号").units}
    assert units["身份证"] < 1
    assert units["学号"] < 1
    assert units["命名"] == 1


@given(st.text(max_size=60))
def test_any_text_is_understood(text: str) -> None:
    for part in parts_of(text):
        understand(part)


@pytest.mark.parametrize("text", ["档案能自己带走吗", "什么时候截止", "邮编填哪个？"])
def test_questions_are_told_from_values(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", ["13900000001", "重庆市渝中区某某路 1 号", "张三", "400000"])
def test_values_are_no_questions(text: str) -> None:
    assert not asks(text)


def test_like_questions_have_one_core() -> None:
    assert core_of("请问毕业照什么时候拍呢") == core_of("毕业照 啥时候拍")


def test_a_name_with_and_in_it_is_one_name() -> None:
    assert parts_of("烹调工艺与营养1班的辅导员是谁") == ["烹调工艺与营养1班的辅导员是谁"]
    assert len(parts_of("联系人和电话给我一下")) == 2
