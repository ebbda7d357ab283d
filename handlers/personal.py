"""Questions about oneself: answered from the student's own items and forms, not from the notices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from handlers import sheet
from handlers.blank import Form
from handlers.formbook import FORMS
from handlers.handler import Context
from handlers.items import card, page
from handlers.messages import Button, Incoming, Reply
from knowledge.question import topics_in, topics_of
from knowledge.text import plain, words
from storage import submissions
from storage.items import ItemView, items_of
from storage.people import Actor

UNBOUND = "这是你自己的进度，要先知道你是谁。绑定身份后再问我，我就能查。"
_BIND = Button("绑定身份", "bind:start")
_LEFT = re.compile(
    r"^(请问|老师)?,?我?(现在|目前)?(还|都)(差|缺|剩|欠|要|得|有|需要)(下|交|办|做|弄)?(什么|啥|哪些|几件|多少)(事情?|手续|材料|东西|没.{1,3})?(没?(办|交|弄|完成|做|了))*[呢吗]?$"
    r"|^我(是不是|有没有)?(都|全部|全)?(办|弄|交)(完|好|齐)了(吗|没有?|么)?$|^我(可以|能)(离校|走)了(吗|么)$"
)
_STATE = re.compile(
    r"我(?=.{0,16}(?:寄|办|交|还|转|退|审核?|通过|批|填|收到|提交|弄|缴|签|过|确认|领)"
    r"(?:出去|出|走|好|完|到|清|下来)?了(?:吗|没有?|么|嘛|没得)$)"
    r"|我的.{1,12}(?:到哪(?:一步|儿|里)?了?|怎么样了|什么(?:状态|进度|情况))$"
)
_EDGE = "?。.!~ "


async def personal(message: Incoming, context: Context) -> Reply | None:
    """The handler. None: it asks nothing about the person himself, or nothing is known of that."""
    text = plain(message.text).strip(_EDGE)
    if message.action is not None or context.is_group or not is_personal(text):
        return None
    if context.actor is None:
        return Reply(UNBOUND, (_BIND,))
    return await _own_state(text, context, context.actor) if context.actor.is_student else None


def is_personal(text: str) -> bool:
    """Whether plain words ask for the speaker's own state ('我还差什么', '我的档案寄了吗')."""
    return len(text) <= 30 and bool(_LEFT.search(text) or _STATE.search(text))


async def _own_state(text: str, context: Context, student: Actor) -> Reply | None:
    views = await items_of(context.session, student.id, context.now)
    if _LEFT.search(text):
        return page(views, 1)
    form = _form_meant(text)
    if form is not None:
        return sheet.card(form, await submissions.latest(context.session, student.id, form.name))
    found = items_meant(text, views)
    return card(found[0]) if len(found) == 1 else page(found, 1) if found else None


def _form_meant(text: str) -> Form | None:
    """The form a text names by one of its own words."""
    named = ((len(word), form) for form in FORMS for word in _names(form) if word in text)
    return max(named, key=lambda pair: pair[0], default=(0, None))[1]


def _names(form: Form) -> Iterable[str]:
    return (plain(word).removeprefix("填").removeprefix("我的") for word in (*form.triggers, form.title, *form.mine))


def items_meant(text: str, views: Sequence[ItemView]) -> list[ItemView]:
    """The items of that title, or else those about the same topic or with the same words in the title."""
    named = [view for view in views if text and plain(text) in plain(view.title)]
    if named:
        return named
    topics, said = topics_of(text), {word for word in words(text) if len(word) > 1}
    return [view for view in views if topics & topics_in(plain(view.title)) or said & set(words(plain(view.title)))]
