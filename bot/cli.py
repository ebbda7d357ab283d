"""The console script `lixiao`: every file of `bot/commands` registers its commands here.

Nothing heavy is imported before a command runs: `lixiao --help` answers at once (tests/bot/test_cli.py).
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import Annotated

import typer

import bot.commands

OURS = ("bot", "handlers", "knowledge", "storage")
"""Exception classes of ours are written for people; the message of any other may hold anything."""

cli = typer.Typer(
    name="lixiao",
    help="离校通：毕业生办离校，一件不落；辅导员随时知道谁还差什么。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its frames show locals, and those may hold what a person typed
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"lixiao {version('lixiao')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="显示版本", callback=_version, is_eager=True)]


@cli.callback()
def before_every_command(version: Version = False) -> None:
    """离校通：毕业生办离校，一件不落；辅导员随时知道谁还差什么。"""
    from bot import logs
    from bot.settings import Settings

    settings = Settings()
    logs.configure(settings.log_format, settings.log_level)


def register_all(target: typer.Typer) -> None:
    """Adds the commands of every file in `bot/commands`, in the order of their names."""
    for found in sorted(pkgutil.iter_modules(bot.commands.__path__), key=lambda module: module.name):
        register = getattr(importlib.import_module(f"bot.commands.{found.name}"), "register", None)
        if register is not None:  # the others hold what a command prints
            register(target)


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line. What a person can mend is one sentence; a bug is an id, and the log has the place."""
    os.umask(0o077)  # what is written, the data and the exports, is for its owner only
    try:
        cli(arguments)
    except Exception as problem:
        for_people = _for_people(problem)
        if for_people is not None:
            typer.secho(for_people, fg="red", err=True)
            sys.exit(2)
        typer.secho(f"程序出错了，编号 {_logged()}；日志里有出错的位置。", fg="red", err=True)
        sys.exit(1)


def _for_people(problem: Exception) -> str | None:
    """What a person can mend, in a sentence; None: a bug."""
    from pydantic import ValidationError

    if isinstance(problem, ValidationError) and problem.title == "Settings":
        wrong = [f"LIXIAO_{str(error['loc'][0]).upper()}（{error['msg']}）" for error in problem.errors()]
        return f"设置不对，请看 .env.example：{'；'.join(wrong)}"
    return str(problem) if type(problem).__module__.partition(".")[0] in OURS else None


def _logged() -> str:
    from uuid import uuid4

    import structlog

    number = uuid4().hex[:8].upper()
    structlog.get_logger().exception("command failed", error_id=number)
    return number


register_all(cli)
