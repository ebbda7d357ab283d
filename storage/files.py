"""Files that people sent or the program made: bytes sealed on disk under random ids, names sealed in the row.

The name a person gave is only ever text (T15): the path on disk is made from the row's own id.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import anyio
from sqlalchemy import delete, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from storage.attachment import Attachment
from storage.crypto import key_of, place_of
from storage.database import vault_of
from storage.models import Attachment as Row


class FileStore:
    """The sealed files under one folder; rows and bytes come and go together with the session's transaction."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def load(self, session: AsyncSession, file_id: UUID) -> bytes:
        """The bytes of a stored file. Raises `LookupError`; `SealBroken` where the bytes are not this row's."""
        if await session.get(Row, file_id) is None:
            raise LookupError("no such file")
        try:
            sealed = await anyio.Path(self._path(file_id)).read_bytes()
        except FileNotFoundError:
            raise LookupError("the bytes of this file are gone") from None
        return vault_of(session).open_bytes(sealed, _place(file_id))

    async def save(
        self,
        session: AsyncSession,
        data: bytes,
        *,
        name: str,
        media_type: str,
        now: datetime,
        student_id: UUID | None = None,
        staff_id: UUID | None = None,
    ) -> Attachment:
        """Keeps bytes sealed and notes them; if the transaction is undone, the bytes go too."""
        file_id = uuid4()
        path = self._path(file_id)
        await anyio.to_thread.run_sync(_write, path, vault_of(session).seal_bytes(data, _place(file_id)))
        _if_undone(session, lambda: path.unlink(missing_ok=True))
        session.add(
            Row(
                id=file_id,
                student_id=student_id,
                staff_id=staff_id,
                name_sealed=vault_of(session).seal(_text(name), place_of("attachment", "name_sealed", file_id)),
                media_type=media_type,
                size=len(data),
                digest=vault_of(session).lookup(hashlib.sha256(data).hexdigest(), "file"),
                made_at=now,
            )
        )
        await session.flush()
        return Attachment(file_id, _text(name), media_type, len(data))

    async def describe(self, session: AsyncSession, file_id: UUID) -> Attachment:
        """What is known of a stored file. Raises `LookupError`."""
        row = await session.get(Row, file_id)
        if row is None:
            raise LookupError("no such file")
        name = vault_of(session).open(row.name_sealed, place_of("attachment", "name_sealed", row.id))
        return Attachment(row.id, name, row.media_type, row.size)

    async def remove(self, session: AsyncSession, file_id: UUID) -> None:
        """Forgets a file; its bytes go when the transaction is kept. A file that is not there is no error."""
        await session.execute(delete(Row).where(Row.id == file_id))
        _when_kept(session, lambda: self._path(file_id).unlink(missing_ok=True))

    async def reseal(self, session: AsyncSession, file_id: UUID) -> bool:
        """Seals the bytes with the active key; False: they are, or the file is gone. Raises as `load` does."""
        if await session.get(Row, file_id, with_for_update=True) is None:
            return False
        vault, path = vault_of(session), self._path(file_id)
        data = await self.load(session, file_id)
        if key_of(await anyio.Path(path).read_bytes()) == vault.active:
            return False
        path.with_suffix(".part").unlink(missing_ok=True)  # of a rotation that was killed
        await anyio.to_thread.run_sync(_write, path, vault.seal_bytes(data, _place(file_id)))
        return True

    def _path(self, file_id: UUID) -> Path:
        return self._root / file_id.hex[:2] / file_id.hex


def _write(path: Path, sealed: bytes) -> None:
    """Whole or not at all: a crash in the middle leaves only a .part behind."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _when_kept(session: AsyncSession, act: Callable[[], None]) -> None:
    """Acts when the whole transaction is committed; a savepoint's end is not the end."""

    def after_commit(ended: Session) -> None:
        if not ended.in_nested_transaction():
            act()

    event.listen(session.sync_session, "after_commit", after_commit)


def _if_undone(session: AsyncSession, act: Callable[[], None]) -> None:
    """Acts when the whole transaction is rolled back, and no more once it was committed."""
    kept = False

    def keep() -> None:
        nonlocal kept
        kept = True

    def after_rollback(_session: Session, transaction: SessionTransaction) -> None:
        if not kept and not transaction.nested:
            act()

    _when_kept(session, keep)
    event.listen(session.sync_session, "after_soft_rollback", after_rollback)


def _text(name: str) -> str:
    """A file name as text: printable, without direction marks, of sane length."""
    return "".join(c for c in name if c.isprintable())[:200] or "file"


def _place(file_id: UUID) -> str:
    return place_of("attachment", "bytes", file_id)
