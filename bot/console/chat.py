"""The chat panel: bubbles, choices, files, a line to write in. It shows the log and nothing else, so a reload,
a second window and the other side's answer all look the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from nicegui import background_tasks, ui
from nicegui.events import GenericEventArguments, UploadEventArguments

from bot.console import theme
from bot.console.bubbles import Bubble, NotTaken, Talk, clock_time, day_words, size_words
from handlers.messages import Attachment, Button
from storage.clock import SCHOOL, school_day

LARGEST_FILE = 10 * 1024 * 1024
_SLOW_LOOK = 3.0
"""Seconds between two looks for lines that another process wrote."""

# Enter sends; Shift+Enter breaks the line; Enter that ends a Chinese input method's composition does neither.
_ENTER = """(e) => {
  if (e.key !== 'Enter' || e.shiftKey || e.isComposing || e.keyCode === 229) return;
  e.preventDefault();
  emit(e.target.value);
}"""


class ChatPanel:
    """One conversation on a page. Build it inside a NiceGUI slot, then `await open()` once."""

    def __init__(
        self,
        talk: Talk,
        *,
        title: str,
        subtitle: str,
        welcome: str,
        quick: tuple[str, ...] = (),
        head: bool = True,
        on_unread: Callable[[int], None] | None = None,
    ) -> None:
        self._talk = talk
        self._last: Bubble | None = None
        self._shown: dict[int, ui.element] = {}
        self._looking = asyncio.Lock()
        self._on_unread = on_unread
        self._unread = 0
        self._seen_live = False
        with ui.element("section").classes("lx-chat").props(f'aria-label="{title}"') as self.root:
            if head:
                self._head(title, subtitle)
            self._log(welcome)
            if quick:
                self._quick(quick)
            self._composer()
        ui.context.client.on_delete(talk.listen(self._news))
        ui.timer(_SLOW_LOOK, self.look, immediate=False)

    async def open(self) -> None:
        """Shows what was said before."""
        await self.look()
        self._seen_live = True

    async def look(self) -> None:
        """Shows what is new."""
        async with self._looking:
            await self._drop_erased()
            fresh = await self._talk.since(self._last.id if self._last else 0)
            with self._lines:
                for bubble in fresh:
                    self._show(bubble)
        if fresh:
            self._count(fresh)

    async def _drop_erased(self) -> None:
        """Takes bubbles off the page that are not in the log any more: erased, or taken back by their sender."""
        gone = await self._talk.gone(list(self._shown)) if self._shown else set()
        for bubble_id in gone:
            self._shown.pop(bubble_id).delete()
        if gone and not self._shown:
            self._lines.clear()
            self._last = None

    def read(self) -> None:
        """The person sees the panel: nothing is unread."""
        self._unread = 0
        if self._on_unread:
            self._on_unread(0)

    async def say(self, text: str, action: str | None = None, files: tuple[Attachment, ...] = ()) -> None:
        """Says it for the person and shows what comes back."""
        self._typing.set_visibility(True)
        try:
            await self._talk.say(text, action=action, files=files)
        finally:
            self._typing.set_visibility(False)
        await self.look()
        self._to_the_end()

    def _news(self) -> None:
        background_tasks.create(self.look(), context=self.root)

    def _count(self, fresh: list[Bubble]) -> None:
        if not self._seen_live or self._on_unread is None:
            return
        self._unread += sum(not bubble.mine for bubble in fresh)
        self._on_unread(self._unread)

    # what it is made of

    def _head(self, title: str, subtitle: str) -> None:
        with ui.element("header").classes("lx-chat-head"):
            theme.mark()
            with ui.element("div").classes("lx-grow"):
                ui.label(title).classes("lx-chat-title lx-clip")
                ui.label(subtitle).classes("lx-chat-sub lx-clip")

    def _log(self, welcome: str) -> None:
        with ui.element("div").classes("lx-log") as self._scroll, ui.element("div").classes("lx-lines"):
            self._welcome = ui.element("div").classes("lx-empty")
            with self._welcome:
                ui.icon("o_forum")
                ui.label("你好").classes("lx-empty-title")
                ui.label(welcome)
            self._lines = ui.element("div").props('role=log aria-live=polite aria-label="聊天记录"')
            self._lines.style("display:flex;flex-direction:column;width:100%")
            with ui.element("div").classes("lx-msg") as self._typing, ui.element("div").classes("lx-bubble lx-typing"):
                for _ in range(3):
                    ui.element("span").classes("lx-dot")
            self._typing.set_visibility(False)

    def _quick(self, quick: tuple[str, ...]) -> None:
        with ui.element("div").classes("lx-quick"):
            for words in quick:
                ui.button(words, color=None, on_click=lambda words=words: self.say(words)).props("unelevated no-caps")

    def _composer(self) -> None:
        with ui.element("footer").classes("lx-composer"):
            self._upload = ui.upload(on_upload=self._uploaded, auto_upload=True, max_file_size=LARGEST_FILE)
            self._upload.classes("lx-hidden-upload").props('accept="image/*,.pdf"')
            self._upload.on_rejected(lambda: ui.notify("只收 10 MB 以内的照片或 PDF", type="warning"))
            # In the browser, not by way of the server: phones open the file picker only inside the tap itself.
            clip = ui.button(icon="o_attach_file", color=None).props('flat round aria-label="发送照片或文件"')
            pick = f"() => getElement({self._upload.id}).$refs.qRef.pickFiles()"
            clip.classes("lx-round lx-btn-icon").on("click", js_handler=pick)
            self._input = ui.textarea(placeholder="说点什么…")
            self._input.props('autogrow rows=1 dense borderless maxlength=4000 aria-label="消息"').classes("lx-input")
            self._input.on("keydown", self._entered, js_handler=_ENTER)
            send = ui.button(icon="o_arrow_upward", color=None, on_click=lambda: self._typed(self._input.value))
            send.props('unelevated round aria-label="发送"').classes("lx-round lx-send")

    # what happens

    async def _entered(self, event: GenericEventArguments) -> None:
        await self._typed(str(event.args))

    async def _typed(self, text: str | None) -> None:
        words = (text or "").strip()
        self._input.set_value("")
        if words:
            await self.say(words)

    async def _uploaded(self, event: UploadEventArguments) -> None:
        data = await event.file.read()
        self._upload.reset()
        try:
            kept = await self._talk.keep(data)
        except NotTaken as why:
            ui.notify(str(why), type="warning")
            return
        await self.say("", files=(kept,))

    async def _press(self, button: Button) -> None:
        await self.say(button.label, action=button.action)

    def _to_the_end(self) -> None:
        ui.run_javascript(f"{{ const e = getHtmlElement({self._scroll.id}); if (e) e.scrollTop = 0; }}")

    # one line

    def _show(self, bubble: Bubble) -> None:
        self._welcome.set_visibility(False)
        if self._last is None or school_day(self._last.at) != school_day(bubble.at):
            ui.label(day_words(bubble.at, school_day(datetime.now(SCHOOL)))).classes("lx-day")
        with ui.element("div").classes("lx-msg" + (" lx-msg-mine" if bubble.mine else "")) as shown:
            if bubble.text:
                ui.label(bubble.text).classes("lx-bubble")
            for file in bubble.files:
                self._file(file, mine=bubble.mine)
            if bubble.buttons:
                self._choices(bubble.buttons)
            ui.label(clock_time(bubble.at)).classes("lx-time lx-num")
        self._last, self._shown[bubble.id] = bubble, shown

    def _file(self, file: Attachment, *, mine: bool) -> None:
        if mine and file.media_type.startswith("image/"):
            picture = ui.element("img").props(f'src="{self._talk.link(file.id)}" alt="{file.name}"')
            picture.classes("lx-bubble-photo")
            return
        link = ui.element("a").classes("lx-file").props(f'href="{self._talk.link(file.id)}" download')
        with link:
            ui.icon("o_image" if file.media_type.startswith("image/") else "o_description")
            with ui.element("div"):
                ui.label(file.name).classes("lx-file-name")
                ui.label(size_words(file.size)).classes("lx-file-size")

    def _choices(self, buttons: tuple[Button, ...]) -> None:
        with ui.element("div").classes("lx-choices"):
            for button in buttons:
                made = ui.button(button.label, color=None, on_click=lambda button=button: self._press(button))
                made.props("unelevated no-caps").classes("lx-choice")
