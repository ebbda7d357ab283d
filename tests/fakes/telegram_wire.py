"""How the Bot API's calls are read and its errors written, for its stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes import telegram_html
from tests.fakes.telegram_people import Json


class Refused(Exception):
    """An error as the Bot API answers it."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Broken(Response):
    """The line breaks after the call was carried out."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok"', "more_body": True})
        scope["extensions"] = {}
        raise ConnectionResetError


def pass_on(method: str) -> None:
    """No fault at this call."""


def broken_answer(status: int) -> Callable[[str], Response]:
    """A fault: this HTTP status and no JSON, as a gateway in trouble answers."""
    return lambda method: Response("<html>bad gateway</html>", status)


def error(refused: Refused) -> Response:
    body: Json = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return JSONResponse(body, refused.code)


def visible(arguments: Json, name: str, limit: int) -> tuple[str, list[str]]:
    """The text after its entities are parsed, counted in UTF-16 units."""
    text = str(arguments.get(name, ""))
    links: list[str] = []
    if arguments.get("parse_mode") == "HTML":
        try:
            text, links = telegram_html.read(text)
        except telegram_html.CannotParse as bad:
            raise Refused(400, f"Bad Request: {bad}") from None
    elif "parse_mode" in arguments:
        raise Refused(400, "Bad Request: unsupported parse_mode")
    if len(text.encode("utf-16-le")) // 2 > limit:
        raise Refused(400, f"Bad Request: message {'' if name == 'text' else 'caption '}is too long")
    return text, links


def buttons_of(arguments: Json) -> list[tuple[str, str]]:
    rows = (arguments.get("reply_markup") or {}).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    if len(buttons) > 100 or any(len(row) > 8 for row in rows):
        raise Refused(400, "Bad Request: reply markup is too long")
    for button in buttons:
        if not button.get("text"):
            raise Refused(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return [(button["text"], button["callback_data"]) for button in buttons]


async def arguments_of(request: Request) -> tuple[Json, dict[str, tuple[bytes, str]]]:
    """Form, multipart or JSON; values that are JSON are read, as the Bot API reads them."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return await request.json(), {}
    arguments: Json = dict(request.query_params)
    files: dict[str, tuple[bytes, str]] = {}
    async with request.form() as form:
        await _read_form(form, arguments, files)
    return arguments, files


async def _read_form(form: FormData, arguments: Json, files: dict[str, tuple[bytes, str]]) -> None:
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files[name] = (await value.read(), value.filename or "")
            continue
        is_json = name in ("reply_markup", "allowed_updates", "commands", "scope", "link_preview_options")
        arguments[name] = json.loads(value) if is_json else value
