"""Who am I talking to: binding a chat to a person, and ending it.

A chat is bound by three things together: number, name, and the personal code that the school hands out (T1). What
was wrong is never said, and the same work is done whatever it was (T2): a wrong try is a `Reply`, not a `Refusal`,
so that its count stays.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from handlers import mask
from handlers.approval import tell_of_second
from handlers.handler import Context
from handlers.identifiers import Claim, claim_in, code_in, is_question, name_in, number_in
from handlers.messages import Button, Incoming, Reply
from handlers.words import is_command, word_of
from storage import audit, bindings, codes, conversations, people, retention, throttle
from storage.codes import Redeemed
from storage.people import Actor

FORM = "bind"
"""The conversation's form name while someone is binding."""

STALE = timedelta(minutes=30)
"""After this long a half-done binding is forgotten: what is typed then means something else."""

BIND = Button("绑定", "bind:start")
CANCEL = Button("先不绑", "bind:cancel")
HELP = Button("帮助", "help:show")
MINE = Button("我的事项", "item:page:1")

WELCOME = (
    "你好，我是离校通。离校的事直接问我就行，比如「档案寄到哪里」。\n"
    "填表、看自己的进度和收提醒要先绑定：准备好学号、姓名和辅导员发的绑定码。"
)
ASK_NUMBER = (
    "请发学号（老师发工号，没有工号发手机号）。也可以一条消息发全：\n绑定 学号 姓名 绑定码\n"
    "绑定码是发给你本人的，像 ABCD-1234。"
)
WRONG = "对不上：学号、姓名、绑定码里有不对的，或者码已经用过、过期了。\n请核对后一条消息重发：学号 姓名 绑定码"
LOCKED = "试的次数太多，先停一停，过一小时再来绑定。提问不受影响。\n绑定码找不到了？请辅导员当面重发一张。"
WAITS = (
    "信息对上了。不过这个账号已在另一个聊天里绑定，换聊天要辅导员点头：已经告诉他，原来的聊天也收到了提醒。\n"
    "批准之前照常可以提问。"
)
PRIVATELY = "这里人多，个人的事请私聊我。"


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the three things that are asked, in this order."""

    key: str
    ask: str
    read: Callable[[str], str | None]
    hint: str


_PARTS = (
    _Part("number", ASK_NUMBER, number_in, "学号是 3–20 位数字或字母，没有别的符号。请再发一次。"),
    _Part("name", "姓名是？（和花名册上一样）", name_in, "姓名里只能有文字和间隔号「·」。请再发一次。"),
    _Part("code", "绑定码是？（8 位，像 ABCD-1234）", code_in, "绑定码是 8 位字母和数字，像 ABCD-1234。请再发一次。"),
)


async def identity(message: Incoming, context: Context) -> Reply | None:
    """Binds, unbinds, says who one is; None: nothing of that."""
    word = message.action or word_of(message.text)
    if word in _GREETINGS:
        return None if context.is_group else greet(context)
    act = _ACTS.get(word)
    if act is not None:
        return Reply(PRIVATELY) if context.is_group else await act(message, context)
    return None if message.action is not None else await _told(message, context)


def greet(context: Context) -> Reply:
    """The first words to somebody in private: what this is, or what he may do next."""
    if context.actor is None:
        return Reply(WELCOME, (BIND, HELP))
    return Reply(f"你好，{context.actor.name}。想问什么直接发给我。", _next_for(context.actor))


def _next_for(actor: Actor) -> tuple[Button, ...]:
    return (MINE, HELP) if actor.is_student else (HELP,)


async def _begin(message: Incoming, context: Context) -> Reply:
    if context.actor is not None:
        return _already(context.actor)
    return await _ask_next(message, context, Claim())


async def _cancel(message: Incoming, context: Context) -> Reply:
    await conversations.clear(context.session, message.sender, context.now)
    return Reply("好，先不绑定。想问什么直接发给我。", (BIND, HELP))


async def _told(message: Incoming, context: Context) -> Reply | None:
    """Takes what an unbound person tells of himself, in one message or step by step."""
    claim = claim_in(message.text) or Claim()
    if context.actor is not None:
        return _already(context.actor) if claim.number and message.text.strip().startswith("绑定") else None
    if context.is_group:
        return Reply("绑定码不要发在群里！请找辅导员重发一张，然后私聊我绑定。") if claim.code and claim.name else None
    if claim.number and claim.name and claim.code:
        return await _try(message, context, claim.number, claim.name, claim.code)
    if claim.number and message.text.strip().startswith("绑定"):
        return await _ask_next(message, context, claim)
    so_far = await _so_far(message, context)
    if so_far is None or is_question(message.text) or is_command(message.text):
        return None
    return await _take(message, context, so_far, claim)


async def _so_far(message: Incoming, context: Context) -> Claim | None:
    """What was told before in an open binding; None: none is open."""
    state = await conversations.load(context.session, message.sender)
    if state is None or state.form != FORM or context.now - state.updated_at > STALE:
        return None
    return Claim(**state.data)


async def _take(message: Incoming, context: Context, so_far: Claim, claim: Claim) -> Reply | None:
    if word_of(message.text) in ("取消", "退出", "算了", "不绑了"):
        return await _cancel(message, context)
    part = _missing(so_far)
    if part is None or (part.key == "number" and claim.number and claim.name):
        return await _ask_next(message, context, claim)
    value = part.read(message.text)
    if value is not None:
        return await _ask_next(message, context, _with(so_far, part, value))
    if part.key == "number" and not any(sign.isdigit() for sign in message.text):
        return None
    return Reply(part.hint, (CANCEL,))


async def _ask_next(message: Incoming, context: Context, claim: Claim) -> Reply:
    """Keeps what is known and asks for what is missing; with everything there, it is tried."""
    part = _missing(claim)
    if part is None:
        return await _try(message, context, claim.number or "", claim.name or "", claim.code or "")
    known = {key: value for key, value in asdict(claim).items() if value and key != "code"}
    await conversations.save(context.session, message.sender, form=FORM, data=known, now=context.now)
    return Reply(part.ask, (CANCEL,))


def _missing(claim: Claim) -> _Part | None:
    told: Mapping[str, str | None] = asdict(claim)
    return next((part for part in _PARTS if not told[part.key]), None)


def _with(claim: Claim, part: _Part, value: str) -> Claim:
    return replace(claim, **{part.key: value})


async def _try(message: Incoming, context: Context, number: str, name: str, code: str) -> Reply:
    buckets = _buckets(message, number)
    if await throttle.is_locked(context.session, buckets, context.now):
        await conversations.clear(context.session, message.sender, context.now)
        return Reply(LOCKED)
    redeemed = await codes.redeem(context.session, number=number, name=name, code=code, now=context.now)
    if redeemed is None:
        return await _wrong(message, context, buckets)
    await conversations.clear(context.session, message.sender, context.now)
    return await _right(message, context, redeemed)


def _buckets(message: Incoming, number: str) -> dict[str, str]:
    """The class bucket goes by the number without its last two digits, not by the roster: a bucket that only existing
    numbers share would tell them apart (T2)."""
    return {
        "chat": f"{message.sender.channel}/{message.sender.user}",
        "number": number,
        "class": number[:-2],
        "all": "",
    }


async def _wrong(message: Incoming, context: Context, buckets: Mapping[str, str]) -> Reply:
    locked = await throttle.note_wrong(context.session, buckets, context.now)
    if locked:
        await conversations.clear(context.session, message.sender, context.now)
        for bucket in locked:
            await _record(context, "system:identity", "bind.locked", f"bucket:{bucket}")
        return Reply(LOCKED)
    await conversations.save(context.session, message.sender, form=FORM, data={}, now=context.now)
    return Reply(WRONG, (CANCEL,))


async def _right(message: Incoming, context: Context, redeemed: Redeemed) -> Reply:
    owner = redeemed.owner
    if owner.staff_id is not None:
        await retention.end_idle_logins(context.session, owner.staff_id, context.now)
    second = await bindings.is_bound(context.session, owner)
    made = await bindings.bind(context.session, message.sender, owner, context.now, approved=not second)
    action = "bind.asked" if second else "bind.made"
    await audit.record(
        context.session,
        now=context.now,
        actor=owner.tag,
        action=action,
        target=f"binding:{made}",
        school_id=redeemed.school_id,
        channel=message.sender.channel,
    )
    if second:
        await tell_of_second(context, owner, made)
        return Reply(WAITS, (HELP,))
    actor = await people.actor_of(context.session, message.sender)
    assert actor is not None
    return await _bound(context, actor)


async def _bound(context: Context, actor: Actor) -> Reply:
    if actor.is_student:
        group = await people.class_of(context.session, actor.id)
        return Reply(
            f"绑定好了，{actor.name}（{group}）。到期的事我会提醒你，想知道还差什么，点「我的事项」。", (MINE, HELP)
        )
    classes = await people.classes_of(context.session, actor)
    return Reply(f"绑定好了，{actor.name}老师。你能看到 {len(classes)} 个班。发「帮助」看能做什么。", (HELP,))


def _already(actor: Actor) -> Reply:
    return Reply(f"这个聊天已经绑定了{mask.name(actor.name)}。要换人，先发「解绑」。", _next_for(actor))


async def _who(message: Incoming, context: Context) -> Reply:
    actor = context.actor
    if actor is None:
        if await bindings.is_waiting(context.session, message.sender):
            return Reply("你的绑定在等辅导员批准。着急的话，直接找辅导员说一声。", (HELP,))
        return Reply("这个聊天还没有绑定，我不知道你是谁。只有办个人的事才需要绑定。", (BIND, HELP))
    if actor.is_student:
        group = await people.class_of(context.session, actor.id)
        return Reply(f"你是{actor.name}，{actor.school}{actor.cohort or ''}，{group}。", (MINE,))
    role = {"counselor": "辅导员", "office": "学校办公室", "operator": "系统管理员"}[actor.role]
    return Reply(f"你是{actor.name}，{actor.school}，{role}。", (HELP,))


async def _leave(message: Incoming, context: Context) -> Reply:
    if context.actor is None and not await bindings.is_waiting(context.session, message.sender):
        return Reply("这个聊天没有绑定，不用解绑。", (BIND, HELP))
    return Reply(
        "解绑后这里不再提醒你，也看不到你的事项；已经提交的材料不受影响。再绑定要新的绑定码。确定解绑吗？",
        (Button("确定解绑", "bind:end"), Button("不解绑", "bind:keep")),
    )


async def _end(message: Incoming, context: Context) -> Reply:
    ended = await bindings.end(context.session, message.sender, context.now)
    if not ended:
        return Reply("这个聊天没有绑定，不用解绑。", (BIND, HELP))
    await conversations.clear(context.session, message.sender, context.now)
    actor = context.actor
    await _record(context, actor.tag if actor else "system:identity", "bind.ended", actor.tag if actor else "waiting")
    return Reply("已解绑。提问不受影响；要再绑定，请辅导员发新码。", (HELP,))


async def _keep(message: Incoming, context: Context) -> Reply:
    return Reply("好，什么都没变。", (HELP,))


async def _record(context: Context, actor: str, action: str, target: str) -> None:
    school = context.actor.school_id if context.actor else None
    await audit.record(context.session, now=context.now, actor=actor, action=action, target=target, school_id=school)


_GREETINGS = frozenset(("/start", "start", "你好", "您好", "在吗", "hi", "hello"))

_ACTS: Mapping[str, Callable[[Incoming, Context], Awaitable[Reply]]] = {
    "绑定": _begin,
    "/bind": _begin,
    "bind": _begin,
    "我要绑定": _begin,
    "bind:start": _begin,
    "bind:cancel": _cancel,
    "我是谁": _who,
    "/whoami": _who,
    "解绑": _leave,
    "解除绑定": _leave,
    "/unbind": _leave,
    "确定解绑": _end,
    "bind:end": _end,
    "bind:keep": _keep,
}
"""What a word or a button does here."""
