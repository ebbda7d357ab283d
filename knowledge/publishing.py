"""A notice that changes another one, from the store to the store: what it would do, and doing it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.amend import Diff, Match, Pair, compare, match
from knowledge.blocks import Block, Document
from knowledge.changes import REPLACEMENT, SUPPLEMENT
from knowledge.comparing import Change
from knowledge.dates import Base, find_times
from knowledge.extract import propose_items
from knowledge.pairing import SURE, Likeness, Task
from knowledge.stale import stale_of
from knowledge.text import squeezed
from storage import amendments, audit, notices
from storage.models import Item, Notice
from storage.notices import PassageRow

Decisions = Mapping[str, str | None]
"""What a person decided: the key of a proposal → the key of the old item it changes, or None: it is something new."""


class Undecided(Exception):
    """Somebody has to say first which tasks are meant. `plan` holds them."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"有 {len(plan.diff.unsure)} 处看不准指的是哪件事，请先确认。")
        self.plan = plan


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing a notice would do to the one it changes."""

    notice: Notice
    amended: Notice
    diff: Diff
    concerned: int
    """How many students would be told."""
    perhaps: int = 0
    """How many more might be, once a person has said what is meant."""


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did; all zero where it had been done before."""

    changed: int = 0
    cancelled: int = 0
    retired: int = 0
    """Passages that answer no more."""
    told: int = 0
    """Students with a message on its way."""


def document_of(notice: Notice, passages: Sequence[PassageRow]) -> Document:
    """A stored notice as it was read; what was put together from its file lines is not cut apart again."""
    blocks = tuple(Block(row.kind, row.text, row.section, row.line, 0, row.cells) for row in passages)
    return Document(
        file=notice.file,
        title=notice.title,
        issuer=notice.issuer,
        cohort=notice.cohort,
        document_number=notice.document_number,
        issued_on=notice.issued_on,
        blocks=blocks,
        digest=notice.digest,
    )


async def relate(session: AsyncSession, notice: Notice) -> Match[Document] | None:
    """Looks for the notice that this one changes and notes it; None: it changes none. What is published stays."""
    if notice.status != "proposed":
        return None
    document = document_of(notice, await notices.passages_of(session, notice.id))
    known = {one.digest: one for one, _ in await notices.notices(session, notice.school_id) if _before(one, notice)}
    found = match(document, [document_of(one, ()) for one in known.values()])
    amended = known[found.notice.digest] if found else None
    await amendments.relate(session, notice, amended.id if amended else None, found.kind if found else None)
    return found


def _before(one: Notice, notice: Notice) -> bool:
    """Their dates of issue tell (`match` looks at them); where one has none, what was imported first."""
    dated = one.issued_on is not None and notice.issued_on is not None
    return one.id != notice.id and one.amends_id != notice.id and (dated or one.imported_at <= notice.imported_at)


async def plan(session: AsyncSession, notice: Notice, decided: Decisions | None = None) -> Plan | None:
    """What publishing would change; None where the notice changes no other one."""
    if notice.amends_id is None:
        return None
    amended = await notices.notice(session, notice.amends_id)
    assert amended is not None
    family = await amendments.family(session, notice)
    valid = await amendments.valid_items(session, notice, {one.id for one in family})
    own = {item.key: item for item in await amendments.items_of_notice(session, notice.id)}
    shown = {key: item for key, item in own.items() if item.status != "rejected"}
    diff = compare(
        cast("list[Task]", valid),
        document_of(notice, await notices.passages_of(session, notice.id)),
        notice.amends_as or SUPPLEMENT,
        await _read_before(session, family),
        stored=cast("dict[str, Task]", shown | {item.key: item for item in valid}),
        decided=decided,
    )
    doubtful = [cast("Item", task) for one in diff.unsure for task in one.candidates]
    concerned = await amendments.count_concerned(session, _touched(diff))
    return Plan(notice, amended, diff, concerned, await amendments.count_concerned(session, doubtful))


def _touched(diff: Diff) -> list[Item]:
    """The stored items that are not what they were."""
    tasks = [*(pair.old for pair in diff.changed), *(one.old for one in diff.cancelled)]
    return [cast("Item", task) for task in tasks]


async def _read_before(session: AsyncSession, family: Sequence[Notice]) -> dict[str, Task]:
    """What the machine reads in the notices before, by key."""
    read: dict[str, Task] = {}
    for notice in family:
        document = document_of(notice, await notices.passages_of(session, notice.id))
        read |= {item.key: item for item in propose_items(document)}
    return read


async def publish(
    session: AsyncSession,
    notice: Notice,
    now: datetime,
    by: str,
    decided: Decisions | None = None,
    *,
    leave_unsure: bool = False,
) -> Published:
    """Publishes a notice with everything it changes, in this transaction; again does nothing.

    What was left undecided then can be decided later. Raises `Undecided` where a person has to say what is meant,
    unless that is to be left as it is.
    """
    await session.refresh(notice, with_for_update=True)  # two who publish at once: the second finds it done
    before = notice.published_at is not None
    if before and not decided:
        return Published()
    found = await plan(session, notice, decided)
    if found is not None and before:
        found = _only(found, decided or {})
    elif found is not None and found.diff.unsure and not leave_unsure:
        raise Undecided(found)
    await notices.publish(session, notice.id, now)
    await audit.record(
        session, now=now, actor=by, action="notice.published", target=f"notice:{notice.id}", school_id=notice.school_id
    )
    return await _apply(session, found, now, by) if found is not None else Published()


def _only(found: Plan, decided: Decisions) -> Plan:
    """What a person decided after the notice was published; the rest of it took effect then."""
    changed = tuple(pair for pair in found.diff.changed if decided.get(pair.new.key) == pair.old.key)
    return replace(found, diff=Diff(SUPPLEMENT, changed=changed))


async def _apply(session: AsyncSession, found: Plan, now: datetime, by: str) -> Published:
    notice, diff = found.notice, found.diff
    for pair in diff.changed:
        await _change(session, notice, pair)
    for called_off in diff.cancelled:
        await amendments.cancel(session, cast("Item", called_off.old), notice)
    for pair in diff.unchanged:
        await _stays(session, notice, pair, anew=diff.kind == REPLACEMENT)
    ended = _touched(diff)
    family = await amendments.family(session, notice)
    retired = 0
    if diff.kind == REPLACEMENT:
        await amendments.replace_notices(session, [one.id for one in family])
    else:
        for one in family:
            retired += await _retire(session, one, ended, notice.id)
    told = await amendments.tell(session, notice.id, now)
    done = Published(len(diff.changed), len(diff.cancelled), retired, told)
    await _record(session, notice, done, now, by)
    return done


async def _change(session: AsyncSession, notice: Notice, pair: Pair) -> Item:
    """Puts the new item in the old one's place and gives it."""
    old, new = cast("Item", pair.old), cast("Item", pair.new)
    values = dict(pair.values)
    if old is new:  # the same sentence, read once more with another result: the row is its own history
        return old
    if old.steps and not new.edited:
        values["steps"] = without_days(old.steps, {day for day in (old.opens_on, old.due_on) if day}, pair.changes)
    successor = await amendments.supersede(session, old, new, values, notice)
    for also in pair.also:
        if also is not pair.new:
            await amendments.set_aside(session, cast("Item", also), successor)
    return successor


async def catch_up(session: AsyncSession, school_id: UUID, cohort: str, item_ids: Collection[UUID]) -> int:
    """Items that came into the store after notices that change them: they are changed now. Nobody is told: whom it
    concerned was told when the notice was published. Gives how many."""
    known = await amendments.items_of_cohort(session, school_id, cohort)
    rows = [item for item in known if item.id in item_ids and item.status in ("proposed", "published")]
    count = 0
    for notice in await amendments.supplements(session, school_id, cohort):
        family = {one.id for one in await amendments.family(session, notice)}
        mine = [row for row in rows if row.notice_id is None or row.notice_id in family]
        own = {item.key: item for item in await amendments.items_of_notice(session, notice.id)}
        document = document_of(notice, await notices.passages_of(session, notice.id))
        diff = compare(cast("list[Task]", mine), document, SUPPLEMENT, {}, stored=cast("dict[str, Task]", own))
        for pair in diff.changed:
            successor = await _change(session, notice, pair)
            rows = [successor if row is pair.old else row for row in rows]
        for one in diff.cancelled:
            await amendments.cancel(session, cast("Item", one.old), notice)
            rows = [row for row in rows if row is not one.old]
        count += len(diff.changed) + len(diff.cancelled)
    return count


async def _stays(session: AsyncSession, notice: Notice, pair: Pair, *, anew: bool) -> None:
    """The same task said once more: one row of it is enough; where all is said anew it stands in the new notice now."""
    old, new = cast("Item", pair.old), cast("Item", pair.new)
    if anew:
        old.notice_id, old.quote, old.locator = notice.id, new.quote, new.locator
    for other in (new, *(cast("Item", also) for also in pair.also)):
        if other is not old and other.status == "proposed" and not other.edited:
            await amendments.set_aside(session, other, old)


def without_days(steps: str, days: set[date], changes: Sequence[Change]) -> str | None:
    """What the student is told to do, without the sentences that name the time or place that is over."""
    gone = [squeezed(change.old) for change in changes if change.field == "place"]
    kept = [
        part
        for part in _parts(steps)
        if not days & _days(part, days) and not any(place in squeezed(part) for place in gone)
    ]
    return "".join(kept).rstrip("；，") or None


def _parts(text: str) -> list[str]:
    return re.findall(r"[^。；;]+[。；;]?", text)


def _days(text: str, like: set[date]) -> set[date]:
    base = Base(min(like).year) if like else Base()
    return {day for times in find_times(text, base) for day in (times.start, times.end) if day}


async def _retire(session: AsyncSession, notice: Notice, ended: Sequence[Item], by: UUID) -> int:
    """The notice's passages that say what these items were."""
    rows = await notices.passages_of(session, notice.id)
    document = document_of(notice, rows)
    open_rows = [(row, block) for row, block in zip(rows, document.blocks, strict=True) if not row.superseded]
    found = stale_of([block for _, block in open_rows], cast("list[Task]", ended), Base.of(document))
    for stale in found:
        await amendments.retire(session, open_rows[stale.index][0].id, by, stale.remaining)
    return len(found)


async def renew(session: AsyncSession, notice: Notice) -> None:
    """After a notice was read once more: what later notices have ended in it stays ended."""
    for later in await amendments.family(session, notice):
        ended = await amendments.ended_by(session, later.id)
        if ended and later.status == "published":
            await _retire(session, notice, ended, later.id)


async def _record(session: AsyncSession, notice: Notice, done: Published, now: datetime, by: str) -> None:
    await audit.record(
        session,
        now=now,
        actor=by,
        action="notice.amended",
        target=f"notice:{notice.id}",
        school_id=notice.school_id,
        changed=done.changed,
        cancelled=done.cancelled,
        retired=done.retired,
        told=done.told,
    )


# --- proposals that a reviewed item stands for -----------------------------------------------------------------------


async def settle_duplicates(session: AsyncSession, school_id: UUID, cohort: str) -> int:
    """Sets proposals aside that say what a published item of the same notice says: a reviewer sees the task once."""
    items = await amendments.items_of_cohort(session, school_id, cohort)
    reviewed = [item for item in items if item.status == "published"]
    proposed = [item for item in items if item.status == "proposed" and not item.edited]
    count = 0
    for proposal in proposed:
        stands = _standing_for(proposal, [item for item in reviewed if _one_notice(item, proposal)])
        if stands is not None:
            await amendments.set_aside(session, proposal, stands)
            count += 1
    return count


def _one_notice(one: Item, two: Item) -> bool:
    files = {(item.locator or "").rpartition(":")[0] for item in (one, two)}
    return one.notice_id == two.notice_id if one.notice_id else len(files) == 1


def _standing_for(proposal: Item, reviewed: Collection[Item]) -> Item | None:
    """The reviewed item that was made from the same sentence, or has the same time and nearly the same name."""
    same_time = [item for item in reviewed if (item.opens_on, item.due_on) == (proposal.opens_on, proposal.due_on)]
    quoted = [item for item in same_time if _holds(proposal.quote, item.quote)]
    if quoted:
        return quoted[0]
    likeness = Likeness(cast("list[Task]", same_time))
    rated = [(likeness.of(proposal.title, cast("Task", item)), item.key, item) for item in same_time]
    best = max(rated, default=None, key=lambda found: found[:2])
    return best[2] if best is not None and best[0] >= SURE else None


def _holds(text: str | None, part: str | None) -> bool:
    wanted = squeezed(part or "")
    return len(wanted) >= 6 and wanted in squeezed(text or "")
