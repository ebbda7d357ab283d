"""Words → whom a broadcast is for. One kind of audience is one entry of `AUDIENCES`, asked in this order.

全部, 会计1班, 会计学院, 会计1班没交登记表的, 名单 20230001 20230002: all within the classes of whoever
asks. What lies outside of them is as if it did not exist.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from handlers.fields import plain
from handlers.handler import Context, Refusal
from storage import owing, people
from storage.people import Actor, ClassCard, StudentCard
from storage.reach import Target, numbered, students_count

NAMES_SHOWN = 8
LONGEST_LIST = 2000
BY_NAME_UP_TO = 2000
"""In a larger school a name says too little, and looking for it would open every name: numbers only."""
EVERYBODY = ("全部", "所有", "所有人", "全体", "全校", "全部班级", "所有班级", "我的班级")
LIST = "名单"

_OWING = re.compile(
    r"(?P<where>.*?)(?:所有|还)?(?:没有|没|未)(?:交|办|填|完成|提交|办理)(?:过|完)?(?:的)?[\s「“]*(?P<item>.+?)[」”]?(?:的)?(?:人|同学|学生|的)?"
)
_GAPS = re.compile(r"[、，,;；\s]+")
_NUMBER = re.compile(r"[0-9A-Za-z]{4,24}")

Find = Callable[[Context, Actor, str], Awaitable[Target | None]]


async def target_of(context: Context, actor: Actor, words: str) -> Target:
    """Whom the words mean. Raises `Refusal` where they mean nobody, or more than one thing."""
    for find in AUDIENCES.values():
        found = await find(context, actor, words.strip())
        if found is not None:
            return found
    raise Refusal(
        f"没有找到「{words.strip()[:30]}」。可以写班级、学院、「没交登记表的」、「名单 学号 学号」，或者「全部」。"
    )


async def of_classes(context: Context, actor: Actor, class_ids: Sequence[UUID]) -> Target:
    """These classes, as far as they are the actor's. Raises `Refusal` where none is."""
    wanted = set(class_ids)
    mine = await people.classes_of(context.session, actor)
    found = [card for card in mine if card.id in wanted]
    if not found:
        raise Refusal("没有找到这个班级。发「群发 班级名」，班级名要和名册上一样。")
    return Target(tuple(card.id for card in found), {}, _label(found, mine))


async def of_list(context: Context, actor: Actor, words: str) -> Target:
    """The students with these numbers or names. Raises `Refusal` where none of them is found."""
    tokens = list(dict.fromkeys(token for token in _GAPS.split(plain(words)) if token))
    if not tokens:
        raise Refusal("名单是空的。把学号或姓名贴过来，一行一个，或用空格、逗号隔开。")
    if len(tokens) > LONGEST_LIST:
        raise Refusal(f"名单有 {len(tokens)} 个，一次最多 {LONGEST_LIST} 个。请分几次发，或按班级、学院发。")
    numbers = [token for token in tokens if _NUMBER.fullmatch(token) and any(map(str.isdigit, token))]
    names = [token for token in tokens if token not in set(numbers)]
    found = await numbered(context.session, actor, numbers)
    by_name, doubtful, unsearched = await _by_name(context, actor, names)
    students = dict((*found.values(), *((card.id, card.class_id) for card in by_name.values())))
    missing = [one for one in numbers if one not in found] + [one for one in names if one not in by_name]
    missing = [one for one in missing if one not in doubtful]
    problems = tuple(_problems(missing, doubtful, unsearched))
    if not students:
        raise Refusal("\n".join(("名单里没有一个能发的。", *problems)))
    class_ids = tuple(dict.fromkeys(students.values()))
    chosen = {"students": [str(one) for one in students]}
    return Target(class_ids, chosen, f"名单里的 {len(students)} 人", problems)


async def of_owing(context: Context, actor: Actor, item_id: UUID, where: Target | None = None) -> Target:
    """Everybody who has still to do an item. Raises `Refusal` where there is no such item."""
    known = {item.id: item for item in await owing.items_for_staff(context.session, actor)}
    if item_id not in known:
        raise Refusal("没有找到这件事项。发「谁没交」看有哪些。")
    place = where or await _everybody(context, actor)
    label = f"还没办「{known[item_id].title}」的人"
    named = f"{where.label}，{label}" if where else label
    return Target(place.class_ids, {"item": str(item_id)}, named)


# --- one entry each --------------------------------------------------------------------------------------------------


async def _all(context: Context, actor: Actor, words: str) -> Target | None:
    return await _everybody(context, actor) if words in EVERYBODY else None


async def _listed(context: Context, actor: Actor, words: str) -> Target | None:
    """'名单 …'; a number alone can mean nothing but a list."""
    if words.startswith(LIST):
        return await of_list(context, actor, words.removeprefix(LIST))
    tokens = [token for token in _GAPS.split(plain(words)) if token]
    return await of_list(context, actor, words) if tokens and all(re.fullmatch(r"\d{6,}", t) for t in tokens) else None


async def _owing(context: Context, actor: Actor, words: str) -> Target | None:
    found = _OWING.fullmatch(words)
    if found is None or await people.classes_named(context.session, actor, words):
        return None
    known = await owing.items_for_staff(context.session, actor)
    wanted = found["item"].strip()
    fitting = [item for item in known if item.title == wanted] or [item for item in known if wanted in item.title]
    if len(fitting) != 1:
        raise Refusal(_which_item(wanted, [item.title for item in fitting or known], is_many=bool(fitting)))
    where = found["where"].strip(" 的里还，,、")
    place = None if where in ("", *EVERYBODY) else await _places(context, actor, where)
    return await of_owing(context, actor, fitting[0].id, place)


async def _places(context: Context, actor: Actor, words: str) -> Target:
    """Classes and colleges by name. Raises `Refusal`."""
    mine = await people.classes_of(context.session, actor)
    found: dict[UUID, ClassCard] = {}
    for name in filter(None, _GAPS.split(words)):
        found |= {card.id: card for card in _place(name, mine)}
    if not found:
        raise Refusal(
            f"发给谁？例如「群发 班级名：内容」。你的班级：{_names([card.name for card in mine]) or '还没有'}。"
        )
    return Target(tuple(found), {}, _label(list(found.values()), mine))


AUDIENCES: Mapping[str, Find] = {
    "everybody": _all,
    "list": _listed,
    "owing": _owing,
    "places": _places,
}


# --- looking up ------------------------------------------------------------------------------------------------------


async def _everybody(context: Context, actor: Actor) -> Target:
    mine = await people.classes_of(context.session, actor)
    if not mine:
        raise Refusal("你还没有带班，没有人可以发。")
    return Target(tuple(card.id for card in mine), {}, _label(mine, mine))


def _place(name: str, mine: Sequence[ClassCard]) -> list[ClassCard]:
    """A class or a college by its exact name, else by a part of it that fits one only. Raises `Refusal`."""
    exact = [card for card in mine if card.name == name] or [card for card in mine if card.college == name]
    if exact:
        return exact
    classes = [card for card in mine if name in card.name]
    if len(classes) == 1:
        return classes
    colleges = {card.college for card in mine if name in card.college}
    if len(colleges) == 1 and not classes:
        return [card for card in mine if card.college in colleges]
    if classes or colleges:
        fitting = [card.name for card in classes] or sorted(colleges)
        raise Refusal(f"「{name}」有 {len(fitting)} 个对得上：{_names(fitting)}。请写全名。")
    raise Refusal(f"没有找到班级「{name}」。班级名要和名册上一样，也可以写学院。")


async def _by_name(
    context: Context, actor: Actor, names: Sequence[str]
) -> tuple[dict[str, StudentCard], dict[str, int], bool]:
    """Students by name; names that several have, with how many; and whether names could not be looked for at all."""
    if not names:
        return {}, {}, False
    if await students_count(context.session, actor) > BY_NAME_UP_TO:
        return {}, {}, True
    wanted, found = set(names), dict[str, list[StudentCard]]()
    for card in await people.students_of(context.session, actor):
        if card.name in wanted:
            found.setdefault(card.name, []).append(card)
    alone = {name: cards[0] for name, cards in found.items() if len(cards) == 1}
    return alone, {name: len(cards) for name, cards in found.items() if len(cards) > 1}, False


def _problems(missing: Sequence[str], doubtful: Mapping[str, int], unsearched: bool) -> list[str]:
    found = [f"「{name}」有 {count} 人同名，请改写学号" for name, count in doubtful.items()]
    if missing:
        why = "学校人多，请用学号" if unsearched else "名册里没有，或不是你的班"
        found.append(f"没有找到 {len(missing)} 个：{_names(missing)}（{why}）")
    return found


def _label(cards: Sequence[ClassCard], mine: Sequence[ClassCard]) -> str:
    if len(cards) > 1 and len(cards) == len(mine):
        return f"全部 {len(mine)} 个班"
    return _whole_college(cards, mine) or _names([card.name for card in cards])


def _whole_college(cards: Sequence[ClassCard], mine: Sequence[ClassCard]) -> str | None:
    colleges = {card.college for card in cards}
    if len(colleges) != 1 or len(cards) < 2:
        return None
    [college] = colleges
    return f"{college}（{len(cards)} 个班）" if len(cards) == sum(card.college == college for card in mine) else None


def _which_item(wanted: str, titles: Sequence[str], *, is_many: bool) -> str:
    if is_many:
        return f"「{wanted}」有 {len(titles)} 件事项对得上：{_names(titles)}。请写全名。"
    return f"没有叫「{wanted[:20]}」的事项。现在有：{_names(titles) or '还没有发布的事项'}。"


def _names(names: Sequence[str]) -> str:
    rest = len(names) - NAMES_SHOWN
    return "、".join(names[:NAMES_SHOWN]) + (f" 等 {len(names)} 个" if rest > 0 else "")
