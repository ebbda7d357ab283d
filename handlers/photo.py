"""Photos that people send: looked at before they are opened, then drawn anew without what was hidden in them (T16)."""

from __future__ import annotations

import io
import warnings

import anyio
from PIL import Image, ImageOps

from handlers.fields import Invalid
from handlers.handler import Context
from handlers.messages import Attachment

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
_LONGEST_SIDE = 3000
_TOO_FINE = "照片像素太高，请压缩到 2500 万像素以内再发。"


async def keep(context: Context, attachment: Attachment, name: str) -> str:
    """Stores a clean copy of a photo and forgets what was sent; gives the id. Raises `Invalid`."""
    assert context.actor is not None
    if attachment.size > MOST_BYTES:
        raise Invalid(f"照片太大了，请发 {MOST_BYTES // 1024 // 1024} MB 以内的。")
    data = await context.files.load(context.session, attachment.id)
    cleaned = await anyio.to_thread.run_sync(clean, data)
    kept = await context.files.save(
        context.session, cleaned, name=name, media_type="image/jpeg", now=context.now, student_id=context.actor.id
    )
    await context.files.remove(context.session, attachment.id)
    return str(kept.id)


def clean(data: bytes) -> bytes:
    """The picture as a fresh JPEG: upright, of sane size, without EXIF. Raises `Invalid`."""
    if len(data) > MOST_BYTES:
        raise Invalid(f"照片太大了，请发 {MOST_BYTES // 1024 // 1024} MB 以内的。")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _drawn(data)
    except Invalid:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Invalid(_TOO_FINE) from None
    except Exception:
        raise Invalid("这个文件打不开，请发 JPG、PNG 或 WEBP 格式的照片。") from None


def _drawn(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        width, height = picture.size  # from the header: nothing is unpacked yet
        if width * height > MOST_PIXELS:
            raise Invalid(_TOO_FINE)
        if min(width, height) < 200:
            raise Invalid("照片太小，看不清字，请重新拍一张。")
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    plain = Image.new("RGB", upright.size)
    plain.paste(upright)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=88)
    return out.getvalue()
