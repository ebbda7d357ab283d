"""What `lixiao doctor` looks at of Telegram: token, who asks whom, what waits there, and the way in from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from bot.channels.telegram import HEADER, UPDATES, webhook_secret
from bot.finding import Finding
from bot.settings import Settings
from storage.clock import SCHOOL
from storage.crypto import Vault

NAME: Final = "Telegram"
RECENT: Final = timedelta(hours=1)
"""An error of Telegram at our address that is older was mended since, as far as can be seen."""
MANY: Final = 100
"""So many updates that wait there say that nobody fetches them."""

Json = dict[str, Any]


class _Refused(Exception):
    """Telegram's own words, in `description`, and its code."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code


async def telegram(settings: Settings, vault: Vault, now: datetime) -> AsyncIterator[Finding]:
    """Everything about Telegram; what needs the token is left out where it is refused."""
    async with httpx.AsyncClient(trust_env=False, timeout=10, proxy=settings.telegram_proxy or None) as client:
        try:
            me = await _ask(client, settings, "getMe")
            yield Finding(f"{NAME} 令牌", True, f"是机器人 @{me.get('username', '')}")
            info = await _ask(client, settings, "getWebhookInfo")
        except _Refused as refused:
            yield _refused(refused)
            return
        except httpx.HTTPError as error:
            where = (
                settings.telegram_proxy and "，代理 LIXIAO_TELEGRAM_PROXY 通吗"
            ) or "；境内要设 LIXIAO_TELEGRAM_PROXY"
            yield Finding(f"{NAME} 连接", False, f"{settings.telegram_api} 连不上（{type(error).__name__}）{where}")
            return
    if not me.get("can_join_groups", True):
        yield Finding(f"{NAME} 班级群", False, "机器人不能进群：到 @BotFather 发 /setjoingroups，选 Enable")
    yield _webhook(settings, info) if settings.telegram_mode == "webhook" else _polling(info)
    yield _waiting(info)
    if settings.telegram_mode == "webhook":
        yield _kinds(info)
        if (trouble := _last_error(info, now)) is not None:
            yield trouble
        yield await _callback(settings, vault)
    yield _sensitive(settings)


async def _ask(client: httpx.AsyncClient, settings: Settings, method: str) -> Json:
    token = settings.telegram_token.get_secret_value()
    answer = await client.get(f"{settings.telegram_api}/bot{token}/{method}")
    try:
        found: Json = answer.json()
    except ValueError:
        raise _Refused(answer.status_code, "") from None
    if not found.get("ok"):
        raise _Refused(int(found.get("error_code", answer.status_code)), str(found.get("description", "")))
    result: Json = found["result"]
    return result


def _refused(refused: _Refused) -> Finding:
    if refused.code in (401, 404):
        return Finding(f"{NAME} 令牌", False, "令牌不对：到 @BotFather 发 /token 重新抄到 LIXIAO_TELEGRAM_TOKEN")
    return Finding(
        f"{NAME} 令牌", False, f"Telegram 答 {refused.code}：过几分钟再查；一直这样，请看 LIXIAO_TELEGRAM_API"
    )


def _webhook(settings: Settings, info: Json) -> Finding:
    what, wanted, found = f"{NAME} 回调地址", f"{settings.url}/hook/telegram", info.get("url", "")
    if not wanted.startswith("https://"):
        return Finding(what, False, f"{wanted} 不是 https，Telegram 不会来：改 LIXIAO_PUBLIC_URL，或用 polling")
    if found != wanted:
        said = f"登记的是 {found}" if found else "还没有登记"
        return Finding(what, False, f"{said}，应是 {wanted}：启动 lixiao serve 时会自己登记；仍不对就重启它")
    return Finding(what, True, found)


def _polling(info: Json) -> Finding:
    if info.get("url"):
        return Finding(
            f"{NAME} 取消息",
            False,
            f"还登记着回调 {info['url']}，取不到消息：重启 lixiao serve；另有程序在用这个令牌就先停掉",
        )
    return Finding(f"{NAME} 取消息", True, "由本机去取，不需要外网地址")


def _waiting(info: Json) -> Finding:
    count = int(info.get("pending_update_count", 0))
    if count >= MANY:
        return Finding(f"{NAME} 积压", False, f"{count} 条消息在那边等着：lixiao serve 在运行吗？")
    return Finding(f"{NAME} 积压", True, f"{count} 条")


def _kinds(info: Json) -> Finding:
    missing = set(UPDATES) - set(info.get("allowed_updates", []))
    if missing:
        return Finding(f"{NAME} 消息种类", False, f"少了 {'、'.join(sorted(missing))}：重启 lixiao serve 会重新登记")
    return Finding(f"{NAME} 消息种类", True, "齐全")


def _last_error(info: Json, now: datetime) -> Finding | None:
    """Telegram's last trouble with our address; its words are ASCII sentences of the platform."""
    if "last_error_date" not in info:
        return None
    at = datetime.fromtimestamp(int(info["last_error_date"]), UTC)
    if now - at > RECENT:
        return None
    said = str(info.get("last_error_message", ""))[:120]
    when = f"{at.astimezone(SCHOOL):%H:%M}"
    return Finding(f"{NAME} 上次出错", False, f"{when}：{said}。看反向代理、证书和防火墙")


async def _callback(settings: Settings, vault: Vault) -> Finding:
    """Calls our own address as Telegram would, with nothing in it; and once with a wrong secret."""
    what, url = f"{NAME} 回调", f"{settings.url}/hook/telegram"
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            known = await client.post(url, json={"update_id": 0}, headers={HEADER: webhook_secret(settings, vault)})
            forged = await client.post(url, json={"update_id": 0}, headers={HEADER: "x" * 32})
    except httpx.HTTPError:
        return Finding(what, False, f"{url} 连不上：lixiao serve 在运行吗？LIXIAO_PUBLIC_URL 对吗？")
    if known.status_code != 200:
        return Finding(what, False, f"{url} 答得不对（HTTP {known.status_code}）：正在运行的服务用的是同一套设置吗？")
    if forged.status_code != 403:
        return Finding(what, False, f"{url} 没有核对密令（HTTP {forged.status_code}）：反向代理把请求转到别处去了")
    return Finding(what, True, f"{url} 答得对，没有密令的进不来")


def _sensitive(settings: Settings) -> Finding:
    route = settings.telegram_sensitive_route
    if route:
        return Finding(f"{NAME} 敏感信息", True, f"按“{route}”允许在 Telegram 上问")
    return Finding(f"{NAME} 敏感信息", True, "不在 Telegram 上问，给一次性链接到网页填")
