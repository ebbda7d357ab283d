from __future__ import annotations

import pytest

from knowledge.concepts import concepts_of, spans_of
from knowledge.question import topics_in, understand
from knowledge.text import plain


@pytest.mark.parametrize(
    ("asked", "written", "concept"),
    [
        ("没找到工作档案寄哪", "还没有落实工作的，寄回生源地的人才服务机构", "no_job"),
        ("毕业典礼下雨怎么办", "遇大雨改在各教学楼线上举行", "rain"),
        ("爸妈能来吗", "每位毕业生可以邀请两位家长", "family"),
        ("别人能帮我领毕业证吗", "可以委托他人代领", "proxy"),
        ("档案能自己带走吗", "学校不办理本人自带档案", "self_carry"),
        ("我在外地回不去", "确实不能回校的毕业生", "cannot_come"),
        ("宿舍什么时候退", "退宿：打扫宿舍、交回钥匙", "move_out"),
    ],
)
def test_what_is_said_otherwise_is_one_concept(asked: str, written: str, concept: str) -> None:
    assert concept in concepts_of(plain(asked)) & concepts_of(plain(written))


def test_a_longer_wording_takes_in_what_lies_within_it() -> None:
    (span,) = (span for span in spans_of("没找到工作怎么办") if "no_job" in span.names)
    assert (span.start, span.end) == (0, 5)


def test_to_store_luggage_is_not_to_post() -> None:
    assert "mail" not in concepts_of("大件行李的寄存点在北门")


def test_a_topic_inside_another_word_is_not_spoken_of() -> None:
    assert "毕业照" not in topics_in("补采毕业照片")
    assert "党组织关系" not in topics_in("发起团组织关系转接")
    assert "毕业证" in topics_in("凭学生证领取毕业证书")


def test_a_question_keeps_what_it_says_in_any_words() -> None:
    concepts = frozenset().union(*(unit.concepts for unit in understand("没找到工作档案寄到哪").units))
    assert {"no_job", "mail"} <= concepts
