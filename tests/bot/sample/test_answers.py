"""What a tired student of the sample school asks, and what he is told: the notices as written, read and searched."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.answer import Answer, Asker
from knowledge.composing import answer_from
from knowledge.evaluation import Outcome, figures
from tests.knowledge.fit import SAMPLE_DAY, sample_cases, sample_shelf


def ask(question: str, *history: str, asker: Asker | None = None, today: date = SAMPLE_DAY) -> Answer:
    return answer_from(sample_shelf(), question, today=today, history=history, asker=asker)


def test_most_is_answered_and_next_to_nothing_wrongly() -> None:
    found = figures([Outcome(case, ask(case.question, *case.context), (), 0.0) for case in sample_cases()])
    assert found.questions > 170
    assert found.right >= 0.85
    assert found.precision >= 0.95
    assert found.out_answered <= 0.03


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("档案能自己带走吗", "不能由本人或者家长保管、携带"),  # also said as 学校不办理本人自带档案
        ("毕业证能邮寄吗", "邮费到付"),
        ("毕业证可以寄给我吗", "邮费到付"),
        ("党员关系转到哪里", "转到单位党组织"),
        ("学生工作部在哪里", "行政楼 105"),
        ("教务处在哪里", "行政楼 203"),
        ("照片不对怎么办", "行政楼 203 补采"),
        ("医保什么时候到期", "12 月 31 日"),
        ("毕业典礼在哪里", "体育馆"),
        ("宿舍什么时候退", "退宿"),
        ("没找到工作档案寄哪", "寄回生源地"),
        ("毕业典礼下雨怎么办", "线上举行"),
        ("中午能退宿吗", "午间不休息"),
        ("报到证在哪领", "不再发放"),
        ("wo de dangan shenme shihou ji", "统一寄出"),
        ("biyedianli zai nali", "体育馆"),
    ],
)
def test_what_went_wrong_once(question: str, holds: str) -> None:
    answer = ask(question)
    assert not answer.abstained
    assert not answer.clarify
    assert holds in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "毕业照什么时候拍",
        "老师能帮我改学分吗",
        "典礼穿什么",
        "快递站电话多少",
        "退学怎么办",
        "结业怎么办",
        "奖学金什么时候发",
        "退宿单上要盖几个章",
        "辅导员不回消息怎么办",
    ],
)
def test_what_no_notice_says_is_not_said(question: str) -> None:
    assert ask(question).abstained


def test_a_caption_is_no_answer() -> None:
    assert "表 1 离校手续一览" not in ask("离校手续一览").text


def test_the_place_of_the_ceremony_comes_first() -> None:
    first = ask("毕业典礼在哪里").text.splitlines()[0]
    assert "体育馆举行" in first


def test_the_cases_of_a_rule_are_told_together() -> None:
    text = ask("档案寄到哪里").text
    assert "寄到单位" in text
    assert "寄回生源地" in text


def test_of_a_wide_row_only_what_was_asked() -> None:
    text = ask("还书去哪里").text
    assert "图书馆一楼服务台" in text
    assert "0888-0000401" not in text


def test_a_text_with_a_subject_of_its_own_is_not_about_the_one_before() -> None:
    assert ask("就业推荐表呢", "水电费怎么交").abstained


def test_one_of_two_is_answered_and_the_other_said_to_be_missing() -> None:
    text = ask("退宿什么时候，奖学金什么时候发").text
    assert "1. " in text
    assert "退宿" in text
    assert "通知里没有写到奖学金" in text


def test_two_questions_of_one_subject_without_a_stop() -> None:
    text = ask("毕业典礼在哪几点开始").text
    assert "体育馆" in text
    assert "10:00" in text


def test_when_the_notices_were_issued() -> None:
    assert "发布" in ask("通知是什么时候发的").text


def test_no_answer_fills_more_than_a_screen() -> None:
    for case in sample_cases():
        assert len(ask(case.question, *case.context).text) <= 420
