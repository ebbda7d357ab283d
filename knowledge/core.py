"""Whether a text is a question at all, and what of it makes two questions the same."""

from __future__ import annotations

from knowledge.question import understand
from knowledge.text import plain, words

_MARKS = ("?", "吗", "呢", "么")


def asks(text: str) -> bool:
    """Whether a message reads like a question rather than a value for a form."""
    text = plain(text)
    if text.endswith(_MARKS):
        return True
    return any(kind not in ("what", "proxy", "mail", "phone") for kind in understand(text).kinds) and len(text) <= 60


def core_of(text: str) -> str:
    """What two ways of asking the same have in common: kind and words, in order of the alphabet."""
    question = understand(text)
    return " ".join((*question.kinds[:1], *sorted(set(words(question.focus)))))
