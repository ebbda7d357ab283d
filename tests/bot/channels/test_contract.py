"""What every channel of the registry does, each through its stand-in: one suite, no exceptions by name."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from bot import texts
from bot.channel import SendError
from bot.registry import CHANNELS
from handlers.messages import Address, Reply
from storage import bindings, replies
from storage.bindings import Owner
from storage.database import Database
from storage.models import Attachment, HeldReply, Seen
from tests.fakes import campus
from tests.fakes.benches import BENCHES, MARKUP, Bench, Parrot
from tests.fakes.hooked import Clock


@pytest.fixture
def parrot() -> Parrot:
    return Parrot()


@pytest.fixture(params=sorted(CHANNELS))
async def bench(
    request: pytest.FixtureRequest, sqlite: Database, now: datetime, tmp_path: Path, parrot: Parrot
) -> AsyncIterator[Bench]:
    """A bound student at each channel that the registry knows; a channel without a bench fails here."""
    async with BENCHES[request.param](sqlite, Clock(now), tmp_path, parrot) as made:
        student = await (await campus.build(sqlite)).student("林小满", bind=None)
        async with sqlite.begin() as session:
            await bindings.bind(session, made.address, Owner(student_id=student), now)
        yield made


async def seen_rows(bench: Bench) -> int:
    async with bench.app.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Seen)) or 0


async def on_their_way(bench: Bench) -> int:
    async with bench.app.database.read() as session:
        return await replies.open_count(session)


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "JPEG")
    return out.getvalue()


async def test_capabilities_are_true_words(bench: Bench) -> None:
    channel = bench.app.channels[bench.address.channel]
    assert channel.name == bench.address.channel
    assert channel.can.text_unit in ("chars", "utf16", "bytes")
    assert channel.can.text_limit > 0


async def test_what_is_said_is_answered(bench: Bench, parrot: Parrot) -> None:
    await bench.says("档案寄到哪里 😀")
    assert await bench.sees(lambda shown: len(shown) == 1) == ["听到 档案寄到哪里 😀"]
    assert parrot.heard == ["档案寄到哪里 😀"]


async def test_the_same_message_twice_is_one(bench: Bench, parrot: Parrot) -> None:
    """T7."""
    for _ in range(3):
        await bench.says("一", number=4711)
    await bench.says("二", number=4712)
    await bench.sees(lambda shown: "听到 二" in shown)
    assert parrot.heard == ["一", "二"]
    assert await seen_rows(bench) == 2


async def test_a_button_comes_back_unchanged(bench: Bench, parrot: Parrot) -> None:
    await bench.says("选择")
    await bench.sees(lambda shown: any(text.startswith("要不要？") for text in shown))
    await bench.presses("要")
    await bench.sees(lambda shown: any(text.startswith("按了 say:yes:") for text in shown))
    assert parrot.heard == ["选择", "say:yes:" + "x" * 56]


async def test_what_is_too_long_comes_whole(bench: Bench, parrot: Parrot) -> None:
    can = bench.app.channels[bench.address.channel].can
    sentence = "这是一句话，用来填满一条消息。😀"
    parrot.long = sentence * (can.text_limit * 3 // 2 // texts.length(sentence, can.text_unit))
    await bench.says("长")
    shown = await bench.sees(lambda shown: sum(map(len, shown)) >= len(parrot.long))
    assert "".join(shown) == parrot.long
    if not can.keeps_log:
        assert len(shown) > 1
        assert all(texts.length(text, can.text_unit) <= can.text_limit for text in shown)


async def test_text_is_text(bench: Bench) -> None:
    """T12: nothing that is said becomes markup or a link."""
    await bench.says("符号")
    shown = await bench.sees(lambda shown: len(shown) == 1)
    assert [text.replace("＜", "<") for text in shown] == [MARKUP]  # WeChat's clients know no escape but a wider sign


async def test_files_go_both_ways(bench: Bench, parrot: Parrot) -> None:
    await bench.sends(photo())
    await bench.sees(lambda shown: "一张照片" in shown)
    await bench.sees_a_file()
    async with bench.app.database.read() as session:
        assert (await session.scalars(select(Attachment.media_type))).all() == ["image/jpeg"]


async def test_what_is_no_photo_is_not_kept(bench: Bench, parrot: Parrot) -> None:
    """T15, T16: by its first bytes, not by what is said of it."""
    await bench.sends(b"MZ\x90\x00 not a picture")
    async with bench.app.database.read() as session:
        assert (await session.scalars(select(Attachment.id))).all() == []
    assert parrot.heard == []


async def test_a_forged_call_is_refused_and_leaves_nothing(bench: Bench, parrot: Parrot) -> None:
    assert await bench.forged() == 403
    assert (parrot.heard, await seen_rows(bench)) == ([], 0)


async def test_a_kind_nobody_knows_is_taken_and_forgotten(bench: Bench, parrot: Parrot) -> None:
    assert await bench.strange() == 200
    assert parrot.heard == []


async def test_a_refusal_is_told(bench: Bench) -> None:
    await bench.says("拒绝")
    assert await bench.sees(lambda shown: len(shown) == 1) == ["不行"]


async def test_silence_is_silent(bench: Bench) -> None:
    await bench.says("静")
    await bench.says("在吗")
    assert await bench.sees(lambda shown: len(shown) == 1) == ["听到 在吗"]


async def test_no_reply_is_left_behind(bench: Bench) -> None:
    await bench.says("在吗")
    await bench.sees(lambda shown: len(shown) == 1)
    async with asyncio.timeout(20):
        while await on_their_way(bench):
            pass
    async with bench.app.database.read() as session:
        rows = (await session.execute(select(HeldReply.status, HeldReply.content_sealed))).all()
    assert {tuple(row) for row in rows} <= {("sent", None)}


async def test_to_send_to_nobody_is_an_error_for_good(bench: Bench) -> None:
    channel = bench.app.channels[bench.address.channel]
    if channel.can.keeps_log:
        return
    with pytest.raises(SendError) as raised:
        await channel.send(Address(channel.name, "999", "999"), Reply("你好"))
    assert raised.value.permanent
