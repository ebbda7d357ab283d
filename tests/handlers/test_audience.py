"""Whom words mean: every kind of audience, within the classes of whoever asks, with plain words where nobody fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.audience import AUDIENCES, of_list, target_of
from handlers.handler import Refusal
from handlers.mailing import compose
from handlers.mailing_words import preview_reply
from handlers.messages import Address
from handlers.outlets import Outlet
from storage import seen, ways, windows
from storage.bindings import Owner, bind
from storage.database import Database
from storage.deliveries import ONLY_WHEN_HE_WRITES
from storage.models import ItemStatus
from storage.people import Actor, Place
from storage.reach import NARROWINGS, Reach, Target, reach
from storage.windows import Rule
from tests.fakes.campus import Campus, build
from tests.fakes.mailbag import NOON, Mailbag
from tests.fakes.nobody import context


@pytest.fixture
async def campus(database: Database) -> Campus:
    made = await build(database)
    await made.student("林一")
    await made.student("陈二")
    await made.student("陈二双")
    await made.student("何三", "护理2班")
    await made.item("register", title="毕业生登记表")
    await made.item("photo", title="交照片")
    return made


@pytest.fixture
async def teacher(campus: Campus) -> Actor:
    return await campus.counselor()


async def found(campus: Campus, actor: Actor, words: str) -> Target:
    async with campus.database.read() as session:
        return await target_of(context(session, actor, NOON), actor, words)


async def reached(campus: Campus, actor: Actor, words: str) -> Reach:
    target = await found(campus, actor, words)
    async with campus.database.read() as session:
        return await reach(session, actor, target, ["web"], NOON)


@pytest.mark.parametrize(
    ("words", "label", "count"),
    [
        ("全部", "全部 2 个班", 4),
        ("全校", "全部 2 个班", 4),
        ("会计1班", "会计1班", 3),
        ("会计1班、护理2班", "全部 2 个班", 4),
        ("会计学院", "会计1班", 3),
        ("护理", "护理2班", 1),
        ("没交登记表的", "还没办「毕业生登记表」的人", 3),
        ("会计1班没交登记表的同学", "会计1班，还没办「毕业生登记表」的人", 2),
        ("所有没有完成毕业生登记表的人", "还没办「毕业生登记表」的人", 3),
        ("名单 2020000000 何三", "名单里的 2 人", 2),
        ("2020000000，2020000003", "名单里的 2 人", 2),
    ],
)
async def test_what_the_office_means(campus: Campus, words: str, label: str, count: int) -> None:
    async with campus.database.begin() as session:
        session.add(
            ItemStatus(
                student_id=campus.students["林一"],
                item_id=campus.items["register"],
                status="done",
                changed_at=NOON,
            )
        )
    office = await campus.office_actor()
    assert ((await found(campus, office, words)).label, (await reached(campus, office, words)).count) == (label, count)


@pytest.mark.parametrize(
    ("words", "count"), [("全部", 3), ("没交登记表的", 3), ("名单 2020000000 2020000003", 1), ("会计学院", 3)]
)
async def test_a_counselor_within_his_classes(campus: Campus, teacher: Actor, words: str, count: int) -> None:
    assert (await reached(campus, teacher, words)).count == count


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("护理2班", "没有找到班级「护理2班」"),
        ("护理学院", "没有找到班级「护理学院」"),
        ("没有这个班", "没有找到班级「没有这个班」"),
        ("不存在", "没有找到班级「不存在」"),
        ("没交户口本的", "没有叫「户口本」的事项。现在有：交照片、毕业生登记表"),
        ("没交的", "没有叫|事项"),
        ("名单 2020000003 何三", "没有找到 2 个：2020000003、何三（名册里没有，或不是你的班）"),
        ("名单 ，，", "名单是空的"),
    ],
)
async def test_what_a_counselor_cannot_mean(campus: Campus, teacher: Actor, words: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        await found(campus, teacher, words)
    assert any(one in refused.value.text for one in why.split("|"))


async def test_a_list_says_what_it_did_not_find(campus: Campus, teacher: Actor) -> None:
    async with campus.database.read() as session:
        here = context(session, teacher, NOON)
        target = await of_list(here, teacher, "2020000000\n 林一 ２０２００００００１,赵无\t2099999999 何三")
    assert target.label == "名单里的 2 人"
    assert target.problems == ("没有找到 3 个：2099999999、赵无、何三（名册里没有，或不是你的班）",)
    preview = await Mailbag(campus).staff(teacher, "群发 名单 林一 何三：放假")
    assert "⚠️ 没有找到 1 个：何三" in preview.text
    assert "共 1 人" in preview.text


async def test_one_name_of_two_people_is_asked_for_by_number(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        from storage import roll

        await roll.add_student(
            session, school_id=campus.school_id, class_id=campus.classes["会计1班"], number="2020999999", name="林一"
        )
    with pytest.raises(Refusal, match="「林一」有 2 人同名，请改写学号"):
        await found(campus, teacher, "名单 林一")


async def test_in_a_large_school_names_are_not_looked_for(
    campus: Campus, teacher: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.audience.BY_NAME_UP_TO", 2)
    target = await found(campus, teacher, "名单 2020000000 陈二")
    assert target.problems == ("没有找到 1 个：陈二（学校人多，请用学号）",)


async def test_a_narrowing_nobody_knows_fits_nobody(campus: Campus, teacher: Actor) -> None:
    target = Target(tuple(campus.classes.values()), {"odd": 1}, "")
    async with campus.database.read() as session:
        assert (await reach(session, teacher, target, ["web"], NOON)).count == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=st.text(max_size=40) | st.text("没交未办的名单全部会计1班2护理学院、 ：2020", max_size=20))
async def test_words_mean_somebody_in_scope_or_are_refused(sqlite: Database, words: str) -> None:
    campus = await _once(sqlite)
    teacher = await campus.counselor()
    try:
        target = await found(campus, teacher, words)
    except Refusal:
        return
    assert set(target.class_ids) <= {campus.classes["会计1班"]}
    assert set(target.audience) <= set(NARROWINGS)


_MADE: dict[int, Campus] = {}


async def _once(database: Database) -> Campus:
    if id(database) not in _MADE:
        _MADE.clear()
        _MADE[id(database)] = made = await build(database)
        await made.student("林一")
        await made.item("register", title="毕业生登记表")
    return _MADE[id(database)]


def test_every_kind_is_one_entry() -> None:
    assert list(AUDIENCES) == ["everybody", "list", "owing", "places"]


async def test_who_must_write_first_is_counted_apart(teacher: Actor, campus: Campus) -> None:
    """公众号 takes a message for a while after the person's word; before that nobody is told that it will arrive."""
    rules = {"wechat": Rule(5, timedelta(hours=48), deed=Rule(3, timedelta(minutes=1)))}
    names = ("silent", "fresh", "late", "pressed", "used", "again", "refused", "elsewhere")
    owners = [Owner(student_id=await campus.student(name, bind=None)) for name in names]
    async with campus.database.begin() as session:
        for name, owner in zip(names, owners, strict=True):
            await bind(session, Address("wechat", name, name), owner, NOON - timedelta(days=9))
        await bind(session, Address("web", "page", "page"), owners[-1], NOON - timedelta(days=9))
        for name, number, ago in (
            ("fresh", "1", timedelta(hours=47)),
            ("late", "2", timedelta(hours=48)),
            ("late", "3:press", timedelta(minutes=2)),
            ("pressed", "4:press", timedelta(seconds=59)),
            ("used", "5", timedelta(hours=3)),
            ("again", "6", timedelta(hours=3)),
        ):
            sender = seen.sender_of(Address("wechat", name, name))
            await seen.first_time(
                session, channel="wechat", account="", sender=sender, message_id=number, now=NOON - ago
            )
        for name in ("used", "again"):
            await windows.take(session, Address("wechat", name, name), rules["wechat"], NOON - timedelta(hours=2), 5)
        again = seen.sender_of(Address("wechat", "again", "again"))
        await seen.first_time(
            session, channel="wechat", account="", sender=again, message_id="7", now=NOON - timedelta(hours=1)
        )
        await ways.block(session, {Place("wechat", "refused", "refused"): ONLY_WHEN_HE_WRITES}, NOON)
    async with campus.database.read() as session:
        ids = [owner.student_id for owner in owners]
        target = Target((campus.classes["会计1班"],), {"students": [str(one) for one in ids]}, "")
        found = await reach(session, teacher, target, ["wechat", "web"], NOON, rules)
        for name in names[:6]:  # what the platform's own count would say
            leave = await windows.take(session, Address("wechat", name, name), rules["wechat"], NOON)
            assert (leave is windows.Leave.YES) == (name in ("fresh", "pressed", "again")), name
    assert (found.count, found.channels, found.closed) == (8, {"wechat": 3, "web": 1}, {"wechat": 4})
    assert (found.unreached, found.named) == (0, ())


async def test_the_preview_says_who_must_write_first(teacher: Actor, campus: Campus) -> None:
    rule = Rule(5, timedelta(hours=48))
    outlet = Outlet("wechat", 2048, "bytes", lambda text: (len(text.encode()), 1), rule=rule)
    owner = Owner(student_id=await campus.student("孙七", bind=None))
    async with campus.database.begin() as session:
        await bind(session, Address("wechat", "sun", "sun"), owner, NOON)
    for one, words in ((outlet, "（公众号）"), (replace(outlet, knocks=True), "（公众号，会先用模板消息提醒他来看）")):
        async with campus.database.begin() as session:
            within = replace(context(session, teacher, NOON), outlets=(one,))
            target = await target_of(within, teacher, "名单 孙七")
            shown = preview_reply(await compose(within, target, "周五放假"), NOON)
        assert f"只有他先发消息才能收到：1 人{words}" in shown.text
        assert "能收到 " not in shown.text.replace("才能收到", "")
        assert "收不到" not in shown.text
