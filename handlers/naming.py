"""What names a form in plain words. Worked out once: every message is held against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from handlers.blank import Form

_BEFORE = ("我要", "我想", "请帮我", "帮我", "")
_VERBS = ("填写", "填报", "提交", "登记", "填", "办理", "办", "")


@dataclass(frozen=True, slots=True)
class Names:
    """The words of all forms; of two forms with the same words the first has them."""

    starting: Mapping[str, Form]
    """'我要填档案地址'"""
    asking: Mapping[str, Form]
    """The words that ask where a form stands or take it back."""

    def starts(self, form: Form, text: str) -> bool:
        """Whether plain words name this form."""
        return self.starting.get(_bare(text)) is form

    def meant(self, text: str) -> Form | None:
        """The form plain words name, or ask about."""
        return self.asking.get(text) or self.starting.get(_bare(text))


def names_of(forms: Iterable[Form]) -> Names:
    """The words of these forms."""
    starting: dict[str, Form] = {}
    asking: dict[str, Form] = {}
    for form in forms:
        for before, verb, trigger in product(_BEFORE, _VERBS, form.triggers):
            starting.setdefault(f"{before}{verb}{trigger}", form)
        for word in (*form.mine, *form.ending):
            asking.setdefault(word, form)
    return Names(starting, asking)


def _bare(text: str) -> str:
    return text.strip("。.!！ ")
