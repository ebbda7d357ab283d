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

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from knowledge.answering import KnowledgeBase
    from knowledge.evaluation import Case, Figures, Outcome
    from knowledge.peers import Peer
    from knowledge.search import Hit
    from knowledge.shelf import Shelf

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSONL，每行一个带标注的问题")]
Answers = Annotated[Path | None, typer.Option("--answers", help="把每个问题的回答写到这个 JSONL")]
Now = Annotated[datetime | None, typer.Option("--now", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="假定的日期")]
Packs = Annotated[bool, typer.Option("--packs/--no-packs", help="用不用随程序附带的、人工审过的问答")]
Retriever = Annotated[
    str | None,
    typer.Option("--retriever", help="换一种检索来对比：wratio、words、characters、trigrams；all 把几种并排列出"),
]
Misses = Annotated[Path | None, typer.Option("--misses", help="把没答对的写到这个文件")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao eval`."""
    cli.command("eval")(evaluate)


def evaluate(
    file: File,
    answers: Answers = None,
    now: Now = None,
    misses: Misses = None,
    retriever: Retriever = None,
    packs: Packs = True,
) -> None:
    """用带标注的问题检验回答：命中、该答不该答、快慢。"""
    from knowledge.evaluation import Unusable, figures, read_cases
    from knowledge.peers import PEERS

    if retriever not in (None, "all", *PEERS):
        raise typer.BadParameter(f"没有这种检索：{retriever}。有：{'、'.join(PEERS)}、all。")
    try:
        cases = read_cases(file)
    except Unusable as problem:
        raise typer.BadParameter(str(problem)) from problem
    names = [None, *PEERS] if retriever == "all" else [retriever]
    found = asyncio.run(_run(cases, now.date() if now else None, names, packs))
    for name, outcomes in found.items():
        typer.echo(report(figures(outcomes), name))
    outcomes = found[names[0]]
    if answers:
        _write(answers, [_answer_row(outcome) for outcome in outcomes])
    if misses:
        _write(misses, [_miss_row(outcome) for outcome in outcomes if _missed(outcome)])


async def _run(
    cases: Sequence[Case], today: date | None, names: Sequence[str | None], packs: bool
) -> dict[str | None, list[Outcome]]:
    from bot.ground import open_database
    from bot.settings import Settings
    from storage.clock import school_day

    async with open_database(Settings()) as database, database.read() as session:
        day = today or school_day(datetime.now().astimezone())
        return {name: await run(session, cases, day, retriever=name, packs=packs) for name in names}


async def run(
    session: AsyncSession, cases: Sequence[Case], today: date, *, retriever: str | None = None, packs: bool = True
) -> list[Outcome]:
    """Every case asked of what is published, as of `today`; of a peer's retrieval where one is named."""
    from rich.progress import track

    from knowledge.answering import KnowledgeBase
    from knowledge.peers import peer_of

    base = await KnowledgeBase.load(session, reviewed=packs)
    schools = {case.id: await _school(session, case) for case in cases}
    shelves = {school_id: await base.shelf(session, school_id) for school_id in set(schools.values())}
    if retriever is None:
        return [await _outcome(base, session, case, schools[case.id], today) for case in track(cases, "检验")]
    peers = {school_id: peer_of(retriever, shelf) for school_id, shelf in shelves.items()}
    return [_of_peer(peers[schools[case.id]], shelves[schools[case.id]], case) for case in cases]


def _of_peer(peer: Peer, shelf: Shelf, case: Case) -> Outcome:
    """What a peer would say: the best it finds, whatever that is."""
    from knowledge.answer import Answer
    from knowledge.evaluation import Outcome
    from knowledge.peers import hits_of

    started = perf_counter()
    hits = hits_of(peer, shelf, " ".join((*case.context, case.question)))
    seconds = perf_counter() - started
    if not hits:
        return Outcome(case, Answer("", abstained=True), (), seconds)
    best = hits[0]
    answer = Answer(best.entry.shown, (best.entry.source,), score=best.score)
    return Outcome(case, answer, tuple(hits), seconds)


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


def report(found: Figures, retriever: str | None = None) -> str:
    """The figures as lines for a terminal."""
    lines = [
        f"问题 {found.questions}" + (f"（检索：{retriever}）" if retriever else ""),
        f"hit@1 {found.hit1:.3f}  hit@3 {found.hit3:.3f}  全部要点@3 {found.all_in3:.3f}  MRR {found.mrr:.3f}",
        f"答对 {found.right:.3f}  答错 {found.wrong:.3f}  精度 {found.precision:.3f}"
        f"  95% 精度下的覆盖 {found.coverage95:.3f}",
        f"不该答却答了 {found.out_answered:.3f}  安全问题漏过 {found.safety_missed}",
        f"每问 p50 {found.p50:.2f} ms  p99 {found.p99:.2f} ms",
    ]
    by_tag = (f"  {tag:<11}{n:>4}  {a:.3f}  {b:.3f}  {mrr:.3f}" for tag, (n, a, b, mrr) in found.by_tag.items())
    return "\n".join([*lines, "  类别          数  hit@1  hit@3  MRR", *by_tag])


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
        "hits": [_place(hit) for hit in outcome.hits[:3]],
    }


def _place(hit: Hit) -> dict[str, Any]:
    return {"file": hit.entry.source.file, "line": hit.entry.source.line, "text": hit.entry.shown}


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
