"""Keys: made once, for their owner only, never over others."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot import keyring
from bot.app import NoKeys, vault_of_settings
from bot.settings import Settings
from storage.crypto import KeyProblem, Vault


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(data_dir=tmp_path / "store")


def test_made_for_a_new_store_and_found_again(settings: Settings) -> None:
    told: list[str] = []
    with_keys = keyring.with_keys(settings, told.append)
    assert len(told) == 1
    assert vault_of_settings(with_keys).active == "k1"
    assert stat.S_IMODE(settings.keys_file.stat().st_mode) == 0o600
    assert Settings(data_dir=settings.data_dir).keys == with_keys.keys
    assert keyring.with_keys(Settings(data_dir=settings.data_dir), told.append).keys == with_keys.keys
    assert len(told) == 1


def test_none_are_made_up_for_a_store_that_exists(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "lixiao.db").write_bytes(b"")
    with pytest.raises(NoKeys):
        vault_of_settings(keyring.with_keys(settings, print))


def test_none_are_made_up_for_a_server(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql+psycopg://localhost/x")
    with pytest.raises(NoKeys):
        vault_of_settings(keyring.with_keys(settings, print))


def test_half_the_keys_are_none(settings: Settings) -> None:
    half = settings.model_copy(update={"keys": keyring.with_keys(settings, len).keys})
    with pytest.raises(NoKeys):
        vault_of_settings(half)


def test_a_file_that_is_there_is_not_written_over(settings: Settings) -> None:
    keyring.write_new(settings.keys_file)
    with pytest.raises(FileExistsError):
        keyring.write_new(settings.keys_file)


def test_another_key_comes_in_front_under_a_free_name() -> None:
    first = keyring.fresh_lines().splitlines()[0].removeprefix("LIXIAO_KEYS=")
    lookup = keyring.fresh_lines().splitlines()[1].removeprefix("LIXIAO_LOOKUP_KEY=")
    second = keyring.with_another(first)
    third = keyring.with_another(second)
    assert Vault.from_text(third, lookup).names == ("k3", "k2", "k1")
    assert third.endswith(second)
    assert Vault.from_text(keyring.with_another(""), lookup).names == ("k1",)


def test_replaced_only_where_the_keys_are_from_the_file(settings: Settings) -> None:
    keyring.write_new(settings.keys_file)
    old = Settings(data_dir=settings.data_dir).keys.get_secret_value()
    assert not keyring.replace_in_file(settings.keys_file, "k1:other", "x")
    assert not keyring.replace_in_file(settings.keys_file, "", "x")
    assert keyring.replace_in_file(settings.keys_file, old, f"k2:new,{old}")
    assert Settings(data_dir=settings.data_dir).keys.get_secret_value() == f"k2:new,{old}"
    assert stat.S_IMODE(settings.keys_file.stat().st_mode) == 0o600


def test_a_key_that_does_not_fit_is_a_sentence_without_the_key() -> None:
    settings = Settings(_env_file=None, keys="k1:c2hvcnQ=", lookup_key="c2hvcnQ=")  # type: ignore[call-arg, arg-type]
    with pytest.raises(KeyProblem) as problem:
        vault_of_settings(settings)
    assert "c2hvcnQ" not in str(problem.value)
