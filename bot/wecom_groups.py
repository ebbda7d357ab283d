"""Class groups that our application makes at 企业微信 (应用群聊): only such a group takes messages from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bot.wechat_client import Api, Work

FEWEST, MOST = 2, 2000
"""Members of a group."""
NAME: Final = 50
"""Characters of its name."""
_AT_ONCE = 500


async def create(api: Api[Work], name: str, users: Sequence[str]) -> str:
    """Makes a group, the first of these users its owner; gives its id. Raises `PlatformError`."""
    body: dict[str, Any] = {"name": name[:NAME], "owner": users[0], "userlist": list(users[:MOST])}
    found = await api.call(lambda client: client.post("appchat/create", data=body))
    return str(found["chatid"])


async def join(api: Api[Work], chat: str, users: Sequence[str]) -> int:
    """Adds those of these users who are not in the group; gives how many. Nobody is put out. Raises `PlatformError`."""
    known = await api.call(lambda client: client.get("appchat/get", params={"chatid": chat}))
    inside = {str(one).lower() for one in known["chat_info"]["userlist"]}
    missing = [user for user in users if user.lower() not in inside][: MOST - len(inside)]
    for start in range(0, len(missing), _AT_ONCE):
        body = {"chatid": chat, "add_user_list": missing[start : start + _AT_ONCE]}
        await _update(api, body)
    return len(missing)


async def _update(api: Api[Work], body: dict[str, Any]) -> None:
    await api.call(lambda client: client.post("appchat/update", data=body))
