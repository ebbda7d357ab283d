"""One pasted message, several values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import pasted
from handlers.forms.address import ADDRESS

PLACE = {"region": "北京市 朝阳区", "street": "示范路1号", "receiver": "朝阳区人才服务中心"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "档案寄到 北京市朝阳区示范路1号 朝阳区人才服务中心 王老师 收 010-88888888 100020",
            {**PLACE, "recipient": "王老师", "phone": "010-88888888", "postcode": "100020"},
        ),
        (
            "北京市朝阳区示范路 1 号朝阳区人才服务中心，王老师收，139 0000 0001",
            {**PLACE, "recipient": "王老师", "phone": "139 0000 0001"},
        ),
        (
            "老师您好，我的档案要寄到：朝阳区人才服务中心；北京市朝阳区示范路1号；档案科；电话 010-88888888",
            {**PLACE, "recipient": "档案科", "phone": "010-88888888"},
        ),
        ("100020\n北京市朝阳区示范路1号\n朝阳区人才服务中心", {**PLACE, "postcode": "100020"}),
        (
            "成都市人民路1号 成都市人才中心",
            {"region": "四川省 成都市", "street": "人民路1号", "receiver": "成都市人才中心"},
        ),
        ("我不知道", {}),
        ("", {}),
    ],
)
def test_loose_words(text: str, found: dict[str, str]) -> None:
    assert pasted.loose(text) == found


def test_an_address_is_region_and_street_only_where_it_is_certain() -> None:
    assert pasted.address("重庆市渝中区中山路1号") == {"region": "重庆市 渝中区", "street": "中山路1号"}
    assert pasted.address("重庆市渝中区") == {"region": "重庆市 渝中区"}
    assert pasted.address("朝阳区建国路1号") == {}
    assert pasted.address("中山路1号") == {}


@pytest.mark.parametrize(
    ("text", "recognised"),
    [
        ("收件单位：甲市人才服务中心\n收件人：王老师\n电话：13900000001", True),
        ("档案寄到 北京市朝阳区示范路1号 朝阳区人才服务中心 王老师 收 010-88888888", True),
        ("档案寄到哪里", False),
        ("电话：13900000001", False),
        ("今天宿舍停电", False),
    ],
)
def test_which_messages_are_an_address_pasted_without_naming_the_form(text: str, recognised: bool) -> None:
    assert ADDRESS.recognises is not None
    assert ADDRESS.recognises(text) is recognised


@given(st.text(alphabet=st.sampled_from("北京市朝阳区示范路1号人才服务中心王老师收 ，\n010-88889020"), max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    assert ADDRESS.extract is not None
    for asked in (None, "region", "street", "phone"):
        assert set(ADDRESS.extract(text, asked)) <= {step.key for step in ADDRESS.steps}
