"""Any question: the last handler. The answer, a choice, or an honest 'not there'."""

from __future__ import annotations

import re
from uuid import UUID

from handlers.handler import Context
from handlers.messages import Button, Incoming, Reply
from knowledge import safety
from knowledge.answer import Answer, Asker
from knowledge.core import asks, core_of
from storage import conversations, groups, items, unanswered
from storage.clock import school_day

ACTION = "ask:"
"""A button that asks its question carries the question itself: nothing to remember, a restart changes nothing."""

_ACTION_BYTES = 64
MORE = "more:"
_HELLO = re.compile(r"^(你好|您好|hi|hello|嗨|在吗|在么|早上好|晚上好|下午好)[呀啊吗?？!！,，。~～ ]*$", re.IGNORECASE)
_THANKS = re.compile(
    r"^(谢谢|多谢|感谢|好的|好|收到|ok|嗯+|知道了|明白了?)(老师)?[你您了啦呀啊!！,，。~～ ]*$", re.IGNORECASE
)

HELLO = "你好！离校的事可以直接问我，比如「档案什么时候寄」「离校手续几号办」。发「帮助」看我还会什么。"
THANKS = "不客气，离校路上有什么事随时问我。"
NOTED = "我记下了这个问题，老师看到后会补充。"
NEAREST = "你是不是想问："
CHANGED = "这条通知刚刚更新过，请再问一次。"
_SAID_OF = {
    "party_member": ("党员", "党组织"),
    "probationary": ("预备党员",),
    "league_member": ("团员", "团组织"),
    "loan": ("贷款",),
    "enlisted": ("入伍",),
}
"""What notices say of people with these attributes."""


async def ask(message: Incoming, context: Context) -> Reply | None:
    """Answers whatever no other handler took. None: there was neither text nor a question button."""
    if message.action is not None and message.action.startswith(MORE):
        return await _unfolded(message.action.removeprefix(MORE), message, context)
    question = _question_of(message)
    if not question:
        return None
    small = _small_talk(question)
    if small is not None:
        return small
    answer = await _answer(question, message, context)
    if answer.abstained:
        await _collect(question, message, context)
    return _reply(answer, noted=answer.abstained)


async def answer_question(text: str, message: Incoming, context: Context) -> Reply | None:
    """The answer to a question in the middle of something else; None where it is no question or nothing was found."""
    if not asks(text) and safety.check(text) is None:
        return None
    answer = await _answer(text, message, context)
    return None if answer.abstained else _reply(answer, noted=False)


async def _answer(question: str, message: Incoming, context: Context) -> Answer:
    history = await conversations.turns(context.session, message.sender, context.now)
    answer = await context.answerer.ask(
        context.session,
        question,
        school_id=await _school(message, context),
        today=school_day(context.now),
        history=tuple(history),
        asker=await _asker(message, context),
    )
    if answer.safety is None:
        await conversations.remember_turn(context.session, message.sender, question, context.now)
    return answer


async def _unfolded(key: str, message: Incoming, context: Context) -> Reply:
    answer = await context.answerer.more(
        context.session,
        key,
        school_id=await _school(message, context),
        today=school_day(context.now),
        asker=await _asker(message, context),
    )
    return Reply(answer.text if answer else CHANGED)


async def _school(message: Incoming, context: Context) -> UUID | None:
    """The school that is asked about: the asker's, or that of the class whose group it is asked in."""
    if context.actor is not None:
        return context.actor.school_id
    bound = await _group(message, context)
    return bound.school_id if bound else None


async def _group(message: Incoming, context: Context) -> groups.Bound | None:
    if not context.is_group:
        return None
    return await groups.of_chat(context.session, message.sender.channel, message.sender.chat)


async def _asker(message: Incoming, context: Context) -> Asker | None:
    """What of a bound student, or of a class's group, matters to what is true there."""
    bound = await _group(message, context)
    if bound is not None:
        return Asker(bound.class_id, bound.cohort, college=bound.college)
    actor = context.actor
    if actor is None or not actor.is_student:
        return None
    facts = (await items.facts_of(context.session, [actor.id])).get(actor.id)
    if facts is None:
        return Asker(actor.class_id, actor.cohort)
    known = {word: facts.attributes.get(name) for name, words in _SAID_OF.items() for word in words}
    said = tuple(word for word, holds in known.items() if holds)
    unlike = tuple(word for word, holds in known.items() if holds is False)
    return Asker(actor.class_id, actor.cohort, said, unlike, facts.college)


async def _collect(question: str, message: Incoming, context: Context) -> None:
    student = context.actor if context.actor and context.actor.is_student else None
    await unanswered.collect(
        context.session,
        school_id=await _school(message, context),
        student_id=student.id if student else None,
        question=question,
        core=core_of(question),
        now=context.now,
    )


def _question_of(message: Incoming) -> str:
    if message.action is None:
        return message.text.strip()
    return message.action.removeprefix(ACTION) if message.action.startswith(ACTION) else ""


def _small_talk(text: str) -> Reply | None:
    if _HELLO.match(text):
        return Reply(HELLO)
    return Reply(THANKS) if _THANKS.match(text) else None


def _reply(answer: Answer, *, noted: bool) -> Reply:
    offers = answer.nearest if answer.abstained or answer.clarify else ()
    buttons = tuple(Button(near, _action(near)) for near in offers)
    if answer.more is not None and len(MORE + answer.more) <= _ACTION_BYTES:
        buttons = (Button("更多", MORE + answer.more),)
    lines = [answer.text, NOTED if noted else "", NEAREST if buttons and answer.abstained else ""]
    return Reply("\n".join(line for line in lines if line), buttons)


def _action(question: str) -> str:
    """The action of a button: the question, cut at a whole character where it would be too long."""
    return ACTION + question.encode()[: _ACTION_BYTES - len(ACTION)].decode(errors="ignore")
