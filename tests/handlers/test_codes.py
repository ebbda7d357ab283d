"""发码: codes for one's own classes, as a list or one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import func, select, update

from handlers import codes as giving
from handlers.codes import code_list, sheet
from handlers.identity import identity
from handlers.messages import Reply
from storage import bindings, people
from storage.bindings import Owner
from storage.database import Database
from storage.models import Audit, BindCode, School
from storage.people import Place
from tests.fakes.parlour import Parlour


@dataclass
class Scene:
    """Two classes of two students, their counselors 's1' and 's2', an office 'b', all bound; no student is."""

    parlour: Parlour
    database: Database
    ids: dict[str, UUID]

    async def rows(self, reply: Reply) -> list[tuple[str, ...]]:
        """The lines of the list in the reply."""
        (file,) = reply.files
        async with self.database.read() as session:
            data = await self.parlour.files.load(session, file.id)
        return [tuple(row) for row in load_workbook(BytesIO(data)).active.iter_rows(min_row=2, values_only=True)]

    async def issued(self) -> int:
        """How many codes were ever issued."""
        async with self.database.read() as session:
            return await session.scalar(select(func.count()).select_from(BindCode)) or 0


@pytest.fixture
async def scene(database: Database, now: datetime, tmp_path: Path) -> Scene:
    scene = Scene(Parlour(database, (identity, code_list), tmp_path, now), database, {})
    async with database.begin() as session:
        school = scene.ids["school"] = await people.add_school(session, "江北学院")
        for number in (1, 2):
            group = scene.ids[f"会计{number}班"] = await people.add_class(
                session, school_id=school, cohort="2023届", college="会计学院", name=f"会计{number}班", position=number
            )
            staff = await people.add_staff(
                session, school_id=school, number=f"T00{number}", name="某老师", class_ids=[group]
            )
            await bindings.bind(session, Place("web", f"s{number}", f"s{number}"), Owner(staff_id=staff), now)
            for place, name in enumerate(("张三", "=李四"), 1):
                scene.ids[f"{name}{number}"] = await people.add_student(
                    session,
                    school_id=school,
                    class_id=group,
                    number=f"20230{number}0{place}",
                    name=name,
                    position=place,
                )
        office = await people.add_staff(session, school_id=school, number="B001", name="办公室", role="office")
        await people.add_staff(session, school_id=school, phone="13900000005", name="新老师")
        await bindings.bind(session, Place("web", "b", "b"), Owner(staff_id=office), now)
    return scene


async def test_a_list_for_the_class(scene: Scene) -> None:
    reply = await scene.parlour.tell("s1", "发码 会计1班")
    assert "还没绑定的 2 人" in reply.text
    assert "6 月 21 日前有效" in reply.text
    rows = await scene.rows(reply)
    assert [row[:3] for row in rows] == [("会计1班", "20230101", "张三"), ("会计1班", "20230102", "=李四")]
    bound = await scene.parlour.tell("u", f"绑定 20230101 张三 {rows[0][3]}")
    assert "绑定好了" in bound.text
    assert [row[2] for row in await scene.rows(await scene.parlour.tell("s1", "发码会计1班"))] == ["=李四"]


async def test_all_bound(scene: Scene, now: datetime) -> None:
    async with scene.database.begin() as session:
        for name in ("张三1", "=李四1"):
            await bindings.bind(session, Place("web", name, name), Owner(student_id=scene.ids[name]), now)
    assert "都绑定了" in (await scene.parlour.tell("s1", "发码 会计1班")).text


async def test_one_student(scene: Scene) -> None:
    reply = await scene.parlour.tell("s1", "发码 20230101")
    assert "张三（会计1班）的绑定码" in reply.text
    code = reply.text.split("：")[1][:9]
    assert "绑定好了" in (await scene.parlour.tell("u", f"绑定 20230101 张三 {code}")).text


async def test_choosing(scene: Scene) -> None:
    chosen = await scene.parlour.tell("s1", "发码")
    assert [button.label for button in chosen.buttons] == ["会计1班"]
    assert "还没绑定的 2 人" in (await scene.parlour.tell("s1", action=chosen.buttons[0].action)).text
    both = await scene.parlour.tell("b", "发码")
    assert [button.label for button in both.buttons] == ["会计1班", "会计2班", "给辅导员发码"]
    assert "哪一个班" in (await scene.parlour.tell("b", "发码 会计")).text
    which = await scene.parlour.tell("b", "发码 张三")
    assert [button.label for button in which.buttons] == ["会计1班 0101", "会计2班 0201"]
    assert "会计2班" in (await scene.parlour.tell("b", action=which.buttons[1].action)).text


async def test_staff_get_theirs_from_the_office(scene: Scene) -> None:
    rows = await scene.rows(await scene.parlour.tell("b", "发码 辅导员"))
    assert [row[:3] for row in rows] == [("辅导员", "13900000005", "新老师")]
    bound = await scene.parlour.tell("new", f"绑定 13900000005 新老师 {rows[0][3]}")
    assert "绑定好了" in bound.text
    assert "不归你发" in (await scene.parlour.tell("s1", "发码 辅导员")).text
    assert "不归你发" in (await scene.parlour.tell("s1", action="codes:staff")).text


async def test_never_outside_his_classes(scene: Scene) -> None:
    """T3: every foreign id and name gets the same answer as one that does not exist, and no code is made."""
    foreign = [f"codes:class:{scene.ids['会计2班'].hex}", f"codes:student:{scene.ids['张三2'].hex}"]
    absent = [f"codes:class:{uuid4().hex}", f"codes:student:{uuid4().hex}", "codes:class:zz", "codes:student:"]
    for action in foreign + absent:
        assert await scene.parlour.tell("s1", action=action) == Reply(giving.NOT_FOUND)
    for text in ("发码 会计2班", "发码 20230201", "发码 王五", "发码 会计9班"):
        assert await scene.parlour.tell("s1", text) == Reply(giving.NOT_FOUND)
    assert await scene.issued() == 0


async def test_only_staff_in_private_and_at_home(scene: Scene, now: datetime) -> None:
    async with scene.database.begin() as session:
        await bindings.bind(session, Place("web", "u", "u"), Owner(student_id=scene.ids["张三1"]), now)
    action = f"codes:class:{scene.ids['会计1班'].hex}"
    for user in ("u", "nobody"):
        assert await scene.parlour.say(user, "发码 会计1班") is None
        assert await scene.parlour.say(user, action=action) is None
    grouped = await scene.parlour.say("s1", "发码 会计1班", group=True)
    abroad = await scene.parlour.say("s1", "发码 会计1班", abroad=True)
    assert grouped is not None
    assert abroad == Reply(giving.ABROAD)
    assert "不能发在群里" in grouped.text
    assert await scene.issued() == 0
    assert await scene.parlour.say("s1", "档案") is None


async def test_the_school_sets_the_lifetime(scene: Scene) -> None:
    async with scene.database.begin() as session:
        await session.execute(update(School).values(rules={"code_days": 3}))
    assert "6 月 10 日前有效" in (await scene.parlour.tell("s1", "发码 20230101")).text
    async with scene.database.read() as session:
        row = (await session.execute(select(BindCode.issued_at, BindCode.expires_at))).one()
        assert row.expires_at - row.issued_at == timedelta(days=3)


async def test_is_audited_with_counts_only(scene: Scene) -> None:
    await scene.parlour.tell("s1", "发码 会计1班")
    await scene.parlour.tell("s1", "发码 20230101")
    async with scene.database.read() as session:
        rows = (await session.execute(select(Audit.action, Audit.target, Audit.detail).order_by(Audit.id))).all()
    assert [tuple(row) for row in rows] == [
        ("codes.issued", f"class:{scene.ids['会计1班']}", {"count": 2}),
        ("codes.issued", f"student:{scene.ids['张三1']}", {"count": 1}),
    ]


async def test_a_counselor_without_a_class(scene: Scene, now: datetime) -> None:
    async with scene.database.begin() as session:
        staff = await people.add_staff(session, school_id=scene.ids["school"], number="T009", name="无班")
        await bindings.bind(session, Place("web", "s9", "s9"), Owner(staff_id=staff), now)
    assert "还没有班级" in (await scene.parlour.tell("s9", "发码")).text


_cell = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


@given(st.lists(st.tuples(_cell, st.sampled_from("=+-@").flatmap(lambda c: _cell.map(c.__add__)), _cell, _cell)))
def test_no_cell_is_a_formula(rows: list[tuple[str, str, str, str]]) -> None:
    page = load_workbook(BytesIO(sheet(rows, "6 月 21 日"))).active
    cells = [cell for row in page.iter_rows(min_row=2) for cell in row]
    assert all(cell.data_type in ("s", "n") and not isinstance(cell.value, (int, float)) for cell in cells)
    assert [tuple(c.value for c in row[:2]) for row in page.iter_rows(min_row=2)] == [row[:2] for row in rows]


async def test_a_new_code_lifts_the_lock_on_the_number(scene: Scene) -> None:
    for number in range(5):
        await scene.parlour.say(f"guess{number}", "绑定 202301 张三 ABCD-1234".replace("202301", "20230101"))
    assert "过一小时" in (await scene.parlour.tell("fresh", "绑定 20230101 张三 ABCD-1234")).text
    given = await scene.parlour.tell("s1", "发码 20230101")
    assert "锁已解开" in given.text
    code = given.text.split("绑定码：")[1].split()[0]
    assert "绑定好了" in (await scene.parlour.tell("mine", f"绑定 20230101 张三 {code}")).text
    async with scene.database.read() as session:
        noted = (await session.scalars(select(Audit).where(Audit.action == "bind.unlocked"))).one()
    assert (noted.target, noted.detail) == (f"student:{scene.ids['张三1']}", {"count": 1})


async def test_a_list_lifts_the_locks_of_its_class_and_of_no_other(scene: Scene) -> None:
    for start in ("20230101", "20230201"):
        for number in range(5):
            await scene.parlour.say(f"{start}-{number}", f"绑定 {start} 张三 ABCD-1234")
    assert "锁" not in (await scene.parlour.tell("s1", "发码 20230102")).text
    await scene.parlour.tell("s1", "发码 会计1班")
    wrong, locked = [(await scene.parlour.tell(f"n{n}", f"绑定 {n} 张三 ABCD-1234")).text for n in (20230101, 20230201)]
    assert "对不上" in wrong
    assert "过一小时" in locked
