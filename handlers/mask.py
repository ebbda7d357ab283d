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
    """'13900000001' → '139****0001'."""
    return text[:3] + "****" + text[-4:] if len(text) >= 11 else number(text)
