"""Sealed columns (SECURITY T17)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crypto import KeyProblem, SealBroken, Vault, key_of, new_key, place_of

VAULT = Vault({"k1": b"\x01" * 32}, b"\x02" * 32)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_opens_what_it_sealed(value: str) -> None:
    place = place_of("student", "phone", 1)
    assert VAULT.open(VAULT.seal(value, place), place) == value


def test_moved_to_another_row_does_not_open() -> None:
    sealed = VAULT.seal("13800000000", place_of("student", "phone", 1))
    with pytest.raises(SealBroken):
        VAULT.open(sealed, place_of("student", "phone", 2))


def test_each_changed_byte_is_noticed() -> None:
    place = place_of("t", "c", 1)
    sealed = VAULT.seal("value", place)
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(SealBroken):
            VAULT.open(bytes(changed), place)


def test_an_older_key_opens_and_the_newest_seals() -> None:
    old, new, lookup = new_key(), new_key(), new_key()
    place = place_of("t", "c", 1)
    sealed = Vault.from_text(f"k1:{old}", lookup).seal("x", place)
    ring = Vault.from_text(f"k2:{new},k1:{old}", lookup)
    assert ring.open(sealed, place) == "x"
    assert key_of(ring.seal("x", place)) == "k2"
    with pytest.raises(SealBroken):
        Vault.from_text(f"k2:{new}", lookup).open(sealed, place)


@pytest.mark.parametrize("keys", ["", "k1", "k1:abc", "k1:" + "A" * 40])
def test_a_bad_ring_says_what_would_fit(keys: str) -> None:
    with pytest.raises(KeyProblem, match="key"):
        Vault.from_text(keys, new_key())


def test_look_up_hash_knows_equal_spellings_and_keeps_purposes_apart() -> None:
    assert VAULT.lookup("２０２０ 1234", "number") == VAULT.lookup("20201234", "number")
    assert VAULT.lookup("1", "number") != VAULT.lookup("1", "code")
