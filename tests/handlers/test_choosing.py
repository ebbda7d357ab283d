"""A typed number or label: which button it means, and which it must not mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.choosing import chosen, number_of, offered_by
from handlers.messages import Button, Reply
from storage.offers import Offered

PLAIN = ("已知悉", "有困难", "更多")
OWN = ("6 图书归还", "7 校园卡", "下一页")
PAIRS = ("同意 1", "拒绝 1", "同意 2", "拒绝 2")
DAYS = ("明天", "3 天后", "7 天后")
PAGES = ("看第 11 份", "看第 12 份", "更多")
CLASSES = ("软件 2301", "全部（12 人）")


def of(labels: tuple[str, ...], text: str = "选一个：") -> Offered:
    found = offered_by(Reply(text, tuple(Button(label, f"do:{n}") for n, label in enumerate(labels, 1))))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("said", "labels", "action"),
    [
        ("2", PLAIN, "do:2"),
        ("２", PLAIN, "do:2"),
        ("2.", PLAIN, "do:2"),
        ("第2个", PLAIN, "do:2"),
        ("第 二 个", PLAIN, "do:2"),
        ("选2", PLAIN, "do:2"),
        ("我选 2", PLAIN, "do:2"),
        ("更多", PLAIN, "do:3"),
        ("【更多】", PLAIN, "do:3"),
        ("更多。", PLAIN, "do:3"),
        ("收到", PLAIN, "do:1"),
        ("7", OWN, "do:2"),
        ("7校园卡", OWN, "do:2"),
        ("下一页", OWN, "do:3"),
        ("3", DAYS, "do:2"),
        ("3天后", DAYS, "do:2"),
        ("12", PAGES, "do:2"),
        ("拒绝2", PAIRS, "do:4"),
        ("2", CLASSES, "do:2"),
        ("软件2301", CLASSES, "do:1"),
        ("办好了", ("我已办好",), "do:1"),
    ],
)
def test_what_is_meant(said: str, labels: tuple[str, ...], action: str) -> None:
    found = chosen(said, of(labels), numbers=True)
    assert found is not None
    assert found[1] == action


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        ("4", PLAIN),
        ("0", PLAIN),
        ("2 号几点", PLAIN),
        ("更多信息", PLAIN),
        ("22012345", PLAIN),
        ("1", OWN),
        ("2", PAIRS),
        ("2", DAYS),
        ("", PLAIN),
        ("收到", ("更多",)),
    ],
)
def test_what_is_not_meant(said: str, labels: tuple[str, ...]) -> None:
    assert chosen(said, of(labels), numbers=True) is None


def test_a_number_waits_where_it_may_mean_something_else() -> None:
    assert chosen("2", of(PLAIN), numbers=False) is None
    assert chosen("2", of(PLAIN, "请带：\n1. 学生证\n2. 钥匙"), numbers=True) is None
    assert chosen("有困难", of(PLAIN, "请带：\n1. 学生证\n2. 钥匙"), numbers=False) == ("有困难", "do:2")


def test_the_same_label_twice_is_nobody_s() -> None:
    twice = Offered((("看", "do:1"), ("看", "do:1"), ("走", "do:2")))
    assert chosen("看", twice, numbers=True) == ("看", "do:1")
    assert chosen("看", Offered((("看", "do:1"), ("看", "do:2"))), numbers=True) is None


def test_nothing_is_offered_without_buttons() -> None:
    assert offered_by(Reply("好的。")) is None


@given(st.text(max_size=80))
def test_any_text_is_a_choice_or_none(text: str) -> None:
    found = chosen(text, of(OWN), numbers=True)
    assert found is None or found[0] in OWN
    number = number_of(text)
    assert number is None or 0 <= number <= 99
