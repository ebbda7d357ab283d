"""Who is in the visible range of our application of 企业微信."""

from __future__ import annotations

from bot.wechat_client import Api, Work


async def members(api: Api[Work], agent: int) -> list[str]:
    """The user ids of everybody in the range, departments with all that is below them. Raises `PlatformError`."""
    found = await api.call(lambda client: client.agent.get(agent))
    users = {str(one["userid"]) for one in found.get("allow_userinfos", {}).get("user", [])}
    for party in found.get("allow_partys", {}).get("partyid", []):
        users |= await _of_department(api, int(party))
    return sorted(users)


async def _of_department(api: Api[Work], department: int) -> set[str]:
    params = {"department_id": department, "fetch_child": 1}
    found = await api.call(lambda client: client.get("user/simplelist", params=dict(params)))
    return {str(one["userid"]) for one in found.get("userlist", [])}
