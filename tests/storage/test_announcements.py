"""One message an hour, with the newest words."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from storage.announcements import announce, withdraw
from storage.crypto import Vault
from storage.database import Database
from storage.deliveries import text_place
from storage.models import Delivery
from tests.fakes.campus import at, build


async def test_one_an_hour_with_the_newest_words(database: Database, vault: Vault) -> None:
    campus = await build(database)
    staff = campus.counselors["会计1班"]

    async def tell(text: str, minute: int) -> None:
        async with database.begin() as session:
            await announce(session, "review", staff, text, [("待审核", "review:list:0")], at(9, minute))

    async def rows() -> list[tuple[str, str]]:
        async with database.read() as session:
            found = (await session.scalars(select(Delivery).order_by(Delivery.not_before))).all()
        return [
            (f"{row.not_before - at(9)}", vault.open_json(row.text_sealed or b"", text_place(row.key))["text"])
            for row in found
        ]

    await tell("1 份", 3)
    await tell("2 份", 6)
    assert await rows() == [("0:08:00", "2 份")]
    async with database.begin() as session:
        await session.execute(update(Delivery).values(status="sent", settled_at=at(9, 8)))
    await tell("3 份", 20)
    await tell("4 份", 50)
    assert await rows() == [("0:08:00", "2 份"), ("1:00:00", "4 份")]
    async with database.read() as session:
        row = (await session.scalars(select(Delivery).limit(1))).one()
        assert (row.kind, row.urgent, row.staff_id) == ("staff_notice", False, staff)
        assert row.expires_at is not None
        assert row.expires_at - at(9) == timedelta(days=3)


async def test_where_nothing_waits_any_more_nothing_is_said(database: Database) -> None:
    campus = await build(database)
    first, second = campus.counselors.values()
    async with database.begin() as session:
        for staff in (first, second):
            await announce(session, "review", staff, "1 份", [], at(9))
        await withdraw(session, "review", first, at(9, 1))
        await announce(session, "review", first, "1 份", [], at(9, 2))
    async with database.read() as session:
        rows = (await session.scalars(select(Delivery).order_by(Delivery.id))).all()
        assert [(row.staff_id, row.status) for row in rows] == [
            (first, "cancelled"),
            (second, "planned"),
            (first, "planned"),
        ]
