"""Files go to whom they belong to and to staff who have the student; everybody else sees one and the same 404."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from bot.app import App
from bot.channels.web import address
from bot.console import download
from handlers.messages import Address
from storage import bindings, roll
from storage.bindings import Owner
from storage.database import Database
from storage.files import FileStore
from storage.models import Audit
from tests.fakes.campus import build
from tests.fakes.mailbag import LATER, NOON, Mailbag, button


class House:
    """Two classes with a counselor each, two students, everybody with a chat of his own."""

    def __init__(self, database: Database, root: Path, now: datetime) -> None:
        self.database, self.files, self.now = database, FileStore(root), now
        self.app = cast("App", SimpleNamespace(database=database, files=self.files, clock=lambda: now))
        self.chats: dict[str, Address] = {}
        self.ids: dict[str, UUID] = {}

    async def move_in(self) -> None:
        async with self.database.begin() as session:
            school = await roll.add_school(session, "云上学院")
            for place in ("a", "b"):
                group = await roll.add_class(session, school_id=school, cohort="2026届", college="商", name=place)
                pupil = await roll.add_student(
                    session, school_id=school, class_id=group, number=f"2026{place}", name="甲"
                )
                staff = await roll.add_staff(
                    session, school_id=school, name="师", number=f"F{place}", class_ids=[group]
                )
                await self._bind(session, f"student {place}", Owner(student_id=pupil))
                await self._bind(session, f"staff {place}", Owner(staff_id=staff))
        self.chats["stranger"] = address("stranger")

    async def _bind(self, session: Any, who: str, owner: Owner) -> None:
        self.chats[who] = address(uuid4().hex)
        self.ids[who] = owner.student_id or cast("UUID", owner.staff_id)
        await bindings.bind(session, self.chats[who], owner, self.now)

    async def photo_of(self, who: str) -> UUID:
        """A file of a student or a member of staff."""
        owner = {"student_id" if who.startswith("student") else "staff_id": self.ids[who]}
        async with self.database.begin() as session:
            kept = await self.files.save(
                session, b"\x89PNG", name="照片 1.png", media_type="image/png", now=self.now, **owner
            )
        return kept.id


@pytest.fixture
async def house(sqlite: Database, tmp_path: Path, now: datetime) -> House:
    made = House(sqlite, tmp_path / "files", now)
    await made.move_in()
    return made


@pytest.mark.parametrize(
    ("owner", "allowed"),
    [("student a", {"student a", "staff a"}), ("staff a", {"staff a"}), ("student b", {"student b", "staff b"})],
)
async def test_only_those_may_have_it(house: House, owner: str, allowed: set[str]) -> None:
    photo = await house.photo_of(owner)
    for who, chat in house.chats.items():
        answer = await download.answer(house.app, [chat], photo.hex)
        assert answer.status_code == (200 if who in allowed else 404), who


async def test_every_refusal_looks_the_same(house: House) -> None:
    photo = await house.photo_of("student a")
    answers = [
        await download.answer(house.app, [house.chats["student b"]], photo.hex),
        await download.answer(house.app, [house.chats["student b"]], uuid4().hex),
        await download.answer(house.app, [house.chats["student b"]], "../../etc/passwd"),
        await download.answer(house.app, [], photo.hex),
    ]
    assert len({(answer.status_code, answer.body, tuple(answer.raw_headers)) for answer in answers}) == 1


async def test_a_file_is_saved_not_shown(house: House) -> None:
    photo = await house.photo_of("student a")
    answer = await download.answer(house.app, [house.chats["student a"]], photo.hex)
    assert answer.body == b"\x89PNG"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%85%A7%E7%89%87%201.png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_look_at_somebody_elses_file_is_audited(house: House) -> None:
    photo = await house.photo_of("student a")
    await download.answer(house.app, [house.chats["student a"]], photo.hex)
    await download.answer(house.app, [house.chats["staff a"]], photo.hex)
    await download.answer(house.app, [house.chats["staff b"]], photo.hex)
    async with house.database.read() as session:
        rows = [(row.actor, row.action, row.target) for row in await session.scalars(select(Audit))]
    assert rows == [(f"staff:{house.ids['staff a']}", "file.look", f"attachment:{photo}")]


async def test_an_enclosure_is_for_whom_it_was_sent_to(sqlite: Database, tmp_path: Path) -> None:
    """Not before it is sent, not for another class, and no more once it is taken back."""
    campus = await build(sqlite)
    await campus.student("林一")
    await campus.student("何三", "护理2班")
    teacher, files, bag = await campus.counselor(), FileStore(tmp_path / "files"), Mailbag(campus)
    async with sqlite.begin() as session:
        await bindings.bind(session, address("teacher"), Owner(staff_id=teacher.id), NOON)
        plan = await files.save(
            session, b"%PDF-", name="安排.pdf", media_type="application/pdf", now=NOON, staff_id=teacher.id
        )
    app = cast("App", SimpleNamespace(database=sqlite, files=files, clock=lambda: LATER))

    async def may(chat: str) -> bool:
        return (await download.answer(app, [address(chat)], plan.id.hex)).status_code == 200

    shown = await bag.staff(teacher, "群发 会计1班：看附件", files=(plan,))
    sent = await bag.staff(teacher, action=button(shown, "发送给"))
    assert (await may("web-林一"), await may("web-何三"), await may("teacher")) == (False, False, True)
    await bag.go()
    assert (await may("web-林一"), await may("web-何三"), await may("stranger")) == (True, False, False)
    which = sent.buttons[0].action.rpartition(":")[2]
    await bag.staff(teacher, action=f"broadcast:takeback:{which}", now=LATER)
    assert (await may("web-林一"), await may("teacher")) == (False, True)
