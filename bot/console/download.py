"""`/file/{id}`: a stored file for whoever may have it; everybody else learns nothing, not even that it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote
from uuid import UUID

from nicegui import app as nicegui
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.app import App
from handlers.messages import Address
from storage import audit, downloads, people
from storage.people import Actor

Addresses = Callable[[Request], list[Address]]
"""The addresses a browser may speak for."""

_NOT_THERE: Final = "没有这个文件"


def serve(app: App, addresses: Addresses) -> None:
    """Registers the route."""

    @nicegui.get("/file/{file_id}")
    async def file(request: Request, file_id: str) -> Response:
        return await answer(app, addresses(request), file_id)


async def answer(app: App, addresses: list[Address], file_id: str) -> Response:
    """The file as a download, or 404 for every reason there is."""
    try:
        wanted = UUID(hex=file_id)
    except ValueError:
        return PlainTextResponse(_NOT_THERE, status_code=404)
    async with app.database.begin() as session:
        actor = await _who_may(session, addresses, wanted)
        if actor is None:
            return PlainTextResponse(_NOT_THERE, status_code=404)
        try:
            known, data = await app.files.describe(session, wanted), await app.files.load(session, wanted)
        except LookupError:
            return PlainTextResponse(_NOT_THERE, status_code=404)
        if not await downloads.is_own(session, actor, wanted):
            await audit.record(
                session,
                now=app.clock(),
                actor=actor.tag,
                action="file.look",
                target=f"attachment:{wanted}",
                school_id=actor.school_id,
            )
    return attachment(data, known.name, known.media_type)


def attachment(data: bytes, name: str, media_type: str) -> Response:
    """Bytes that a browser saves and never shows or guesses about."""
    return Response(
        data,
        media_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


async def _who_may(session: AsyncSession, addresses: list[Address], wanted: UUID) -> Actor | None:
    for address in addresses:
        actor = await people.actor_of(session, address)
        if actor is not None and await downloads.may_have(session, actor, wanted):
            return actor
    return None
