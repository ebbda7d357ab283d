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


REAL = [
    "北京市海淀区 中关村大街 27 号|北京市 海淀区",
    "北京密云区 鼓楼东大街 3 号|北京市 密云区",
    "天津市和平区 南京路 85 号|天津市 和平区",
    "天津滨海新区 第二大街 19 号|天津市 滨海新区",
    "上海市徐汇区 漕溪北路 28 号|上海市 徐汇区",
    "上海崇明区 城桥镇|上海市 崇明区",
    "重庆市渝北区 龙溪街道 1 号|重庆市 渝北区",
    "重庆市江北区 观音桥街道|重庆市 江北区",
    "重庆两江新区 金开大道|重庆市 两江新区",
    "重庆市石柱土家族自治县 南宾街道|重庆市 石柱土家族自治县",
    "重庆市大足区 棠香街道|重庆市 大足区",
    "河北省石家庄市长安区 中山东路|河北省 石家庄市 长安区",
    "河北雄安新区 容城县|河北省 雄安新区",
    "山西省太原市小店区 体育路|山西省 太原市 小店区",
    "山西晋城市城区 凤台街|山西省 晋城市 城区",
    "内蒙古自治区呼和浩特市赛罕区 大学西街|内蒙古自治区 呼和浩特市 赛罕区",
    "内蒙古锡林郭勒盟锡林浩特市 那达慕大街|内蒙古自治区 锡林郭勒盟 锡林浩特市",
    "内蒙古兴安盟乌兰浩特市 兴安路|内蒙古自治区 兴安盟 乌兰浩特市",
    "辽宁省大连市中山区 人民路|辽宁省 大连市 中山区",
    "吉林省长春市朝阳区 人民大街|吉林省 长春市 朝阳区",
    "吉林延边延吉市 河南街|吉林省 延边朝鲜族自治州 延吉市",
    "黑龙江省哈尔滨市南岗区 西大直街|黑龙江省 哈尔滨市 南岗区",
    "黑龙江大兴安岭地区加格达奇区 人民路|黑龙江省 大兴安岭地区 加格达奇区",
    "江苏省南京市玄武区 珠江路|江苏省 南京市 玄武区",
    "江苏省苏州工业园区 星湖街|江苏省 苏州市 工业园区",
    "浙江省杭州市临平区 南苑街道|浙江省 杭州市 临平区",
    "浙江杭州钱塘区 白杨街道|浙江省 杭州市 钱塘区",
    "浙江省宁波市江北区 大庆南路|浙江省 宁波市 江北区",
    "安徽省合肥市蜀山区 潜山路|安徽省 合肥市 蜀山区",
    "福建省福州市鼓楼区 东街|福建省 福州市 鼓楼区",
    "江西省南昌市红谷滩区 丰和中大道|江西省 南昌市 红谷滩区",
    "山东省济南市莱芜区 花园北路|山东省 济南市 莱芜区",
    "山东青岛市市南区 香港中路|山东省 青岛市 市南区",
    "河南省郑州市金水区 花园路|河南省 郑州市 金水区",
    "湖北省武汉市洪山区 珞喻路|湖北省 武汉市 洪山区",
    "湖北省襄樊市襄城区 檀溪路|湖北省 襄樊市 襄城区",
    "湖北恩施州恩施市 航空大道|湖北省 恩施土家族苗族自治州 恩施市",
    "湖北神农架林区 松柏镇|湖北省 神农架林区",
    "湖南省长沙市望城区 雷锋大道|湖南省 长沙市 望城区",
    "湖南湘西吉首市 人民北路|湖南省 湘西土家族苗族自治州 吉首市",
    "广东省深圳市龙华区 梅龙路|广东省 深圳市 龙华区",
    "深圳市大鹏新区 葵涌街道|广东省 深圳市 大鹏新区",
    "广东省东莞市 南城街道|广东省 东莞市",
    "广东中山市 石岐街道|广东省 中山市",
    "广西壮族自治区南宁市青秀区 民族大道|广西壮族自治区 南宁市 青秀区",
    "海南省三亚市吉阳区 迎宾路|海南省 三亚市 吉阳区",
    "海南省儋州市 那大镇|海南省 儋州市",
    "四川省成都市郫都区 望丛中路|四川省 成都市 郫都区",
    "四川成都郫县 望丛中路|四川省 成都市 郫县",
    "四川凉山州西昌市 航天大道|四川省 凉山彝族自治州 西昌市",
    "四川阿坝州马尔康市 团结街|四川省 阿坝藏族羌族自治州 马尔康市",
    "四川甘孜州康定市 炉城街道|四川省 甘孜藏族自治州 康定市",
    "贵州省贵阳市观山湖区 林城东路|贵州省 贵阳市 观山湖区",
    "黔东南州凯里市 文化北路|贵州省 黔东南苗族侗族自治州 凯里市",
    "贵州黔西南州兴义市 瑞金大道|贵州省 黔西南布依族苗族自治州 兴义市",
    "贵州黔南州都匀市 剑江中路|贵州省 黔南布依族苗族自治州 都匀市",
    "云南省昆明市五华区 翠湖南路|云南省 昆明市 五华区",
    "云南省红河州蒙自市 天马路|云南省 红河哈尼族彝族自治州 蒙自市",
    "云南西双版纳景洪市 勐泐大道|云南省 西双版纳傣族自治州 景洪市",
    "云南楚雄州楚雄市 鹿城南路|云南省 楚雄彝族自治州 楚雄市",
    "云南德宏州芒市 团结大街|云南省 德宏傣族景颇族自治州 芒市",
    "云南怒江州泸水市 六库街道|云南省 怒江傈僳族自治州 泸水市",
    "云南迪庆香格里拉市 长征大道|云南省 迪庆藏族自治州 香格里拉市",
    "云南文山州文山市 开化中路|云南省 文山壮族苗族自治州 文山市",
    "西藏拉萨城关区 北京中路|西藏自治区 拉萨市 城关区",
    "西藏自治区那曲市色尼区 浙江中路|西藏自治区 那曲市 色尼区",
    "陕西西安雁塔区 小寨东路|陕西省 西安市 雁塔区",
    "甘肃临夏州临夏市 红园路|甘肃省 临夏回族自治州 临夏市",
    "甘肃甘南州合作市 人民街|甘肃省 甘南藏族自治州 合作市",
    "甘肃省嘉峪关市 新华中路|甘肃省 嘉峪关市",
    "青海省西宁市城西区 五四大街|青海省 西宁市 城西区",
    "青海海西州德令哈市 长江路|青海省 海西蒙古族藏族自治州 德令哈市",
    "青海玉树州玉树市 胜利路|青海省 玉树藏族自治州 玉树市",
    "宁夏银川兴庆区 解放东街|宁夏回族自治区 银川市 兴庆区",
    "新疆乌鲁木齐市天山区 解放北路|新疆维吾尔自治区 乌鲁木齐市 天山区",
    "新疆伊犁州伊宁市 解放路|新疆维吾尔自治区 伊犁哈萨克自治州 伊宁市",
    "新疆博州博乐市 北京路|新疆维吾尔自治区 博州 博乐市",
    "新疆克孜勒苏阿图什市 帕米尔路|新疆维吾尔自治区 克孜勒苏柯尔克孜自治州 阿图什市",
    "新疆巴音郭楞库尔勒市 人民东路|新疆维吾尔自治区 巴音郭楞蒙古自治州 库尔勒市",
    "新疆昌吉州昌吉市 延安北路|新疆维吾尔自治区 昌吉回族自治州 昌吉市",
    "新疆石河子市 北三路|新疆维吾尔自治区 石河子市",
    "香港特别行政区 九龙弥敦道|香港特别行政区",
    "澳门特别行政区 新马路|澳门特别行政区",
    "台湾省 台北市忠孝东路|台湾省",
]


@pytest.mark.parametrize("line", REAL)
def test_addresses_of_the_whole_country_are_taken(line: str) -> None:
    address, _, region = line.partition("|")
    (reading,) = locate(address.replace(" ", "", 1))
    assert (str(reading.region), reading.complete) == (region, True)
    assert reading.rest == address.partition(" ")[2]
    assert divisions.is_listed(region) == reading.listed


@pytest.mark.parametrize(
    "text",
    [
        "重庆市人才市场",
        "重庆市城市管理学院",
        "四川省成都市主城区",
        "重庆市市区",
        "成都市公安局青羊区分局",
        "四川省人力资源市场",
        "四川省成都市人民南路 1 号阳光小区",
        "重庆市大学城中路 20 号",
    ],
)
def test_what_is_no_county_is_not_taken_for_one(text: str) -> None:
    (reading,) = locate(text)
    assert not reading.complete


@given(
    st.sampled_from(["重庆市", "四川省成都市", "浙江杭州", "河北省", "云南省大理州"]),
    st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=4),
    st.sampled_from(["区", "县", "市", "旗"]),
)
def test_a_county_nobody_knows_is_taken_as_written_and_looked_at_again(above: str, stem: str, kind: str) -> None:
    (reading,) = locate(f"{above}{stem}{kind}天生路 1 号")
    assert (reading.region.county, reading.rest) == (f"{stem}{kind}", "天生路 1 号")
    assert reading.complete
    assert not reading.listed
    assert not divisions.is_listed(str(reading.region))


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
