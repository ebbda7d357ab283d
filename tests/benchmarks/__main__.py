"""`python -m tests.benchmarks [name …] [--option number …]`: runs the benchmarks and prints one table each.

Each module here has `run(…) -> Table`; its parameters are the options (`crash --kills 100 --rows 10000`). A figure of
ours stands beside the raw limit, measured in the same run.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from rich.console import Console


def main(wanted: list[str]) -> None:
    """Runs the wanted benchmarks, or all."""
    console, options = Console(width=None if sys.stdout.isatty() else 140), dict[str, int]()
    while at := next((place for place, one in enumerate(wanted) if one.startswith("--")), 0):
        options[wanted[at].removeprefix("--")] = int(wanted[at + 1])
        del wanted[at : at + 2]
    found = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_"))
    for name in wanted or found:
        if name not in found:
            sys.exit(f"no benchmark {name!r}; there are: {', '.join(found)}")
        console.print(importlib.import_module(f"tests.benchmarks.{name}").run(**options))


if __name__ == "__main__":
    main(sys.argv[1:])
