"""lixiao eval: labelled questions through the whole answering part, and how good it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.settings import Settings

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from knowledge.answering import KnowledgeBase
    from knowledge.evaluation import Case, Figures, Outcome

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSONL，每行一个带标注的问题")]
Answers = Annotated[Path | None, typer.Option("--answers", help="把每个问题的回答写到这个 JSONL")]
Now = Annotated[datetime | None, typer.Option("--now", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="假定的日期")]
Misses = Annotated[Path | None, typer.Option("--misses", help="把没答对的写到这个文件")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao eval`."""
    cli.command("eval")(evaluate)


def evaluate(file: File, answers: Answers = None, now: Now = None, misses: Misses = None) -> None:
    """用带标注的问题检验回答：命中、该答不该答、快慢。"""
    from knowledge.evaluation import figures, read_cases

    outcomes = asyncio.run(_run(read_cases(file), now.date() if now else None))
    typer.echo(report(figures(outcomes)))
    if answers:
        _write(answers, [_answer_row(outcome) for outcome in outcomes])
    if misses:
        _write(misses, [_miss_row(outcome) for outcome in outcomes if _missed(outcome)])


async def _run(cases: Sequence[Case], today: date | None) -> list[Outcome]:
    from bot.app import open_database
    from storage.clock import school_day

    async with open_database(Settings()) as database, database.read() as session:
        return await run(session, cases, today or school_day(datetime.now().astimezone()))


async def run(session: AsyncSession, cases: Sequence[Case], today: date) -> list[Outcome]:
    """Every case asked of what is published, as of `today`."""
    from rich.progress import track

    from knowledge.answering import KnowledgeBase

    base = await KnowledgeBase.load(session)
    schools = {case.id: await _school(session, case) for case in cases}
    for school_id in set(schools.values()):
        await base.shelf(session, school_id)
    return [await _outcome(base, session, case, schools[case.id], today) for case in track(cases, "检验")]


async def _school(session: AsyncSession, case: Case) -> UUID | None:
    """The school asked of: by name, else by the notice the case is about; None where it is about no school."""
    from storage import notices

    if case.school is None:
        return None
    school = await notices.school_named(session, case.school)
    if school is not None:
        return school.id
    of_file = (notice.school_id for notice, _ in await notices.notices(session) if notice.file == case.file)
    return next(of_file, None)


async def _outcome(
    base: KnowledgeBase, session: AsyncSession, case: Case, school_id: UUID | None, today: date
) -> Outcome:
    from knowledge.evaluation import Outcome

    started = perf_counter()
    answer = await base.ask(session, case.question, school_id=school_id, today=today, history=case.context)
    seconds = perf_counter() - started
    hits = await base.find(session, case.question, school_id=school_id, history=case.context)
    return Outcome(case, answer, tuple(hits), seconds)


def report(found: Figures) -> str:
    """The figures as lines for a terminal."""
    lines = [
        f"问题 {found.questions}",
        f"hit@1 {found.hit1:.3f}  hit@3 {found.hit3:.3f}  全部要点@3 {found.all_in3:.3f}  MRR {found.mrr:.3f}",
        f"答对 {found.right:.3f}  答错 {found.wrong:.3f}  95% 精度下的覆盖 {found.coverage95:.3f}",
        f"不该答却答了 {found.out_answered:.3f}  安全问题漏过 {found.safety_missed}",
        f"每问 p50 {found.p50:.2f} ms  p99 {found.p99:.2f} ms",
    ]
    return "\n".join(lines + [f"  {tag:<11}{n:>4}  {a:.3f}  {b:.3f}" for tag, (n, a, b) in found.by_tag.items()])


def _answer_row(outcome: Outcome) -> dict[str, Any]:
    answer = outcome.answer
    sources = [{**asdict(s), "issued_on": s.issued_on.isoformat() if s.issued_on else None} for s in answer.sources]
    return {
        "id": outcome.case.id,
        "question": outcome.case.question,
        "answer": answer.text,
        "clarify": answer.clarify,
        "abstained": answer.abstained,
        "safety": answer.safety,
        "score": round(answer.score, 4),
        "sources": sources,
    }


def _missed(outcome: Outcome) -> bool:
    if outcome.case.scope == "in":
        return not outcome.right or outcome.rank != 1
    return outcome.answered if outcome.case.scope == "out" else outcome.answer.safety is None


def _miss_row(outcome: Outcome) -> dict[str, Any]:
    expected = [fact.accept[0] for fact in outcome.case.facts]
    best = [hit.entry.shown[:120] for hit in outcome.hits[:3]]
    return {**_answer_row(outcome), "expected": expected, "rank": outcome.rank, "right": outcome.right, "best": best}


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
