"""The child process: its limits hold, its environment is bare, its answer is whole."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from knowledge.child import pieces_in_child
from knowledge.documents.docx import pieces_of
from knowledge.pieces import Unreadable


def word_file(text: str = "请于6月8日前填写。") -> bytes:
    """A Word file with a heading, a paragraph and a table."""
    document = docx.Document()
    document.add_heading("一、时间", 1)
    document.add_paragraph("HERE")
    table = document.add_table(2, 3)
    for cell, words in zip(table._cells, ("事项", "部门", "电话", "还书", "图书馆", ""), strict=True):
        cell.text = words
    out = io.BytesIO()
    document.save(out)
    return replaced(out.getvalue(), text.encode())


def replaced(data: bytes, text: bytes) -> bytes:
    """The file with `text` where its paragraph says HERE."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as to,
    ):
        for name in source.namelist():
            to.writestr(name, source.read(name).replace(b"HERE", text))
    return out.getvalue()


def test_the_answer_is_the_same_as_without_a_child() -> None:
    data = word_file()
    assert pieces_in_child("docx", data) == pieces_of(data)


def test_too_little_memory_is_said() -> None:
    with pytest.raises(Unreadable, match="内存或时间"):
        pieces_in_child("docx", word_file("a" * 90_000_000), memory=150 * 1024 * 1024)


def test_too_little_time_is_said() -> None:
    with pytest.raises(Unreadable, match="内存或时间"):
        pieces_in_child("docx", word_file(), seconds=0.01)


def test_no_secret_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    from knowledge import sandbox

    seen: dict[str, str] = {}
    real = sandbox.subprocess.run

    def run(*args: object, **options: object) -> object:
        seen.update(options["env"])  # type: ignore[call-overload]
        return real(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setenv("LIXIAO_KEYS", "k1:secret")
    monkeypatch.setattr(sandbox.subprocess, "run", run)
    pieces_in_child("docx", word_file())
    assert "secret" not in " ".join(seen.values())
    assert not any(name.startswith("LIXIAO") for name in seen)
