"""Reading files: every format, and each kind of bad file with its own sentence (T9)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from knowledge.documents import Unreadable, read
from knowledge.reading import FORMATS, MAX_BYTES, document_of, pieces_of, read_bytes

LETTER = "江南示范学院\n\n关于2031届毕业生离校的通知\n\n请于6月8日前填写档案转寄地址。\n"


def reason(data: bytes, file: str) -> str:
    with pytest.raises(Unreadable) as caught:
        read_bytes(data, file)
    return str(caught.value)


def bomb(part: str = "word/document.xml", size: int = 200 * 1024 * 1024) -> bytes:
    """About 200 KiB that unpack to 200 MiB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(part, "w") as entry:
        for _ in range(size // (1024 * 1024)):
            entry.write(b"\0" * 1024 * 1024)
    return packed.getvalue()


def packed(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "通知.txt"
    path.write_bytes(LETTER.encode(encoding))
    assert read(path).title == "关于2031届毕业生离校的通知"


def test_the_same_text_has_the_same_digest_in_any_spelling() -> None:
    one, other = (
        read_bytes(LETTER.encode(), "a.txt"),
        read_bytes(LETTER.replace("6月", " ６ 月").encode("gb18030"), "b.txt"),
    )
    assert one.digest == other.digest
    assert one.digest != read_bytes(LETTER.replace("6月8", "6月9").encode(), "a.txt").digest


def test_empty_files() -> None:
    assert "空的" in reason(b"", "a.txt")
    assert "空的" in reason(b" \n", "a.docx")


def test_unknown_formats_say_what_can_be_read() -> None:
    said = reason(b"x", "a.exe")
    assert all(ending in said for ending in FORMATS)
    assert "没有后缀" in reason(b"x", "通知")


def test_a_wrong_ending() -> None:
    assert "后缀不一致" in reason(b"%PDF-1.7 ...", "a.docx")
    assert "后缀不一致" in reason(b"PK\x03\x04....", "a.txt")
    assert "后缀不一致" in reason(packed({"xl/workbook.xml": b"<x/>"}), "a.docx")


def test_old_and_encrypted_office_files() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64)
    assert "旧版" in reason(ole, "a.docx")
    assert "密码" in reason(ole + "EncryptedPackage".encode("utf-16-le"), "a.xlsx")


def test_no_text_at_all() -> None:
    assert "不是文本" in reason(bytes(range(256)) * 4, "a.txt")


@pytest.mark.parametrize(("file", "part"), [("a.docx", "word/document.xml"), ("a.xlsx", "xl/workbook.xml")])
def test_a_bomb_is_refused_before_it_is_unpacked(file: str, part: str) -> None:
    data = bomb(part)
    assert len(data) < 256 * 1024
    assert "大得不正常" in reason(data, file)


def test_many_entries_are_refused() -> None:
    assert "大得不正常" in reason(packed({f"e{i}": b"" for i in range(3000)}), "a.docx")


def test_a_forged_size_is_refused() -> None:
    data = bytearray(bomb(size=8 * 1024 * 1024))
    at = data.rindex(b"PK\x01\x02")  # the central directory says how much the entry unpacks to
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    assert "已损坏" in reason(bytes(data), "a.docx")


def test_a_zip_that_is_no_word_file() -> None:
    assert "已损坏" in reason(packed({"word/document.xml": b"<not xml"}), "a.docx")


def test_files_that_are_too_big() -> None:
    with pytest.raises(Unreadable, match="20 MB"):
        pieces_of(bytes(MAX_BYTES + 1), ".txt")


def test_nothing_in_it() -> None:
    with pytest.raises(Unreadable, match="没有文字"):
        document_of([], "a.txt")


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_says_that_a_file_is_empty(ending: str) -> None:
    assert "空的" in reason(b"", f"通知{ending}")


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_refuses_what_is_another_one(ending: str) -> None:
    foreign = b"%PDF-1.7 ..." if ending != ".pdf" else packed({"word/document.xml": b"<x/>"})
    assert "后缀不一致" in reason(foreign, f"通知{ending}")


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_knows_an_office_file_with_a_password(ending: str) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64) + "EncryptedPackage".encode("utf-16-le")
    assert "密码" in reason(ole, f"通知{ending}")


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_has_a_size(ending: str) -> None:
    with pytest.raises(Unreadable, match="20 MB"):
        pieces_of(bytes(MAX_BYTES + 1), ending)


@pytest.mark.parametrize(("file", "part"), [("a.docx", "word/document.xml"), ("a.xlsx", "xl/workbook.xml")])
def test_a_zip_with_a_password(file: str, part: str) -> None:
    data = bytearray(packed({part: b"<x/>"}))
    data[6] |= 1  # the flag of the entry, here and in the central directory
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert "密码" in reason(bytes(data), file)


@pytest.mark.parametrize("page", [b"<html><body></body></html>", b"<html><body><img src='scan.jpg'></body></html>"])
def test_a_page_without_words(page: bytes) -> None:
    assert "没有" in reason(page, "a.html")
