"""The sample notices: every format opens with the library of its kind and holds the dates of the day."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pypdfium2
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.sample import days as calendar
from bot.sample.days import Day, Days
from bot.sample.markup import parts_of, spans_of
from bot.sample.notices import NOTICES, write_notices
from bot.sample.people import classes, graduates
from bot.sample.rosters import write_rosters

TODAY = date(2027, 5, 20)
DAYS = Days(TODAY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("notices")
    write_notices(made, DAYS)
    return made


def words_of(path: Path) -> str:
    match path.suffix:
        case ".docx":
            document = docx.Document(str(path))
            cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            text = "".join([p.text for p in document.paragraphs] + cells)
        case ".pdf":
            pdf = pypdfium2.PdfDocument(path)
            text = "".join(page.get_textpage().get_text_range() for page in pdf)
        case ".xlsx":
            rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
            text = "".join(str(cell) for row in rows for cell in row if cell is not None)
        case _:
            text = path.read_text(encoding="utf-8")
    return "".join(text.split())


@pytest.mark.parametrize(("text", "file"), NOTICES.items())
def test_a_notice_opens_and_holds_its_dates(folder: Path, text: str, file: str) -> None:
    source = (Path(calendar.__file__).parent / "texts" / text).read_text(encoding="utf-8")
    named = [name for name in DAYS if f"{{{name}}}" in source]
    words = words_of(folder / file)
    assert named
    for name in named:
        assert "".join(f"{DAYS[name]}".split()) in words
    assert "{" not in words
    assert "云岭职业技术学院" in words


def test_the_table_has_really_merged_cells(folder: Path) -> None:
    with zipfile.ZipFile(folder / NOTICES["1-leaving.md"]) as archive:
        xml = archive.read("word/document.xml").decode()
    assert xml.count('<w:vMerge w:val="restart"') >= 4


def test_the_headings_are_headings(folder: Path) -> None:
    document = docx.Document(str(folder / NOTICES["1-leaving.md"]))
    styles = {p.text: p.style.name for p in document.paragraphs}
    assert styles["云岭职业技术学院 2027 届毕业生离校工作方案"] == "Title"
    assert styles["三、宿舍和公物"] == "Heading 1"


def test_something_is_overdue_due_soon_and_far_away() -> None:
    offsets = [(DAYS[name].on - TODAY).days for name in DAYS if not name.startswith("issued")]
    assert any(offset < 0 for offset in offsets)
    assert any(0 <= offset <= 3 for offset in offsets)
    assert any(offset > 200 for offset in offsets)


def test_every_day_is_used() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in (Path(calendar.__file__).parent).glob("texts/*.md"))
    offsets = yaml.safe_load((Path(calendar.__file__).parent / "days.yaml").read_text(encoding="utf-8"))
    assert [name for name in offsets if f"{{{name}}}" not in texts and f"{{{name}:md}}" not in texts] == []


@given(st.dates(date(2020, 1, 1), date(2098, 1, 1)))
def test_windows_open_before_they_close(today: date) -> None:
    days = Days(today)
    for name in days:
        if name.endswith("_from"):
            assert days[name].on < days[name.removesuffix("_from") + "_to"].on if name != "system_from" else True
    assert days.cohort == f"{days.year}届"
    assert days.year - today.year in (0, 1)


def test_a_day_is_written_as_notices_do() -> None:
    assert f"{Day(date(2027, 6, 8))}" == "2027 年 6 月 8 日"
    assert f"{Day(date(2027, 6, 8)):md}" == "6 月 8 日"


def test_a_merged_stretch_is_found() -> None:
    (table,) = parts_of("| a | b |\n|---|---|\n| ^^ | c |\n| d | ^^ |")
    assert table.rows == (("a", "b"), ("^^", "c"), ("d", "^^"))
    assert list(spans_of(table.rows)) == [(0, 0, 1), (1, 1, 2)]


def test_the_list_of_classes_has_one_cell_per_counselor(tmp_path: Path) -> None:
    groups = classes(DAYS.year)
    path, _ = write_rosters(tmp_path, DAYS, groups, graduates(groups, DAYS.year))
    sheet = openpyxl.load_workbook(path).active
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert [row[4] for row in rows] == ["林知远", None, "苏青禾", None, "周望舒", "顾南乔", None]
    assert rows[-1][3] == sum(row[3] for row in rows[:-1]) == 200
    assert "E3:E4" in {str(span) for span in sheet.merged_cells.ranges}


def test_the_list_of_students_keeps_rare_characters_and_numbers(tmp_path: Path) -> None:
    groups = classes(DAYS.year)
    _, path = write_rosters(tmp_path, DAYS, groups, graduates(groups, DAYS.year))
    rows = list(openpyxl.load_workbook(path).active.iter_rows(min_row=3, values_only=True))
    assert len(rows) == 200
    assert {"陈𠮷祥", "刘䶮"} <= {row[3] for row in rows}
    assert all(isinstance(row[2], str) and len(row[2]) == 9 for row in rows)
