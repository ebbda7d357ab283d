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
        (
            "昆明市五华区人才服务中心东风路12号",
            {"region": "云南省 昆明市 五华区", "street": "东风路12号", "receiver": "昆明市五华区人才服务中心"},
        ),
        (
            "我的档案寄到昆明市五华区人才服务中心东风路12号王老师收0871-65123456",
            {
                "region": "云南省 昆明市 五华区",
                "street": "东风路12号",
                "receiver": "昆明市五华区人才服务中心",
                "recipient": "王老师",
                "phone": "0871-65123456",
            },
        ),
        (
            "重庆市渝北区人力资源和社会保障局，龙山大道1号，档案科",
            {
                "region": "重庆市 渝北区",
                "street": "龙山大道1号",
                "receiver": "重庆市渝北区人力资源和社会保障局",
                "recipient": "档案科",
            },
        ),
        (
            "四川省成都市武侯区示例路3号政务服务中心2楼",
            {"region": "四川省 成都市 武侯区", "street": "示例路3号政务服务中心2楼"},
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


LABELS = {"receiver": "收件单位", "recipient": "收件人", "phone": "电话", "street": "地址", "postcode": "邮编"}
PLACES = {
    "重庆市渝北区龙溪街道新溉大道1号": ("重庆市 渝北区", "龙溪街道新溉大道1号"),
    "四川省成都市武侯区人民南路 1 号政务中心 3 楼": ("四川省 成都市 武侯区", "人民南路1号政务中心3楼"),
    "云南大理州大理市下关镇建设路9号": ("云南省 大理白族自治州 大理市", "下关镇建设路9号"),
    "浙江省杭州市临平区南苑街道1号": ("浙江省 杭州市 临平区", "南苑街道1号"),
}
VALUES = st.fixed_dictionaries(
    {
        "receiver": st.sampled_from(["渝北区公共就业和人才服务中心", "示范市人力资源服务中心", "某某科技有限公司"]),
        "recipient": st.sampled_from(["王老师", "档案科", "李主任", "人事处"]),
        "phone": st.sampled_from(["13900000001", "010-88888888", "139 0000 0001", "0871-65000000"]),
        "street": st.sampled_from(list(PLACES)),
        "postcode": st.sampled_from(["401120", "610041", "650031"]),
    }
)
STYLES = st.sampled_from(["{label}：{value}", "{label}:{value}", "{label} {value}", "{label}{value}", "{value}"])


@given(
    VALUES, st.permutations(list(LABELS)), st.lists(STYLES, min_size=5, max_size=5), st.sampled_from("，,、/；; \n。|")
)
def test_one_paste_is_understood_in_any_order_with_any_labels_and_separators(
    values: dict[str, str], order: list[str], styles: list[str], separator: str
) -> None:
    said = zip(order, styles, strict=True)
    text = separator.join(style.format(label=LABELS[key], value=values[key]) for key, style in said)
    assert ADDRESS.extract is not None
    assert ADDRESS.recognises is not None
    found = {step.key: step.clean(raw) for step in ADDRESS.steps if (raw := ADDRESS.extract(text, None).get(step.key))}
    region, street = PLACES[values["street"]]
    expected = {**values, "phone": values["phone"].replace(" ", ""), "region": region, "street": street}
    assert {key: value.replace(" ", "") if key == "street" else value for key, value in found.items()} == expected
    assert ADDRESS.recognises(text)
