"""Photos: looked at before they are opened, drawn anew (T16)."""

from __future__ import annotations

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from handlers import photo
from handlers.fields import Invalid
from tests.fakes.formtalk import picture


def _bomb(side: int = 13_000) -> bytes:
    """A PNG of a few KB that claims `side` × `side` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\0" * (side // 8 + 1)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_comes_out_as_a_fresh_jpeg(form: str) -> None:
    with Image.open(io.BytesIO(photo.clean(picture(form=form)))) as out:
        assert out.format == "JPEG"
        assert out.size == (800, 600)


def test_what_was_hidden_in_it_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "canary place"
    exif[0x0112] = 6
    raw = io.BytesIO()
    Image.new("RGB", (800, 600)).save(raw, "JPEG", exif=exif, comment=b"canary comment")
    assert b"canary" in raw.getvalue()
    cleaned = photo.clean(raw.getvalue())
    assert b"canary" not in cleaned
    with Image.open(io.BytesIO(cleaned)) as out:
        assert not out.getexif()
        assert out.size == (600, 800), "turned upright before the mark was dropped"


def test_a_small_file_that_unpacks_to_169_million_pixels_is_refused_at_once() -> None:
    bomb = _bomb()
    assert len(bomb) < 30_000
    began = time.perf_counter()
    with pytest.raises(Invalid, match="像素"):
        photo.clean(bomb)
    assert time.perf_counter() - began < 0.2


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", b"GIF89a" + b"\0" * 100, b"%PDF-1.7", picture()[:300], b"\x89PNG\r\n\x1a\n" + b"\0" * 50],
    ids=["empty", "text", "gif", "pdf", "cut short", "broken png"],
)
def test_what_is_no_photo_is_told_so(data: bytes) -> None:
    with pytest.raises(Invalid, match="打不开"):
        photo.clean(data)


def test_a_gif_is_not_opened_at_all() -> None:
    with pytest.raises(Invalid, match="打不开"):
        photo.clean(picture(form="GIF"))


def test_too_large_and_too_small() -> None:
    with pytest.raises(Invalid, match="太大"):
        photo.clean(b"\0" * (photo.MOST_BYTES + 1))
    with pytest.raises(Invalid, match="太小"):
        photo.clean(picture(100, 100))


def test_the_largest_photo_fits_into_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    large = picture(6250, 4000)
    with Image.open(io.BytesIO(photo.clean(large))) as out:
        assert out.size == (3000, 1920)
    monkeypatch.setattr(photo, "MEMORY", 120 * 1024 * 1024)
    with pytest.raises(Invalid, match="重新拍"):
        photo.clean(large)


def test_it_is_drawn_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_argument: str, _data: bytes) -> bytes:
        raise AssertionError("drawn in the bot's own process")

    monkeypatch.setattr("knowledge.picture.in_child", nothing)
    assert photo.clean(picture()).startswith(b"\xff\xd8")
