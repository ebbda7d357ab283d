"""Telegram through its stand-in, over real HTTP: what goes in and out, and what Telegram may answer."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import logs
from bot.channel import Forged, Hook, NotFetched, SendError
from bot.channels.telegram import HEADER, TelegramChannel
from bot.kinds import LARGEST
from handlers.messages import Address, Button, Remote, Reply
from storage import groups
from storage.database import Database
from storage.files import FileStore
from tests.fakes import campus
from tests.fakes.telegram import TOKEN
from tests.fakes.telegram_joined import ALICE, SECRET, joined, to, trouble
from tests.fakes.telegram_joined import Joined as Line
from tests.fakes.telegram_people import BOT_ID, USERNAME
from tests.fakes.telegram_wire import broken_answer

GROUP = -4001
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 500


@pytest.fixture
async def line(sqlite: Database, tmp_path: Path, now: datetime) -> AsyncIterator[Line]:
    async with joined(sqlite, tmp_path, now) as made:
        yield made


# --- T5: who calls ---


@pytest.mark.parametrize("given", [None, "", "wrong", SECRET[:-1], SECRET + "x", "ü" * 32, "\xff\xfe", "x" * 60_000])
def test_forged(line: Line, given: str | None) -> None:
    headers = {} if given is None else {HEADER: given}
    with pytest.raises(Forged):
        line.channel.verify(Hook({}, headers, b"", line.now))


def test_ours(line: Line) -> None:
    line.channel.verify(Hook({}, {HEADER: SECRET}, b"", line.now))


def test_where_we_poll_nobody_may_call(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    channel = TelegramChannel(TOKEN, sqlite, FileStore(tmp_path), mode="polling", secret=SECRET)
    with pytest.raises(Forged):
        channel.verify(Hook({}, {HEADER: SECRET}, b"", now))


# --- in ---


def test_a_text(line: Line) -> None:
    incoming = line.parse(line.alice.says("档案寄到哪里 😀"))
    assert incoming is not None
    assert (incoming.text, incoming.action, incoming.event) == ("档案寄到哪里 😀", None, None)
    assert incoming.sender == Address("telegram", str(ALICE), str(ALICE))
    assert incoming.account == str(BOT_ID)
    assert incoming.sent_at.tzinfo is not None


def test_the_same_update_has_the_same_id_and_another_has_another(line: Line) -> None:
    first, second = line.alice.says("一"), line.alice.says("一")
    ids = [incoming.id for update in (first, first, second) if (incoming := line.parse(update))]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("/items", "我的事项"),
        ("/help", "帮助"),
        ("/menu@lixiao_test_bot", "/menu"),
        ("/start", "/start"),
        ("/start abc", "/start abc"),
        ("/unknown", "/unknown"),
        ("/ 斜杠", "/ 斜杠"),
    ],
)
async def test_commands_are_words(line: Line, said: str, text: str) -> None:
    await line.channel.open("http://127.0.0.1:1")
    incoming = line.parse(line.alice.says(said))
    assert incoming is not None
    assert incoming.text == {"/menu": "菜单"}.get(text, text)


def test_an_edited_message(line: Line) -> None:
    before = line.alice.says("收件人张三")
    incoming = line.parse(line.alice.edits(before, "收件人李四"))
    assert incoming is not None
    assert (incoming.text, incoming.event) == ("收件人李四", "edited")


def test_what_cannot_be_read_is_said_to_be(line: Line) -> None:
    incoming = line.parse(line.alice.sends_sticker())
    assert incoming is not None
    assert incoming.event == "unreadable"


async def test_a_pressed_button_comes_back_and_stops_blinking(line: Line) -> None:
    await line.channel.send(to(), Reply("选一个", (Button("好", "form:confirm:3"),)))
    update = line.alice.presses(line.telegram.sent[0], "好")
    incoming = line.parse(update)
    assert incoming is not None
    assert (incoming.text, incoming.action) == ("", "form:confirm:3")
    await line.channel.noticed(line.hook(update))
    assert line.telegram.answered == [update["callback_query"]["id"]]
    await line.channel.noticed(line.hook(update))  # too old by now: no matter
    answer = line.channel.acknowledge(line.hook(update), None)
    assert json.loads(answer.body) == {
        "method": "answerCallbackQuery",
        "callback_query_id": update["callback_query"]["id"],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"1",
        b'"x"',
        b"null",
        b"{}",
        b'{"update_id": 1}',
        b'{"update_id": 1, "poll": {"id": "1"}}',
        b'{"update_id": 1, "message": 3}',
        b'{"update_id": 1, "message": {"message_id": 1}}',
        b'{"update_id": 1, "callback_query": {"id": "1"}}',
    ],
)
def test_what_is_unknown_is_no_message(line: Line, body: bytes) -> None:
    hook = Hook({}, {}, body, line.now)
    assert line.channel.parse(hook) == []
    assert line.channel.acknowledge(hook, None).status == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "chat", "from", "id", "text", "date", "type", "photo"]), inner)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(what=JSON, kind=st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]))
def test_no_update_is_a_crash(line: Line, what: Any, kind: str) -> None:
    for incoming in line.channel.parse(line.hook({"update_id": 1, kind: what})):
        assert isinstance(incoming.text, str)


# --- groups ---


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("大家好", None),
        ("@lixiao_test_bot 几号退寝", "几号退寝"),
        ("几号退寝 @LiXiao_test_bot", "几号退寝"),
        ("@lixiao_test_bot", "帮助"),
        ("@someone_else 几号退寝", None),
        ("/bindclass 会计1班", "绑定班级 会计1班"),
        ("/bindclass@lixiao_test_bot 会计1班", "绑定班级 会计1班"),
        ("/help@other_bot", None),
    ],
)
async def test_in_a_group_only_what_is_said_to_us(line: Line, said: str, text: str | None) -> None:
    await line.channel.open("http://127.0.0.1:1")
    incoming = line.parse(line.alice.says(said, group=GROUP))
    assert (incoming.text if incoming else None) == text
    if incoming:
        assert incoming.sender == Address("telegram", str(GROUP), str(ALICE))


async def test_an_answer_to_our_message_in_a_group_is_for_us(line: Line) -> None:
    line.telegram.groups.add(GROUP)
    await line.channel.send(to(GROUP), Reply("有问题问我"))
    incoming = line.parse(line.alice.says("几号退寝", group=GROUP, reply_to=line.telegram.sent[0]))
    assert incoming is not None
    assert incoming.text == "几号退寝"


def test_coming_going_and_blocking_are_events(line: Line) -> None:
    updates = [line.alice.adds_bot(GROUP), line.alice.removes_bot(GROUP), line.alice.blocks()]
    assert [found.event for update in updates if (found := line.parse(update))] == ["joined", "left", "blocked"]


async def test_a_group_that_becomes_a_supergroup_is_followed(line: Line, now: datetime) -> None:
    school = await campus.build(line.database)
    counselor = await school.counselor()
    async with line.database.begin() as session:
        await groups.bind(session, "telegram", str(GROUP), class_id=school.classes["会计1班"], by=counselor.id, now=now)
    new = -1000000004001
    line.telegram.upgrades(GROUP, new)
    await line.channel.send(to(GROUP), Reply("通知"))
    assert [sent.chat for sent in line.telegram.sent] == [new]
    async with line.database.read() as session:
        assert await groups.of_chat(session, "telegram", str(GROUP)) is None
        bound = await groups.of_chat(session, "telegram", str(new))
    assert bound is not None
    assert bound.class_name == "会计1班"


def test_both_words_about_a_move_say_the_same(line: Line) -> None:
    line.telegram.upgrades(GROUP, -1000000004001)
    events = [(found.sender.chat, found.event) for update in line.telegram._updates if (found := line.parse(update))]
    assert events == [(str(GROUP), "moved:-1000000004001")] * 2


# --- files in (T14) ---


async def test_a_photo_comes_in_its_largest_size(line: Line) -> None:
    incoming = line.parse(line.alice.sends_photo(JPEG))
    assert incoming is not None
    (remote,) = incoming.remote
    assert await line.channel.fetch(remote, LARGEST) == JPEG


async def test_a_document_without_its_name(line: Line) -> None:
    incoming = line.parse(line.alice.sends_document(b"%PDF-1", "张三 身份证.pdf"))
    assert incoming is not None
    assert incoming.remote[0].name == ""
    assert await line.channel.fetch(incoming.remote[0], LARGEST) == b"%PDF-1"


async def test_more_than_was_said_does_not_come(line: Line) -> None:
    incoming = line.parse(line.alice.sends_document(b"%PDF-" + b"x" * 5000, "a.pdf", size=10))
    assert incoming is not None
    with pytest.raises(NotFetched):
        await line.channel.fetch(incoming.remote[0], 1000)


@pytest.mark.parametrize(
    "handle",
    ["http://127.0.0.1:1/x", "http://169.254.169.254/latest", "../../etc/passwd", "file:///etc/passwd", "[::1]", ""],
)
async def test_an_address_in_place_of_a_file_id_goes_nowhere(line: Line, handle: str) -> None:
    with pytest.raises(NotFetched):
        await line.channel.fetch(Remote(handle), LARGEST)
    assert line.telegram.calls["download"] == 0


@pytest.mark.parametrize(
    "path", ["http://127.0.0.1:1/trap", "//127.0.0.1:1/trap", "../../../x", "/etc/passwd", "a\nb", "a?b", ""]
)
async def test_a_path_that_leads_elsewhere_is_not_followed(
    line: Line, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        line.telegram, "_get_file", lambda _: {"file_id": "x", "file_unique_id": "x", "file_path": path}
    )
    with pytest.raises(NotFetched):
        await line.channel.fetch(Remote("AgAC0"), LARGEST)
    assert line.telegram.calls["download"] == 0


# --- opening, polling ---


async def test_opening_sets_menu_and_webhook(line: Line) -> None:
    assert line.channel.deep_link is None
    await line.channel.open("https://lixiao.example")
    assert line.channel.deep_link == f"https://t.me/{USERNAME}?start="
    assert line.telegram.webhook["url"] == "https://lixiao.example/hook/telegram"
    assert line.telegram.webhook["secret_token"] == SECRET
    kinds = {scope: [one["command"] for one in found] for scope, found in line.telegram.commands.items()}
    assert "items" in kinds["all_private_chats"]
    assert "bindclass" in kinds["all_group_chats"]


async def test_polling_confirms_what_lies_before_the_position(line: Line) -> None:
    updates = [line.alice.says(text) for text in "一二三"]
    found = await line.channel.poll(0, timedelta(), line.now)
    assert [line.channel.parse(hook)[0].text for _, hook in found] == ["一", "二", "三"]
    again = await line.channel.poll(updates[0]["update_id"] + 1, timedelta(), line.now)
    assert [line.channel.parse(hook)[0].text for _, hook in again] == ["二", "三"]
    assert line.telegram.waiting == 2
    assert await line.channel.poll(found[-1][0], timedelta(), line.now) == []
    assert line.telegram.waiting == 0


async def test_polling_beside_a_webhook_is_refused(line: Line) -> None:
    await line.channel.open("https://lixiao.example")
    with pytest.raises(SendError):
        await line.channel.poll(0, timedelta(), line.now)


@pytest.fixture
def logged(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Logs as in a real run, at the finest level; the stand-in's own access log is not ours."""
    logs.configure("json", "DEBUG")
    access = logging.getLogger("uvicorn.access")
    access.propagate = False
    yield lambda: capfd.readouterr().err
    access.propagate = True


async def test_the_token_is_in_no_log_line(line: Line, logged: Callable[[], str]) -> None:
    """T13: httpx writes whole addresses at INFO; also where something goes wrong."""
    await line.channel.open("https://lixiao.example")
    await line.channel.send(to(), Reply("你好"))
    line.telegram.faults.append(broken_answer(500))
    await trouble(line)
    line.channel.parse(Hook({}, {}, b"{", line.now))
    logging.getLogger("httpx").warning("HTTP Request: POST %s", f"http://x/bot{TOKEN}/getMe")
    shown = logged()
    assert "update not read" in shown
    assert "line of a library" in shown
    assert TOKEN.partition(":")[2] not in shown
