"""Provinces, cities, counties: completed where it is certain, several readings where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import divisions
from knowledge.divisions import Region, locate


@pytest.mark.parametrize(
    ("text", "region", "rest"),
    [
        ("四川省成都市武侯区人民南路 1 号", "四川省 成都市 武侯区", "人民南路 1 号"),
        ("成都武侯区人民南路", "四川省 成都市 武侯区", "人民南路"),
        ("重庆市渝中区中山路", "重庆市 渝中区", "中山路"),
        ("重庆市重庆市渝中区中山路", "重庆市 渝中区", "中山路"),
        ("上海市浦东新区世纪大道", "上海市 浦东新区", "世纪大道"),
        ("广东东莞南城街道", "广东省 东莞市", "南城街道"),
        ("湖北省仙桃市沔街", "湖北省 仙桃市", "沔街"),
        ("云南大理州大理市下关", "云南省 大理白族自治州 大理市", "下关"),
        ("海南州共和县", "青海省 海南藏族自治州 共和县", ""),
        ("吉林市船营区", "吉林省 吉林市 船营区", ""),
        ("内蒙古呼和浩特赛罕区", "内蒙古自治区 呼和浩特市 赛罕区", ""),
        ("成都高新区天府大道", "四川省 成都市 高新区", "天府大道"),
        ("香港特别行政区九龙", "香港特别行政区", "九龙"),
        ("襄阳市襄城区", "湖北省 襄阳市 襄城区", ""),
    ],
)
def test_reads_the_beginning_of_an_address(text: str, region: str, rest: str) -> None:
    (reading,) = locate(text)
    assert (str(reading.region), reading.rest, reading.complete) == (region, rest, True)


def test_several_places_of_one_name_are_several_readings() -> None:
    assert {str(r.region) for r in locate("朝阳区建国路")} == {"北京市 朝阳区", "吉林省 长春市 朝阳区"}
    assert len(locate("鼓楼区")) == 4
    assert {r.region.city for r in locate("江苏鼓楼区")} == {"南京市", "徐州市"}


@pytest.mark.parametrize("text", ["", "我不知道", "和平路 1 号", "密云县", "中山路 1 号", "南京东路 1 号", "重庆大学"])
def test_what_names_no_place_of_today_is_not_guessed(text: str) -> None:
    assert locate(text) == []


def test_a_city_without_its_county_is_incomplete() -> None:
    (reading,) = locate("四川省成都市人民南路 1 号")
    assert not reading.complete
    assert reading.rest == "人民南路 1 号"


@pytest.mark.parametrize(
    ("kept", "parts"),
    [
        ("四川省 成都市 武侯区", Region("四川省", "成都市", "武侯区")),
        ("重庆市 渝中区", Region("重庆市", "重庆市", "渝中区")),
        ("广东省 东莞市", Region("广东省", "东莞市", "")),
        ("湖北省 仙桃市", Region("湖北省", "", "仙桃市")),
        ("香港特别行政区", Region("香港特别行政区", "", "")),
        ("", Region("", "", "")),
    ],
)
def test_what_was_kept_falls_into_its_columns(kept: str, parts: Region) -> None:
    assert divisions.split(kept) == parts
    assert str(parts) == kept


def test_every_county_in_full_is_found_and_comes_back_in_columns() -> None:
    for province, cities in divisions._tree().items():
        for city, counties in cities.items():
            for county in counties[:1]:
                region = Region(province, city, county)
                assert [r.region for r in locate(f"{region}某路 1 号")] == [region]
                assert divisions.split(str(region)) == region


def test_provinces_of_postcodes() -> None:
    assert divisions.province_of_postcode("400000") == "重庆市"
    assert divisions.province_of_postcode("610000") == "四川省"
    assert divisions.province_of_postcode("990000") is None


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    for reading in locate(text):
        assert reading.region.province
