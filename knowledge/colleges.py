"""The colleges of a school: whose arrangement a passage is, and of which college a question speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge.text import plain

_NAME = r"[\u4e00-\u9fff]{2,8}?(?:学院|系)"
_FOR = re.compile(rf"^((?:{_NAME}[、和及])*{_NAME})(?=(?:20\d\d届)?(?:毕业生|学生|同学|的|[:,]|于|在|须|由))")
_ASKED = re.compile(r"(?:我是|我们是|本人|我在|我们)?([\u4e00-\u9fff]{2,8}?学院)(?!办公室)的?")
_HEADS = re.compile(r"^(?:所在|所属|二级)?(?:学院|院系|系部)(?:名称)?$")
_ANY = re.compile(
    r"各|本|我院|所在|二级|有关|相关|该|每个|全体|其他|哪个|什么|学校|一级|由|到|向|经|去|找|交|给|在|和|请|报|归|是"
)
_WHOLE_SCHOOL = re.compile(
    r"职业|高等|专科|师范学院$|独立学院"
    r"|^(北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|四川|贵州"
    r"|云南|西藏|陕西|甘肃|青海|宁夏|新疆|内蒙古|武汉|武昌|成都|西安|南京|杭州|广州|深圳|长沙|郑州|合肥|南昌|福州|厦门|济南"
    r"|青岛|大连|沈阳|长春|哈尔滨|昆明|贵阳|兰州|太原|石家庄|南宁|海口|苏州|无锡|宁波|首都|中央|中国|国家)"
)


def is_college(name: str) -> bool:
    """Whether a name like '信息工程学院' is that of a part of a school, not of a school."""
    return name.endswith(("学院", "系")) and not _WHOLE_SCHOOL.search(name)


def stem(name: str) -> str:
    """What of a college's name tells it from others: '信息工程学院' → 信息工程."""
    return plain(name).removesuffix("学院").removesuffix("系")


def colleges_of(text: str, cells: Mapping[str, str]) -> frozenset[str]:
    """The colleges (stems) for which alone a plain text is, from its first words or its column 学院; {} for all."""
    found = _FOR.match(text)
    names = re.split("[、和及]", found[1]) if found else []
    names += [plain(value) for head, value in cells.items() if value and _HEADS.match(plain(head))]
    return frozenset(stem(name) for name in names if is_college(name) and not _ANY.search(name) and len(stem(name)) > 1)


def asked_of(text: str) -> tuple[str, frozenset[str]]:
    """A plain question without the college it names, and that college's stem."""
    for found in _ASKED.finditer(text):
        name = found[1]
        if is_college(name) and not _ANY.search(name) and len(text) - len(found[0]) > 3:
            return text[: found.start()] + text[found.end() :], frozenset({stem(name)})
    return text, frozenset()
