"""lixiao doctor on Telegram: what is well, and what an operator is told where something is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import telegram_checks
from bot.channels.telegram import UPDATES
from bot.finding import Finding
from bot.settings import Settings
from storage.crypto import Vault
from storage.database import Database
from tests.fakes.hooked import Clock, program
from tests.fakes.served import served
from tests.fakes.telegram import TOKEN, Telegram

NOW = datetime(2023, 6, 7, 1, 5, tzinfo=UTC)
HOOK = "https://bot.school.example/hook/telegram"


@pytest.fixture
async def stand_in() -> AsyncIterator[tuple[Telegram, str]]:
    telegram = Telegram()
    async with served(telegram.app) as address:
        yield telegram, address


def told(root: Path, api: str, **settings: Any) -> Settings:
    given = {"telegram_token": SecretStr(TOKEN), "telegram_api": api, "public_url": "https://bot.school.example"}
    return Settings(_env_file=None, data_dir=root, **{**given, **settings})


async def look(settings: Settings, vault: Vault, now: datetime = NOW) -> dict[str, Finding]:
    return {one.what.partition(" ")[2]: one async for one in telegram_checks.telegram(settings, vault, now)}


async def test_all_is_well_while_we_poll(stand_in: tuple[Telegram, str], vault: Vault, tmp_path: Path) -> None:
    found = await look(told(tmp_path, stand_in[1]), vault)
    assert list(found) == ["令牌", "取消息", "积压", "敏感信息"]
    assert all(finding.is_well for finding in found.values()), found


async def test_the_way_in_is_tried_as_telegram_would(
    stand_in: tuple[Telegram, str], sqlite: Database, tmp_path: Path
) -> None:
    telegram, api = stand_in
    settings = {"telegram_token": SecretStr(TOKEN), "telegram_api": api, "telegram_mode": "webhook"}
    async with program(sqlite, Clock(NOW), tmp_path, [], **settings) as (_, url):
        telegram.webhook = {"url": f"{url}/hook/telegram", "allowed_updates": UPDATES}
        found = await look(told(tmp_path, api, telegram_mode="webhook", public_url=url), sqlite.vault)
        assert found["回调"].is_well, found["回调"]
        assert found["消息种类"].is_well
        assert "https" in found["回调地址"].sentence
        other = await look(
            told(tmp_path, api, telegram_mode="webhook", public_url=url, telegram_secret="w" * 32), sqlite.vault
        )
    assert "403" in other["回调"].sentence
    gone = await look(told(tmp_path, api, telegram_mode="webhook", public_url=url), sqlite.vault)
    assert "连不上" in gone["回调"].sentence


@pytest.mark.parametrize(
    ("webhook", "what", "words"),
    [
        ({}, "回调地址", "还没有登记"),
        ({"url": "https://old.example/hook"}, "回调地址", "登记的是 https://old.example/hook"),
        ({"url": HOOK, "allowed_updates": ["message"]}, "消息种类", "callback_query"),
        (
            {"url": HOOK, "last_error_date": int(NOW.timestamp()) - 60, "last_error_message": "SSL error"},
            "上次出错",
            "09:04：SSL error",
        ),
    ],
)
async def test_what_is_wrong_with_the_webhook(
    stand_in: tuple[Telegram, str], vault: Vault, tmp_path: Path, webhook: dict[str, Any], what: str, words: str
) -> None:
    stand_in[0].webhook = webhook
    found = (await look(told(tmp_path, stand_in[1], telegram_mode="webhook"), vault))[what]
    assert not found.is_well
    assert words in found.sentence


async def test_an_old_error_is_no_news(stand_in: tuple[Telegram, str], vault: Vault, tmp_path: Path) -> None:
    stand_in[0].webhook = {"url": HOOK, "last_error_date": int(NOW.timestamp()) - 7200, "last_error_message": "x"}
    assert "上次出错" not in await look(told(tmp_path, stand_in[1], telegram_mode="webhook"), vault)


async def test_what_waits_and_who_took_the_updates(
    stand_in: tuple[Telegram, str], vault: Vault, tmp_path: Path
) -> None:
    telegram, api = stand_in
    for _ in range(telegram_checks.MANY):
        telegram.happens(message={})
    telegram.webhook = {"url": "https://old.example/hook"}
    found = await look(told(tmp_path, api), vault)
    assert not found["积压"].is_well
    assert "old.example" in found["取消息"].sentence


async def test_token_and_line(stand_in: tuple[Telegram, str], vault: Vault, tmp_path: Path) -> None:
    wrong = await look(told(tmp_path, stand_in[1], telegram_token=SecretStr("1:nobody")), vault)
    assert [(name, one.is_well) for name, one in wrong.items()] == [("令牌", False)]
    assert "BotFather" in wrong["令牌"].sentence
    nowhere = await look(told(tmp_path, "http://127.0.0.1:1"), vault)
    assert "LIXIAO_TELEGRAM_PROXY" in nowhere["连接"].sentence
