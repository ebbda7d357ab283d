"""`python -m tests.benchmarks [name …]`: runs the benchmarks and prints one table each; nothing is asserted.

Each module here has `run() -> Table`. A figure of ours stands beside the raw limit, measured in the same run.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from rich.console import Console


def main(wanted: list[str]) -> None:
    """Runs the wanted benchmarks, or all."""
    console = Console()
    found = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_"))
    for name in wanted or found:
        if name not in found:
            sys.exit(f"no benchmark {name!r}; there are: {', '.join(found)}")
        console.print(importlib.import_module(f"tests.benchmarks.{name}").run())


if __name__ == "__main__":
    main(sys.argv[1:])
