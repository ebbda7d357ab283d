"""The addresses of a class as XLSX: text cells only (T10), inside the actor's scope, noted in the audit."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from uuid import UUID

import anyio
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from handlers import sheet
from handlers.fields import plain
from handlers.handler import Context, Refusal
from handlers.messages import Button, Incoming, Reply
from handlers.review import staff_of
from knowledge import divisions
from storage import audit, people, submissions
from storage.clock import SCHOOL
from storage.people import ClassCard, StudentCard
from storage.submissions import Handed

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_CLASS = "没有找到这个班。"
WORDS = re.compile(
    r"(?:导出|下载)(?:全班)?(?:档案)?(?:邮寄)?地址\s*(?P<name>.*)|(?P<before>.+?)\s*(?:导出|下载)(?:档案)?地址"
)
HEADINGS = (
    *("学号", "姓名", "状态", "收件单位", "收件人", "联系电话", "省", "市", "区县", "详细地址", "邮编"),
    *("个人接收原因", "退回原因", "提交时间"),
)
_WIDTHS = (14, 10, 12, 32, 14, 16, 12, 12, 12, 36, 10, 20, 20, 18)
_ACTS_IN_EXCEL = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


async def addresses_xlsx(context: Context, class_id: UUID) -> bytes:
    """The addresses of a class, one line a student, in full. Raises `Refusal` for a class outside the scope."""
    actor = staff_of(context)
    group = await _class(context, class_id)
    students = await people.students_of(context.session, actor, class_id)
    handed = await submissions.of_class(context.session, actor, class_id, "address")
    await audit.record(
        context.session,
        now=context.now,
        actor=actor.tag,
        action="export.addresses",
        target=f"class:{class_id}",
        school_id=actor.school_id,
        count=len(handed),
    )
    rows = [_row(student, handed.get(student.id)) for student in students]
    return await anyio.to_thread.run_sync(workbook, group.name, HEADINGS, rows, _WIDTHS)


def workbook(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int] = ()) -> bytes:
    """A table as XLSX in which every cell is text, whatever it begins with."""
    book = Workbook()
    table = book.active
    assert table is not None
    table.title = re.sub(r"[\\/*?:\[\]]", " ", cell_text(title))[:31].strip("' ") or "Sheet"
    for line, values in enumerate((headings, *rows), start=1):
        for column, value in enumerate(values, start=1):
            cell = table.cell(line, column)
            if held := cell_text(value):
                cell.value = held
                cell.data_type = "s"
            cell.number_format = "@"
            if line == 1:
                cell.font = Font(bold=True)
    for column, width in enumerate(widths, start=1):
        table.column_dimensions[get_column_letter(column)].width = width
    table.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cell_text(value: str) -> str:
    """A value as a cell holds it: what Excel would act on gets a ' before it, what XML cannot hold is left out."""
    held = "".join(c for c in _NOT_IN_XML.sub("", value) if unicodedata.category(c) != "Cs")[:32000]
    return f"'{held}" if held.startswith(_ACTS_IN_EXCEL) or value.startswith("\0") else held


async def export(message: Incoming, context: Context) -> Reply | None:
    """The handler: '导出地址 会计1班', or the button of a class. None: not staff, or not about exporting."""
    if context.actor is None or not context.actor.is_staff or context.is_group:
        return None
    if message.action is not None:
        noun, _, key = message.action.partition("export:addresses:")
        return await _file(context, _uuid(key)) if not noun and key else None
    said = WORDS.fullmatch(plain(message.text))
    if said is None:
        return None
    name = (said["name"] or said["before"] or "").strip()
    found = await _classes(context, name)
    if len(found) == 1:
        return await _file(context, found[0].id)
    buttons = tuple(Button(group.name, f"export:addresses:{group.id.hex}") for group in found[:12])
    return Reply("导出哪个班的档案地址？" if buttons else NO_CLASS, buttons)


async def _classes(context: Context, name: str) -> list[ClassCard]:
    actor = staff_of(context)
    if name:
        return await people.classes_named(context.session, actor, name)
    return await people.classes_of(context.session, actor)


async def _file(context: Context, class_id: UUID) -> Reply:
    actor = staff_of(context)
    group = await _class(context, class_id)
    data = await addresses_xlsx(context, class_id)
    kept = await context.files.save(
        context.session,
        data,
        name=f"{group.name}-档案邮寄地址.xlsx",
        media_type=MEDIA_TYPE,
        now=context.now,
        staff_id=actor.id,
    )
    return Reply(f"{group.name} 的档案邮寄地址。含完整电话，请妥善保管，用完即删；这次导出已记录。", files=(kept,))


async def _class(context: Context, class_id: UUID) -> ClassCard:
    classes = await people.classes_of(context.session, staff_of(context))
    group = next((group for group in classes if group.id == class_id), None)
    if group is None:
        raise Refusal(NO_CLASS)
    return group


def _row(student: StudentCard, handed: Handed | None) -> list[str]:
    if handed is None:
        return [student.number, student.name, "未提交", *[""] * (len(HEADINGS) - 3)]
    answers, region = handed.answers, divisions.split(handed.answers.get("region", ""))
    at = handed.handed_in_at.astimezone(SCHOOL)
    return [
        student.number,
        student.name,
        sheet.STANDS[handed.status],
        *(answers.get(key, "") for key in ("receiver", "recipient", "phone")),
        region.province,
        region.city,
        region.county,
        *(answers.get(key, "") for key in ("street", "postcode", "reason")),
        handed.reason or "",
        f"{at:%Y-%m-%d %H:%M}",
    ]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal(NO_CLASS) from None
