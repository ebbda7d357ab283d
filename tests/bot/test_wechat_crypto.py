"""The seal of both WeChat platforms (T6): against an independent implementation and the platform's published values."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channel import Forged
from bot.wechat_crypto import BadKey, Envelope
from tests.fakes.wechat_seal import Seal, field, sha1_of

TOKEN, KEY, CORP = "tok", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "ww1111"
AT = datetime(2023, 6, 7, 9, 5, tzinfo=UTC)

# The sample that the platform publishes with its description and its own libraries (加解密方案说明).
SAMPLE_TOKEN, SAMPLE_CORP = "QDG6eK", "wx5823bf96d3bd56c7"
SAMPLE_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SAMPLE_QUERY = {
    "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
    "timestamp": "1409659813",
    "nonce": "1372623149",
}
SAMPLE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccA"
    "S0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ"
    "3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo"
    "6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)


@pytest.fixture
def envelope() -> Envelope:
    return Envelope(TOKEN, KEY, CORP)


def call(message: str, seal: Seal | None = None, at: datetime = AT) -> tuple[dict[str, str], str]:
    seal = seal or Seal(TOKEN, KEY, CORP)
    encrypted = seal.encrypt(message)
    return seal.query(encrypted, int(at.timestamp())), encrypted


def test_the_published_sample_opens_in_both() -> None:
    at = datetime.fromtimestamp(1409659813, UTC)
    opened = Envelope(SAMPLE_TOKEN, SAMPLE_KEY, SAMPLE_CORP).open(SAMPLE_QUERY, SAMPLE, at).decode()
    assert field(opened, "FromUserName") == "mycreate"
    assert opened == Seal(SAMPLE_TOKEN, SAMPLE_KEY, SAMPLE_CORP).decrypt(SAMPLE)
    assert sha1_of(SAMPLE_TOKEN, "1409659813", "1372623149", SAMPLE) == SAMPLE_QUERY["msg_signature"]


@given(st.text(max_size=300))
def test_what_the_other_sealed_opens_and_the_other_opens_ours(message: str) -> None:
    message = message.encode("utf-8", "ignore").decode()
    envelope = Envelope(TOKEN, KEY, CORP)
    query, encrypted = call(message)
    assert envelope.open(query, encrypted, AT).decode() == message
    answer = envelope.seal(message, AT)
    assert Seal(TOKEN, KEY, CORP).decrypt(field(answer, "Encrypt")) == message
    signed = sha1_of(TOKEN, field(answer, "TimeStamp"), field(answer, "Nonce"), field(answer, "Encrypt"))
    assert field(answer, "MsgSignature") == signed


def test_every_flipped_byte_is_noticed(envelope: Envelope) -> None:
    query, encrypted = call("<xml><MsgType>text</MsgType></xml>")
    for place, sign in enumerate(encrypted):
        for changed in {chr(ord(sign) ^ 1), "=", "é"} - {sign}:
            with pytest.raises(Forged):
                envelope.open(query, encrypted[:place] + changed + encrypted[place + 1 :], AT)
    for name, value in query.items():
        for place in range(len(value)):
            changed = value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
            with pytest.raises(Forged):
                envelope.open({**query, name: changed}, encrypted, AT)
        with pytest.raises(Forged):
            envelope.open({key: one for key, one in query.items() if key != name}, encrypted, AT)


@pytest.mark.parametrize("given", ["签名", "\udcff", "a" * 100_000])
def test_a_strange_signature_is_a_wrong_one(envelope: Envelope, given: str) -> None:
    query, encrypted = call("x")
    with pytest.raises(Forged):
        envelope.open({**query, "msg_signature": given}, encrypted, AT)


@pytest.mark.parametrize(
    "seal",
    [Seal(TOKEN, KEY, "ww2222"), Seal("other", KEY, CORP), Seal(TOKEN, KEY[::-1], CORP), Seal(TOKEN, KEY, CORP + "1")],
    ids=["receiver", "token", "key", "longer receiver"],
)
def test_another_party_is_refused(envelope: Envelope, seal: Seal) -> None:
    with pytest.raises(Forged):
        envelope.open(*call("x", seal), AT)


@pytest.mark.parametrize(("age", "is_good"), [(-301, False), (-299, True), (0, True), (299, True), (301, False)])
def test_only_fresh_calls_count(envelope: Envelope, age: int, is_good: bool) -> None:
    query, encrypted = call("x", at=AT - timedelta(seconds=age))
    if is_good:
        assert envelope.open(query, encrypted, AT) == b"x"
        return
    with pytest.raises(Forged):
        envelope.open(query, encrypted, AT)


@pytest.mark.parametrize("timestamp", ["", "-1", "１６８６", "1e9", "9" * 400, " 1686100000"])
def test_a_strange_timestamp_is_refused(envelope: Envelope, timestamp: str) -> None:
    _, encrypted = call("x")
    query = {"timestamp": timestamp, "nonce": "n", "msg_signature": sha1_of(TOKEN, timestamp, "n", encrypted)}
    with pytest.raises(Forged):
        envelope.open(query, encrypted, AT)


@pytest.mark.parametrize("padding", [b"\x00", b"\x21" * 33, b"\x01\x02", b""], ids=["none", "long", "mixed", "missing"])
def test_padding_is_strict(envelope: Envelope, padding: bytes) -> None:
    """Sealed with our own key and signed, only padded as wechatpy alone would believe."""
    seal = Seal(TOKEN, KEY, CORP)
    plain = b"r" * 16 + (1).to_bytes(4, "big") + b"x" + CORP.encode()
    plain += b"\x07" * ((-len(plain) - len(padding)) % 16) + padding
    encryptor = seal._cipher().encryptor()
    encrypted = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    with pytest.raises(Forged):
        envelope.open(seal.query(encrypted, int(AT.timestamp())), encrypted, AT)


@pytest.mark.parametrize("key", ["", "short", "!" * 43, "a" * 44])
def test_a_key_that_is_none_is_said_so(key: str) -> None:
    with pytest.raises(BadKey):
        Envelope(TOKEN, key, CORP)
