"""Masks: something is shown, never all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import mask


@pytest.mark.parametrize(
    ("shown", "masked"),
    [
        (mask.name("张三"), "张*"),
        (mask.name("欧阳小明"), "欧**明"),
        (mask.name(""), ""),
        (mask.number("20230101"), "20****01"),
        (mask.number("T01"), "***"),
        (mask.phone("13900000001"), "139****0001"),
        (mask.phone("6300123"), "6*****3"),
    ],
)
def test_masks(shown: str, masked: str) -> None:
    assert shown == masked


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_half_of_a_number_at_least_is_hidden(number: str) -> None:
    masked = mask.number(number)
    assert len(masked) == len(number)
    assert masked.count("*") * 2 >= len(number)
