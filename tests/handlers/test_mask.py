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
        (mask.phone("010-88888888"), "010-****8888"),
        (mask.phone("0871-65123456"), "0871-****3456"),
        (mask.phone("0871-6512 3456"), "0871-**** 3456"),
        (mask.phone("(0871)65123456"), "(0871)****3456"),
        (mask.phone("023-67654321"), "023-****4321"),
        (mask.phone("400-800-0000"), "400-***-0000"),
        (mask.phone("+852 2123 4567"), "+852 **** 4567"),
        (mask.phone("010-88888888 转 801"), "010-****8888 转 ***"),
    ],
)
def test_masks(shown: str, masked: str) -> None:
    assert shown == masked


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_half_of_a_number_at_least_is_hidden(number: str) -> None:
    masked = mask.number(number)
    assert len(masked) == len(number)
    assert masked.count("*") * 2 >= len(number)


@given(st.from_regex(r"0[1-9][0-9]{9,10}|1[0-9]{10}", fullmatch=True))
def test_three_digits_of_a_phone_at_least_are_hidden(number: str) -> None:
    assert mask.phone(number).count("*") >= 3
    assert mask.phone(number).endswith(number[-4:])
