"""电话名单: whom the counselor is to call, one number at a time, and who was called."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from handlers import mask
from handlers.handler import Context, Refusal
from handlers.messages import Button, Incoming, Reply
from handlers.owed import note, staff
from handlers.words import word_of
from storage import calling
from storage.calling import Callee

PAGE = 5
TITLES = 2
WORDS = frozenset(("电话名单", "打电话", "该打电话的", "要打电话的", "联系名单", "/calls"))
ABROAD = "这个聊天平台的服务器在境外，不能显示电话号码。请到工作台的「电话名单」里看。"
_LIST = Button("电话名单", "call:list")


# --- what chat and console share -------------------------------------------------------------------------------------


async def call_list(context: Context) -> list[Callee]:
    """Whom the actor is to call, in his classes only. The look is audited."""
    actor = staff(context)
    found = await calling.phone_list(context.session, actor, context.now)
    await note(context, actor, "call_list.view", f"staff:{actor.id}", students=len(found))
    return found


async def number_of(context: Context, student_id: UUID) -> tuple[str, str | None]:
    """Name and full number of one student; audited. Raises `Refusal`: no student of his, or not on this platform."""
    if not context.sensitive_allowed:
        raise Refusal(ABROAD)
    actor = staff(context)
    found = await calling.phone_of(context.session, actor, student_id)
    if found is None:
        raise Refusal("你的班里没有这位同学。")
    await note(context, actor, "phone.seen", f"student:{student_id}")
    return found


async def called(context: Context, student_id: UUID) -> None:
    """The actor called him: off the list for some days. Raises `Refusal`: no student of his."""
    actor = staff(context)
    if not await calling.mark_called(context.session, actor, student_id, context.now):
        raise Refusal("你的班里没有这位同学。")
    await note(context, actor, "call.done", f"student:{student_id}")


def reason_words(one: Callee) -> str:
    """Why he is to be called: '逾期 9 天 · 收不到消息'."""
    parts = (
        "他点了「有困难」" if one.stuck else "",
        f"逾期 {one.days} 天" if one.days else "",
        "" if one.reached else "收不到消息",
        "自己停止了提醒" if one.muted else "",
    )
    return " · ".join(filter(None, parts))


# --- the chat --------------------------------------------------------------------------------------------------------


async def phone_calls(message: Incoming, context: Context) -> Reply | None:
    """The handler; for staff only."""
    if context.actor is None or not context.actor.is_staff or context.is_group:
        return None
    if message.action is None:
        return _page(await call_list(context), 1) if word_of(message.text) in WORDS else None
    noun, _, rest = message.action.partition(":")
    return await _pressed(rest, context) if noun == "call" else None


async def _pressed(rest: str, context: Context) -> Reply:
    verb, _, what = rest.partition(":")
    if verb == "phone":
        name, phone = await number_of(context, _uuid(what))
        if phone is None:
            return Reply(f"名册里没有 {name} 的电话。", (_LIST,))
        return Reply(f"{name}：{phone}", (Button("已联系", f"call:done:{what}"), _LIST))
    if verb == "done":
        await called(context, _uuid(what))
        return Reply(f"记下了，{calling.AGAIN.days} 天内不再列出；到时还没办完会再出现。", (_LIST,))
    return _page(await call_list(context), int(what) if what.isascii() and what.isdigit() and len(what) < 4 else 1)


def _page(found: Sequence[Callee], number: int) -> Reply:
    if not found:
        return Reply("现在没有要打电话的同学。")
    last = (len(found) + PAGE - 1) // PAGE
    number = min(max(number, 1), last)
    first = (number - 1) * PAGE
    shown = list(enumerate(found[first : first + PAGE], first + 1))
    head = f"该打电话的 {len(found)} 人" + (f"（第 {number}/{last} 页）：" if last > 1 else "：")
    choices = [button for place, one in shown for button in _buttons(place, one)]
    choices += [Button("下一页", f"call:page:{number + 1}")] if number < last else []
    return Reply("\n".join([head, *(_line(place, one) for place, one in shown)]), tuple(choices))


def _buttons(place: int, one: Callee) -> list[Button]:
    show = [Button(f"{place} 看号码", f"call:phone:{one.student_id.hex}")] if one.phone else []
    return [*show, Button(f"{place} 已联系", f"call:done:{one.student_id.hex}")]


def _line(place: int, one: Callee) -> str:
    phone = mask.phone(one.phone) if one.phone else "没有电话"
    titles = "、".join(one.items[:TITLES]) + (f" 等 {len(one.items)} 件" if len(one.items) > TITLES else "")
    return f"{place}. {one.name}（{one.class_name}）{phone}\n   {reason_words(one)}" + (f"：{titles}" if titles else "")


def _uuid(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise Refusal("没有找到这位同学。发「电话名单」再看。") from None
