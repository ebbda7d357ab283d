"""What `lixiao doctor` looks at of 企业微信 and 公众号: credentials, clock, visible range, callback, addresses."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Final

import httpx

from bot import wechat_xml
from bot.channel import SendError
from bot.finding import Finding
from bot.settings import Settings
from bot.wechat_client import Api, Official, Work
from bot.wechat_crypto import BadKey, Envelope, signature_of
from bot.wechat_errors import PlatformError
from storage.database import Database

SKEW: Final = timedelta(minutes=2)
"""Calls that are five minutes off are refused: warn well before."""

WECOM, WECHAT = "企业微信", "公众号"


async def wecom(settings: Settings, database: Database, clock: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """Everything about 企业微信; what needs credentials is left out where they are refused."""
    secrets = (settings.wecom_secret, settings.wecom_token, settings.wecom_aes_key)
    names = ("LIXIAO_WECOM_SECRET", "LIXIAO_WECOM_TOKEN", "LIXIAO_WECOM_AES_KEY", "LIXIAO_WECOM_AGENT_ID")
    given = [one.get_secret_value() for one in secrets] + [settings.wecom_agent_id or ""]
    found = _settings(WECOM, names, given, settings.wecom_aes_key.get_secret_value())
    yield found
    if not found.is_well:
        return
    corp, agent = settings.wecom_corp_id, settings.wecom_agent_id
    client = Work(corp, settings.wecom_secret.get_secret_value(), settings.wecom_api)
    api = Api(client, database, clock, f"wecom:{corp}:{agent}")
    try:
        async with aclosing(_platform(WECOM, api)) as findings:
            async for finding in findings:
                yield finding
                if not finding.is_well and finding.what.endswith("凭证"):
                    return
        yield await _visible(api, agent)
    finally:
        await api.close()
    envelope = Envelope(settings.wecom_token.get_secret_value(), settings.wecom_aes_key.get_secret_value(), corp)
    word = token_hex(8)
    yield await _callback(WECOM, f"{settings.url}/hook/wecom", _sealed_check(envelope, word, clock()), word)


async def wechat(settings: Settings, database: Database, clock: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """Everything about the 公众号; what needs credentials is left out where they are refused."""
    token, key = settings.wechat_token.get_secret_value(), settings.wechat_aes_key.get_secret_value()
    names, given = ["LIXIAO_WECHAT_SECRET", "LIXIAO_WECHAT_TOKEN"], [settings.wechat_secret.get_secret_value(), token]
    if settings.wechat_mode != "plain":
        names, given = [*names, "LIXIAO_WECHAT_AES_KEY"], [*given, key]
    found = _settings(WECHAT, names, given, key)
    yield found
    if not found.is_well:
        return
    if settings.wechat_mode == "plain":
        yield Finding(f"{WECHAT} 模式", False, "明文模式下路上的人能改内容：请在公众平台改成安全模式，并设 AES_KEY")
    client = Official(settings.wechat_app_id, settings.wechat_secret.get_secret_value(), settings.wechat_api)
    api = Api(client, database, clock, f"wechat:{settings.wechat_app_id}")
    try:
        async with aclosing(_platform(WECHAT, api)) as findings:
            async for finding in findings:
                yield finding
                if not finding.is_well and finding.what.endswith("凭证"):
                    return
    finally:
        await api.close()
    word = token_hex(8)
    yield await _callback(WECHAT, f"{settings.url}/hook/wechat", _signed_check(token, word, clock()), word)


def _settings(platform: str, names: Sequence[str], values: Sequence[Any], key: str) -> Finding:
    what = f"{platform} 设置"
    missing = [name for name, value in zip(names, values, strict=True) if not value]
    if missing:
        return Finding(what, False, f"还缺 {'、'.join(missing)}：到管理后台抄过来")
    try:
        if key:
            Envelope("", key, "")
    except BadKey:
        return Finding(what, False, "EncodingAESKey 应是 43 个字母和数字，请重新抄一遍")
    return Finding(what, True, "齐全")


async def _platform(platform: str, api: Api[Any]) -> AsyncGenerator[Finding, None]:
    """Credentials, clock, and from where the platform calls."""
    try:
        found = await api.call(lambda client: client.get("getcallbackip"))
    except PlatformError as error:
        yield Finding(f"{platform} 凭证", False, _words(error))
        return
    yield Finding(f"{platform} 凭证", True, "平台认我们")
    if api.skew is not None:
        yield _clock(platform, api.skew)
    addresses = found.get("ip_list", [])
    yield Finding(f"{platform} 来访 IP", True, f"平台从 {len(addresses)} 个地址来访，防火墙要放行：{_few(addresses)}")


def _words(error: SendError) -> str:
    address = error.address if isinstance(error, PlatformError) else ""
    return f"{error.reason}{f'；要加的地址是 {address}' if address else ''}"


def _few(addresses: Sequence[str]) -> str:
    return "、".join(addresses[:3]) + ("…" if len(addresses) > 3 else "")


def _clock(platform: str, skew: timedelta) -> Finding:
    seconds = round(abs(skew.total_seconds()))
    if abs(skew) > SKEW:
        return Finding(f"{platform} 时钟", False, f"本机和平台差 {seconds} 秒，超过 5 分钟就收不到消息：请校准时间")
    return Finding(f"{platform} 时钟", True, f"和平台只差 {seconds} 秒")


async def _visible(api: Api[Work], agent: int) -> Finding:
    what = f"{WECOM} 可见范围"
    try:
        found = await api.call(lambda client: client.agent.get(agent))
    except PlatformError as error:
        return Finding(what, False, _words(error))
    users = len(found.get("allow_userinfos", {}).get("user", []))
    parties = len(found.get("allow_partys", {}).get("partyid", []))
    if found.get("close"):
        return Finding(what, False, "应用被停用了：到管理后台启用")
    if not users and not parties:
        return Finding(what, False, "谁也看不见这个应用：到管理后台把毕业生和辅导员加进可见范围")
    return Finding(what, True, f"{parties} 个部门、{users} 个单独加的成员")


def _sealed_check(envelope: Envelope, word: str, now: datetime) -> dict[str, str]:
    """The query with which 企业微信 checks an address."""
    sealed = wechat_xml.read(envelope.seal(word, now).encode())
    return {
        "msg_signature": sealed["MsgSignature"],
        "timestamp": sealed["TimeStamp"],
        "nonce": sealed["Nonce"],
        "echostr": sealed["Encrypt"],
    }


def _signed_check(token: str, word: str, now: datetime) -> dict[str, str]:
    """The query with which the 公众号 checks an address."""
    at, nonce = str(int(now.timestamp())), token_hex(8)
    return {"signature": signature_of(token, at, nonce), "timestamp": at, "nonce": nonce, "echostr": word}


async def _callback(platform: str, url: str, query: dict[str, str], word: str) -> Finding:
    """Calls our own address as the platform would: the way from outside to the running service."""
    what = f"{platform} 回调"
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            answer = await client.get(url, params=query)
    except httpx.HTTPError:
        return Finding(what, False, f"{url} 连不上：lixiao serve 在运行吗？LIXIAO_PUBLIC_URL 对吗？")
    if answer.status_code == 200 and answer.text == word:
        return Finding(what, True, f"{url} 答得对，把它填到管理后台")
    return Finding(what, False, f"{url} 答得不对（HTTP {answer.status_code}）：正在运行的服务用的是同一套设置吗？")
