"""The XLSX of a class: text only, in scope only, noted (T10, T3)."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from handlers import export
from handlers.handler import Context, Refusal
from knowledge.silence import Silent
from storage import submissions
from storage.database import Database
from storage.files import FileStore
from storage.models import Audit
from tests.fakes import campus as campuses
from tests.fakes.campus import Campus

TRICKY = st.text(max_size=30) | st.sampled_from("=+-@\t\r\0'").flatmap(
    lambda first: st.text(max_size=9).map(first.__add__)
)


def _table(data: bytes) -> Worksheet:
    table = load_workbook(io.BytesIO(data)).active
    assert isinstance(table, Worksheet)
    return table


def _lines(text: str) -> str:
    """XML knows one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@settings(deadline=None)
@given(st.lists(st.lists(TRICKY, min_size=3, max_size=3), max_size=3), TRICKY)
def test_no_text_becomes_a_formula_and_every_text_comes_back(rows: list[list[str]], title: str) -> None:
    table = _table(export.workbook(title, ("a", "b", "c"), rows))
    for row, values in zip(table.iter_rows(min_row=2), rows, strict=False):
        for cell, value in zip(row, values, strict=True):
            assert cell.data_type == ("n" if cell.value is None else "s")
            assert _lines(str(cell.value or "")) == _lines(export.cell_text(value))


@pytest.mark.parametrize("value", ["=1+1", "+852 2123 4567", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "\x01=1"])
def test_what_a_table_program_would_act_on_is_guarded(value: str) -> None:
    assert export.cell_text(value).startswith("'")


async def _campus(database: Database, now: datetime) -> Campus:
    campus = await campuses.build(database)
    await campus.student("王小川")
    await campus.student("李小山")
    async with database.begin() as session:
        await submissions.hand_in(
            session,
            student_id=campus.students["王小川"],
            form="address",
            answers={
                "receiver": "=cmd|' /C calc'!A0人才服务中心",
                "recipient": "王老师",
                "phone": "13900000001",
                "region": "四川省 成都市 武侯区",
                "street": "示范路 1 号",
                "postcode": "010000",
            },
            now=now,
        )
    return campus


async def test_one_line_a_student_and_the_export_is_noted(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    campus = await _campus(sqlite, now)
    counselor = await campus.counselor()
    async with sqlite.begin() as session:
        context = Context(now, session, counselor, Silent(), FileStore(tmp_path / "files"))
        data = await export.addresses_xlsx(context, campus.classes["会计1班"])
        row = (await session.scalars(select(Audit))).one()
        assert (row.action, row.detail) == ("export.addresses", {"count": 1})
    lines = [[cell.value for cell in row] for row in _table(data).iter_rows()]
    assert lines[0] == list(export.HEADINGS)
    assert lines[1][1:11] == [
        "王小川",
        "已提交，等辅导员审核",
        "'=cmd|' /C calc'!A0人才服务中心",
        "王老师",
        "13900000001",
        "四川省",
        "成都市",
        "武侯区",
        "示范路 1 号",
        "010000",
    ]
    assert lines[2][1:3] == ["李小山", "未提交"]


async def test_a_foreign_class_is_not_there(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    campus = await _campus(sqlite, now)
    stranger = await campus.counselor("护理2班")
    async with sqlite.begin() as session:
        context = Context(now, session, stranger, Silent(), FileStore(tmp_path / "files"))
        for class_id in (campus.classes["会计1班"], uuid4()):
            with pytest.raises(Refusal) as refusal:
                await export.addresses_xlsx(context, class_id)
            assert refusal.value.text == export.NO_CLASS
        assert (await session.scalars(select(Audit))).all() == []


async def test_in_the_chat(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    from handlers.messages import Address, Incoming

    campus = await _campus(sqlite, now)
    me = Address("web", "t", "t")

    async with sqlite.begin() as session:

        async def say(text: str, role: str = "counselor", action: str | None = None) -> object:
            actor = await (campus.counselor() if role == "counselor" else campus.office_actor())
            context = Context(now, session, actor, Silent(), FileStore(tmp_path / "files"))
            return await export.export(Incoming("1", me, text, now, action), context)

        from handlers.messages import Reply

        reply = await say("导出地址")
        assert isinstance(reply, Reply)
        assert [file.name for file in reply.files] == ["会计1班-档案邮寄地址.xlsx"]
        named = await say("导出地址 护理2班", "office")
        assert isinstance(named, Reply)
        assert named.files[0].name.startswith("护理2班")
        which = await say("导出地址", "office")
        assert isinstance(which, Reply)
        assert [button.label for button in which.buttons] == ["会计1班", "护理2班"]
        pressed = await say("", "office", which.buttons[1].action)
        assert isinstance(pressed, Reply)
        assert pressed.files
        missing = await say("导出地址 护理2班")
        assert isinstance(missing, Reply)
        assert missing.text == export.NO_CLASS
        assert await say("你好") is None
        assert await say("", action="review:list:0") is None
