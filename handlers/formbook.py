"""The forms, one line each."""

from __future__ import annotations

from handlers.blank import Form
from handlers.forms.address import ADDRESS
from handlers.forms.proxy import PROXY

FORMS: tuple[Form, ...] = (ADDRESS, PROXY)


def form_named(name: str) -> Form | None:
    """The form of this name."""
    return next((form for form in FORMS if form.name == name), None)
