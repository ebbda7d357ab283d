"""Error codes of 企业微信 and 公众号: how we react, and what an operator is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import requests
from wechatpy.exceptions import WeChatClientException

from bot.channel import SendError


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means. `permanent`: for this recipient it will not change by trying again."""

    words: str
    permanent: bool = False
    after: timedelta | None = None


STALE: Final = frozenset({40001, 40014, 42001})
"""The token ended or was replaced: once a new one is fetched and the call made again."""

_MINUTE = timedelta(minutes=1)

MEANINGS: Final[Mapping[int, Meaning]] = {
    -1: Meaning("平台正忙，稍后自动重试"),
    40001: Meaning("密钥（Secret）不对，或令牌失效：请核对 Secret", after=_MINUTE),
    40003: Meaning("平台不认识这个用户", permanent=True),
    40013: Meaning("企业 ID 或 AppID 不对：请核对后改设置", after=_MINUTE),
    40014: Meaning("令牌失效，已自动换新；一直出现就核对 Secret", after=_MINUTE),
    40031: Meaning("用户名单里有平台不认识的人", permanent=True),
    40056: Meaning("应用编号（AgentId）不对：请核对后改设置", after=_MINUTE),
    40125: Meaning("AppSecret 不对：请核对后改设置", after=_MINUTE),
    40164: Meaning("服务器的 IP 不在白名单里：到公众平台「设置与开发→基本配置→IP 白名单」加上", after=_MINUTE),
    42001: Meaning("令牌过期，已自动换新；一直出现就校准时间", after=_MINUTE),
    43004: Meaning("对方没有关注公众号", permanent=True),
    43101: Meaning("对方没有同意接收订阅消息", permanent=True),
    45002: Meaning("内容太长", permanent=True),
    45009: Meaning("今天或这一分钟的调用次数用完了，自动放慢", after=_MINUTE),
    45011: Meaning("调用太频繁，自动放慢", after=_MINUTE),
    45015: Meaning("对方超过 48 小时没有说话，只有他再说话时才能发到", permanent=True),
    45033: Meaning("同时进行的调用太多，自动放慢", after=timedelta(seconds=1)),
    45047: Meaning("对方说话后已发满 5 条，要等他再说话", permanent=True),
    48001: Meaning("公众号没有这个接口的权限：客服消息要已认证的服务号", after=_MINUTE),
    48002: Meaning("对方关掉了接收消息（公众号），或应用没有这个接口的权限（企业微信）", permanent=True),
    60011: Meaning("应用没有权限管这个成员：到管理后台把他加进应用的可见范围", permanent=True),
    60020: Meaning("服务器的 IP 不在可信名单里：到管理后台「应用→企业可信 IP」加上", after=_MINUTE),
    60111: Meaning("通讯录里没有这个成员", permanent=True),
    86001: Meaning("群聊不存在，或不是本应用建的", permanent=True),
    86003: Meaning("群聊不存在，或不是本应用建的", permanent=True),
    81013: Meaning("收信人都不在应用的可见范围里：到管理后台把他们加进去", permanent=True),
    93000: Meaning("群机器人的地址不对，或机器人已被移出群：请重新登记", permanent=True),
}

_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")


class PlatformError(SendError):
    """The platform refused, or was not reached. `code` is its error code, 0 where it gave none.

    `address` is our own address as the platform saw it, where it says so (60020, 40164).
    """

    def __init__(
        self,
        code: int,
        reason: str,
        *,
        permanent: bool = False,
        after: timedelta | None = None,
        unknown: bool = False,
        address: str = "",
    ) -> None:
        super().__init__(reason, permanent=permanent, after=after, unknown=unknown)
        self.code = code
        self.address = address


def of_code(code: int, said: str = "") -> PlatformError:
    """The error for a code. Of what the platform `said` only an address is kept: the rest may name people."""
    meaning = MEANINGS.get(code, Meaning("平台拒绝了"))
    found = _ADDRESS.search(said) if code in (60020, 40164) else None
    return PlatformError(
        code,
        f"{meaning.words}（{code}）",
        permanent=meaning.permanent,
        after=meaning.after,
        address=found.group() if found else "",
    )


def of_exception(error: Exception) -> PlatformError:
    """The error for what wechatpy or requests raised. Their own words hold addresses with tokens: they are dropped."""
    if isinstance(error, WeChatClientException):
        if error.errcode is not None:
            return of_code(int(error.errcode), str(error.errmsg))
        response = error.response
        if response is None:
            return of_status(0)
        return of_status(response.status_code, response.headers.get("Retry-After", ""))
    if isinstance(error, requests.ConnectTimeout) or (
        isinstance(error, requests.ConnectionError) and "NewConnectionError" in repr(error)
    ):
        return PlatformError(0, "连不上平台")
    if isinstance(error, requests.RequestException):
        return PlatformError(0, "平台没有回话，不知道有没有收到", unknown=True)
    raise error


def of_status(status: int, retry_after: str = "") -> PlatformError:
    """The error for an answer that is none of the platform's own; 429 says how long to wait."""
    slow = _MINUTE if status == 429 else None
    if status == 429 and retry_after.isdigit():
        slow = timedelta(seconds=min(int(retry_after), 3600))
    return PlatformError(0, f"平台出错（HTTP {status}）", after=slow)
