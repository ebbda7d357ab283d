"""Structured logs that personal data cannot get into (T13).

A line of ours is an event (a constant sentence) and fields of an allow-list with short, simple values; a field that is
not on the list is dropped and only its name is written. An exception is written as its type and the places in the code
it came through: its message and the locals may hold what a person typed. Lines of libraries keep their text only where
the library is known to write about itself.
"""

from __future__ import annotations

import logging
import logging.config
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from datetime import date, datetime
from types import TracebackType
from typing import Any, Literal
from uuid import UUID

import structlog

FIELDS = frozenset(
    {
        *("event", "level", "timestamp", "logger", "request_id", "error_id", "dropped"),
        *("error", "caused_by", "where", "outcome", "channel", "method", "route", "status", "milliseconds", "seconds"),
        *("count", "planned", "sent", "failed", "unknown", "expired", "deferred", "attempts", "kind", "reason"),
        *("delivery_id", "broadcast_id", "item_id", "notice_id", "submission_id", "file_id", "school_id"),
        *("revision", "version", "key_id", "table", "column", "host", "port", "job", "handler", "form", "day"),
    }
)
"""What may stand in a log line: names of ours, ids of rows, counts and times."""

SPEAK_OF_THEMSELVES = ("uvicorn", "alembic")
"""Libraries whose text is kept below ERROR: they write about addresses they bind and jobs they run."""

QUIET = (
    "httpx",
    "httpcore",
    "telegram",
    "aiosqlite",
    "sqlalchemy",
    "multipart",
    "PIL",
    "apscheduler",
    "alembic",
    "urllib3",
    "wechatpy",
)
"""Libraries that write only warnings and worse (httpx writes whole addresses, a bot's token included)."""

_LONGEST = 200
_FRAMES = 12

Event = MutableMapping[str, Any]
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(form: Literal["console", "json"] = "console", level: str = "INFO") -> None:
    """Sends every line of ours and of the libraries to standard error, in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exceptions_without_words,
        only_allowed_fields,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(_libraries(shared, _renderer(form), level))


class StandardError(logging.StreamHandler[Any]):
    """Writes to what standard error is at that moment, also when it was put elsewhere since."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _value: Any) -> None:
        """The base class sets what was asked for at the start."""


def no_socket_lines(record: logging.LogRecord) -> bool:
    """uvicorn tells of every websocket with its whole address, and in it stands the id of a page that is open."""
    text = record.getMessage()
    return not (text.startswith("connection ") or "WebSocket " in text)


def exceptions_without_words(_logger: Any, _method: str, event: Event) -> Event:
    """Puts type and places where the exception was, never its message."""
    told = _exception(event.pop("exc_info", None))
    event.pop("stack_info", None)
    if told is not None:
        causes = list(_causes(told[1]))
        event["error"] = _name(told[1])
        event["where"] = _places(causes[-1].__traceback__ if causes else told[2]) or _places(told[2])
        if causes:
            event["caused_by"] = [_name(cause) for cause in causes]
    return event


def only_allowed_fields(_logger: Any, _method: str, event: Event) -> Event:
    """Drops what is not on the list and says which names were dropped."""
    kept = {name: _simple(value) for name, value in event.items() if name in FIELDS or name.startswith("_")}
    dropped = sorted(name for name in event if name not in kept)
    return {**kept, "dropped": dropped} if dropped else kept


def library_text(_logger: Any, _method: str, event: Event) -> Event:
    """The text of a library's line, or where in the library it was written."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    if record.levelno >= logging.ERROR or record.name.partition(".")[0] not in SPEAK_OF_THEMSELVES:
        event["event"] = "line of a library"
        event.setdefault("where", [f"{_short(record.pathname)}:{record.lineno}"])
    return event


def _libraries(shared: list[Any], renderer: Any, level: str) -> dict[str, Any]:
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*shared[:-2], exceptions_without_words, library_text, only_allowed_fields],
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "filters": {"no_sockets": {"()": lambda: no_socket_lines}},
        "handlers": {"lines": {"()": StandardError, "formatter": "lines"}},
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in QUIET}
        | {
            name: {"handlers": [], "propagate": True, "filters": ["no_sockets"]}
            for name in ("uvicorn", "uvicorn.error", "uvicorn.access")
        },
    }


def _renderer(form: Literal["console", "json"]) -> Any:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _exception(told: Any) -> ExceptionInfo | None:
    if told is True:
        told = sys.exc_info()
    if isinstance(told, BaseException):
        return type(told), told, told.__traceback__
    return told if isinstance(told, tuple) and told[0] is not None else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-_FRAMES:]]


def _short(path: str) -> str:
    """The last folders of a path: enough to find it, without the operator's home."""
    return "/".join(path.replace("\\", "/").split("/")[-3:])


def _simple(value: Any) -> Any:
    """Short plain values pass; a text is cut and keeps no line break; anything else becomes the name of its type."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, UUID | date | datetime):
        return str(value)
    if isinstance(value, str):
        return " ".join(value.split())[:_LONGEST]
    if isinstance(value, list | tuple):
        return [_simple(part) for part in value]
    return value if isinstance(value, logging.LogRecord) else f"<{type(value).__name__}>"
