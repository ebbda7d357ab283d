"""Binding: in steps or at once, never by guessing, never telling what was wrong (SECURITY T1, T2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handlers import identity as talk
from handlers.handler import Context
from handlers.identity import identity
from handlers.messages import Address, Incoming, Reply
from knowledge.silence import Silent
from storage import codes, people, throttle
from storage.bindings import Owner
from storage.codes import new_code
from storage.database import Database
from storage.models import Audit, Binding
from tests.fakes.entrance import Scene, at_the_door
from tests.fakes.parlour import Parlour

HOUR = timedelta(hours=1)


@pytest.fixture
async def scene(database: Database, now: datetime, tmp_path: Path) -> Scene:
    return await at_the_door(database, now, tmp_path)


async def test_step_by_step(scene: Scene) -> None:
    tell = scene.parlour.tell
    assert (await tell("u", "绑定")).text == talk.ASK_NUMBER
    assert "姓名" in (await tell("u", "２０２３０１０１")).text
    assert "绑定码" in (await tell("u", "张三")).text
    assert await scene.who("u") is None
    bound = await tell("u", scene.codes["张三1"].lower())
    assert "绑定好了，张三（会计1班）" in bound.text
    assert await scene.who("u") == scene.ids["张三1"]


@pytest.mark.parametrize("start", ["", "绑定 "])
async def test_in_one_message(scene: Scene, start: str) -> None:
    bound = await scene.parlour.tell("u", f"{start}2023101 张三 {scene.codes['张三1']}")
    assert "对不上" in bound.text
    bound = await scene.parlour.tell("u", f"{start}20230101 张三 {scene.codes['张三1']}")
    assert "绑定好了" in bound.text


async def test_begun_with_a_part(scene: Scene) -> None:
    assert "姓名" in (await scene.parlour.tell("u", "绑定 20230101")).text
    assert "绑定码" in (await scene.parlour.tell("v", "绑定 20230101 张三")).text
    await scene.parlour.tell("w", "绑定")
    assert "绑定码" in (await scene.parlour.tell("w", "20230101 张三")).text


async def test_staff_bind_the_same_way(scene: Scene) -> None:
    assert "绑定好了，某老师老师。你能看到 1 个班" in (await scene.bind_staff("T001", "s")).text
    assert "你能看到 2 个班" in (await scene.bind_staff("B001", "b")).text
    assert "辅导员" in (await scene.parlour.tell("s", "我是谁")).text


async def test_a_hint_for_what_does_not_fit(scene: Scene) -> None:
    tell = scene.parlour.tell
    await tell("u", "绑定")
    assert "学号是" in (await tell("u", "2023\u200b0101")).text
    await tell("u", "20230101")
    assert "姓名里" in (await tell("u", "张三3")).text
    await tell("u", "张三")
    assert "8 位" in (await tell("u", "12345")).text
    assert "绑定好了" in (await tell("u", scene.codes["张三1"])).text


async def test_a_question_in_the_middle_is_not_taken_as_an_answer(scene: Scene) -> None:
    await scene.parlour.tell("u", "绑定")
    assert await scene.parlour.say("u", "档案转寄") is None
    await scene.parlour.tell("u", "20230101")
    assert await scene.parlour.say("u", "档案怎么转") is None
    assert await scene.parlour.say("u", "帮助") is None
    assert "绑定码" in (await scene.parlour.tell("u", "张三")).text


async def test_cancelled_or_forgotten(scene: Scene) -> None:
    await scene.parlour.tell("u", "绑定")
    assert "先不绑定" in (await scene.parlour.tell("u", "取消")).text
    assert await scene.parlour.say("u", "20230101") is None
    await scene.parlour.tell("u", action="bind:start")
    assert "先不绑定" in (await scene.parlour.tell("u", action="bind:cancel")).text
    await scene.parlour.tell("u", "绑定")
    scene.parlour.now += talk.STALE + timedelta(seconds=1)
    assert await scene.parlour.say("u", "20230101") is None


async def test_greeting_and_who(scene: Scene) -> None:
    tell = scene.parlour.tell
    assert (await tell("u", "/start abc")).text == talk.WELCOME
    assert "还没有绑定" in (await tell("u", "我是谁？")).text
    await tell("u", f"绑定 20230101 张三 {scene.codes['张三1']}")
    assert "你好，张三" in (await tell("u", "你好")).text
    assert "你是张三，江北学院2023届，会计1班" in (await tell("u", "我是谁")).text
    for again in ("绑定", f"绑定 20230102 李四 {scene.codes['李四1']}"):
        assert "已经绑定了张*" in (await tell("u", again)).text
    assert await scene.parlour.say("u", "档案") is None
    assert await scene.parlour.say("u", action="form:confirm") is None


async def test_unbinding(scene: Scene) -> None:
    tell = scene.parlour.tell
    assert "不用解绑" in (await tell("u", "解绑")).text
    assert "不用解绑" in (await tell("u", "确定解绑")).text
    await tell("u", f"绑定 20230101 张三 {scene.codes['张三1']}")
    assert [button.action for button in (await tell("u", "解绑")).buttons] == ["bind:end", "bind:keep"]
    assert "没变" in (await tell("u", action="bind:keep")).text
    assert await scene.who("u") == scene.ids["张三1"]
    assert "已解绑" in (await tell("u", action="bind:end")).text
    assert await scene.who("u") is None


async def test_not_in_a_group(scene: Scene) -> None:
    say = scene.parlour.say
    for word in ("绑定", "我是谁", "解绑"):
        reply = await say("u", word, group=True)
        assert reply is not None
        assert reply.text == talk.PRIVATELY
    leaked = await say("u", f"20230101 张三 {scene.codes['张三1']}", group=True)
    assert leaked is not None
    assert "不要发在群里" in leaked.text
    assert await say("u", "你好", group=True) is None
    assert await say("u", "20230101", group=True) is None
    assert await scene.who("u") is None


# --- T2: nothing tells what was wrong -------------------------------------------------------------------------------


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The SQL statements run meanwhile."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def _wrong(scene: Scene) -> list[str]:
    """One try of each kind: no such number, wrong name, wrong code, another's code, a member of staff."""
    mine, other = scene.codes["张三1"], scene.codes["李四1"]
    return [
        f"99999999 张三 {mine}",
        f"20230101 王五 {mine}",
        "20230101 张三 0000-0000",
        f"20230101 张三 {other}",
        f"20230101 李四 {other}",
        "T001 某老师 0000-0000",
        "T999 某老师 0000-0000",
    ]


async def test_same_words_and_same_statements(scene: Scene) -> None:
    replies, runs = [], []
    for place, text in enumerate(_wrong(scene)):
        with counted(scene.database) as seen:
            replies.append(await scene.parlour.tell(f"u{place}", text))
        runs.append(seen)
    assert all(reply == Reply(talk.WRONG, (talk.CANCEL,)) for reply in replies)
    assert all(run == runs[0] for run in runs)


async def test_same_words_in_steps(scene: Scene) -> None:
    said = set()
    for place, text in enumerate(_wrong(scene)):
        number, name, code = text.split()
        for part in ("绑定", number, name):
            said.add(((await scene.parlour.tell(f"u{place}", part)).text, part if part == "绑定" else ""))
        said.add(((await scene.parlour.tell(f"u{place}", code)).text, "end"))
    assert len(said) == 4


async def test_five_wrong_tries_lock_a_chat_for_an_hour(scene: Scene) -> None:
    tell = scene.parlour.tell
    for number in range(4):
        assert (await tell("u", f"2023990{number}5 张三 0000-0000")).text == talk.WRONG
    assert (await tell("u", "20239905 张三 0000-0000")).text == talk.LOCKED
    right = f"20230101 张三 {scene.codes['张三1']}"
    for text in (right, "99999999 王五 0000-0000"):
        assert await tell("u", text) == Reply(talk.LOCKED)
    scene.parlour.now += HOUR - timedelta(seconds=1)
    assert (await tell("u", right)).text == talk.LOCKED
    scene.parlour.now += timedelta(seconds=1)
    assert "绑定好了" in (await tell("u", right)).text


@pytest.mark.parametrize("number", ["20230101", "99999999"])
async def test_a_number_is_locked_whether_it_exists_or_not(scene: Scene, number: str) -> None:
    for place in range(5):
        await scene.parlour.tell(f"u{place}", f"{number} 张三 0000-0000")
    code = scene.codes["张三1"]
    assert await scene.parlour.tell("fresh", f"{number} 张三 {code}") == Reply(talk.LOCKED)
    assert (await scene.parlour.tell("fresh", f"20230201 李四 {code}")).text == talk.WRONG


async def test_a_class_is_locked_whether_it_exists_or_not(scene: Scene) -> None:
    tries = throttle.LIMITS["class"].tries
    for prefix in ("202301", "999999"):
        for place in range(tries):
            await scene.parlour.tell(f"{prefix}{place}", f"{prefix}{place % 90 + 10} 张三 0000-0000")
        assert (await scene.parlour.tell(f"{prefix}x", f"{prefix}01 张三 0000-0000")).text == talk.LOCKED


async def test_locks_are_audited_without_saying_whom(scene: Scene) -> None:
    for _ in range(5):
        await scene.parlour.tell("u", "20230101 张三 0000-0000")
    async with scene.database.read() as session:
        rows = (await session.execute(select(Audit.actor, Audit.action, Audit.target))).all()
    assert {tuple(row) for row in rows} == {
        ("system:identity", "bind.locked", "bucket:chat"),
        ("system:identity", "bind.locked", "bucket:number"),
    }


async def _thousand(session: AsyncSession, now: datetime) -> None:
    """A thousand students of one name, all with a live code: the guesser knows everything but the code."""
    school = await people.add_school(session, "江北学院")
    owners = []
    for number in range(10):
        group = await people.add_class(
            session, school_id=school, cohort="2023届", college="会计学院", name=f"会计{number}班"
        )
        for place in range(100):
            student = await people.add_student(
                session, school_id=school, class_id=group, number=f"20230{number}{place:02}", name="张三"
            )
            owners.append(Owner(student_id=student))
    await codes.issue_all(session, owners, now, None, timedelta(days=365))


async def _guess(parlour: Parlour, session: AsyncSession, chat: str, account: int) -> str:
    """One guess through the handler; a chat that never bound is nobody's, so nobody is looked up."""
    message = Incoming("1", Address("web", chat, chat), f"20230{account:03} 张三 {new_code()}", parlour.now)
    reply = await identity(message, Context(parlour.now, session, None, Silent(), parlour.files))
    assert reply is not None
    return reply.text


async def _bound(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Binding)) or 0


async def test_ten_thousand_guesses_bind_nobody(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    """T1: a fresh chat for every third guess; the buckets of numbers and classes stop it all the same."""
    parlour = Parlour(sqlite, (identity,), tmp_path, now)
    async with sqlite.begin() as session:
        await _thousand(session, now)
        said = Counter(
            [
                await _guess(parlour, session, f"{turn}-{account // 3}", account)
                for turn in range(10)
                for account in range(1000)
            ]
        )
        assert set(said) == {talk.WRONG, talk.LOCKED}
        assert said[talk.WRONG] < 10 * throttle.LIMITS["class"].tries
        assert await _bound(session) == 0


async def test_patience_does_not_help(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    """The clock is moved past every lock: each guess is looked at, and none fits."""
    parlour = Parlour(sqlite, (identity,), tmp_path, now)
    async with sqlite.begin() as session:
        await _thousand(session, now)
        for turn in range(20):
            for account in range(0, 1000, 50):
                assert await _guess(parlour, session, f"{turn}-{account}", account) == talk.WRONG
            parlour.now += HOUR
        assert await _bound(session) == 0
