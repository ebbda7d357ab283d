"""Signature and envelope of the WeChat platforms' callbacks (T6): wechatpy's parts under stricter checks.

An encrypted body is AES-256-CBC over: 16 random bytes, length (4 bytes, big-endian), XML, id of the receiver, padding
to 32 bytes. The signature is SHA-1 over the sorted token, timestamp, nonce and ciphertext. wechatpy alone compares with
`!=`, believes any padding and any age.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from wechatpy.crypto.base import WeChatCipher
from wechatpy.crypto.pkcs7 import PKCS7Encoder
from wechatpy.utils import WeChatSigner

from bot import wechat_xml
from bot.channel import Forged

FRESH: Final = 300
"""Seconds that a call's timestamp may differ from our clock (T7)."""
_BLOCK: Final = 32
_HEAD: Final = 16


class BadKey(ValueError):
    """The EncodingAESKey cannot be one."""


class Envelope:
    """Opens what the platform seals for `receiver` (corp id or app id), and seals what it gets."""

    def __init__(self, token: str, encoding_aes_key: str, receiver: str) -> None:
        self._token = token
        self._receiver = receiver.encode()
        try:
            key = base64.b64decode(encoding_aes_key + "=", validate=True)
        except binascii.Error:
            key = b""
        if len(key) != _BLOCK:
            raise BadKey("an EncodingAESKey has 43 letters and digits")
        self._cipher = WeChatCipher(key)

    def open(self, query: Mapping[str, str], encrypted: str, now: datetime) -> bytes:
        """The plain text of a call of the platform. Raises `Forged`, whatever is wrong with it."""
        check(self._token, query, "msg_signature", now, encrypted)
        try:
            plain = self._cipher.decrypt(base64.b64decode(encrypted, validate=True))
        except ValueError:  # not base64, or not whole blocks
            raise Forged from None
        return self._content(_unpadded(plain))

    def seal(self, xml: str, now: datetime) -> str:
        """The XML of an encrypted answer."""
        text = xml.encode()
        plain = secrets.token_bytes(_HEAD) + len(text).to_bytes(4, "big") + text + self._receiver
        encrypted = base64.b64encode(self._cipher.encrypt(PKCS7Encoder.encode(plain))).decode()
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(8)
        signature = signature_of(self._token, timestamp, nonce, encrypted)
        return wechat_xml.write(
            {"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": timestamp, "Nonce": nonce}
        )

    def _content(self, plain: bytes) -> bytes:
        length = int.from_bytes(plain[_HEAD : _HEAD + 4], "big")
        start, end = _HEAD + 4, _HEAD + 4 + length
        if end > len(plain) or not hmac.compare_digest(plain[end:], self._receiver):
            raise Forged
        return plain[start:end]


def check(token: str, query: Mapping[str, str], name: str, now: datetime, *signed: str) -> None:
    """The call is signed with our token and fresh. Raises `Forged`."""
    timestamp, nonce, given = query.get("timestamp", ""), query.get("nonce", ""), query.get(name, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Forged
    ours = signature_of(token, timestamp, nonce, *signed)
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), ours.encode()):
        raise Forged
    if abs(now.timestamp() - int(timestamp)) > FRESH:
        raise Forged


def signature_of(*parts: str) -> str:
    """SHA-1 over the sorted parts."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def _unpadded(plain: bytes) -> bytes:
    """Strict PKCS#7 with blocks of 32 bytes: every byte of the padding says its length."""
    count = plain[-1] if plain else 0
    if not 1 <= count <= _BLOCK or len(plain) < count or plain[-count:] != bytes((count,)) * count:
        raise Forged
    return plain[:-count]
