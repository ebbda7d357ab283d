"""One look for everything that takes longer than a second: what, how far, how long yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[str, int, int], None]
"""(what, done, total): told as often as one likes."""


@contextmanager
def bar() -> Iterator[Step]:
    """A progress bar on standard error, one line per thing that is done; silent where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    tasks: dict[str, TaskID] = {}

    def step(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = shown.add_task(what, total=max(total, 1))
        shown.update(tasks[what], completed=done if total else 1, total=max(total, 1))

    with shown:
        yield step
