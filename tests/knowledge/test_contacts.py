"""Contacts of notices: one per office, lines of one contact together, none of a roster."""

from __future__ import annotations

import pytest

from knowledge.findings import CONTACT, findings_of
from knowledge.lines import pieces_of_lines
from knowledge.reading import document_of

HEAD = "江南示范学院\n\n关于2031届毕业生离校工作的通知\n\n"


def contacts(text: str) -> list[dict[str, str]]:
    document = document_of(pieces_of_lines(HEAD + text), "a.txt")
    return [dict(found.fields) for found in findings_of(document) if found.kind == CONTACT]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "一、缴费\n\n财务处 023-60000001，图书馆 023-60000002。",
            [{"office": "财务处", "phone": "023-60000001"}, {"office": "图书馆", "phone": "023-60000002"}],
        ),
        ("一、档案\n\n查不到的，请联系档案馆（0999-6600411）。", [{"office": "档案馆", "phone": "0999-6600411"}]),
        ("一、户口迁移\n\n咨询电话：0999-6600412。", [{"office": "户口迁移", "phone": "0999-6600412"}]),
        (
            "一、其他\n\n联系人：教务处 沈老师，（0999）660 0413。",
            [{"office": "教务处", "person": "沈老师", "phone": "（0999）6600413"}],
        ),
        (
            "一、联系方式\n\n联系人：林一\n\n联系电话：0999-6600414\n\n邮箱：a@jn.example\n\n地址：江南路 1 号\n\n"
            "联系电话：0999-6600415",
            [
                {
                    "office": "江南示范学院",
                    "person": "林一",
                    "phone": "0999-6600414",
                    "mail": "a@jn.example",
                    "place": "江南路 1 号",
                },
                {"office": "江南示范学院", "phone": "0999-6600415"},
            ],
        ),
        (
            "一、名单\n\n序号\t班级全称\t辅导员\t联系方式\n1\t茶艺1班\t林一\t13900000001\n2\t茶艺2班\t林二\t13900000002",
            [],
        ),
        ("一、编号\n\n文件 20310601 号，第 12345678 条。", []),
    ],
)
def test_contacts(text: str, expected: list[dict[str, str]]) -> None:
    assert contacts(text) == expected
