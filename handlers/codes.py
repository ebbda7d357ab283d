"""发码: the counselor gets personal codes for his class as a list to print, or one for a single student."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID

from openpyxl import Workbook

from handlers.handler import Context
from handlers.messages import Button, Incoming, Reply
from handlers.noting import note
from storage import codes, people, throttle
from storage.bindings import Owner
from storage.clock import SCHOOL
from storage.codes import LIFETIME
from storage.people import Actor, ClassCard, StaffCard, StudentCard

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_FOUND = "你的班里没有找到。发「发码」看能给哪些班发，或者「发码 学号」。"
ABROAD = "这个聊天平台的服务器在境外，不能把学生信息和绑定码发到这里。请到网页上发码。"
_SHOWN = 10


async def code_list(message: Incoming, context: Context) -> Reply | None:
    """The handler; None: nothing about codes, or not for this person."""
    wanted = _wanted(message)
    actor = context.actor
    if wanted is not None and context.is_group:
        return Reply("绑定码不能发在群里，请私聊我。")  # nobody is known in a group: said to whoever asks
    if wanted is None or actor is None or not actor.is_staff:
        return None
    if not context.sensitive_allowed:
        return Reply(ABROAD)
    return await _answer(wanted, context, actor)


def _wanted(message: Incoming) -> str | None:
    if message.action is not None:
        noun, _, rest = message.action.partition(":")
        return rest if noun == "codes" else None
    text = message.text.strip()
    return f"named:{text.removeprefix('发码').strip()}" if text.startswith("发码") else None


async def _answer(wanted: str, context: Context, actor: Actor) -> Reply:
    verb, _, what = wanted.partition(":")
    if verb == "class":
        return await _for_class(_id(what), context, actor)
    if verb == "student":
        return await _for_student(_id(what), context, actor)
    if verb == "staff" or what in ("辅导员", "老师"):
        return await _for_staff(context, actor)
    return await _named(what, context, actor) if what else await _choose(context, actor)


def _id(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None


async def _choose(context: Context, actor: Actor) -> Reply:
    classes = await people.classes_of(context.session, actor)
    if not classes:
        return Reply("你名下还没有班级，请学校办公室先分班。")
    more = f"\n一共 {len(classes)} 个班，没列出的发「发码 班名」。" if len(classes) > _SHOWN else ""
    staff = [Button("给辅导员发码", "codes:staff")] if actor.role in ("office", "operator") else []
    return Reply(f"给哪个班发绑定码？单独一个人发「发码 学号」。{more}", (*_class_buttons(classes), *staff))


def _class_buttons(classes: Sequence[ClassCard]) -> tuple[Button, ...]:
    return tuple(Button(group.name, f"codes:class:{group.id.hex}") for group in classes[:_SHOWN])


async def _named(text: str, context: Context, actor: Actor) -> Reply:
    classes = await people.classes_named(context.session, actor, text)
    if len(classes) == 1:
        return await _for_class(classes[0].id, context, actor)
    if classes:
        return Reply("哪一个班？", _class_buttons(classes))
    students = await people.student_named(context.session, actor, text)
    if len(students) == 1:
        return await _for_student(students[0].id, context, actor)
    buttons = [
        Button(f"{one.class_name} {one.number[-4:]}", f"codes:student:{one.id.hex}") for one in students[:_SHOWN]
    ]
    return Reply("哪一位？（班级和学号后四位）", tuple(buttons)) if buttons else Reply(NOT_FOUND)


async def _for_class(class_id: UUID | None, context: Context, actor: Actor) -> Reply:
    students = await people.students_of(context.session, actor, class_id) if class_id else []
    if class_id is None or not students:
        return Reply(NOT_FOUND)
    places = await people.addresses_of(context.session, [one.id for one in students])
    unbound = [one for one in students if not places[one.id]]
    group = students[0].class_name
    if not unbound:
        return Reply(f"{group} {len(students)} 人都绑定了。要给换手机的同学单独发：「发码 学号」。")
    lifetime = await _lifetime(context, actor)
    made = await codes.issue_all(
        context.session, [Owner(student_id=one.id) for one in unbound], context.now, actor.id, lifetime
    )
    await note(context, actor, "codes.issued", f"class:{class_id}", count=len(unbound))
    await _unlock(context, actor, f"class:{class_id}", [one.number for one in unbound])
    rows = [(group, one.number, one.name, code) for one, code in zip(unbound, made, strict=True)]
    return await _sheet_reply(f"{group}还没绑定的 {len(unbound)} 人", group, rows, context, actor, lifetime)


async def _for_staff(context: Context, actor: Actor) -> Reply:
    staff = await people.staff_of(context.session, actor)
    places = await people.addresses_of_staff(context.session, [one.id for one in staff])
    unbound: list[StaffCard] = [one for one in staff if not places[one.id]]
    if not unbound:
        return Reply("没有要发码的辅导员：都绑定了，或者不归你发。")
    lifetime = await _lifetime(context, actor)
    owners = [Owner(staff_id=one.id) for one in unbound]
    made = await codes.issue_all(context.session, owners, context.now, actor.id, lifetime)
    await note(context, actor, "codes.issued", f"school:{actor.school_id}", count=len(unbound))
    await _unlock(context, actor, f"school:{actor.school_id}", [one.number for one in unbound if one.number])
    rows = [("辅导员", one.number or one.phone or "", one.name, code) for one, code in zip(unbound, made, strict=True)]
    return await _sheet_reply(f"还没绑定的辅导员 {len(unbound)} 人", "辅导员", rows, context, actor, lifetime)


async def _for_student(student_id: UUID | None, context: Context, actor: Actor) -> Reply:
    card: StudentCard | None = None
    if student_id is not None:
        card = await people.student_card(context.session, actor, student_id)
    if card is None:
        return Reply(NOT_FOUND)
    lifetime = await _lifetime(context, actor)
    code = await codes.issue(context.session, Owner(student_id=card.id), context.now, actor.id, lifetime)
    await note(context, actor, "codes.issued", f"student:{card.id}", count=1)
    unlocked = await _unlock(context, actor, f"student:{card.id}", [card.number])
    again = "\n输错太多次的锁已解开，拿新码马上能绑。" if unlocked else ""
    return Reply(
        f"{card.name}（{card.class_name}）的绑定码：{code}\n"
        f"{_until(context.now + lifetime)}前有效，只能用一次；以前的码作废。请当面给本人，不要转发到群里。{again}"
    )


async def _lifetime(context: Context, actor: Actor) -> timedelta:
    """The school's own rule (`code_days`), or the default."""
    days = (await people.rules_of(context.session, actor.school_id)).get("code_days")
    return timedelta(days=days) if isinstance(days, int) and 0 < days <= 90 else LIFETIME


async def _unlock(context: Context, actor: Actor, target: str, numbers: Sequence[str]) -> int:
    """With a new code the guesses at the old one are over: the lock on these numbers goes. Chats stay locked."""
    unlocked = await throttle.lift(context.session, "number", numbers, context.now)
    if unlocked:
        await note(context, actor, "bind.unlocked", target, count=unlocked)
    return unlocked


async def _sheet_reply(
    whom: str,
    title: str,
    rows: Sequence[tuple[str, str, str, str]],
    context: Context,
    actor: Actor,
    lifetime: timedelta,
) -> Reply:
    until = _until(context.now + lifetime)
    file = await context.files.save(
        context.session,
        sheet(rows, until),
        name=f"绑定码-{title}.xlsx",
        media_type=XLSX,
        now=context.now,
        staff_id=actor.id,
    )
    return Reply(
        f"{whom}的绑定码都在文件里，{until}前有效，每个只能用一次；以前发的码作废。\n"
        "打印出来剪开，当面给本人；不要发到群里，发完请删掉文件。",
        files=(file,),
    )


def sheet(rows: Sequence[tuple[str, str, str, str]], until: str) -> bytes:
    """The list to print, one line a person; every cell is text, so that no name becomes a formula (T10)."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "绑定码"
    for line, row in enumerate(
        [("班级", "学号（老师：工号或手机）", "姓名", "绑定码", "有效期至"), *((*row, until) for row in rows)], 1
    ):
        for column, value in enumerate(row, 1):
            cell = page.cell(line, column, value)
            cell.data_type = "s"
    for letter, width in zip("ABCDE", (26, 18, 14, 14, 14), strict=True):
        page.column_dimensions[letter].width = width
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _until(moment: datetime) -> str:
    day = moment.astimezone(SCHOOL)
    return f"{day.month} 月 {day.day} 日"
