"""The form of a broadcast: whom, what, with which files, when; one kind of audience is one entry of `_KINDS`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from nicegui import ui
from nicegui.events import UploadEventArguments

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench.enclosures import ACCEPTED, enclosure
from bot.kinds import LARGEST, NotTaken
from handlers import audience, listing, mailing, schedule
from handlers.fields import Invalid
from handlers.handler import Context, Refusal
from handlers.mailing import Preview
from handlers.messages import Attachment
from storage import owing, people
from storage.people import Actor
from storage.reach import Target

_KINDS: Final[Mapping[str, str]] = {
    "classes": "班级",
    "colleges": "学院",
    "owing": "还没办某件事的人",
    "list": "一份名单",
    "everybody": "全部",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from."""

    classes: tuple[tuple[str, str], ...]
    colleges: tuple[str, ...]
    items: tuple[tuple[str, str], ...]


async def choices_of(context: Context, actor: Actor) -> Choices:
    """Classes, colleges and items within the actor's scope."""
    cards = await people.classes_of(context.session, actor)
    items = await owing.items_for_staff(context.session, actor)
    return Choices(
        tuple((card.id.hex, card.name) for card in cards),
        tuple(dict.fromkeys(card.college for card in cards)),
        tuple((item.id.hex, item.title) for item in items),
    )


class BroadcastForm:
    """What is being written; it stays while the records below change."""

    def __init__(self, desk: Desk, ask: Callable[[Preview], None]) -> None:
        self._desk = desk
        self._ask = ask
        self._files: list[Attachment] = []

    def build(self) -> None:
        """The fields; call it inside the card's slot."""
        ui.label("发通知").classes("lx-h2")
        self._kind = ui.select(dict(_KINDS), value="classes", label="发给", on_change=self._turned)
        self._classes = ui.select({}, multiple=True, label="发给哪些班")
        self._colleges = ui.select({}, multiple=True, label="发给哪些学院")
        self._item = ui.select({}, label="还没办哪件事", with_input=True)
        self._list = ui.textarea(placeholder="贴学号或姓名，一行一个；也可以传 Excel、CSV。")
        for field in (self._kind, self._classes, self._colleges, self._item, self._list):
            field.props("borderless options-dense").classes("lx-select").style("width:100%")
        for chips in (self._classes, self._colleges):
            chips.props("use-chips")
        self._list.props('autogrow aria-label="名单"')
        self._from_file = self._upload("传名单文件", "o_upload_file", ".xlsx,.csv,.txt", self._list_uploaded)
        self._from_file.style("align-self:flex-start")
        self._text = ui.textarea(placeholder="写清楚什么事、到什么时候、找谁。")
        self._text.props(f'autogrow borderless counter maxlength={mailing.LONGEST} aria-label="通知内容"')
        self._text.classes("lx-select").style("width:100%")
        self._enclosed = ui.element("div").classes("lx-row-wrap")
        self._when = ui.input(placeholder="现在；或者写「下周一上午9点」").props('borderless aria-label="什么时候发"')
        self._when.classes("lx-select").style("width:100%")
        with ui.element("div").classes("lx-actions"):
            self._upload("加附件", "o_attach_file", ACCEPTED, self._enclose)
            theme.button("预览", icon_name="o_visibility").on_click(lambda: self._desk.guarded(self._preview))
        self._turned()

    def offer(self, choices: Choices) -> None:
        """Fills in what there is to choose from; what was chosen stays chosen."""
        _set(self._classes, dict(choices.classes))
        _set(self._colleges, {college: college for college in choices.colleges})
        _set(self._item, dict(choices.items))

    def clear(self) -> None:
        """It was sent."""
        self._text.set_value("")
        self._when.set_value("")
        self._list.set_value("")
        self._files.clear()
        self._show_files()

    def _turned(self) -> None:
        kind = self._kind.value
        self._classes.set_visibility(kind == "classes")
        self._colleges.set_visibility(kind == "colleges")
        self._item.set_visibility(kind == "owing")
        self._list.set_visibility(kind == "list")
        self._from_file.set_visibility(kind == "list")

    def _upload(
        self, label: str, icon: str, accept: str, take: Callable[[UploadEventArguments], Awaitable[None]]
    ) -> ui.button:
        button = theme.button(label, quiet=True, icon_name=icon)

        async def taken(event: UploadEventArguments) -> None:
            hidden.reset()
            await self._desk.guarded(lambda: take(event))

        hidden = ui.upload(on_upload=taken, auto_upload=True, max_file_size=LARGEST).classes("lx-hidden-upload")
        hidden.props(f'accept="{accept}" aria-label="{label}"')
        hidden.on_rejected(lambda: ui.notify("文件太大，或者不是能收的格式", type="warning"))
        # In the browser, not by way of the server: phones open the file picker only inside the tap itself.
        button.on("click", js_handler=f"() => getElement({hidden.id}).$refs.qRef.pickFiles()")
        return button

    async def _list_uploaded(self, event: UploadEventArguments) -> None:
        data = await event.file.read()
        words = await asyncio.to_thread(listing.words_of, data, event.file.name)
        self._list.set_value("\n".join(words.split()))
        ui.notify(f"读到 {len(words.split())} 个，请核对后预览", type="positive")

    async def _enclose(self, event: UploadEventArguments) -> None:
        data = await event.file.read()
        if len(self._files) >= mailing.MOST_FILES:
            raise Refusal(f"一条最多带 {mailing.MOST_FILES} 个附件。")
        try:
            media_type, name = enclosure(data, event.file.name)
        except NotTaken as why:
            raise Refusal(f"{why}。") from None
        async with self._desk.noted() as context:
            assert context.actor is not None
            kept = await context.files.save(
                context.session, data, name=name, media_type=media_type, now=context.now, staff_id=context.actor.id
            )
        self._files.append(kept)
        self._show_files()

    def _show_files(self) -> None:
        self._enclosed.clear()
        with self._enclosed:
            for file in self._files:
                chip = ui.chip(f"📎 {file.name}", removable=True, color=None).classes("lx-pill")
                chip.on("remove", lambda file=file: self._drop(file))

    def _drop(self, file: Attachment) -> None:
        self._files = [one for one in self._files if one.id != file.id]

    async def _preview(self) -> None:
        async with self._desk.step() as context:
            target = await self._target(context)
            said = (self._when.value or "").strip()
            try:
                at = schedule.when(said, context.now) if said and said != "现在" else None
            except Invalid as problem:
                raise Refusal(problem.hint) from None
            files = [file.id for file in self._files]
            found = await mailing.compose(context, target, self._text.value or "", files=files, at=at)
        self._ask(found)

    async def _target(self, context: Context) -> Target:
        actor = mailing.staff(context)
        match self._kind.value:
            case "classes":
                return await audience.of_classes(context, actor, _ids(self._classes.value, "先选要发给哪些班。"))
            case "colleges":
                chosen = list(self._colleges.value or [])
                if not chosen:
                    raise Refusal("先选要发给哪些学院。")
                return await audience.target_of(context, actor, " ".join(chosen))
            case "owing":
                [item] = _ids([self._item.value] if self._item.value else [], "先选是哪件事。")
                return await audience.of_owing(context, actor, item)
            case "list":
                return await audience.of_list(context, actor, self._list.value or "")
        return await audience.target_of(context, actor, audience.EVERYBODY[0])


def _ids(chosen: Any, empty: str) -> list[UUID]:
    if not chosen:
        raise Refusal(empty)
    return [UUID(hex=one) for one in chosen]


def _set(field: ui.select, options: dict[str, str]) -> None:
    value = field.value
    kept = [one for one in value if one in options] if isinstance(value, list) else value if value in options else None
    field.set_options(options, value=kept)
