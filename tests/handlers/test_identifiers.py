"""Odd spellings of numbers, names and codes (SECURITY T21)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.identifiers import Claim, claim_in, code_in, is_question, name_in, number_in
from storage.codes import ALPHABET, new_code

NUMBERS: list[tuple[str, str | None]] = [
    ("20230101", "20230101"),
    (" 20230101\n", "20230101"),
    ("2023 0101", "20230101"),
    ("２０２３０１０１", "20230101"),  # full-width digits
    ("20230１01", "20230101"),  # mixed widths
    ("Ｔ001", "T001"),
    ("t001", "T001"),
    ("2023\u00a00101", "20230101"),  # no-break space
    ("2023\u30000101", "20230101"),  # ideographic space
    ("𝟐𝟎𝟐𝟑𝟎𝟏𝟎𝟏", "20230101"),  # mathematical digits are compatible with plain ones
    ("٢٠٢٣٠١٠١", None),  # Arabic-Indic digits
    ("۲۰۲۳۰۱۰۱", None),  # Persian digits
    ("२०२३०१०१", None),  # Devanagari digits
    ("๒๐๒๓๐๑๐๑", None),  # Thai digits
    ("2023०101", None),  # one foreign digit
    ("二〇二三〇一〇一", None),
    ("2023\u200b0101", None),  # zero-width space
    ("2023\u200d0101", None),  # zero-width joiner
    ("\ufeff20230101", None),  # byte order mark
    ("2023\u00ad0101", None),  # soft hyphen
    ("\u202e10103202", None),  # right-to-left override
    ("\u206620230101\u2069", None),  # bidi isolates
    ("2023\u20600101", None),  # word joiner
    ("2023\x000101", None),  # NUL
    ("2023\x1b[0m", None),  # an escape
    ("202З0101", None),  # Cyrillic З
    ("2O23O1O1", "2O23O1O1"),  # letters O are letters in a number
    ("Т001", None),  # Cyrillic Т
    ("20230101'", None),
    ("20230101; drop table student", None),
    ("-20230101", None),
    ("+20230101", None),
    ("2023.0101", None),
    ("2.0230101e7", None),
    ("20230101é", None),
    ("20230101\u0301", None),  # a combining mark
    ("2023_0101", None),
    ("ABCDEF", None),  # no digit
    ("12", None),
    ("1" * 20, "1" * 20),
    ("1" * 21, None),
    ("", None),
    ("   ", None),
    ("\ud800", None),  # a lone surrogate
]

CODES: list[tuple[str, str | None]] = [
    ("ABCD-1234", "ABCD1234"),
    ("abcd1234", "ABCD1234"),
    ("ＡＢＣＤ－１２３４", "ABCD1234"),  # full width
    ("ABCD 1234", "ABCD1234"),
    ("ABCD—1234", "ABCD1234"),  # the dash of a Chinese keyboard
    ("ABCD‑1234", "ABCD1234"),  # non-breaking hyphen
    ("OIL0-ilo1", "01101101"),
    ("AВCD-1234", None),  # Cyrillic В
    ("ΑBCD-1234", None),  # Greek Alpha
    ("ABCD-12З4", None),
    ("ABCD-١٢٣٤", None),  # Arabic-Indic digits
    ("ABCD\u200b1234", None),
    ("\u202eABCD-1234", None),
    ("ABCD-123U", None),  # U is not in the alphabet
    ("ABCD-123", None),
    ("ABCD-12345", None),
    ("ABCD_1234", None),
    ("ABCD-123é", None),
    ("ABCD-123ß", None),  # upper case would be two signs
    ("ABCD-123ı", None),  # dotless i: upper case would be I
    ("", None),
]

NAMES: list[tuple[str, str | None]] = [
    ("张三", "张三"),
    (" 张 三 ", "张 三"),
    ("阿依古丽·买买提", "阿依古丽·买买提"),
    ("𠮷野", "𠮷野"),
    ("㐂子", "㐂子"),
    ("Anna O'Neil", "Anna O'Neil"),
    ("张三1", None),
    ("张\u200b三", None),
    ("\u202e三张", None),
    ("张", None),
    ("··", None),
    ("张三<b>", None),
    ("", None),
    ("长" * 41, None),
]

CLAIMS: list[tuple[str, Claim | None]] = [
    ("绑定 20230101 张三 ABCD-1234", Claim("20230101", "张三", "ABCD1234")),
    ("20230101 张三 ABCD 1234", Claim("20230101", "张三", "ABCD1234")),
    ("张三，20230101，abcd1234", Claim("20230101", "张三", "ABCD1234")),
    ("学号：20230101\n姓名：张三\n绑定码：ABCD-1234", Claim("20230101", "张三", "ABCD1234")),
    ("学号20230101 姓名张三 码ABCD-1234", Claim("20230101", "张三", "ABCD1234")),
    ("绑定，工号 T001，李老师，２３４５－ＡＢＣＤ", Claim("T001", "李老师", "2345ABCD")),
    ("20230101 12345678", Claim("20230101", None, "12345678")),
    ("20230101 Anna Wang ABCD1234", Claim("20230101", "Anna Wang", "ABCD1234")),
    ("绑定 20230101", Claim("20230101")),
    ("20230101 张三", Claim("20230101", "张三")),
    ("绑定", Claim()),
    ("", Claim()),
    ("张三", Claim(name="张三")),
    ("20230101 张三 ABCD-1234 谢谢!", None),
    ("2023\u200b0101 张三 ABCD-1234", None),
]


@pytest.mark.parametrize(("typed", "number"), NUMBERS)
def test_numbers(typed: str, number: str | None) -> None:
    assert number_in(typed) == number


@pytest.mark.parametrize(("typed", "code"), CODES)
def test_codes(typed: str, code: str | None) -> None:
    assert code_in(typed) == code


@pytest.mark.parametrize(("typed", "name"), NAMES)
def test_names(typed: str, name: str | None) -> None:
    assert name_in(typed) == name


@pytest.mark.parametrize(("typed", "claim"), CLAIMS)
def test_claims(typed: str, claim: Claim | None) -> None:
    assert claim_in(typed) == claim


def test_the_table_is_long_enough() -> None:
    assert len(NUMBERS) + len(CODES) >= 40


@given(st.text())
def test_whatever_passes_is_plain(text: str) -> None:
    for found in (number_in(text), code_in(text)):
        assert found is None or (found.isascii() and found.isalnum() and found == found.upper())
    claim_in(text)
    is_question(text)


def test_every_code_we_make_is_read() -> None:
    for _ in range(200):
        code = new_code()
        assert code_in(code.lower()) == code.replace("-", "")
        assert set(code) <= {*ALPHABET, "-"}


@pytest.mark.parametrize("text", ["档案怎么转？", "几号离校", "为什么要绑定呢", "如何改地址"])
def test_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["张三", "20230101", "ABCD-1234", "阿依古丽·买买提"])
def test_not_questions(text: str) -> None:
    assert not is_question(text)
