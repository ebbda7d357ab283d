"""The sample school in the store: whole, published, made once; what it says stands in the notices it came from."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import sample
from bot.sample import SampleSchool
from bot.sample.days import Days
from bot.sample.items import items as sample_items
from bot.sample.notices import NOTICES
from bot.sample.people import COUNSELORS
from storage import bindings, codes, items, people, submissions
from storage.bindings import Owner
from storage.clock import SCHOOL
from storage.crypto import Vault
from storage.database import Database
from storage.files import FileStore
from storage.models import (
    Base,
    BindCode,
    Binding,
    ClassGroup,
    Delivery,
    Item,
    ItemStatus,
    Notice,
    Passage,
    School,
    Staff,
    Student,
    Submission,
)

TODAY = date(2027, 5, 20)
NOW = datetime(2027, 5, 20, 9, 5, tzinfo=SCHOOL)


@dataclass
class Told:
    """The progress that was reported."""

    steps: list[tuple[str, int, int]] = field(default_factory=list)

    def __call__(self, what: str, done: int, total: int) -> None:
        self.steps.append((what, done, total))


@dataclass
class Made:
    database: Database
    files: FileStore
    school: SampleSchool
    told: Told
    folder: Path


@dataclass
class Kept:
    """What one making left: the database file, what it gave back and what it told."""

    folder: Path
    school: SampleSchool
    told: Told


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Kept:
    """Made once; every test works on a copy."""
    folder, told = tmp_path_factory.mktemp("sample"), Told()

    async def make() -> SampleSchool:
        database = Database(f"sqlite+aiosqlite:///{folder / 'sample.db'}", vault)
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        school = await sample.load(database, FileStore(folder / "files"), TODAY, NOW, told, folder / "sample")
        await database.close()
        return school

    return Kept(folder, asyncio.run(make()), told)


@pytest.fixture
async def made(kept: Kept, tmp_path: Path, vault: Vault) -> AsyncIterator[Made]:
    shutil.copy(kept.folder / "sample.db", tmp_path / "sample.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'sample.db'}", vault)
    yield Made(database, FileStore(tmp_path / "files"), kept.school, kept.told, kept.folder / "sample")
    await database.close()


async def count(database: Database, *models: type[Base]) -> dict[str, int]:
    async with database.read() as session:
        return {m.__tablename__: await session.scalar(select(func.count()).select_from(m)) or 0 for m in models}


async def published(made: Made) -> list[Item]:
    async with made.database.read() as session:
        found = await items.listed(session, school_id=made.school.id, statuses=("published",))
        session.expunge_all()
    return found


async def test_everybody_is_there(made: Made) -> None:
    counted = await count(made.database, School, ClassGroup, Student, Staff, Notice, Item)
    assert counted == {
        "school": 1,
        "class_group": 6,
        "student": 200,
        "staff": 5,
        "notice": 6,
        "item": len(sample_items(Days(TODAY))),
    }


async def test_rare_names_come_back_whole(made: Made) -> None:
    async with made.database.read() as session:
        office = await people.staff_actor(session, made.school.office.id)
        assert office is not None
        names = {card.name for card in await people.students_of(session, office)}
    assert {"陈𠮷祥", "刘䶮"} <= names


async def test_a_counselor_has_his_own_classes(made: Made) -> None:
    async with made.database.read() as session:
        counselor = await people.staff_actor(session, made.school.counselor.id)
        assert counselor is not None
        classes = await people.classes_of(session, counselor)
    assert [card.name for card in classes] == ["2024级软件技术1班", "2024级软件技术2班"]


async def test_every_notice_was_read_and_published(made: Made) -> None:
    async with made.database.read() as session:
        found = list(await session.scalars(select(Notice)))
        passages = Counter(await session.scalars(select(Passage.notice_id)))
        session.expunge_all()
    assert {notice.file for notice in found} == set(NOTICES.values())
    assert {notice.status for notice in found} == {"published"}
    assert {notice.cohort for notice in found} == {"2027届"}
    assert all(passages[notice.id] >= 8 for notice in found)
    assert all("#" not in notice.title for notice in found)


async def test_every_item_is_published_and_its_sentence_is_in_its_notice(made: Made) -> None:
    found = await published(made)
    assert len(found) == len(sample_items(Days(TODAY)))
    for item in found:
        assert item.notice_id is not None
        assert item.locator is not None
        assert not item.locator.endswith(":0"), f"{item.key}: {item.quote}"


async def test_every_date_of_an_item_stands_in_its_line(made: Made) -> None:
    found = await published(made)
    async with made.database.read() as session:
        query = select(Notice.id, Passage.text, Passage.cells).join(Passage, Passage.notice_id == Notice.id)
        rows = await session.execute(query)
        words: dict[object, str] = {}
        for notice_id, passage, cells in rows:
            words[notice_id] = words.get(notice_id, "") + "".join([passage, *cells.values()]).replace(" ", "")
    for item in found:
        for day in filter(None, (item.opens_on, item.due_on)):
            assert f"{day.month}月{day.day}日" in words[item.notice_id], f"{item.key}: {day}"


async def test_something_is_overdue_due_tentative_and_far(made: Made) -> None:
    found = await published(made)
    left = [(item.due_on - TODAY).days for item in found if item.due_on and item.actor == "student"]
    assert min(left) < 0
    assert 0 in left
    assert 3 in left
    assert max(left) > 200
    assert any(item.tentative for item in found)


async def test_the_workbench_is_not_empty(made: Made) -> None:
    async with made.database.read() as session:
        counselor = await people.staff_actor(session, made.school.counselor.id)
        assert counselor is not None
        assert len(await submissions.waiting(session, counselor)) == 2
        states = Counter(await session.scalars(select(Submission.status)))
        marked = Counter(await session.scalars(select(ItemStatus.status)))
        bound = Counter(await session.scalars(select(Binding.channel)))
    n = len(COUNSELORS)
    assert states == {"handed_in": 2 * n, "returned": n, "approved": 5 * n}
    assert marked["done"] > 300
    assert (marked["handed_in"], marked["returned"]) == (2 * n, n)
    assert bound["web"] >= 5 * n


async def test_one_demo_student_had_his_address_returned(made: Made) -> None:
    async with made.database.read() as session:
        mine = await items.items_of(session, made.school.students[1].id, NOW)
    address = next(view for view in mine if view.form == "address")
    assert address.status == "returned"
    assert address.reason


async def test_the_code_of_a_demo_student_binds_him(made: Made) -> None:
    student = made.school.students[0]
    assert student.code is not None
    async with made.database.begin() as session:
        redeemed = await codes.redeem(session, number=student.number, name=student.name, code=student.code, now=NOW)
    assert redeemed is not None
    assert redeemed.owner == Owner(student_id=student.id)


async def test_a_second_start_changes_nothing(made: Made) -> None:
    everything = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_ is not BindCode]
    before = await count(made.database, *everything)
    told = Told()
    tomorrow = NOW + timedelta(days=1)
    again = await sample.load(made.database, made.files, tomorrow.date(), tomorrow, told)
    assert await count(made.database, *everything) == before
    assert told.steps == []
    assert (again.created, made.school.created) == (False, True)
    assert (again.id, again.made_on, again.cohort) == (made.school.id, TODAY, made.school.cohort)
    assert [one.number for one in again.students] == [one.number for one in made.school.students]


async def test_who_is_bound_needs_no_code(made: Made) -> None:
    async with made.database.begin() as session:
        place = people.Place("web", "visitor", "visitor")
        await bindings.bind(session, place, Owner(staff_id=made.school.counselor.id), NOW)
    again = await sample.load(made.database, made.files, TODAY, NOW, Told())
    assert again.counselor.code is None
    assert again.office.code is not None


async def test_progress_reaches_its_end(made: Made) -> None:
    last = {what: (done, total) for what, done, total in made.told.steps}
    assert len(last) >= 4
    assert all(done == total for done, total in last.values())


async def test_the_files_stay_where_they_were_written(made: Made) -> None:
    names = {path.name for path in made.folder.rglob("*") if path.is_file()}
    assert set(NOTICES.values()) <= names


def test_no_name_or_phone_lies_open_in_the_store(kept: Kept) -> None:
    raw = b"".join(path.read_bytes() for path in kept.folder.glob("sample.db*"))
    for canary in ("刘䶮", "陈𠮷祥", "13900000096", kept.school.students[0].number):
        assert canary.encode() not in raw


async def test_who_was_reviewed_is_told(made: Made) -> None:
    async with made.database.read() as session:
        told = Counter(await session.scalars(select(Delivery.kind)))
    assert told["notice"] == 6 * len(COUNSELORS)


async def test_both_stores_take_it_without_a_folder(database: Database, tmp_path: Path) -> None:
    school = await sample.load(database, FileStore(tmp_path / "files"), TODAY, NOW, Told())
    assert school.created
    assert (await count(database, Student, Notice))["student"] == 200
