"""`lixiao db copy` with the sample school: the bot answers from the copy, and goes on in the middle of a form."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import sample
from bot.app import open_database
from bot.channels import terminal
from bot.keyring import with_keys
from bot.settings import Settings
from storage import bindings, migrate
from storage.bindings import Owner
from storage.clock import SCHOOL
from storage.files import FileStore
from storage.models import Student
from tests.conftest import _schema
from tests.fakes.process import Running, lixiao

CHAT = "lin"


async def make_school(folder: Path) -> None:
    """The sample school on SQLite, with one of its students at the terminal."""
    settings, now = with_keys(Settings(_env_file=None, data_dir=folder), len), datetime.now(SCHOOL)  # type: ignore[call-arg]
    async with open_database(settings, migrated=False) as database:
        await migrate.upgrade(database)
        await sample.load(database, FileStore(settings.files_dir), now.date(), now, lambda *_: None)
        async with database.begin() as session:
            student = (await session.scalars(select(Student.id).order_by(Student.position).limit(1))).one()
            await bindings.bind(session, terminal.address(CHAT), Owner(student_id=student), now)


async def ended_well(process: Running) -> str:
    assert await process.end() == 0, process.shown
    return process.shown


@pytest.mark.postgres
async def test_the_bot_goes_on_from_the_copy_and_from_the_copy_of_the_copy(tmp_path: Path) -> None:
    await make_school(tmp_path)
    async with lixiao(tmp_path, "chat", "--as", CHAT) as before:
        await before.type("档案邮寄地址")
        await before.until("档案寄给哪个单位")
        await before.type("云溪市公共就业和人才服务中心")
        await before.until("同意我记录这些内容吗")
        await before.type("1")
        await before.until("谁或哪个部门收")
        await before.kill()
    back = f"sqlite+aiosqlite:///{tmp_path / 'back.db'}"
    with _schema() as copied:
        async with lixiao(tmp_path, "db", "copy", "--to", copied) as copying:
            assert "全部到齐" in await ended_well(copying)
        async with lixiao(tmp_path, "chat", "--as", CHAT, LIXIAO_DATABASE_URL=copied) as there:
            await there.until("以上是之前的对话")
            await there.type("档案什么时候寄？")
            await there.until("《关于")
            await there.type("档案科")
            await there.until("电话是多少")
            await there.kill()
        async with lixiao(tmp_path, "doctor", LIXIAO_DATABASE_URL=copied) as doctor:
            shown = await ended_well(doctor)
            assert "PostgreSQL" in shown
            assert "✓ 封存的列" in shown
        async with lixiao(tmp_path, "db", "copy", "--to", back, LIXIAO_DATABASE_URL=copied) as copying:
            assert "全部到齐" in await ended_well(copying)
    async with lixiao(tmp_path, "chat", "--as", CHAT, LIXIAO_DATABASE_URL=back) as again:
        assert "云溪市公共就业和人才服务中心" in await again.until("以上是之前的对话")
        await again.type("13900000001")
        await again.until("省、市、区县")
        await again.kill()


async def test_what_is_no_database_is_said_and_a_running_service_too(tmp_path: Path) -> None:
    settings = with_keys(Settings(_env_file=None, data_dir=tmp_path), len)  # type: ignore[call-arg]
    async with open_database(settings, migrated=False) as database:
        await migrate.upgrade(database)
    async with lixiao(tmp_path, "db", "copy", "--to", "mysql://root:geheim@localhost/x") as wrong:
        assert await wrong.end() == 2
        assert "postgresql+psycopg://" in wrong.shown
        assert "geheim" not in wrong.shown
    async with lixiao(tmp_path, "serve", "--port", "0") as serving:
        await serving.until("已启动：")
        async with lixiao(tmp_path, "db", "copy", "--to", f"sqlite+aiosqlite:///{tmp_path / 'x.db'}") as early:
            assert await early.end() == 2
            assert "all × 1" in early.shown
        assert await serving.interrupt() == 0
    async with lixiao(tmp_path, "db", "copy", "--to", f"sqlite+aiosqlite:///{tmp_path / 'x.db'}") as late:
        assert "全部到齐" in await ended_well(late)
