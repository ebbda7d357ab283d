"""Sealed columns: AES-256-GCM with a key ring, and keyed hashes for look-up.

A sealed value is bound to its place (table, column, row id) by the additional data, so a ciphertext that is
moved to another row or column does not open (SECURITY T17). Layout of a sealed value::

    version (1 byte = 1) | length of key id (1 byte) | key id | nonce (12 bytes) | ciphertext and tag
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_NONCE = 12
_KEY = 32


class KeyProblem(ValueError):
    """The key ring cannot be used; the sentence says what would fit and never contains a key."""


class SealBroken(ValueError):
    """A sealed value does not open: wrong key, wrong row, or changed bytes."""


def new_key() -> str:
    """A fresh 256-bit key in URL-safe base64, as `LIXIAO_KEYS` and `LIXIAO_LOOKUP_KEY` take it."""
    return base64.urlsafe_b64encode(os.urandom(_KEY)).decode()


def _decode(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip())
    except (binascii.Error, ValueError):
        raise KeyProblem("a key must be 32 bytes in URL-safe base64; `lixiao keys make` prints one") from None
    if len(key) != _KEY:
        raise KeyProblem(f"a key must be 32 bytes, this one has {len(key)}; `lixiao keys make` prints one")
    return key


class Vault:
    """Seals and opens values; the first key of the ring seals, every key opens.

    `ring` maps key ids to 32-byte keys, newest first; `lookup` is the separate key of the keyed hashes, which
    rotation leaves alone (a hash cannot be re-made without the plain value).
    """

    def __init__(self, ring: Mapping[str, bytes], lookup: bytes) -> None:
        if not ring:
            raise KeyProblem("LIXIAO_KEYS is empty; `lixiao keys make` prints a line for .env")
        self._ciphers = {name: AESGCM(key) for name, key in ring.items()}
        self._active = next(iter(ring))
        self._lookup = lookup

    @classmethod
    def from_text(cls, keys: str, lookup: str) -> Vault:
        """Reads `k2:base64,k1:base64` (newest first) and the look-up key. Raises `KeyProblem`."""
        ring: dict[str, bytes] = {}
        for entry in filter(None, (part.strip() for part in keys.split(","))):
            name, colon, value = entry.partition(":")
            if not colon or not name.isascii() or not 0 < len(name) <= 32:
                raise KeyProblem("LIXIAO_KEYS is a list of name:key, the newest first, joined by commas")
            ring[name] = _decode(value)
        return cls(ring, _decode(lookup))

    @property
    def active(self) -> str:
        """The id of the key that seals."""
        return self._active

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of all keys of the ring, the active one first."""
        return tuple(self._ciphers)

    def seal(self, value: str, place: str) -> bytes:
        """`value` sealed for `place` (see `place_of`)."""
        nonce = os.urandom(_NONCE)
        name = self._active.encode()
        body = self._ciphers[self._active].encrypt(nonce, value.encode(), place.encode())
        return bytes((_VERSION, len(name))) + name + nonce + body

    def open(self, sealed: bytes, place: str) -> str:
        """The value sealed for `place`. Raises `SealBroken`."""
        name, nonce, body = _split(sealed)
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise SealBroken(f"sealed with key {name!r}, which is not in the ring")
        try:
            return cipher.decrypt(nonce, body, place.encode()).decode()
        except InvalidTag:
            raise SealBroken(f"does not open for {place}") from None

    def seal_bytes(self, value: bytes, place: str) -> bytes:
        """Like `seal`, for the bytes of a file."""
        nonce = os.urandom(_NONCE)
        name = self._active.encode()
        return (
            bytes((_VERSION, len(name)))
            + name
            + nonce
            + self._ciphers[self._active].encrypt(nonce, value, place.encode())
        )

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """Like `open`, for the bytes of a file. Raises `SealBroken`."""
        name, nonce, body = _split(sealed)
        try:
            return self._ciphers[name].decrypt(nonce, body, place.encode())
        except (KeyError, InvalidTag):
            raise SealBroken(f"does not open for {place}") from None

    def seal_json(self, value: Any, place: str) -> bytes:
        """A JSON value sealed for `place`."""
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")), place)

    def open_json(self, sealed: bytes, place: str) -> Any:
        """The JSON value sealed for `place`. Raises `SealBroken`."""
        return json.loads(self.open(sealed, place))

    def lookup(self, value: str, purpose: str) -> bytes:
        """The keyed hash (32 bytes) under which `value` is found; equal spellings hash alike (NFKC, no blanks)."""
        plain = "".join(unicodedata.normalize("NFKC", value).split()).upper()
        return hmac.new(self._lookup, f"{purpose}\0{plain}".encode(), hashlib.sha256).digest()


def _split(sealed: bytes) -> tuple[str, bytes, bytes]:
    if len(sealed) < 2 or sealed[0] != _VERSION:
        raise SealBroken("not a sealed value")
    start = 2 + sealed[1]
    return sealed[2:start].decode(errors="replace"), sealed[start : start + _NONCE], sealed[start + _NONCE :]


def sealed_start(key: str) -> bytes:
    """How every value begins that the key with this id sealed."""
    name = key.encode()
    return bytes((_VERSION, len(name))) + name


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed this value. Raises `SealBroken`."""
    return _split(sealed)[0]


def place_of(table: str, column: str, row: UUID | int | str) -> str:
    """The additional data of one cell: `table.column:row`."""
    return f"{table}.{column}:{row}"
