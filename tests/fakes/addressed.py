"""王小川 and his archive's address: the words with which the form is walked, and how it ended."""

from __future__ import annotations

from datetime import datetime

from storage import submissions
from storage.database import Database
from storage.items import items_of
from tests.fakes import campus as campuses
from tests.fakes.campus import Campus
from tests.fakes.formtalk import FormTalk

ORGANISATION = "重庆市渝中区人才服务中心"
PASTED = "档案寄到 重庆市渝中区示范路1号 重庆市渝中区人才服务中心 王老师 收 010-88888888 400000"


async def addressed(database: Database) -> Campus:
    """A campus with him and the item that the form hands in."""
    made = await campuses.build(database)
    await made.student("王小川")
    await made.item("archive", form="address", evidence="form")
    return made


async def status_of_item(campus: Campus, now: datetime) -> str:
    """Where his item stands."""
    async with campus.database.read() as session:
        (view,) = await items_of(session, campus.students["王小川"], now)
        return view.status


async def answers_of(campus: Campus) -> dict[str, str]:
    """What he handed in."""
    async with campus.database.read() as session:
        handed = await submissions.latest(session, campus.students["王小川"], "address")
        assert handed is not None
        return handed.answers


async def fill(talk: FormTalk) -> None:
    """Step by step to the summary."""
    for text in (
        "填写档案地址",
        ORGANISATION,
        "同意",
        "王老师",
        "13900000001",
        "重庆市渝中区",
        "示范路 1 号",
        "400000",
    ):
        await talk.say(text)
