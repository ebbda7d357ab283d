"""A photo drawn anew: upright, of sane size, without what was hidden in it. Runs in a child process (`sandbox`)."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from knowledge.pieces import Unreadable

MOST_PIXELS = 25_000_000
TOO_FINE = "照片像素太高，请压缩到 2500 万像素以内再发。"
TOO_SMALL = "照片太小，看不清字，请重新拍一张。"
NO_PHOTO = "这个文件打不开，请发 JPG、PNG 或 WEBP 格式的照片。"
_FORMATS = ("JPEG", "PNG", "WEBP")
_LEAST_SIDE, _LONGEST_SIDE = 200, 3000


def in_child(_argument: str, data: bytes) -> bytes:
    """The picture as a fresh JPEG. Raises `Unreadable` with the reason; `MemoryError` goes through."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _drawn(data)
    except (Unreadable, MemoryError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Unreadable(TOO_FINE) from None
    except Exception:
        raise Unreadable(NO_PHOTO) from None


def check_size(data: bytes) -> None:
    """Refuses by the header alone, before anything is unpacked or a child is started. Raises `Unreadable`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                width, height = picture.size
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Unreadable(TOO_FINE) from None
    except Exception:
        raise Unreadable(NO_PHOTO) from None
    if width * height > MOST_PIXELS:
        raise Unreadable(TOO_FINE)
    if min(width, height) < _LEAST_SIDE:
        raise Unreadable(TOO_SMALL)


def _drawn(data: bytes) -> bytes:
    check_size(data)
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    plain = Image.new("RGB", upright.size)
    plain.paste(upright)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=88)
    return out.getvalue()
