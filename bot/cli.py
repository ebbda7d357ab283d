"""The console script `lixiao`: every file of `bot/commands` registers its commands here."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from uuid import uuid4

import structlog
import typer

import bot.commands
from bot import logs
from bot.settings import Settings

cli = typer.Typer(
    name="lixiao",
    help="离校通：毕业生办离校，一件不落；辅导员随时知道谁还差什么。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its frames show locals, and those may hold what a person typed
    context_settings={"help_option_names": ["-h", "--help"]},
)


def register_all(target: typer.Typer) -> None:
    """Adds the commands of every file in `bot/commands`, in the order of their names."""
    for found in sorted(pkgutil.iter_modules(bot.commands.__path__), key=lambda module: module.name):
        importlib.import_module(f"bot.commands.{found.name}").register(target)


def main() -> None:
    """Runs the command line. What a person can mend is one sentence; a bug is an id, and the log has the place."""
    settings = Settings()
    logs.configure(settings.log_format, settings.log_level)
    try:
        cli()
    except (LookupError, OSError, RuntimeError, ValueError) as problem:
        if type(problem).__module__.split(".")[0] not in _OURS:
            _bug()
        typer.secho(str(problem), fg="red", err=True)
        sys.exit(2)
    except Exception:
        _bug()


_OURS = ("bot", "handlers", "knowledge", "storage")
"""Our own exception classes are written for people; the messages of all others may hold anything."""


def _bug() -> None:
    number = uuid4().hex[:8].upper()
    structlog.get_logger().exception("command failed", error_id=number)
    typer.secho(f"程序出错了，编号 {number}；日志里有出错的位置。", fg="red", err=True)
    sys.exit(1)


register_all(cli)
