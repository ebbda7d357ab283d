"""The WeChat platforms' seal, written from their published description (加解密方案说明), for the stand-ins.

Independent of ours on purpose: hashlib and `cryptography` only, nothing of wechatpy and nothing of `bot`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import struct
from dataclasses import dataclass
from html import unescape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


def sha1_of(*parts: str) -> str:
    """dev_msg_signature = sha1(sort(parts))."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


@dataclass(frozen=True)
class Seal:
    """What both sides were told: token, key, and whom it is for."""

    token: str
    key: str
    receiver: str

    def encrypt(self, message: str) -> str:
        """Base64(AES-CBC(random(16) + length + message + receiver, padded to 32))."""
        content = message.encode()
        plain = os.urandom(16) + struct.pack(">I", len(content)) + content + self.receiver.encode()
        count = 32 - len(plain) % 32
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([count]) * count) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> str:
        """The message; an AssertionError where anything is not as described."""
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(base64.b64decode(encrypted, validate=True)) + decryptor.finalize()
        count = plain[-1]
        assert 1 <= count <= 32, "padding"
        assert plain[-count:] == bytes([count]) * count, "padding"
        (length,) = struct.unpack(">I", plain[16:20])
        assert plain[20 + length : -count].decode() == self.receiver, "receiver"
        return plain[20 : 20 + length].decode()

    def query(self, encrypted: str, at: int, nonce: str = "n1") -> dict[str, str]:
        """The signed query of a sealed call."""
        return {
            "msg_signature": sha1_of(self.token, str(at), nonce, encrypted),
            "timestamp": str(at),
            "nonce": nonce,
        }

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def xml_of(**fields: str | int) -> str:
    """A message as the platforms write it: texts in CDATA, numbers bare."""
    inner = "".join(
        f"<{name}>{value}</{name}>" if isinstance(value, int) else f"<{name}><![CDATA[{value}]]></{name}>"
        for name, value in fields.items()
    )
    return f"<xml>{inner}</xml>"


def field(xml: str, name: str) -> str:
    """One element's text; '' where it is not there."""
    found = re.search(rf"<{name}>(.*?)</{name}>", xml, re.DOTALL)
    if not found:
        return ""
    inside = CDATA.fullmatch(found[1])
    return inside[1] if inside else unescape(found[1])
