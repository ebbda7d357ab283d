"""What `lixiao doctor` looks at: each check says what is so and, where it is wrong, what to do."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from bot.app import open_database, vault_of_settings
from bot.finding import Finding
from bot.settings import Settings, unknown_names
from storage import arrivals, migrate, posts, pulse, sealed
from storage.clock import SCHOOL, school_day
from storage.crypto import KeyProblem
from storage.database import Database

RARE = "𠮷㐂䶮"
"""Characters of real names that common fonts lack."""

_AHEAD = timedelta(minutes=5)
_WAITS = timedelta(minutes=2)


async def all_of(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """Everything, cheapest first; what needs the database is left out where it cannot be opened."""
    yield _names()
    yield _data_dir(settings)
    keys = _keys(settings)
    yield keys
    if keys.is_well:
        async with open_database(settings, migrated=False) as database:
            async for finding in _of_database(database, now):
                yield finding
            async for finding in _of_platforms(settings, database, now):
                yield finding
            async for finding in _of_work(database, now):
                yield finding
    yield _font()
    yield _holidays(now)


def _names() -> Finding:
    unknown = unknown_names()
    return Finding(
        "环境变量", not unknown, "没有写错的" if not unknown else f"没有这些设置，是不是写错了：{'、'.join(unknown)}"
    )


def _data_dir(settings: Settings) -> Finding:
    where = settings.data_dir.resolve()
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            pass
    except OSError as problem:
        return Finding("数据目录", False, f"{where} 写不了（{problem.strerror}），请改权限或 LIXIAO_DATA_DIR")
    if os.name == "posix" and settings.data_dir.stat().st_mode & 0o007:
        return Finding("数据目录", False, f"{where} 别人也能进，请运行 chmod 700 {where}")
    return Finding("数据目录", True, f"{where} 可写，只有本机管理员能进")


def _keys(settings: Settings) -> Finding:
    try:
        vault = vault_of_settings(settings)
    except KeyProblem as problem:
        return Finding("密钥", False, str(problem))
    return Finding("密钥", True, f"正在用 {vault.active}，密钥环共 {len(vault.names)} 把")


async def _of_database(database: Database, now: datetime) -> AsyncIterator[Finding]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    try:
        found, wanted = await migrate.current(database), migrate.head()
    except Exception as problem:  # whatever the driver raises: it does not answer
        yield Finding("数据库", False, f"{kind} 连不上（{type(problem).__name__}），请检查 LIXIAO_DATABASE_URL")
        return
    yield Finding("数据库", True, f"{kind} 连得上")
    if found != wanted:
        yield Finding("表结构", False, f"在 {found or '空'}，本版本需要 {wanted}：请运行 lixiao db upgrade")
        return
    yield Finding("表结构", True, f"是最新的（{found}）")
    yield await _sealed_with(database)
    yield await _clock(database, now)


async def _of_platforms(settings: Settings, database: Database, now: datetime) -> AsyncIterator[Finding]:
    """The platforms that are switched on, where their tables are there; loaded only then."""
    if settings.telegram_token.get_secret_value():
        from bot import telegram_checks

        async for finding in telegram_checks.telegram(settings, database.vault, now):
            yield finding
    if not (settings.wecom_corp_id or settings.wechat_app_id) or await _revision(database) != migrate.head():
        return
    from bot import wechat_checks

    if settings.wecom_corp_id:
        async for finding in wechat_checks.wecom(settings, database, lambda: now):
            yield finding
    if settings.wechat_app_id:
        async for finding in wechat_checks.wechat(settings, database, lambda: now):
            yield finding


async def _of_work(database: Database, now: datetime) -> AsyncIterator[Finding]:
    """Who serves, and what lies about."""
    if await _revision(database) != migrate.head():
        return
    async with database.read() as session:
        running = await posts.present(session, now)
        count, oldest, left = await arrivals.waiting(session)
    who = "、".join(f"{role} × {number}" for role, number in running.items())
    alone = bool(running) and not ("all" in running or {"web", "worker", "clock"} <= running.keys())
    missing = "、".join(sorted({"web", "worker", "clock"} - running.keys()))
    yield Finding(
        "正在运行", not alone, f"{who}，还缺 {missing}：消息会收而不发" if alone else who or "没有（还没启动）"
    )
    if left:
        yield Finding("收件", False, f"{left} 条消息一直处理不了：请看日志里的编号")
    elif oldest is not None and now - oldest > _WAITS:
        yield Finding("收件", False, f"{count} 条已收到、还没处理，最早的等了 {(now - oldest).seconds // 60} 分钟")
    else:
        yield Finding("收件", True, "没有积压" if not count else f"{count} 条正在处理")


async def _revision(database: Database) -> str | None:
    try:
        return await migrate.current(database)
    except Exception:  # it was told before that the database does not answer
        return None


async def _sealed_with(database: Database) -> Finding:
    """Whether the ring opens what is in the store, and whether a rotation was left half done."""
    used: dict[str, int] = {}
    async with database.read() as session:
        for column in sealed.columns():
            if not await sealed.opens(session, column):
                return Finding("封存的列", False, f"{column.name} 打不开：密钥换过了，请换回原来的 LIXIAO_KEYS")
            for key, count in (await sealed.keys_used(session, column)).items():
                used[key] = used.get(key, 0) + count
    if "?" in used:
        return Finding("封存的列", False, f"{used['?']} 处的密钥不在密钥环里：请把原来的密钥加回 LIXIAO_KEYS")
    old = sum(count for key, count in used.items() if key != database.vault.active)
    if old:
        return Finding("封存的列", False, f"{old} 处还用着旧密钥：请运行 lixiao keys rotate")
    return Finding("封存的列", True, f"{sum(used.values())} 处，全部用最新的密钥")


async def _clock(database: Database, now: datetime) -> Finding:
    async with database.read() as session:
        newest = await pulse.newest(session)
    here = f"{now.astimezone(SCHOOL):%Y-%m-%d %H:%M}"
    if newest is not None and newest > now + _AHEAD:
        return Finding("时钟", False, f"本机是 {here}，库里却有更晚的记录：请校准时间")
    return Finding("时钟", True, f"学校时间 {here}")


def _font() -> Finding:
    from handlers import letter

    missing = letter.missing(RARE, letter.font_paths())
    return Finding("委托书字体", not missing, "生僻字齐全" if not missing else f"缺字：{missing}，请重装依赖")


def _holidays(now: datetime) -> Finding:
    import chinese_calendar

    day = school_day(now)
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return Finding("节假日表", False, f"没有 {day.year} 年的，工作日按周一到周五算：请升级 chinesecalendar")
    return Finding("节假日表", True, f"有 {day.year} 年的")
