"""The settings: sources, defaults, and `.env.example` against the model in both directions."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.settings import PREFIX, Settings, unknown_names

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"


def bare(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


def test_every_setting_is_in_the_example_and_every_line_of_the_example_is_a_setting() -> None:
    names = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    assert set(dotenv_values(EXAMPLE)) == names


def test_the_example_says_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = Settings(_env_file=EXAMPLE)  # type: ignore[call-arg]
    assert told == bare()


def test_every_setting_has_a_meaning() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_environment_wins_over_file_and_file_over_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "keys.env").write_text("LIXIAO_KEYS=file:x\nLIXIAO_LOOKUP_KEY=from-key-file\nLIXIAO_PORT=3\n")
    (tmp_path / ".env").write_text("LIXIAO_DATA_DIR=store\nLIXIAO_PORT=2\nLIXIAO_HOST=dotenv\n")
    monkeypatch.setenv("LIXIAO_HOST", "environment")
    settings = Settings()
    assert (settings.host, settings.port) == ("environment", 2)
    assert settings.lookup_key.get_secret_value() == "from-key-file"
    assert settings.database_url == "sqlite+aiosqlite:///store/lixiao.db"


def test_keys_are_not_shown() -> None:
    settings = bare(keys="k1:secretsecret", lookup_key="secretsecret", database_url="postgresql://u:secretsecret@h/d")
    assert "secretsecret" not in repr(settings) + str(settings)


def test_times_of_day_are_read() -> None:
    assert bare(digest_at="07:45").digest_at == time(7, 45)


def test_misspelt_names_are_found() -> None:
    assert unknown_names({"LIXIAO_PROT": "1", "LIXIAO_PORT": "1", "PATH": ""}) == ["LIXIAO_PROT"]


@pytest.mark.parametrize(
    ("host", "url"), [("0.0.0.0", "http://localhost:8080"), ("school.example", "http://school.example:8080")]
)
def test_address_of_the_pages(host: str, url: str) -> None:
    assert bare(host=host).url == url
    assert bare(host=host, public_url="https://lixiao.example/").url == "https://lixiao.example"
