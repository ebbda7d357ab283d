"""The features, one line each, in the order they are asked; the first reply wins."""

from __future__ import annotations

from handlers.alarm import care
from handlers.answers import answers
from handlers.approval import approval
from handlers.ask import ask
from handlers.broadcast import broadcast
from handlers.calling import phone_calls
from handlers.codes import code_list
from handlers.commands import commands
from handlers.committee import class_committee
from handlers.deadletters import dead_letters
from handlers.export import export
from handlers.form import engine
from handlers.formbook import FORMS
from handlers.groups import group_chats
from handlers.handler import Handler
from handlers.identity import identity
from handlers.items import items
from handlers.links import one_time_links
from handlers.nudge import nudge
from handlers.owed import owed
from handlers.personal import personal
from handlers.receipts import receipts
from handlers.reminding import reminding
from handlers.review import review
from handlers.unoffered import unoffered

HANDLERS: tuple[Handler, ...] = (
    care,
    group_chats,
    one_time_links,
    identity,
    commands,
    reminding,
    approval,
    code_list,
    receipts,
    broadcast,
    dead_letters,
    review,
    nudge,
    owed,
    phone_calls,
    class_committee,
    answers,
    export,
    personal,
    engine(FORMS),
    items,
    unoffered,
    ask,
)
