"""lixiao wecom: what an operator sets up at 企业微信."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

School = Annotated[str, typer.Option("--school", help="学校；只有一所时不用写")]


NO_WECOM = "还没有接入企业微信：先设 LIXIAO_WECOM_CORP_ID 等，再运行 lixiao doctor。"


class NotSetUp(Exception):
    """What has to be done first, in a sentence."""


def register(cli: typer.Typer) -> None:
    """Adds `lixiao wecom bind`, `group` and `robot`."""
    group = typer.Typer(help="企业微信：按学号绑定成员，建班级群，登记班级群机器人。", no_args_is_help=True)
    group.command("bind")(bind)
    group.command("group")(class_group)
    group.command("robot")(robot)
    cli.add_typer(group, name="wecom")


def bind(school: School = "") -> None:
    """把可见范围里账号等于学号的成员绑定到学生，他们不用再输绑定码。可以反复运行。"""
    typer.echo(asyncio.run(_bind(school)))


def class_group(
    class_name: Annotated[str, typer.Argument(help="班级，和名册上一样")],
    school: School = "",
) -> None:
    """建一个班级群（应用群聊），把已绑定的辅导员和学生拉进去；再运行一次就补进新绑定的人，不会踢人。"""
    typer.echo(asyncio.run(_group(class_name, school)))


def robot(
    class_name: Annotated[str, typer.Argument(help="班级，和名册上一样")],
    url: Annotated[
        str, typer.Option(prompt="群机器人的 Webhook 地址", hide_input=True, help="不写就会问，不留在记录里")
    ],
    school: School = "",
) -> None:
    """登记一个班级群的群机器人，群发和通知就能发到群里。"""
    typer.echo(asyncio.run(_robot(class_name, url, school)))


async def _bind(school: str) -> str:
    from bot import app
    from bot.channels.wecom import WecomChannel
    from bot.settings import Settings
    from bot.wecom_directory import members
    from storage.members import bind_by_number

    async with app.build(settings := Settings()) as parts:
        channel = parts.channels.get(WecomChannel.name)
        if not isinstance(channel, WecomChannel):
            raise NotSetUp(NO_WECOM)
        users = await members(channel.api, settings.wecom_agent_id)
        await channel.close()
        async with parts.database.begin() as session:
            where = await _school(session, school)
            done = await bind_by_number(session, channel.name, users, school_id=where, now=parts.clock())
    return f"新绑定 {done.bound} 人，原来就绑定的 {done.known} 人，账号不是学号的 {done.unmatched} 人。"


async def _group(class_name: str, school: str) -> str:
    from bot import app, wecom_groups
    from bot.channel import SendError
    from bot.channels.wecom import APPCHAT, WecomChannel
    from bot.settings import Settings
    from storage import groups, members

    async with app.build(Settings()) as parts:
        channel = parts.channels.get(WecomChannel.name)
        if not isinstance(channel, WecomChannel):
            raise NotSetUp(NO_WECOM)
        async with parts.database.read() as session:
            found = await _class(session, school, class_name)
            staff, students = await members.users_of_class(session, channel.name, found)
            places = (await groups.of_classes(session, [found])).get(found, [])
        known = [one.chat.removeprefix(APPCHAT) for one in places if one.chat.startswith(APPCHAT)]
        users = list(dict.fromkeys((*staff, *students)))
        if len(users) < wecom_groups.FEWEST:
            raise NotSetUp("这个班在企业微信里绑定的人不到两个，建不成群：先运行 lixiao wecom bind。")
        try:
            if known:
                return f"{class_name} 的群已经有了，补进 {await wecom_groups.join(channel.api, known[0], users)} 人。"
            chat = await wecom_groups.create(channel.api, class_name, users)
        except SendError as error:
            raise NotSetUp(f"企业微信没有答应：{error.reason}。建群要应用的可见范围是整个企业（根部门）。") from None
        finally:
            await channel.close()
        async with parts.database.begin() as session:
            await groups.bind(session, channel.name, APPCHAT + chat, class_id=found, by=None, now=parts.clock())
    owner = "" if staff else "；辅导员还没有在企业微信里绑定，群主是第一个学生"
    return f"建好了 {class_name} 的群：{len(users)} 人{owner}。"


async def _robot(class_name: str, url: str, school: str) -> str:
    from bot import app
    from bot.channels.wecom import ROBOT, WecomChannel
    from bot.settings import Settings
    from storage import groups, tokens

    key = "".join(parse_qs(urlsplit(url.strip()).query).get("key", []))
    if not key:
        raise NotSetUp("这个地址里没有 key：请到群里点群机器人，复制它的 Webhook 地址。")
    async with app.build(Settings()) as parts, parts.database.begin() as session:
        found = await _class(session, school, class_name)
        chat = f"{ROBOT}{uuid4().hex[:12]}"
        await tokens.put(session, chat, key)
        await groups.bind(session, WecomChannel.name, chat, class_id=found, by=None, now=parts.clock())
    return f"登记好了：{class_name} 的群机器人。"


async def _class(session: AsyncSession, school: str, name: str) -> UUID:
    from storage import members

    found = await members.class_named(session, await _school(session, school), name)
    if found is None:
        raise NotSetUp(f"没有（或不止一个）叫「{name}」的班级。")
    return found


async def _school(session: AsyncSession, name: str) -> UUID:
    from storage import notices

    known = await notices.schools(session)
    found = await notices.school_named(session, name) if name else known[0] if len(known) == 1 else None
    if found is None:
        raise NotSetUp(f"用 --school 写明是哪所学校：{'、'.join(one.name for one in known) or '还没有学校'}。")
    return found.id
