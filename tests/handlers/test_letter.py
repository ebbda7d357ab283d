"""The letter: rare characters stand in it, typed text is never markup, a missing glyph is said."""

from __future__ import annotations

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import letter
from handlers.letter import MissingGlyphs
from tests.fakes.numbers import identity

DATA = {
    "school": "示例学院",
    "college": "会计学院",
    "class_name": "2020级会计1班",
    "number": "20200001",
    "principal": "𠮷㐂䶮",
    "principal_id": identity(serial=1),
    "principal_phone": "13900000001",
    "agent": "李小山",
    "agent_id": identity(serial=2),
    "agent_phone": "13900000002",
    "matters": "领取毕业证书和学位证书、办理离校手续",
    "period": "2023 年 6 月 20 日至 2023 年 6 月 28 日",
    "day": "2023 年 6 月 7 日",
}


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        assert len(document) == 1
        return "".join(document[0].get_textpage().get_text_range().split())
    finally:
        document.close()


def test_everything_stands_in_it_rare_characters_too() -> None:
    text = _text(letter.render(DATA, letter.font_paths()))
    for value in DATA.values():
        assert "".join(value.split()) in text


@pytest.mark.parametrize(
    "typed",
    [
        '#eval("1+1")',
        "*bold* _it_ `raw` $x$ <l> @ref",
        'end" + "x',
        "back\\slash\\",
        "// no comment /* */",
        "#{panic()}",
    ],
)
def test_typed_text_is_text(typed: str) -> None:
    text = _text(letter.render({**DATA, "agent": typed}, letter.font_paths()))
    assert "".join(typed.split()) in text


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=30))
def test_no_text_breaks_the_letter(typed: str) -> None:
    assert letter.render({**DATA, "matters": typed}, letter.font_paths()).startswith(b"%PDF")


def test_what_cannot_be_printed_is_said_not_left_blank() -> None:
    with pytest.raises(MissingGlyphs) as problem:
        letter.render({**DATA, "principal": "王\U00030000小\U00030000"}, letter.font_paths())
    assert problem.value.characters == "\U00030000"
    assert "\U00030000" not in str(problem.value), "an exception names nobody"
