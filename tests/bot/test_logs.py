"""Logs: what a person typed cannot get in, by whatever way it is tried (T13)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog

from bot import logs

CANARY = "张小明 13900000001"


@pytest.fixture(autouse=True)
def _back_to_before() -> Iterator[None]:
    """What `configure` changes is put back: other tests capture logs of their own."""
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def written(capfd: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Configures JSON lines and gives what was written since."""
    logs.configure("json", "INFO")
    return lambda: [json.loads(line) for line in capfd.readouterr().err.splitlines()]


Written = Callable[[], list[dict[str, Any]]]


def failing() -> None:
    try:
        int(CANARY)
    except ValueError as error:
        raise LookupError(CANARY) from error


def test_allowed_fields_are_written(written: Written) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger().info("message taken", outcome="answered", item_id=UUID(int=1), count=3)
    (line,) = written()
    assert line["event"] == "message taken"
    assert (line["request_id"], line["outcome"], line["count"]) == ("abc", "answered", 3)
    assert line["item_id"] == str(UUID(int=1))
    assert line["level"] == "info"


def test_other_fields_are_named_and_dropped(written: Written) -> None:
    structlog.get_logger().info("message taken", text=CANARY, name=CANARY, outcome="answered")
    (line,) = written()
    assert line["dropped"] == ["name", "text"]
    assert CANARY not in repr(line)


def test_values_that_are_not_plain_are_not_shown(written: Written) -> None:
    structlog.get_logger().info("x", reason={"name": CANARY}, kind=["a\nb", 1], status="x" * 500)
    (line,) = written()
    assert line["reason"] == "<dict>"
    assert line["kind"] == ["a b", 1]
    assert len(line["status"]) == 200


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_its_type_and_places(form: Any, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(form)
    try:
        failing()
    except LookupError:
        structlog.get_logger().exception("handler failed", error_id="X1")
        logging.getLogger("somewhere").exception("oops %s", CANARY)
    text = capfd.readouterr().err
    assert CANARY not in text
    assert "LookupError" in text
    assert "ValueError" in text
    assert "tests/bot/test_logs.py" in text
    assert "failing" in text


@pytest.mark.parametrize("name", ["httpx", "telegram.ext", "asyncio", "whatever"])
def test_text_of_libraries_is_not_written(written: Written, name: str) -> None:
    logging.getLogger(name).warning("POST https://api.example/bot123:%s/send", CANARY)
    logging.getLogger(name).error(f"Task failed: {CANARY}", stack_info=True)
    lines = written()
    assert len(lines) == 2
    assert CANARY not in repr(lines)
    assert {line["logger"] for line in lines} == {name}
    assert "test_logs.py" in lines[0]["where"][0]


def test_libraries_that_speak_of_themselves_are_heard(written: Written) -> None:
    logging.getLogger("uvicorn.error").info("Uvicorn running on %s", "http://127.0.0.1:1")
    logging.getLogger("httpx").info("POST https://api.example/bot123:token/send")
    (line,) = written()
    assert line["event"] == "Uvicorn running on http://127.0.0.1:1"


def test_a_circle_of_causes_ends(written: Written) -> None:
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    structlog.get_logger().error("x", exc_info=first)
    (line,) = written()
    assert line["caused_by"] == ["KeyError"]


def test_no_exception_is_no_error(written: Written) -> None:
    structlog.get_logger().error("x", exc_info=True)
    (line,) = written()
    assert "error" not in line


def test_pages_that_are_open_are_not_told_of(written: Written) -> None:
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.info('%s - "WebSocket %s" [accepted]', "127.0.0.1:1", f"/_nicegui_ws/socket.io/?client_id={CANARY}")
    uvicorn.info("connection open")
    uvicorn.info("connection closed")
    uvicorn.info("Shutting down")
    assert [line["event"] for line in written()] == ["Shutting down"]
