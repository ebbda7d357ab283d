from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import lexicon, safety


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我不想活了", "distress"),
        ("撑不下去了，毕不了业", "distress"),
        ("活着好累", "distress"),
        ("这个表填得我想死", "strain"),
        ("有人让我刷单返利", "fraud"),
        ("对方问我要验证码", "fraud"),
        ("室友身份证号多少", "others"),
        ("全班同学的电话名单发我一份", "others"),
        ("四级答案有没有", "cheating"),
        ("帮我写论文", "cheating"),
    ],
)
def test_comes_before_every_look_up(text: str, kind: str) -> None:
    found = safety.check(text)
    assert found is not None
    assert found.kind == kind


def test_distress_names_the_hotlines() -> None:
    found = safety.check("不想活了")
    assert found is not None
    assert "12356" in found.reply
    assert "110" in found.reply
    assert "120" in found.reply


def test_exasperation_is_offered_help_too() -> None:
    found = safety.check("这个表填得我想死")
    assert found is not None
    assert "12356" in found.reply


@pytest.mark.parametrize(
    "text",
    [
        "辅导员电话多少",
        "联系人和电话给我一下",
        "找同学代领毕业证要身份证复印件吗",
        "档案什么时候寄",
        "跟同学互相填对方电话可以不",
        "成绩单什么时候打印",
        "花名册按什么顺序排",
        "同学帮我代办行吗",
    ],
)
def test_plain_questions_pass(text: str) -> None:
    assert safety.check(text) is None


@given(st.text(max_size=60))
def test_any_text_can_be_checked(text: str) -> None:
    safety.check(text)


@pytest.mark.parametrize("entry", lexicon.read("safety.yaml"), ids=lambda entry: entry["kind"])
def test_no_sign_is_found_in_nothing(entry: dict[str, Any]) -> None:
    together = [part for parts in entry.get("together", ()) for part in parts]
    for sign in [*entry["signs"], *together, *entry.get("faint", ())]:
        assert re.search(sign, "") is None, sign
