"""lixiao wecom, as an operator types it, against the stand-in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import build as open_app
from bot.commands import wecom as commands
from bot.settings import Settings
from storage import groups, migrate, tokens
from storage.bindings import Owner, bind
from storage.crypto import Vault
from storage.database import Database
from storage.people import Place
from tests.fakes.campus import build
from tests.fakes.served import served
from tests.fakes.wecom import AGENT, CORP, KEY, SECRET, TOKEN, Wecom

KEYS = "k:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
LOOKUP = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="


async def test_binds_members_makes_groups_and_registers_a_robot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2023, 6, 7, tzinfo=UTC)
    platform = Wecom(lambda: datetime.now(UTC).timestamp(), members={"2020000000", "nobody"})
    async with served(platform.app) as api:
        told = {
            "DATA_DIR": str(tmp_path),
            "KEYS": KEYS,
            "LOOKUP_KEY": LOOKUP,
            "WECOM_CORP_ID": CORP,
            "WECOM_AGENT_ID": str(AGENT),
            "WECOM_SECRET": SECRET,
            "WECOM_TOKEN": TOKEN,
            "WECOM_AES_KEY": KEY,
            "WECOM_API": api,
        }
        for name, value in told.items():
            monkeypatch.setenv(f"LIXIAO_{name}", value)
        database = Database(Settings().database_url, Vault.from_text(KEYS, LOOKUP))
        await migrate.upgrade(database)
        with pytest.raises(commands.NotSetUp, match="还没有学校"):
            await commands._bind("")
        campus = await build(database)
        await campus.student("林一", bind=None)
        assert await commands._bind("") == "新绑定 1 人，原来就绑定的 0 人，账号不是学号的 1 人。"
        assert "登记好了" in await commands._robot("会计1班", "https://q/cgi-bin/webhook/send?key=k-1", "")
        with pytest.raises(commands.NotSetUp, match="不到两个"):
            await commands._group("会计1班", "")
        await campus.student("林二", bind=None)
        platform.members |= {"2020000001", "t001"}
        await commands._bind("")
        assert await commands._group("会计1班", "") == (
            "建好了 会计1班 的群：2 人；辅导员还没有在企业微信里绑定，群主是第一个学生。"
        )
        async with database.begin() as session:
            await bind(session, Place("wecom", "T001", "T001"), Owner(staff_id=campus.counselors["会计1班"]), at)
        assert await commands._group("会计1班", "") == "会计1班 的群已经有了，补进 1 人。"
        assert list(platform.appchats.values()) == [["2020000000", "2020000001", "t001"]]
        platform.faults.append(("appchat/get", 60011))
        with pytest.raises(commands.NotSetUp, match=r"没有权限.*60011.*根部门"):
            await commands._group("会计1班", "")
        with pytest.raises(commands.NotSetUp, match="没有 key"):
            await commands._robot("会计1班", "https://q/", "")
        with pytest.raises(commands.NotSetUp, match="没有（或不止一个）"):
            await commands._robot("九班", "https://q/?key=k", "")
    async with database.read() as session:
        [places] = (await groups.of_classes(session, [campus.classes["会计1班"]])).values()
        assert [place.chat.partition(":")[0] for place in places] == ["robot", "appchat"]
        key = await tokens.load(session, places[0].chat)
    assert key is not None
    assert key.value == "k-1"
    await database.close()


async def test_without_wecom_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATA_DIR": str(tmp_path), "KEYS": KEYS, "LOOKUP_KEY": LOOKUP}.items():
        monkeypatch.setenv(f"LIXIAO_{name}", value)
    database = Database(Settings().database_url, Vault.from_text(KEYS, LOOKUP))
    await migrate.upgrade(database)
    async with open_app(Settings()):
        with pytest.raises(commands.NotSetUp, match="还没有接入"):
            await commands._bind("")
    await database.close()
