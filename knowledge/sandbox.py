"""Foreign bytes are opened in a child process with limits on memory and time: a bad file cannot harm the bot.

The child gets the bytes on its standard input and nothing else (no keys in its environment, no file names). What it
runs is a function of ours, named '<module>:<argument>': `module.in_child(argument, data)` gives bytes or raises
`Unreadable` with a sentence for the person.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from knowledge.pieces import Unreadable

MEMORY = 1024 * 1024 * 1024
SECONDS = 60
_DONE, _REFUSED = b"+", b"-"


def run(target: str, data: bytes, *, too_much: str, seconds: float = SECONDS, memory: int = MEMORY) -> bytes:
    """What the function gives. Raises `Unreadable` with its own words, or with `too_much` where a limit was hit."""
    root = str(Path(__file__).resolve().parents[1])
    environment = {"PATH": os.defpath, "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "knowledge.sandbox", target, str(memory), str(int(seconds) + 1)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            command, input=data, capture_output=True, timeout=seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(too_much) from None
    if done.returncode != 0 or not done.stdout:
        raise Unreadable(too_much)
    if done.stdout.startswith(_REFUSED):
        raise Unreadable(done.stdout[1:].decode())
    return done.stdout[1:]


def _main(target: str, memory: str, seconds: str) -> None:
    _limit(int(memory), int(seconds))
    from importlib import import_module

    module, _, argument = target.partition(":")
    try:
        answer: bytes = _DONE + import_module(module).in_child(argument, sys.stdin.buffer.read())
    except Unreadable as problem:
        answer = _REFUSED + str(problem).encode()
    except MemoryError:
        raise SystemExit(1) from None  # said by the parent, which has memory to say it
    except (
        Exception
    ) as problem:  # foreign bytes can break a library anywhere; its name helps, its message may quote them
        answer = _REFUSED + f"这个文件读不了，可能已损坏（{type(problem).__name__}）；请另存一份再试。".encode()
    sys.stdout.buffer.write(answer)


def _limit(memory: int, seconds: int) -> None:
    """Limits this process; where the platform has none (Windows) the parent's timeout stays."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    # As `knowledge.sandbox`, not as `__main__`: what is imported from here must be the same here and there.
    from knowledge import sandbox

    sandbox._main(*sys.argv[1:])
