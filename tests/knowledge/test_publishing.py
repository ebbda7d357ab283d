"""From a published notice over its amendment to the student: each concerned hears it once; no old date comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from bot.clockwork import tick
from bot.delivery import Sender
from handlers.items import items as show_items
from knowledge.answering import KnowledgeBase
from knowledge.documents import read
from knowledge.importing import TakenIn, take_in
from knowledge.packs import PackItem
from knowledge.publishing import Published, Undecided, catch_up, publish, settle_duplicates, without_days
from knowledge.shelving import entries_of
from storage import audit, items
from storage.amendments import current
from storage.database import Database
from storage.items import edit, items_of, mark
from storage.models import Audit, Delivery, Item, ItemStatus, Notice, School
from storage.notices import published_passages, retired_passages, school_named
from tests.fakes.campus import COHORT, Campus, build
from tests.fakes.letters import NOTICE, SCHOOL, amending, letter
from tests.fakes.line import PageLine
from tests.fakes.nobody import say

CHANGES = (
    "档案转寄地址填写截止时间由 6 月 8 日调整为 6 月 12 日。",
    "生源地贷款信息确认截止时间由 6 月 8 日调整为 6 月 15 日。",
    "取消毕业体检。",
)
ARCHIVE, LOAN, BOOKS, HEALTH = "档案转寄地址", "贷款", "图书", "体检"


@dataclass
class Office:
    """The school's office at work on one store."""

    campus: Campus
    folder: Path
    now: datetime
    school: str
    line: PageLine = field(default_factory=PageLine)

    @property
    def database(self) -> Database:
        return self.campus.database

    async def take_in(self, text: str, name: str, publishing: bool | None = None) -> TakenIn:
        document = letter(self.folder, text, name)
        async with self.database.begin() as session:
            return await take_in(session, document, self.school, self.now, "staff:1", publishing=publishing)

    async def publish(self, notice: Notice, **decided: str) -> Published:
        async with self.database.begin() as session:
            return await publish(session, await session.get_one(Notice, notice.id), self.now, "staff:1", decided)

    async def confirm(self) -> None:
        """Everything that is proposed is published."""
        async with self.database.begin() as session:
            rows = await items.listed(session, school_id=self.campus.school_id, statuses=("proposed",))
            await items.publish(session, [row.id for row in rows])

    async def item(self, words: str, status: str = "published") -> Item:
        async with self.database.read() as session:
            rows = await items.listed(session, school_id=self.campus.school_id, statuses=(status,))
            (found,) = [row for row in rows if words in row.title]
            session.expunge(found)
        return found

    async def mark(self, student: UUID, words: str, status: str) -> None:
        item = await self.item(words)
        async with self.database.begin() as session:
            await mark(session, student_id=student, item_id=item.id, status=status, now=self.now)

    async def tick(self, later: timedelta = timedelta()) -> list[tuple[str, str]]:
        """Lets the clockwork go once; gives what was said: (name, text)."""
        before = len(self.line.said)
        await tick(self.database, Sender(self.database, {"web": self.line}, elapsed=lambda: 0.0), self.now + later)
        return [(chat.removeprefix("web-"), reply.text) for chat, reply in self.line.said[before:]]

    async def ask(self, question: str) -> str:
        base = await KnowledgeBase.load(self.database)
        async with self.database.read() as session:
            answer = await base.ask(
                session, question, school_id=self.campus.school_id, today=self.now.date(), history=()
            )
        return answer.text


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    """The notice is published and its items confirmed; four students, the last without a loan."""
    campus = await build(database)
    async with database.read() as session:
        school = (await session.get_one(School, campus.school_id)).name
    made = Office(campus, tmp_path, datetime.fromisoformat("2023-05-31T10:00:00+08:00"), school)
    await made.take_in(NOTICE, "notice.md")
    await made.confirm()
    for student in ("林一", "陈二", "赵三"):
        await campus.student(student, loan=True)
    await campus.student("钱四", loan=False)
    return made


async def test_exactly_the_concerned_hear_it_once_with_both_dates(office: Office) -> None:
    students = office.campus.students
    await office.mark(students["林一"], ARCHIVE, "done")
    await office.mark(students["林一"], LOAN, "waived")
    await office.mark(students["林一"], HEALTH, "done")
    await office.mark(students["陈二"], ARCHIVE, "handed_in")
    await office.mark(students["陈二"], LOAN, "done")
    await office.mark(students["陈二"], HEALTH, "done")
    taken = await office.take_in(amending(*CHANGES), "new.md")
    assert taken.published is None
    assert taken.plan is not None
    assert taken.plan.concerned == 3
    done = await office.publish(taken.notice)
    assert (done.changed, done.cancelled, done.told) == (2, 1, 3)
    said = dict(await office.tick())
    assert set(said) == {"陈二", "赵三", "钱四"}
    assert said["陈二"].splitlines()[0].startswith("【变更】")
    assert "6 月 8 日 → 6 月 12 日" in said["陈二"]
    assert "贷款" not in said["陈二"]
    assert "【变更】你有 3 件事的安排变了" in said["赵三"]
    assert "6 月 8 日 → 6 月 15 日" in said["赵三"]
    assert "6 月 5 日 → 取消" in said["赵三"]
    assert "贷款" not in said["钱四"]
    assert "补充通知》（2023-05-30 发布）" in said["钱四"]
    assert await office.publish(taken.notice) == Published()
    assert (await office.take_in(amending(*CHANGES), "new.md")).published == Published()
    assert await office.tick(timedelta(minutes=5)) == []
    async with office.database.read() as session:
        assert await audit.verify(session) is None
        actions = (await session.scalars(select(Audit.action))).all()
    assert actions.count("notice.amended") == 1


async def test_answers_give_the_new_date_and_the_new_notice(office: Office) -> None:
    question = "档案转寄地址什么时候截止"
    assert "6 月 8 日" in await office.ask(question)
    taken = await office.take_in(amending(*CHANGES), "new.md")
    assert "6 月 8 日" in await office.ask(question), "not before it is published"
    await office.publish(taken.notice)
    answer = await office.ask(question)
    assert "6 月 12 日" in answer
    assert "补充通知》" in answer
    assert "6 月 10 日" in await office.ask("图书什么时候归还"), "what is not spoken of stays"
    assert "6 月 5 日" not in await office.ask("毕业体检什么时候")


async def test_what_was_done_stays_done_and_old_buttons_lead_on(office: Office) -> None:
    student = office.campus.students["林一"]
    await office.mark(student, ARCHIVE, "done")
    old = await office.item(ARCHIVE)
    taken = await office.take_in(amending(*CHANGES), "new.md")
    await office.publish(taken.notice)
    new = await office.item(ARCHIVE)
    async with office.database.read() as session:
        views = {view.title: view for view in await items_of(session, student, office.now)}
        assert await current(session, old.id) == new.id
    assert views[new.title].status == "done"
    assert views[new.title].due_on == date(2023, 6, 12)
    assert not any("体检" in title for title in views)
    assert (new.title, new.how, new.is_deadline) == (old.title, old.how, old.is_deadline)


async def test_reminders_move_even_those_already_planned(office: Office) -> None:
    office.now = datetime.fromisoformat("2023-06-07T08:30:00+08:00")
    await office.tick()
    taken = await office.take_in(amending(CHANGES[0]), "new.md")
    await office.publish(taken.notice)
    said = [text for name, text in await office.tick(timedelta(hours=1)) if name == "钱四" and "早上好" in text]
    assert not any("6 月 8 日" in text for text in said)


async def test_before_anybody_was_told_it_takes_effect_on_import(office: Office) -> None:
    for name in list(office.campus.students):
        student = office.campus.students[name]
        for words in (ARCHIVE, LOAN, HEALTH):
            await office.mark(student, words, "waived")
    taken = await office.take_in(amending(*CHANGES), "new.md")
    assert taken.published == Published(2, 1, taken.published.retired if taken.published else 0, 0)


async def test_the_amendment_may_come_first(database: Database, tmp_path: Path, now: datetime) -> None:
    async with database.begin() as session:
        await take_in(session, letter(tmp_path, amending(*CHANGES), "new.md"), None, now, "s", publishing=None)
        await take_in(session, letter(tmp_path), None, now + timedelta(hours=1), "s", publishing=None)
        school = await school_named(session, SCHOOL)
        assert school is not None
        texts = [row.text for row in await published_passages(session, school.id)]
    assert not any("6 月 8 日前在学工系统" in text for text in texts)


async def test_an_amendment_of_an_amendment(office: Office) -> None:
    first = await office.take_in(amending(CHANGES[0]), "first.md")
    await office.publish(first.notice)
    text = amending(
        "档案转寄地址填写截止时间由 6 月 12 日再次调整为 6 月 14 日。", title="关于再次调整离校安排的补充通知"
    )
    second = await office.take_in(text.replace("5 月 30 日", "5 月 31 日"), "second.md")
    done = await office.publish(second.notice)
    assert (done.changed, done.told) == (1, 4)
    assert (await office.item(ARCHIVE)).due_on == date(2023, 6, 14)
    answer = await office.ask("档案转寄地址什么时候截止")
    assert "6 月 14 日" in answer


async def test_a_doubt_is_decided_by_a_person(office: Office) -> None:
    taken = await office.take_in(amending("系统内信息填写确认时间由 6 月 8 日改为 6 月 20 日。"), "new.md")
    found = taken.plan
    assert found is not None
    assert taken.published is None
    assert found.perhaps > 0
    with pytest.raises(Undecided):
        await office.publish(taken.notice)
    loan = await office.item(LOAN)
    done = await office.publish(taken.notice, **{found.diff.unsure[0].new.key: loan.key})
    assert done.changed == 1
    assert (await office.item(LOAN)).due_on == date(2023, 6, 20)


async def test_what_a_person_edited_stays_when_it_is_imported_again(office: Office) -> None:
    archive = await office.item(ARCHIVE)
    async with office.database.begin() as session:
        await edit(session, archive.id, title="填写档案寄到哪里", due_on=date(2023, 6, 9))
    await office.take_in(NOTICE, "notice.md")
    kept = await office.item("填写档案寄到哪里")
    assert kept.due_on == date(2023, 6, 9)
    corrected = NOTICE.replace("6 月 10 日前归还图书", "6 月 11 日前归还图书")
    taken = await office.take_in(corrected, "notice.md")
    await office.publish(taken.notice)
    assert (await office.item("填写档案寄到哪里")).due_on == date(2023, 6, 9)
    assert (await office.item("图书")).due_on == date(2023, 6, 11)
    assert "6 月 11 日" in await office.ask("图书什么时候归还")


async def test_an_edited_proposal_of_the_amendment_counts(office: Office) -> None:
    taken = await office.take_in(amending(CHANGES[0]), "new.md")
    proposal = await office.item("档案转寄地址填写", "proposed")
    async with office.database.begin() as session:
        await edit(session, proposal.id, due_on=date(2023, 6, 13), title=proposal.title)
    await office.publish(taken.notice)
    assert {text.splitlines()[0].split("→")[1].strip() for _, text in await office.tick()} == {"6 月 13 日"}


async def test_a_rejected_proposal_changes_nothing(office: Office) -> None:
    taken = await office.take_in(amending(CHANGES[0]), "new.md")
    proposal = await office.item("档案转寄地址填写", "proposed")
    async with office.database.begin() as session:
        await items.reject(session, [proposal.id])
    assert (await office.publish(taken.notice)).changed == 0
    assert (await office.item(ARCHIVE)).due_on == date(2023, 6, 8)


async def test_many_students_cost_few_statements_and_one_row_each(office: Office) -> None:
    taken = await office.take_in(amending(*CHANGES), "new.md")
    await office.publish(taken.notice)
    async with office.database.read() as session:
        keys = (await session.scalars(select(Delivery.key).where(Delivery.kind == "amendment"))).all()
    assert sorted(keys) == sorted(f"amend:{taken.notice.id.hex}:{s.hex}" for s in office.campus.students.values())


async def test_nobody_of_another_school_is_told(office: Office) -> None:
    other = await build(office.database)
    await other.student("外校")
    taken = await office.take_in(amending(*CHANGES), "new.md")
    await office.publish(taken.notice)
    assert "外校" not in dict(await office.tick())


async def test_a_pack_is_not_brought_back(office: Office) -> None:
    reviewed = PackItem(key="archive", title="填档案转寄地址", cohort=COHORT, due_on=date(2023, 6, 8))
    school_id = office.campus.school_id
    async with office.database.begin() as session:
        await items.save_items(session, school_id, COHORT, [reviewed], None, "published")
    taken = await office.take_in(amending(CHANGES[0]), "new.md")
    done = await office.publish(taken.notice)
    async with office.database.begin() as session:
        again = await items.save_items(session, school_id, COHORT, [reviewed], None, "published")
        count = await session.scalar(
            select(func.count(Item.id)).where(Item.status == "published", Item.due_on == date(2023, 6, 8))
        )
    assert (done.changed, again.kept, count) == (2, 1, 1)


async def test_a_pack_that_comes_later_is_changed_at_once(office: Office) -> None:
    taken = await office.take_in(amending(*CHANGES), "new.md")
    await office.publish(taken.notice)
    rows = [
        PackItem(key="archive", title="填写档案寄往何处", quote="在学工系统填写档案转寄地址", cohort=COHORT,
                 due_on=date(2023, 6, 8), how="remote", steps="登录学工系统。6 月 8 日前提交。"),
        PackItem(key="books", title="还书", quote="归还图书", cohort=COHORT, due_on=date(2023, 6, 10)),
    ]  # fmt: skip
    school_id = office.campus.school_id
    async with office.database.begin() as session:
        saved = await items.save_items(session, school_id, COHORT, rows, taken.notice.amends_id, "published")
        assert await catch_up(session, school_id, COHORT, saved.new) == 1
        assert await catch_up(session, school_id, COHORT, saved.new) == 0
    moved = await office.item("填写档案寄往何处")
    assert (moved.due_on, moved.how, moved.steps) == (date(2023, 6, 12), "remote", "登录学工系统。")
    assert (await office.item("还书")).due_on == date(2023, 6, 10)


async def test_a_reviewer_sees_a_task_once(database: Database, tmp_path: Path, now: datetime) -> None:
    async with database.begin() as session:
        taken = await take_in(session, letter(tmp_path), None, now, "s", publishing=None)
        reviewed = PackItem(
            key="archive",
            title="填写档案转寄地址",
            cohort=COHORT,
            due_on=date(2023, 6, 8),
            quote="学工系统填写档案转寄地址",
            locator="notice.md:15",
        )
        school_id = taken.notice.school_id
        await items.save_items(session, school_id, COHORT, [reviewed], taken.notice.id, "published")
        assert await settle_duplicates(session, school_id, COHORT) == 1
        assert await settle_duplicates(session, school_id, COHORT) == 0
        shown = await items.listed(session, notice_id=taken.notice.id)
    assert [item.key for item in shown if "档案" in item.title] == ["archive"]
    assert len([item for item in shown if "贷款" in item.title]) == 1


async def test_standings_are_taken_over_on_both_stores(office: Office) -> None:
    for name, status in (("林一", "done"), ("陈二", "returned"), ("赵三", "handed_in")):
        await office.mark(office.campus.students[name], BOOKS, status)
    taken = await office.take_in(amending("图书归还截止时间改为 6 月 14 日。"), "new.md")
    await office.publish(taken.notice)
    new = await office.item(BOOKS)
    async with office.database.read() as session:
        rows = await session.scalars(select(ItemStatus).where(ItemStatus.item_id == new.id))
        assert sorted(row.status for row in rows) == ["done", "handed_in", "returned"]


async def test_reviewed_answers_retire_with_their_date(
    sqlite: Database, tmp_path: Path, shared_dir: Path, now: datetime
) -> None:
    """On a notice with twenty tasks in one line: only what was made from the changed sentence goes."""
    title = "2023 届毕业生毕业离校工作方案"
    text = amending(
        "档案转寄地址填写及审核截止时间由 6 月 8 日调整为 6 月 12 日。", "毕业典礼由 6 月 26 日推迟至 6 月 28 日举行。"
    )
    text = text.replace("前期通知", f"《{title}》").replace(SCHOOL, "重庆商务职业学院")
    text = text[: text.index("现将《")] + f"现将《{title}》中的部分安排调整如下：" + text[text.index("如下：") + 3 :]
    (notice,) = (shared_dir / "notices").glob("000*.txt")
    async with sqlite.begin() as session:
        await take_in(session, read(notice), None, now, "s", publishing=None)
        before = {entry.key: entry.text for entry in entries_of(await published_passages(session))}
        taken = await take_in(session, letter(tmp_path, text, "new.md"), None, now, "s", publishing=None)
        retired = await retired_passages(session)
        after = {e.key: e.text for e in entries_of(await published_passages(session), retired=retired)}
    assert taken.published is not None
    gone = {before[key] for key in before.keys() - after.keys() if key.startswith("pack:")}
    assert gone
    assert all("6 月 26 日" in answer or "6 月 8 日" in answer for answer in gone)
    assert all("典礼" in answer or "地址" in answer for answer in gone)
    assert any("6 月 8 日" in text and "贷款" in text for text in after.values()), "the same day, another task"


def test_what_to_do_forgets_the_old_day() -> None:
    steps = "登录学工系统填写。6 月 8 日前提交。填好后等学院审核。"
    assert without_days(steps, {date(2023, 6, 8)}, ()) == "登录学工系统填写。填好后等学院审核。"
    assert without_days("6 月 8 日前提交。", {date(2023, 6, 8)}, ()) is None


async def test_an_old_button_leads_to_what_is_valid_now(office: Office) -> None:
    old = await office.item(ARCHIVE)
    taken = await office.take_in(amending(CHANGES[0]), "new.md")
    await office.publish(taken.notice)
    student = await office.campus.student_actor("林一")
    reply = await say(show_items, office.database, student, office.now, "", f"item:show:{old.id.hex}")
    assert reply is not None
    assert "6 月 12 日" in reply.text


async def test_importing_and_publishing_are_audited_without_words(sqlite: Database, tmp_path: Path) -> None:
    document = letter(tmp_path)
    async with sqlite.begin() as session:
        for _ in range(2):
            await take_in(
                session, document, SCHOOL, datetime(2023, 5, 20, 9, tzinfo=UTC), "system:cli", publishing=True
            )
        rows = (await session.scalars(select(Audit).order_by(Audit.id))).all()
        assert [(row.actor, row.action) for row in rows] == [
            ("system:cli", "notice.imported"),
            ("system:cli", "notice.published"),
            ("system:cli", "notice.imported"),
        ]
        assert all(isinstance(count, int) for row in rows for count in row.detail.get("counts", {}).values())
        assert await audit.verify(session) is None
