"""Questions to a shelf: time per question beside the peers on the same passages, at three sizes; start and memory.

The notices are the invented ones of `tests/knowledge/fixtures`, repeated with other numbers until there are enough
passages; the questions are those of the same folder.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from rich.table import Table

from bot.sample.days import Days
from bot.sample.notices import write_notices
from bot.sample.people import SCHOOL
from knowledge.answer import Source
from knowledge.composing import answer_from
from knowledge.documents import read
from knowledge.passages import passages_of
from knowledge.peers import PEERS, hits_of, peer_of
from knowledge.shelf import Entry, Shelf

FIXTURES = Path(__file__).parents[1] / "knowledge" / "fixtures"
SIZES = (500, 2_000, 10_000)
TODAY = date(2025, 6, 1)
ROUNDS = 300


def run() -> Table:
    """Median and 99th percentile per question, ours and the peers'; then start and memory of a process."""
    os.sched_setaffinity(0, {0})
    questions = _questions()
    table = Table(title=f"one question, {ROUNDS} asked, one core, processor time", caption=_process())
    for column in ("passages", "who", "p50 ms", "p99 ms", "index ms"):
        table.add_column(column, justify="left" if column == "who" else "right")
    for size in SIZES:
        entries = _entries(size)
        began = process_time()
        shelf = Shelf(entries)
        built = (process_time() - began) * 1000
        ours = lambda text, shelf=shelf: answer_from(shelf, text, today=TODAY)  # noqa: E731 # one row of many
        _row(table, size, "lixiao (answer, checks and wording)", ours, questions, built)
        for name in PEERS:
            began = process_time()
            peer = peer_of(name, shelf)
            made = (process_time() - began) * 1000
            find = lambda text, peer=peer, shelf=shelf: hits_of(peer, shelf, text)  # noqa: E731 # as above
            _row(table, size, name, find, questions, made)
    return table


def _row(
    table: Table, size: int, name: str, ask: Callable[[str], object], questions: Sequence[str], built: float
) -> None:
    for text in questions[:20]:
        ask(text)
    gc.collect()
    times = []
    for number in range(ROUNDS):
        began = process_time()
        ask(questions[number % len(questions)])
        times.append((process_time() - began) * 1000)
    times.sort()
    middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
    table.add_row(f"{size:,}", name, f"{middle:.2f}", f"{late:.2f}", f"{built:,.0f}")


def _questions() -> list[str]:
    files = sorted((FIXTURES / "questions").glob("*.jsonl"))
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return [row["question"] for row in rows]


def _entries(size: int) -> list[Entry]:
    """So many entries: the invented notices, again and again with the day of the month moved."""
    documents = [read(path) for path in sorted((FIXTURES / "notices").iterdir())]
    plain = [
        Entry("", block.text, Source(d.title, d.file, block.section, d.cohort, d.issued_on, block.line), d.issuer)
        for d in documents
        for block in passages_of(d)
    ]
    return [_moved(plain[number % len(plain)], number // len(plain), number) for number in range(size)]


def _moved(entry: Entry, times: int, number: int) -> Entry:
    text = f"{entry.text}（第{times}类专业{times * 7 % 61}班）" if times else entry.text
    return replace(entry, key=str(number), text=text, context=" ".join(entry.source.section))


def _process() -> str:
    """Start and memory of `lixiao ask` with a warm database: from the spawn of the process to its end, the answer told.

    The sample school's notices are imported first by commands of their own.
    """
    with TemporaryDirectory() as folder:
        notices = write_notices(Path(folder) / "notices", Days(TODAY))
        environment = {**os.environ, "LIXIAO_DATA_DIR": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for command in (["db", "upgrade"], ["notice", "import", *map(str, notices), "--school", SCHOOL, "--publish"]):
            _lixiao(command, environment)
        runs = [_lixiao(["ask", "档案什么时候寄", "--school", SCHOOL], environment) for _ in range(3)]
    wall, busy, memory = min(runs)
    return (
        f"lixiao ask, warm: {wall:.2f} s from the spawn until it has answered and ended "
        f"({busy:.2f} s of the processor, limit 3 s), {memory:.0f} MB (limit 250 MB)"
    )


def _lixiao(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float, float]:
    """Runs a command to its end: seconds on the wall, of the processor, and megabytes at most."""
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from bot.cli import main; main()", *command],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"lixiao {command[0]} ended with {process.returncode}")
    return perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
