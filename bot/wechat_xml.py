"""XML of the WeChat platforms: small, flat, without anything that a parser could be hurt by (T8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

LARGEST: Final = 64 * 1024
"""Bytes of one callback; a message with the longest text is a tenth of it."""
_DEEPEST: Final = 6
_MOST: Final = 500
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Fields = Mapping[str, str]


class BadXml(ValueError):
    """Not XML as these platforms write it."""


def read(data: bytes) -> dict[str, str]:
    """The leaves of `<xml>…</xml>` by name; of several with one name the first. Raises `BadXml`.

    A document type is refused before anything is parsed: nothing these platforms send has one.
    """
    if len(data) > LARGEST:
        raise BadXml("too large")
    if b"<!DOCTYPE" in data.upper() or b"<!ENTITY" in data.upper() or b"\0" in data:
        raise BadXml("has a document type")
    leaves = _Leaves()
    parser: Any = DefusedXMLParser(target=leaves, forbid_dtd=True)
    try:
        parser.feed(data)
        parser.close()
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        raise BadXml("not readable") from None
    return leaves.found


def write(fields: Mapping[str, str | int | Mapping[str, str]]) -> str:
    """`<xml>` with these elements, in their order."""
    return f"<xml>{''.join(_element(name, value) for name, value in fields.items())}</xml>"


def _element(name: str, value: str | int | Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        inner = "".join(_element(key, part) for key, part in value.items())
    else:
        inner = str(value) if isinstance(value, int) else escape(_printable(value))
    return f"<{name}>{inner}</{name}>"


def _printable(text: str) -> str:
    """XML 1.0 has no control characters but these three."""
    return _CONTROLS.sub("", text)


class _Leaves:
    """A parser's target that keeps the text of leaves and gives up on what is too deep or too much."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._text: list[str] = []
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > _DEEPEST or self._count > _MOST:
            raise BadXml("too deep or too much")
        if self._depth == 1 and tag != "xml":
            raise BadXml("not <xml>")
        self._text = []

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        text = "".join(self._text)
        if self._depth > 1 and (text.strip() or tag not in self.found):
            self.found.setdefault(tag, text)
        self._text = []
        self._depth -= 1

    def close(self) -> None:
        """Nothing is built."""
