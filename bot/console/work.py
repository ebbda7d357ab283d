"""`/work`: the counselor's way in, the workbench, and the way out."""

from __future__ import annotations

from nicegui import app as nicegui
from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.app import App
from bot.console import entry, sessions, theme
from bot.console.desk import Desk, Gone
from bot.console.live import Live
from bot.console.sessions import Logins
from bot.console.workbench.board import Board
from handlers.messages import Address
from handlers.notices import is_office
from storage import bindings, people
from storage.people import Actor

_ROLES = {"counselor": "辅导员", "office": "学校办公室", "operator": "管理员"}


def serve(app: App, live: Live) -> None:
    """Registers the page and the two plain routes that may set the cookie."""
    logins = Logins(app.clock)

    @ui.page("/work", title="工作台 · 离校通")
    async def work(request: Request) -> None:
        theme.dress()
        address = sessions.work_address_of(request)
        actor = await _staff(app, address) if address else None
        if address is not None and actor is not None and sessions.is_idle(app.clock()):
            await entry.leave(app, address)
            actor = None
        if address is None or actor is None:
            await _door(app, logins, str(request.session["id"]))
            return
        sessions.touch(app.clock())
        await _desk(app, live, address, actor)

    @nicegui.get("/work/enter")
    async def enter(request: Request, ticket: str = "") -> Response:
        logins.redeem(request, ticket)
        return RedirectResponse("/work", status_code=303)

    @nicegui.post("/work/leave")
    async def leave(request: Request) -> Response:
        address = sessions.work_address_of(request)
        if address is not None:
            await entry.leave(app, address)
        sessions.log_out(request)
        return RedirectResponse("/work", status_code=303)


async def _staff(app: App, address: Address) -> Actor | None:
    async with app.database.begin() as session:
        actor = await people.actor_of(session, address)
        await bindings.touch(session, address, app.clock())
    return actor if actor is not None and actor.is_staff else None


async def _desk(app: App, live: Live, address: Address, actor: Actor) -> None:
    def gone() -> None:
        ui.navigate.to("/work")

    def is_idle() -> bool:
        return sessions.is_idle(app.clock())

    desk = Desk(app, address, live, is_idle=is_idle, touch=lambda: sessions.touch(app.clock()), gone=gone)
    with ui.element("div").classes("lx-page"):
        with ui.element("header").classes("lx-bar"):
            theme.brand(f"{actor.school} · {_ROLES.get(actor.role, actor.role)} {actor.name}")
            ui.element("div").classes("lx-grow")
            # A plain form: only an HTTP answer can end the session, and SameSite keeps other pages from posting it.
            with ui.element("form").props("method=post action=/work/leave"):
                theme.button("退出", quiet=True).props("type=submit")
        with ui.element("div").classes("lx-work"), ui.element("section").classes("lx-pane"):
            board = Board(desk, gone, office=is_office(actor))
    try:
        await board.open()
    except Gone:
        gone()


async def _door(app: App, logins: Logins, browser: str) -> None:
    """The card that asks who is there."""
    door = sessions.door_address()

    async def come_in(entered: entry.Entered | None) -> None:
        if entered is None or (not entered.token and not entered.student):
            error.set_text(entered.words if entered else "还没有同意。请在已绑定的设备上同意后再点。")
        elif entered.student:
            ui.navigate.to("/")
        else:
            ui.navigate.to(f"/work/enter?ticket={logins.ticket(browser, entered.token or '')}")

    async def submit() -> None:
        if not all(field.value and field.value.strip() for field in fields):
            error.set_text("三项都要填。")
            return
        go.disable()
        try:
            await come_in(await entry.enter(app, door, *(field.value for field in fields)))
        finally:
            go.enable()

    async def again() -> None:
        await come_in(await entry.follow(app, door))

    with ui.element("div").classes("lx-page"), ui.element("form").classes("lx-login") as form:
        theme.mark()
        ui.label("辅导员工作台").classes("lx-h1")
        ui.label("用工号、姓名和学校发的绑定码进来").classes("lx-muted")
        fields = [
            ui.input("工号").props("outlined autocomplete=username"),
            ui.input("姓名").props("outlined autocomplete=name"),
            ui.input("绑定码", password=True).props("outlined autocomplete=one-time-code"),
        ]
        error = ui.label().classes("lx-error").props("role=alert").style("white-space:pre-wrap")
        go = theme.button("进入").props("type=submit")
        if await entry.waits(app, door):
            error.set_text("这台设备在等你同意：在已绑定的设备上点「同意」，再回来继续。")
            theme.button("已经同意，继续", quiet=True).on_click(again)
        ui.label("绑定码只能用一次，连错五次锁一小时。没有的话，请找学校办公室。").classes("lx-faint")
    form.on("submit", submit, js_handler="(e) => { e.preventDefault(); emit(); }")
