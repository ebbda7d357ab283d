"""Telegram's HTML as its documentation describes it, read without our code: visible text and links, or its error."""

from __future__ import annotations

import re

TAGS = frozenset("b strong i em u ins s strike del a code pre blockquote tg-spoiler tg-emoji span".split())
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-z-]+(?:=(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)\s*>")
_ENTITY = re.compile(r"&(lt|gt|amp|quot|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class CannotParse(Exception):
    """What Telegram says to bad HTML."""


def read(text: str) -> tuple[str, list[str]]:
    """The visible text and the addresses of links. Raises `CannotParse`."""
    visible: list[str] = []
    links: list[str] = []
    still_open: list[str] = []
    place = 0
    while place < len(text):
        if text[place] == "<":
            place = _tag(text, place, still_open, links)
        elif found := _ENTITY.match(text, place):
            visible.append(_sign(found[1]))
            place = found.end()
        else:
            visible.append(text[place])
            place += 1
    if still_open:
        raise CannotParse(f"can't parse entities: Can't find end tag corresponding to start tag \"{still_open[-1]}\"")
    return "".join(visible), links


def _tag(text: str, place: int, still_open: list[str], links: list[str]) -> int:
    found = _TAG.match(text, place)
    offset = len(text[:place].encode())
    if found is None or found[2].lower() not in TAGS:
        name = found[2] if found else ""
        raise CannotParse(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
    name = found[2].lower()
    if not found[1]:
        still_open.append(name)
        links += re.findall(r"href=[\"']?([^\"'\s>]+)", found[3])
    elif not still_open or still_open.pop() != name:
        raise CannotParse(f"can't parse entities: Unexpected end tag at byte offset {offset}")
    return found.end()


def _sign(entity: str) -> str:
    if entity in _NAMED:
        return _NAMED[entity]
    return chr(int(entity[2:], 16) if entity[1] == "x" else int(entity[1:]))
