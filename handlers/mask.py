"""How personal data is shown on a screen: enough to know it again, too little to use it."""

from __future__ import annotations


def name(text: str) -> str:
    """'张三' → '张*', '欧阳小明' → '欧**明'."""
    if len(text) < 3:
        return text[:1] + "*" * (len(text) - 1)
    return text[0] + "*" * (len(text) - 2) + text[-1]


def number(text: str) -> str:
    """'20230101' → '20****01'; short numbers show less."""
    shown = min(len(text) // 4, 4)
    return text[:shown] + "*" * (len(text) - 2 * shown) + text[len(text) - shown :]


def phone(text: str) -> str:
    """'13900000001' → '139****0001', '0871-65123456' → '0871-****3456': an area code stays, the last four too."""
    head, extended, _ = text.partition("转")
    digits = [place for place, sign in enumerate(head) if sign.isdigit()]
    first = _shown_first("".join(head[place] for place in digits))
    hidden = digits[first:-4] if len(digits) > first + 4 else digits[1:-1]
    for place in hidden:
        head = f"{head[:place]}*{head[place + 1 :]}"
    return head + ("转 ***" if extended else "")


def _shown_first(digits: str) -> int:
    """How many digits at the beginning tell nothing of the person: an area code, or a mobile's network."""
    if digits.startswith(("010", "02")):
        return 3
    return 4 if digits.startswith("0") and not digits.startswith("00") else 3
