"""A pack goes into the store once, published, and what a person changed stays."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import func, select

from knowledge.packs import load_items, load_pack, packs
from knowledge.packs.loading import install
from storage import items
from storage.database import Database
from storage.models import Audit, Item, Notice, School


async def test_a_pack_is_installed_once(database: Database, now: datetime) -> None:
    pack = load_pack("cqbvc-2023")
    expected = len(load_items(pack.slug))
    async with database.begin() as session:
        first = await install(session, pack, now)
    async with database.begin() as session:
        again = await install(session, pack, now)
    assert (first.school, first.new, first.changed, first.kept) == (pack.school, expected, 0, 0)
    assert (again.new, again.changed, again.kept) == (0, 0, 0)
    async with database.read() as session:
        assert await session.scalar(select(func.count(Audit.id))) == 1


async def test_items_are_published_with_the_instant_they_are_due(sqlite: Database, now: datetime) -> None:
    async with sqlite.begin() as session:
        await install(session, load_pack("cqbvc-2023"), now)
        address = await session.scalar(select(Item).where(Item.key == "archive-address"))
    assert address is not None
    assert (address.status, address.form, address.due_on) == ("published", "address", date(2023, 6, 8))
    assert address.due_at == datetime(2023, 6, 8, 16, tzinfo=UTC)


async def test_what_a_person_changed_is_kept(sqlite: Database, now: datetime) -> None:
    pack = load_pack("cqbvc-2023")
    async with sqlite.begin() as session:
        await install(session, pack, now)
        loan = await session.scalar(select(Item).where(Item.key == "loan"))
        assert loan is not None
        loan.title, loan.edited = "确认贷款", True
        done = await install(session, pack, now)
    assert (done.kept, loan.title) == (1, "确认贷款")


async def test_items_point_to_their_notice_where_it_is_imported(sqlite: Database, now: datetime) -> None:
    pack = load_pack("cup-2017")
    async with sqlite.begin() as session:
        await install(session, pack, now)
        school = await session.scalar(select(School))
        assert school is not None
        session.add(
            Notice(
                school_id=school.id, digest="d", file=pack.file, title=pack.title, issuer=pack.school, imported_at=now
            )
        )
        await session.flush()
        done = await install(session, pack, now)
        found = await items.listed(session, school_id=school.id)
    assert done.linked
    assert all(item.notice_id is not None for item in found)


async def test_all_packs_go_in_together(sqlite: Database, now: datetime) -> None:
    async with sqlite.begin() as session:
        done = [await install(session, pack, now) for pack in packs()]
        total = await session.scalar(select(func.count(Item.id)))
    assert sum(one.new for one in done) == total
    assert len({one.school for one in done}) == 5
