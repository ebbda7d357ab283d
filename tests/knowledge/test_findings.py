"""Contacts, conditions, file specifications and questions with their answers, read from the labelled notices."""

from __future__ import annotations

from pathlib import Path

from knowledge.documents import read
from knowledge.findings import ANSWER, CONDITION, CONTACT, FILE, Finding, findings_of

NOTICES = Path(__file__).with_name("notices")


def found(name: str, kind: str) -> list[Finding]:
    return [one for one in findings_of(read(NOTICES / name)) if one.kind == kind]


def test_how_a_photo_must_be() -> None:
    (spec,) = found("03_page.html", FILE)
    assert spec.fields == {
        "size": "≤ 50 KB",
        "pixels": "480×640",
        "format": "JPG",
        "background": "蓝色",
        "name": "学号",
    }


def test_a_contact_has_its_office_place_and_hours() -> None:
    (office,) = found("01_letter.txt", CONTACT)
    assert office.fields == {
        "office": "计划财务处",
        "phone": "0999-6600121",
        "place": "3号楼201室",
        "hours": "工作日8:30-17:00",
    }
    assert [one.fields.get("mail") for one in found("03_page.html", CONTACT)] == ["xueji@linhu.example", None]


def test_who_may_not() -> None:
    (condition,) = found("03_page.html", CONDITION)
    assert condition.fields == {"if": "学信网缺少学历照片的学生", "then": "不能进行学历注册"}


def test_questions_with_their_answers() -> None:
    answers = found("05_faq.md", ANSWER)
    assert len(answers) == 8
    assert answers[1].fields["question"] == "毕业典礼哪天？要提前准备什么？"
    assert answers[1].fields["answer"].startswith("毕业典礼6月24日上午9点")
    assert all(one.line for one in answers)
