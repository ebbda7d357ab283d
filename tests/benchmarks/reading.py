"""Reading and understanding of labelled notices: dates, look-alikes, items with actor and department, speed.

`tests/knowledge/notices/` holds notices of different shapes in our own words with `gold.jsonl`, labelled before the
extractor had seen them; those in `HELD_OUT` are measured and not tuned on. Where `../shared/eval` is there, its
labelled time expressions are measured beside them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

from rich.table import Table

from knowledge.blocks import Document
from knowledge.dates import Base, find_times
from knowledge.documents import read
from knowledge.expression import TimeExpression
from knowledge.extract import ProposedItem, propose_items
from knowledge.imprint import imprint_of
from knowledge.lines import pieces_of_lines
from knowledge.passages import passages_of
from knowledge.reading import document_of

NOTICES = Path(__file__).parent.parent / "knowledge" / "notices"
SHARED = Path(__file__).parents[3] / "shared"
HELD_OUT = ("06_supplement.txt", "07_archive.txt", "08_programme.docx", "09_page.html", "10_finance.md", "11_desk.xlsx")
EXPLICIT = ("point", "window", "deadline", "until", "from")
MEASURES = (
    "explicit precision", "explicit recall", "explicit F1", "value", "open side", "anchors", "tentative date",
    "item precision", "item recall", "item time", "item deadline", "item tentative", "actor", "department", "title",
)  # fmt: skip

Row = dict[str, Any]


@dataclass
class Score:
    """Hits out of all for each measure, and what went wrong."""

    hits: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    look_alikes: int = 0
    misses: list[str] = field(default_factory=list)

    def note(self, name: str, right: bool, what: str = "") -> None:
        """Counts one case; a wrong one is remembered."""
        self.hits[name] += right
        self.of[name] += 1
        if not right:
            self.misses.append(f"{name}: {what}")

    def rate(self, name: str) -> float:
        """The share of right cases; 1 where there is none."""
        if name == "explicit F1":
            precision, recall = self.rate("explicit precision"), self.rate("explicit recall")
            return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return self.hits[name] / self.of[name] if self.of[name] else 1.0


def run() -> Table:
    """The figures of all three sets."""
    sets = {"tuned on": score(tuned()), "held out": score(HELD_OUT)}
    if shared := score_shared():
        sets["../shared/eval"] = shared
    table = Table(title="reading: labelled notices")
    table.add_column("measure")
    for name in sets:
        table.add_column(name, justify="right")
    for measure in MEASURES:
        table.add_row(measure, *(_cell(one, measure) for one in sets.values()))
    table.add_row("look-alikes read as dates", *(str(one.look_alikes) for one in sets.values()))
    table.add_row("characters per second, read", f"{speed(passages_of):,.0f}", "", "")
    table.add_row("characters per second, with items", f"{speed(propose_items):,.0f}", "", "")
    return table


def _cell(one: Score, measure: str) -> str:
    counted = "explicit recall" if measure == "explicit F1" else measure
    return f"{one.rate(measure):.3f} ({one.of[counted]})" if one.of[counted] else "–"


@cache
def gold() -> tuple[Row, ...]:
    """The labels of the notices of this folder."""
    lines = (NOTICES / "gold.jsonl").read_text("utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def tuned() -> tuple[str, ...]:
    """The notices that the extractor may be tuned on."""
    return tuple(sorted({row["doc"] for row in gold()} - set(HELD_OUT)))


def score(names: Iterable[str]) -> Score:
    """Dates and items of these notices against their labels."""
    result = Score()
    for name in names:
        document = read(NOTICES / name)
        rows = [row for row in gold() if row["doc"] == name]
        _score_dates(document, rows, result)
        _score_items(document, rows, result)
    return result


# --- dates ------------------------------------------------------------------------------------------------------------


def _score_dates(document: Document, rows: Sequence[Row], result: Score) -> None:
    base = Base.of(document)
    waiting = list(rows)
    for passage in passages_of(document):
        if imprint_of(passage.text):
            continue
        for found in find_times(passage.text, base):
            row = next((row for row in waiting if _overlap(row["expr"], found.text)), None)
            if row is None or row["tier"] == "C":
                result.look_alikes += row is not None
                if found.kind in EXPLICIT:
                    result.note("explicit precision", False, f"{document.file} {found.text} in {passage.text[:40]}")
                continue
            waiting.remove(row)
            _compare(row, found, document.file, result)
    for row in waiting:
        if row["tier"] == "A":
            result.note("explicit recall", False, f"{document.file} {row['expr']}")
        elif row["tier"] == "B" and (row["start"] or row["end"]):
            result.note("anchors", False, f"{document.file} {row['expr']}")


def _compare(row: Row, found: TimeExpression, file: str, result: Score) -> None:
    what = f"{file} {row['expr']} read as {found.kind} {found.start} {found.end}"
    if row["tier"] == "B":
        if row["start"] or row["end"]:
            result.note("anchors", _same_days(row, found), what)
    elif row["tier"] == "A":
        result.note("explicit precision", True)
        result.note("explicit recall", True)
        result.note("value", _same_days(row, found), what)
        result.note("open side", (row["kind"], row["is_deadline"]) == (found.kind, found.is_deadline), what)
        if row["tentative"]:
            result.note("tentative date", found.tentative, what)


def _same_days(row: Row, found: TimeExpression) -> bool:
    return (row["start"], row["end"]) == (_iso(found.start), _iso(found.end))


def _overlap(expr: str, found: str) -> bool:
    one, other = _plain(expr), _plain(found)
    return one in other or other in one


def _plain(text: str) -> str:
    return re.sub(r"[\s()（）]", "", text)


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


# --- items ------------------------------------------------------------------------------------------------------------


def _score_items(document: Document, rows: Sequence[Row], result: Score) -> None:
    wanted = [row for row in rows if row.get("item")]
    allowed = [row["expr"] for row in rows if row.get("may")]
    for item in propose_items(document):
        row = next((row for row in wanted if _is_item(row, item)), None)
        if row is not None:
            wanted.remove(row)
            result.note("item precision", True)
            result.note("item recall", True)
            _compare_item(row, item, result)
        elif not any(_plain(expr) in _plain(item.quote) for expr in allowed):
            result.note("item precision", False, _shown(document, item))
    for row in wanted:
        result.note("item recall", False, f"{row['id']} {row['expr']} {row['task']}")


def _shown(document: Document, item: ProposedItem) -> str:
    return f"{document.file} {item.title} {item.opens_on} {item.due_on} {item.actor} <- {item.quote[:50]}"


def _is_item(row: Row, item: ProposedItem) -> bool:
    said = _plain(item.title + item.quote)
    opens = row["start"] if row["kind"] != "deadline" else None
    days = (opens, row["end"]) == (_iso(item.opens_on), _iso(item.due_on))
    return days and (not row["task"] or any(word in said for word in row["task"]))


def _compare_item(row: Row, item: ProposedItem, result: Score) -> None:
    what = f"{row['id']} {row['expr']}: {item.title} [{item.actor}] [{item.department}] <- {item.quote[:40]}"
    clock = None if row["time"] == "24:00" else row["time"]
    given = item.due_time or item.start_time
    result.note("item time", clock == (f"{given:%H:%M}" if given else None), f"{clock} {given} {what}")
    result.note("item deadline", row["is_deadline"] == item.is_deadline, what)
    result.note("item tentative", row["tentative"] == item.tentative, what)
    result.note("actor", item.actor in row["actor"], what)
    result.note("department", not row["department"] or _named(row["department"], item.department), what)
    result.note("title", any(word in item.title for word in row["task"]), what)


def _named(accepted: Sequence[str], department: str | None) -> bool:
    return any(name in (department or "") for name in accepted)


# --- the labelled expressions of ../shared/eval -----------------------------------------------------------------------


def score_shared() -> Score | None:
    """The same measures on the labelled expressions of the five notices; None where they are not there."""
    path = SHARED / "eval" / "deadlines.jsonl"
    if not path.is_file():
        return None
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    result = Score()
    for name, document in ((name, read(SHARED / "notices" / name)) for name in sorted({row["doc"] for row in rows})):
        own = [row for row in rows if row["doc"] == name]
        base, items = Base.of(document), propose_items(document)
        for row in own:
            _compare_row(row, find_times(row["text"], base), result)
            _compare_with_items(row, items, result)
    return result


def _compare_row(row: Row, found: Sequence[TimeExpression], result: Score) -> None:
    there = next((one for one in found if _overlap(row["expr"], one.text)), None)
    if row["tier"] == "C":
        result.look_alikes += there is not None
    elif there is not None:
        _compare(row, there, row["doc"][:3], result)
    elif row["tier"] == "A":
        result.note("explicit recall", False, f"{row['id']} {row['expr']}")
    elif row["start"] or row["end"]:
        result.note("anchors", False, f"{row['id']} {row['expr']}")


def _compare_with_items(row: Row, items: Sequence[ProposedItem], result: Score) -> None:
    if row["tier"] != "A" and row["kind"] not in ("window_rel", "point_rel", "deadline_rel"):
        return
    said = [item for item in items if _plain(row["expr"]) in _plain(item.quote)]
    opens = row["start"] if row["kind"] != "deadline" else None
    same = [item for item in said if (opens, row["end"]) == (_iso(item.opens_on), _iso(item.due_on))]
    item = max(same, key=lambda item: len(set(row["task"]) & set(item.quote)), default=None)
    result.note("item recall", item is not None, f"{row['id']} {row['expr']} {row['task']}")
    if item is not None:
        what = f"{row['id']} {row['actor']} {row['department']}: {item.title} [{item.actor}] [{item.department}]"
        result.note("actor", item.actor in row["actor"], what)
        if row["department"] not in (None, "相关部门"):
            result.note("department", row["department"] in (item.department or ""), what)
        result.note("item deadline", row["is_deadline"] == item.is_deadline, what)
        result.note("item tentative", row["tentative"] == item.tentative, what)


# --- speed ------------------------------------------------------------------------------------------------------------


def speed(understand: Callable[[Document], object], rounds: int = 5) -> float:
    """Characters a second of CPU time from a text file to what `understand` makes of it."""
    texts = [path.read_text("utf-8") for path in sorted(NOTICES.glob("*.txt"))]

    def work(text: str) -> object:
        return understand(document_of(pieces_of_lines(text), "a.txt"))

    best = min(_timed(work, texts) for _ in range(rounds))
    return sum(map(len, texts)) / best


def _timed(work: Callable[[str], object], texts: Sequence[str]) -> float:
    start = process_time()
    for text in texts:
        work(text)
    return process_time() - start


def misses(names: Iterable[str]) -> Iterator[str]:
    """What went wrong in these notices, for the one who mends it."""
    yield from score(names).misses
