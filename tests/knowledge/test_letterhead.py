"""Letterhead: what is written is read, what is missing becomes a problem."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.documents import read
from knowledge.letterhead import Letterhead, letterhead
from knowledge.lines import pieces_of_lines


def head(source: str) -> Letterhead:
    return letterhead(pieces_of_lines(source), "文件.txt")


def test_a_full_letterhead() -> None:
    found = head(
        "江南示范学院\n\n江院学〔2031〕7号\n\n关于做好2031届毕业生离校工作的通知\n\n各学院：\n\n现通知如下。\n\n"
        "江南示范学院\n\n2031年5月6日\n\n附件 1\n\n2031年6月1日\n"
    )
    assert found == Letterhead(
        "关于做好2031届毕业生离校工作的通知",
        "江南示范学院",
        "江南示范学院",
        "2031届",
        "江院学〔2031〕7号",
        date(2031, 5, 6),
        (),
    )


def test_an_office_issues_for_its_school() -> None:
    found = head("江南示范学院教务处\n\n关于领取2031届毕业证书的通知\n\n请按时领取。\n\n2031年6月1日")
    assert (found.issuer, found.school) == ("江南示范学院教务处", "江南示范学院")


def test_a_signature_is_an_issuer_and_a_mail_address_a_hint() -> None:
    found = head(
        "各学院党委：\n\n请做好2031届毕业生党员组织关系转接工作，报送至 x@mail.cup.edu.cn。\n\n党委组织部\n2031年5月5日"
    )
    assert (found.issuer, found.school) == ("党委组织部", "中国石油大学（北京）")
    assert found.title == "做好2031届毕业生党员组织关系转接工作"
    assert any("邮箱域名" in problem for problem in found.problems)


def test_what_is_missing_is_said_and_not_invented() -> None:
    found = head("大家好。\n\n明天放假。")
    assert (found.issuer, found.school, found.cohort, found.issued_on) == ("", None, None, None)
    assert len(found.problems) == 5


def test_an_impossible_date_is_none() -> None:
    assert head("关于放假的通知\n\n大家好。\n\n2031年2月30日").issued_on is None


@pytest.mark.parametrize(
    ("number", "school", "issuer", "cohort", "issued_on", "document_number"),
    [
        ("000", "重庆商务职业学院", "重庆商务职业学院", "2023届", None, None),
        ("001", "首都体育学院", "首都体育学院", "2023届", None, None),
        ("002", "武昌首义学院", "武昌首义学院", "2024届", date(2024, 7, 8), "院学〔2024〕5号"),
        (
            "003",
            "国家开放大学生命健康学院",
            "国家开放大学生命健康学院",
            "2023年7月",
            date(2023, 7, 11),
            "教【2023】23号",
        ),
        ("004", "中国石油大学（北京）", "党委组织部", "2017届", date(2017, 5, 5), None),
    ],
)
def test_the_real_notices(
    shared_dir: Path, number: str, school: str, issuer: str, cohort: str, issued_on: date, document_number: str
) -> None:
    document = read(next((shared_dir / "notices").glob(f"{number}_*.txt")))
    assert (document.school, document.issuer, document.cohort) == (school, issuer, cohort)
    assert (document.issued_on, document.document_number) == (issued_on, document_number)
    assert bool(document.problems) == (number in ("000", "001", "004"))
