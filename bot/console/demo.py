"""`/demo`: the student on the left, his counselor on the right, both live; only where `lixiao demo` brings a sample.

Everybody who opens the page plays the same people, so it is for this machine only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nicegui import ui

from bot.app import App
from bot.channels.web import address
from bot.console import theme
from bot.console.chat import ChatPanel
from bot.console.desk import Desk
from bot.console.live import Live
from bot.console.talk import WebTalk
from bot.console.workbench.board import Board
from bot.sample.school import Persona, SampleSchool
from handlers.messages import Address
from storage import bindings, people
from storage.bindings import Owner

_WELCOME = "问问看：档案什么时候寄？离校手续怎么办？"
_QUICK = ("我的事项", "填写档案转寄地址", "委托书", "帮助")
_TRY: Final = (
    "左边问「档案转寄地址什么时候填完」",
    "把单位、收件人、电话、地址一次发过来",
    "右边「待审核」里通过或退回",
)


@dataclass(frozen=True, slots=True)
class Played:
    """Somebody of the sample school and the chat he is played in."""

    persona: Persona
    address: Address


def players(app: App, demo: SampleSchool) -> tuple[list[Played], Played]:
    """The students and the counselor; a chat stays the same over restarts and nobody can guess its key."""
    students = [_played(app, persona) for persona in demo.students]
    return students, _played(app, demo.counselor)


def addresses(app: App, demo: SampleSchool) -> list[Address]:
    """Every chat of the demo page, for the files that are downloaded there."""
    students, counselor = players(app, demo)
    return [*(played.address for played in students), counselor.address]


def _played(app: App, persona: Persona) -> Played:
    return Played(persona, address(app.vault.lookup(persona.number, "demo chat").hex()))


def serve(app: App, live: Live, demo: SampleSchool) -> None:
    """Registers the page."""

    @ui.page("/demo", title="演示 · 离校通")
    async def show(who: int = 0) -> None:
        theme.dress()
        students, counselor = players(app, demo)
        for played in (*students[1:], counselor):
            await _bind(app, played)
        with ui.element("div").classes("lx-page"):
            side = _Sides()
            _bar(demo, side)
            with ui.element("div").classes("lx-demo") as sides:
                side.watch(sides)
                with ui.element("section").classes("lx-pane lx-pane-student"):
                    left = _Student(app, live, students, who)
                with ui.element("section").classes("lx-pane lx-pane-work"):
                    board = _counselor(app, live, counselor)
        await left.open()
        await board.open()


class _Sides:
    """On a narrow screen one side is seen at a time, and two buttons in the bar turn the page."""

    def __init__(self) -> None:
        self._sides: ui.element | None = None
        self._buttons: dict[str, ui.button] = {}

    def build(self) -> None:
        """The two buttons; on a wide screen they are not seen."""
        with ui.element("div").classes("lx-side lx-persona"):
            for name, label in (("student", "学生"), ("work", "辅导员")):
                made = ui.button(label, color=None, on_click=lambda name=name: self.show(name))
                self._buttons[name] = made.props("flat dense no-caps")

    def watch(self, sides: ui.element) -> None:
        """Turns this element's two sides; the student's is seen first."""
        self._sides = sides
        self.show("student")

    def show(self, name: str) -> None:
        """Shows one side."""
        if self._sides is not None:
            self._sides.props(f'data-side="{name}"')
        for side, button in self._buttons.items():
            button.classes(add="lx-on") if side == name else button.classes(remove="lx-on")


class _Student:
    """The left side: whom to play, what to try, and his chat."""

    def __init__(self, app: App, live: Live, students: list[Played], who: int) -> None:
        self._app = app
        self._live = live
        self._students = students
        self._chosen = who if 0 <= who < len(students) else 0
        self._picks: list[ui.button] = []
        with ui.element("div").classes("lx-who"):
            ui.label("我是").classes("lx-faint")
            with ui.element("div").classes("lx-persona"):
                for index, played in enumerate(students):
                    pick = ui.button(played.persona.name, color=None, on_click=lambda index=index: self._turn_to(index))
                    self._picks.append(pick.props("flat dense no-caps"))
        self._place = ui.element("div").classes("lx-fill")

    async def open(self) -> None:
        await self._choose(self._chosen)

    async def _turn_to(self, index: int) -> None:
        """The choice stands in the address: a reload, also one after a restart, shows the same student."""
        ui.navigate.history.replace(f"/demo?who={index}")
        await self._choose(index)

    async def _choose(self, index: int) -> None:
        self._chosen = index
        for number, pick in enumerate(self._picks):
            pick.classes(add="lx-on") if number == index else pick.classes(remove="lx-on")
        played = self._students[index]
        is_bound = await _speaks(self._app, played.address)
        self._place.clear()
        self._place.props(f'data-who="{index}"')
        with self._place:
            await self._chat(played, is_bound)

    async def _chat(self, played: Played, is_bound: bool) -> None:
        persona = played.persona
        words = f"绑定 {persona.number} {persona.name} {persona.code}"
        panel: ChatPanel | None = None

        async def bind() -> None:
            tip.set_visibility(False)
            if panel is not None:
                await panel.say(words)

        if not is_bound:
            tip = _tip(f"先绑定身份：{words}", "替我发", bind)
        talk = WebTalk(self._app, played.address, self._live)
        with ui.element("div").classes("lx-fill"):
            panel = ChatPanel(
                talk,
                title="离校通",
                subtitle=f"{persona.name} 的聊天",
                welcome=_WELCOME,
                quick=_QUICK,
                head=False,
            )
        await panel.open()


def _tip(words: str, label: str, act: Callable[[], object]) -> ui.element:
    with ui.element("div").classes("lx-tip") as tip:
        ui.icon("o_tips_and_updates")
        ui.label(words).classes("lx-grow").style("overflow-wrap:anywhere")
        ui.button(label, color=None, on_click=act).props("flat no-caps")
    return tip


def _bar(demo: SampleSchool, sides: _Sides) -> None:
    with ui.element("header").classes("lx-bar"):
        theme.brand(f"{demo.name} · 示例学校，人物都是虚构的")
        ui.element("div").classes("lx-grow")
        with ui.element("div").classes("lx-row lx-bar-tips"):
            for number, words in enumerate(_TRY, 1):
                with ui.element("div").classes("lx-try"):
                    ui.label(str(number)).classes("lx-try-n")
                    ui.label(words)
        sides.build()


def _counselor(app: App, live: Live, counselor: Played) -> Board:
    def gone() -> None:
        ui.navigate.reload()

    with ui.element("div").classes("lx-who"):
        ui.icon("o_badge").classes("lx-done").style("font-size:22px")
        ui.label(f"{counselor.persona.name} 老师").classes("lx-chat-title")
        ui.label("辅导员，只看得到自己带的班").classes("lx-faint lx-clip")
    return Board(Desk(app, counselor.address, live, gone=gone), gone)


async def _speaks(app: App, where: Address) -> bool:
    async with app.database.read() as session:
        return await people.actor_of(session, where) is not None


async def _bind(app: App, played: Played) -> None:
    """Everybody but the first student has come before."""
    if await _speaks(app, played.address):
        return
    persona = played.persona
    owner = Owner(student_id=persona.id) if persona.role == "student" else Owner(staff_id=persona.id)
    async with app.database.begin() as session:
        await bindings.bind(session, played.address, owner, app.clock())
