"""Photos that people send: looked at before they are opened, then drawn anew without what was hidden in them (T16)."""

from __future__ import annotations

import anyio

from handlers.fields import Invalid
from handlers.handler import Context
from handlers.messages import Attachment
from knowledge import picture, sandbox
from knowledge.pieces import Unreadable

MOST_BYTES = 10 * 1024 * 1024
SECONDS = 20
MEMORY = 768 * 1024 * 1024
"""25 million pixels in colour, twice, and what opens them."""
_TOO_MUCH = "这张照片处理不了，请用手机重新拍一张再发。"


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
    """The picture as a fresh JPEG: upright, of sane size, without EXIF, drawn in a child process. Raises `Invalid`."""
    if len(data) > MOST_BYTES:
        raise Invalid(f"照片太大了，请发 {MOST_BYTES // 1024 // 1024} MB 以内的。")
    try:
        picture.check_size(data)
        return sandbox.run("knowledge.picture:", data, too_much=_TOO_MUCH, seconds=SECONDS, memory=MEMORY)
    except Unreadable as problem:
        raise Invalid(str(problem)) from None
