"""`/go/<token>`: a one-time link from a chat abroad; whoever opens it goes on here as the person who asked for it.
`/scan/<token>`: the QR code by which he goes on at the 公众号.

To look uses nothing up: chat programs fetch links for a preview. Only the button on the page redeems, and it says as
whom, so that nobody fills in his data as somebody else who sent him the link.
"""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog
from nicegui import app as nicegui
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.app import App
from bot.channel import Invites, SendError
from bot.console import sessions
from handlers import mask
from handlers.links import PATH, SCAN
from handlers.messages import Address, Incoming
from storage import audit, bindings, links, people
from storage.bindings import Owner
from storage.links import Going
from storage.people import Actor

_GONE: Final = "这个链接已经用过或者过期了。请回到原来的聊天里再要一个。"
_PAGE: Final = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>离校通</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">
<style>body{{font:17px/1.6 system-ui,sans-serif;max-width:26em;margin:15vh auto;padding:0 1.2em;color:#22302b}}
button{{font:inherit;padding:.6em 1.4em;border:0;border-radius:999px;background:#1f6b5c;color:#fff;cursor:pointer}}
@media(prefers-color-scheme:dark){{body{{background:#141a18;color:#e4ece8}}}}</style>
<main><h1>离校通</h1>{body}</main></html>"""
_ASK: Final = """<p>以 <b>{name}</b> 的身份在这里接着办。不是你本人，请关掉这个页面。</p>
<form method="post"><button>是我，接着办</button></form>"""
_SCAN: Final = """<p>用微信扫一扫（就在微信里看的话，长按识别），关注公众号，<b>{name}</b> 就绑定好了。
不是你本人，请关掉这个页面。</p>{code}<p>30 分钟内有效，只能用一次。</p>"""
_LATER: Final = "公众号这会儿没有给二维码，请过几分钟刷新一次。"

log = structlog.get_logger()


def serve(app: App) -> None:
    """Registers the routes."""

    @nicegui.get(PATH + "{token}")
    async def look(token: str) -> Response:
        return await shown(app, token)

    @nicegui.post(PATH + "{token}")
    async def go(request: Request, token: str) -> Response:
        return await gone_on(app, request, token)

    @nicegui.get(SCAN + "{token}")
    async def scan(token: str) -> Response:
        return await code_of(app, token)


async def shown(app: App, token: str) -> Response:
    """As whom one would go on, and a button; the link stays good."""
    async with app.database.read() as session:
        going = await links.look(session, token, "web", app.clock()) if links.is_token(token) else None
        actor = await _actor(session, going.owner) if going else None
    if actor is None:
        return _page(f"<p>{_GONE}</p>", 410)
    return _page(_ASK.format(name=html.escape(mask.name(actor.name))))


async def code_of(app: App, token: str) -> Response:
    """The QR code that binds its scanner's 公众号 chat; to look uses nothing up."""
    channel = app.channels.get("wechat")
    now = app.clock()
    async with app.database.read() as session:
        going = await links.look(session, token, "bind", now) if links.is_token(token) else None
        actor = await _actor(session, going.owner) if going else None
    if going is None or actor is None or not isinstance(channel, Invites):
        return _page(f"<p>{_GONE}</p>", 410)
    try:
        shows = await channel.invitation(token, max(going.issued_at + links.LIFETIME - now, timedelta(seconds=60)))
    except SendError as error:
        log.warning("no QR code", channel="wechat", reason=error.reason)
        return _page(f"<p>{_LATER}</p>", 503)
    import segno  # only who asks for a code pays for it

    # A picture, not an SVG: inside WeChat a long press recognises pictures only.
    code = f'<img alt="二维码" src="{segno.make(shows, error="m").png_data_uri(scale=7, border=4)}">'
    return _page(_SCAN.format(name=html.escape(mask.name(actor.name)), code=code))


async def gone_on(app: App, request: Request, token: str) -> Response:
    """Uses the link up: this browser's chat speaks for the person from here on, and does what he was about to."""
    async with app.database.begin() as session:
        going = await links.redeem(session, token, "web", app.clock()) if links.is_token(token) else None
        actor = await _actor(session, going.owner) if going else None
        if going is None or actor is None:
            return _page(f"<p>{_GONE}</p>", 410)
        where = await _chat(app, session, request, going)
        await _record(app, session, actor)
    if going.action:
        await app.dispatcher.take(Incoming(uuid4().hex, where, "", app.clock(), going.action))
    return RedirectResponse("/", status_code=303)


async def _chat(app: App, session: AsyncSession, request: Request, going: Going) -> Address:
    """The chat of this browser where it is the same person's, otherwise a fresh one: nobody sees another's lines."""
    known = sessions.chat_address_of(request)
    here = await people.actor_of(session, known) if known else None
    if known and here and here.id == (going.owner.student_id or going.owner.staff_id):
        return known
    fresh = sessions.fresh_chat_address()
    await bindings.bind(session, fresh, going.owner, app.clock())
    return fresh


async def _actor(session: AsyncSession, owner: Owner) -> Actor | None:
    if owner.student_id is not None:
        return await people.student_actor(session, owner.student_id)
    return await people.staff_actor(session, owner.staff_id) if owner.staff_id else None


async def _record(app: App, session: AsyncSession, actor: Actor) -> None:
    await audit.record(
        session,
        now=app.clock(),
        actor=actor.tag,
        action="link.used",
        target=actor.tag,
        school_id=actor.school_id,
        channel="web",
    )


def _page(body: str, status: int = 200) -> HTMLResponse:
    headers = {"Cache-Control": "no-store"}
    return HTMLResponse(_PAGE.format(body=body), status, headers)
