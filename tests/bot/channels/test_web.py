"""The web and the terminal chat: to send is to write a line and wake who looks."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from bot.channel import Forged, Hook
from bot.channels import terminal, web
from bot.channels.terminal import TerminalChannel
from bot.channels.web import WebChannel
from bot.wake import Wake
from handlers.messages import Attachment, Button, Reply
from storage import chat
from storage.database import Database


@pytest.fixture
def wake() -> Wake:
    return Wake()


@pytest.mark.parametrize(("kind", "of"), [(WebChannel, web.address), (TerminalChannel, terminal.address)])
async def test_send_writes_a_line_and_rings(
    database: Database, wake: Wake, now: datetime, kind: type[WebChannel], of: type
) -> None:
    rung: list[int] = []
    to = of("chat")
    wake.listen(kind.name, "chat", lambda: rung.append(1))
    file = Attachment(uuid4(), "letter.pdf", "application/pdf", 9)
    sent = await kind(database, wake, lambda: now).send(to, Reply("提醒", (Button("知道了", "ack:1"),), (file,)))
    async with database.read() as session:
        (line,) = await chat.since(session, kind.name, "chat", 0, 10)
    assert sent.platform_id == str(line.id)
    assert (line.text, line.inward, line.buttons, line.files, line.at) == (
        "提醒",
        False,
        (("知道了", "ack:1"),),
        (file.id,),
        now,
    )
    assert rung == [1]


async def test_no_platform_calls_for_it(sqlite: Database, wake: Wake, now: datetime) -> None:
    channel, hook = WebChannel(sqlite, wake, lambda: now), Hook({}, {}, b"", now)
    with pytest.raises(Forged):
        channel.verify(hook)
    assert channel.parse(hook) == []
    assert channel.acknowledge(hook, Reply("不")).status == 404


async def test_a_line_is_taken_back_once(sqlite: Database, wake: Wake, now: datetime) -> None:
    rung: list[int] = []
    channel = WebChannel(sqlite, wake, lambda: now)
    wake.listen("web", "chat", lambda: rung.append(1))
    sent = await channel.send(web.address("chat"), Reply("发错了"))
    kept = await channel.send(web.address("chat"), Reply("没错"))
    for _ in range(2):
        await channel.recall(sent.platform_id)
    async with sqlite.read() as session:
        assert [str(line.id) for line in await chat.since(session, "web", "chat", 0)] == [kept.platform_id]
    assert len(rung) == 3
