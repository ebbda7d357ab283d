"""The labelled questions beside the checkout, asked of the five notices: a floor under the figures."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from bot.commands.eval import run
from knowledge.documents import read
from knowledge.evaluation import figures, read_cases
from knowledge.passages import passages_of
from storage import notices
from storage.database import Database


async def test_the_floor_under_the_figures(sqlite: Database, shared_dir: Path, now: datetime) -> None:
    async with sqlite.begin() as session:
        for path in sorted((shared_dir / "notices").glob("*.txt")):
            document = read(path)
            school = await notices.school_named(session, document.school or document.issuer, create=True)
            assert school is not None
            notice = await notices.save(session, school.id, document, passages_of(document), now)
            await notices.publish(session, notice.id)
    cases = read_cases(shared_dir / "eval" / "questions.jsonl")
    async with sqlite.read() as session:
        found = figures(await run(session, cases, date(2023, 6, 1)))
    assert found.hit1 >= 0.85
    assert found.hit3 >= 0.93
    assert found.safety_missed == 0
    assert found.out_answered <= 0.03
    assert found.coverage95 >= 0.60
