from __future__ import annotations

import pytest

from knowledge.speller import Speller

TEXTS = [
    "档案转寄地址须在六月底前填写完毕，生源地贷款信息确认截止时间为 6 月 8 日。",
    "毕业餐券由学院发放，学历信息核对，照片采集，就业核查，学院整改。",
    "团员在智慧团建平台转接组织关系，介绍信回执联寄回学院党委，抽查比例不低于八成。",
]


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(TEXTS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("挡案什么时候寄", "档案什么时候寄"),
        ("生原地代款几号接止", "生源地贷款几号截止"),
        ("餐卷找谁领", "餐券找谁领"),
        ("学厉信息核队", "学历信息核对"),
        ("在智惠团健上转吗", "在智慧团建上转吗"),
        ("照片踩集", "照片采集"),
    ],
)
def test_what_sounds_or_looks_right_is_mended(speller: Speller, typed: str, meant: str) -> None:
    assert speller.mend(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dang an什么时候寄", "档案什么时候寄"),
        ("shengyuandi daikuan确认", "生源地贷款确认"),
        ("抽查bili", "抽查比例"),
        ("huizhilian寄给谁", "回执联寄给谁"),
    ],
)
def test_typed_pinyin_is_spelled_out(speller: Speller, typed: str, meant: str) -> None:
    assert speller.mend(typed) == meant


@pytest.mark.parametrize("text", ["档案什么时候寄", "还是先给学院", "我的pdf打不开", "直接发到我手里", ""])
def test_what_is_right_stays(speller: Speller, text: str) -> None:
    assert speller.mend(text) == text
