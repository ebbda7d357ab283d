"""Identity numbers of nobody: right in form and check digit."""

from __future__ import annotations

from stdnum.cn import ric


def identity(born: str = "19900307", serial: int = 1, place: str = "110105") -> str:
    """A number with its check digit."""
    body = f"{place}{born}{serial:03}"
    return body + ric.calc_check_digit(body + "0")
