"""lixiao doctor on 企业微信 and 公众号: what is well, and what an operator is told where something is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import wechat_checks
from bot.finding import Finding
from bot.settings import Settings
from storage.database import Database
from tests.fakes import wechat, wecom
from tests.fakes.hooked import Clock, program, wechat_settings, wecom_settings
from tests.fakes.served import served


@pytest.fixture
def clock() -> Clock:
    """The machine's own: the stand-ins' servers write it into their answers."""
    return Clock(datetime.now(UTC))


@pytest.fixture
async def corporation(clock: Clock) -> AsyncIterator[tuple[wecom.Wecom, str]]:
    stand_in = wecom.Wecom(clock.seconds, members={"20201234"})
    async with served(stand_in.app) as address:
        yield stand_in, address


def told(root: Path, url: str, **settings: Any) -> Settings:
    return Settings(_env_file=None, data_dir=root, public_url=url, **settings)  # type: ignore[call-arg]


async def look(settings: Settings, database: Database, clock: Clock) -> dict[str, Finding]:
    which = wechat_checks.wecom if settings.wecom_corp_id else wechat_checks.wechat
    return {finding.what.partition(" ")[2]: finding async for finding in which(settings, database, clock)}


async def test_all_is_well_at_wecom(
    corporation: tuple[wecom.Wecom, str], sqlite: Database, clock: Clock, tmp_path: Path
) -> None:
    _, api = corporation
    async with program(sqlite, clock, tmp_path, [], **wecom_settings(api)) as (_, url):
        found = await look(told(tmp_path, url, **wecom_settings(api)), sqlite, clock)
    assert list(found) == ["设置", "凭证", "时钟", "来访 IP", "可见范围", "回调"]
    assert all(finding.is_well for finding in found.values()), found


async def test_all_is_well_at_the_official_account(sqlite: Database, clock: Clock, tmp_path: Path) -> None:
    async with served(wechat.Wechat(clock.seconds).app) as api:
        settings = wechat_settings(api)
        async with program(sqlite, clock, tmp_path, [], **settings) as (_, url):
            found = await look(told(tmp_path, url, **settings), sqlite, clock)
        assert list(found) == ["设置", "凭证", "时钟", "来访 IP", "回调"]
        assert all(finding.is_well for finding in found.values()), found
        plain = await look(told(tmp_path, "http://127.0.0.1:9", **settings, wechat_mode="plain"), sqlite, clock)
        assert [what for what, finding in plain.items() if not finding.is_well] == ["模式", "回调"]
        wrong = settings | {"wechat_secret": SecretStr("wrong")}
        async with sqlite.engine.begin() as connection:
            await connection.exec_driver_sql("delete from platform_token")
        assert "AppSecret" in (await look(told(tmp_path, "", **wrong), sqlite, clock))["凭证"].sentence


async def test_what_is_missing_is_named(sqlite: Database, clock: Clock, tmp_path: Path) -> None:
    found = await look(told(tmp_path, "", wecom_corp_id="ww1"), sqlite, clock)
    assert list(found) == ["设置"]
    assert (
        "LIXIAO_WECOM_SECRET、LIXIAO_WECOM_TOKEN、LIXIAO_WECOM_AES_KEY、LIXIAO_WECOM_AGENT_ID" in found["设置"].sentence
    )
    short = wecom_settings("http://127.0.0.1:9") | {"wecom_aes_key": SecretStr("short")}
    assert "43 个字母" in (await look(told(tmp_path, "", **short), sqlite, clock))["设置"].sentence


async def test_an_untrusted_address_is_named(
    corporation: tuple[wecom.Wecom, str], sqlite: Database, clock: Clock, tmp_path: Path
) -> None:
    platform, api = corporation
    platform.trusted = False
    found = await look(told(tmp_path, "", **wecom_settings(api)), sqlite, clock)
    assert not found["凭证"].is_well
    assert "企业可信 IP" in found["凭证"].sentence
    assert "203.0.113.7" in found["凭证"].sentence


async def test_nobody_sees_it_and_the_clock_is_off(
    corporation: tuple[wecom.Wecom, str], sqlite: Database, clock: Clock, tmp_path: Path
) -> None:
    platform, api = corporation
    platform.members.clear()
    clock.move(timedelta(minutes=-7))
    found = await look(told(tmp_path, "http://127.0.0.1:9", **wecom_settings(api)), sqlite, clock)
    assert "谁也看不见" in found["可见范围"].sentence
    assert "校准时间" in found["时钟"].sentence
    assert "连不上" in found["回调"].sentence
