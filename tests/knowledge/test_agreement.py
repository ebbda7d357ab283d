"""What is asked and what is said agree: the school, the paper's number, the sort of place, what has happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge.answer import Answer
from knowledge.composing import answer_from
from knowledge.question import understand
from knowledge.shelf import Shelf, placed
from knowledge.speller import Speller
from tests.knowledge.fit import shelf_of

TODAY = date(2026, 5, 20)
TEXT = """# 云山学院关于做好2026届毕业生离校工作的通知

## 一、证书发放

毕业证书于6月20日至6月22日在教务处领取，领取时出示身份证。

介绍信由组织部于6月18日起开具。

续读数据的上报截止时间为冬季招生截止日期前一周的周一。

## 二、班级活动

班级活动须填写附件2审批表，由辅导员签字。

活动中要遵守校纪校规，活动结束后清扫场地。

## 三、图书

图书须在6月15日前归还，由图书馆负责。

## 四、毕业典礼

毕业典礼定于6月18日上午9:30在体育馆举行。

毕业典礼彩排定于6月17日下午3:00在体育馆举行。
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    path = tmp_path / "notice.md"
    path.write_text(TEXT, encoding="utf-8")
    return shelf_of(path)


def asked(shelf: Shelf, question: str) -> Answer:
    return answer_from(shelf, question, today=TODAY)


@pytest.mark.parametrize(
    "question",
    [
        "图书馆在几楼",
        "教务处在哪栋楼",
        "附件3是什么",
        "冬季招生几号截止",
        "介绍信丢了几号能领",
        "东湖校区的毕业证书几号发",
        "分校的毕业证书几号发",
        "毕业典礼几点结束",
    ],
)
def test_what_is_not_said_is_not_answered(shelf: Shelf, question: str) -> None:
    assert asked(shelf, question).abstained, asked(shelf, question).text


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("毕业zheng什么时候领", "6月20日至6月22日"),
        ("毕业证书几号到几号领", "6月20日至6月22日"),
        ("图书几号前还", "6月15日前"),
        ("续读数据什么时候上报", "前一周的周一"),
    ],
)
def test_what_is_said_is_answered(shelf: Shelf, question: str, holds: str) -> None:
    assert holds in asked(shelf, question).text


def test_a_second_question_is_answered_beside_the_first(shelf: Shelf) -> None:
    text = asked(shelf, "班级活动要不要填审批表，还要遵守什么").text
    assert "附件2审批表" in text
    assert "校纪校规" in text


def test_a_place_before_a_short_name_makes_another_school(shelf: Shelf) -> None:
    assert placed("北京开放大学毕业证几号发", "开放大学", "国家开放大学生命健康学院") == "北京开放大学"
    assert placed("石油大学华东校区", "石油大学", "中国石油大学(北京)") == "石油大学华东"
    assert placed("开放大学毕业证几号发", "开放大学", "国家开放大学生命健康学院") == ""
    own = Shelf([replace(entry, school="国家开放大学生命健康学院") for entry in shelf.entries])
    assert "6月20日" in asked(own, "开放大学毕业证书几号领").text
    assert asked(own, "北京开放大学毕业证书几号领").abstained


@pytest.mark.parametrize(
    ("question", "fits", "fits_not"),
    [
        ("学工办在几楼", "主楼三楼", "综合档案室"),
        ("学工办在哪栋楼", "实训楼西侧", "电话0999-7000121"),
        ("违约利率百分之几", "年利率4%", "还款日是6月1日"),
    ],
)
def test_the_sort_of_place_or_number_asked_for(question: str, fits: str, fits_not: str) -> None:
    wanted = understand(question).measure
    assert wanted is not None
    assert wanted.search(fits)
    assert not wanted.search(fits_not)


def test_a_word_ended_in_letters() -> None:
    speller = Speller(["毕业证书在教务处领取"])
    assert speller.mend("毕业zheng在哪领") == "毕业证在哪领"
    assert speller.mend("用qq发") == "用qq发"


def test_the_ceremony_is_not_its_rehearsal(shelf: Shelf) -> None:
    text = asked(shelf, "毕业典礼几点开始").text
    assert "9:30" in text
    assert "彩排" not in text
