"""An uploaded list: numbers, or else names, out of whatever was uploaded."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import Workbook

from handlers.handler import Refusal
from handlers.listing import words_of


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, data = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data.getvalue()


def test_a_workbook() -> None:
    data = workbook(
        ("序号", "学号", "姓名", "手机"), (1, "2020000001", "林一", "13900000088"), (2, 2020000002, "陈二", "")
    )
    assert words_of(data, "名单.xlsx") == "2020000001 2020000002"


def test_names_where_there_is_no_number() -> None:
    assert words_of("姓名,班级\n林一,会计1班\n陈二,\n".encode("gb18030"), "名单.csv") == "林一 陈二"


@pytest.mark.parametrize(
    ("data", "file"),
    [
        (b"", "a.txt"),
        (b"\xff\xfe\xff\x81", "a.csv"),
        (b"not a zip", "a.xlsx"),
        (workbook(("学号",)), "a.xlsx"),
        (b"x", "a.exe"),
    ],
)
def test_what_holds_nobody_is_refused(data: bytes, file: str) -> None:
    with pytest.raises(Refusal) as refused:
        words_of(data, file)
    assert refused.value.text.endswith("。")
