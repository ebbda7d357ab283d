"""Everything that is kept about one student, opened, for his own eyes (PIPL 45: see, copy, move)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import SCHOOL
from storage.crypto import Vault, place_of
from storage.database import vault_of
from storage.models import (
    Attachment,
    Audit,
    Binding,
    Called,
    ChatLine,
    ClassGroup,
    Committee,
    Consent,
    Conversation,
    Delivery,
    Item,
    ItemStatus,
    Mute,
    School,
    Snooze,
    Student,
    Submission,
    Unanswered,
)


async def of_student(session: AsyncSession, student_id: UUID) -> dict[str, Any]:
    """What is kept about a student, as JSON-able values under Chinese headings. Raises `NoResultFound`."""
    vault = vault_of(session)
    found = await session.scalars(select(Binding).where(Binding.student_id == student_id).order_by(Binding.bound_at))
    addresses = list(found.all())
    return {
        "本人": await _person(session, vault, student_id),
        "绑定": [_binding(row) for row in addresses],
        "表单": await _submissions(session, vault, student_id),
        "未提交的草稿": await _drafts(session, vault, addresses),
        "事项": await _items(session, student_id),
        "提醒": await _reminders(session, student_id),
        "同意": await _consents(session, student_id),
        "文件": await _files(session, vault, student_id),
        "未答上的提问": await _questions(session, vault, student_id),
        "收到的消息": await _deliveries(session, student_id),
        "对话": await _chat(session, vault, addresses),
        "操作记录": await _audit(session, student_id),
    }


async def _person(session: AsyncSession, vault: Vault, student_id: UUID) -> dict[str, Any]:
    found = await session.execute(
        select(Student, ClassGroup, School)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .join(School, School.id == Student.school_id)
        .where(Student.id == student_id)
    )
    student, group, school = found.one()
    phone = student.phone_sealed
    return {
        "姓名": vault.open(student.name_sealed, place_of("student", "name_sealed", student.id)),
        "学号": vault.open(student.number_sealed, place_of("student", "number_sealed", student.id)),
        "手机": vault.open(phone, place_of("student", "phone_sealed", student.id)) if phone else None,
        "学校": school.name,
        "届": group.cohort,
        "学院": group.college,
        "班级": group.name,
        "其他": student.attributes,
    }


def _binding(row: Binding) -> dict[str, Any]:
    return {
        "渠道": row.channel,
        "开始": _when(row.bound_at),
        "批准": _when(row.approved_at),
        "结束": _when(row.ended_at),
    }


async def _submissions(session: AsyncSession, vault: Vault, student_id: UUID) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(Submission).where(Submission.student_id == student_id).order_by(Submission.handed_in_at)
    )
    return [
        {
            "表单": row.form,
            "状态": row.status,
            "提交": _when(row.handed_in_at),
            "退回原因": row.reason,
            "内容": vault.open_json(row.answers_sealed, place_of("submission", "answers_sealed", row.id)),
        }
        for row in rows
    ]


async def _drafts(session: AsyncSession, vault: Vault, addresses: Sequence[Binding]) -> list[dict[str, Any]]:
    rows = await session.scalars(conversations_of(addresses).where(Conversation.state_sealed.is_not(None)))
    return [
        {
            "表单": row.form,
            "更新": _when(row.updated_at),
            "内容": vault.open_json(row.state_sealed, place_of("conversation", "state_sealed", row.id)),
        }
        for row in rows
        if row.state_sealed is not None
    ]


def conversations_of(addresses: Sequence[Binding]) -> Select[Conversation]:
    """The conversations held at these bindings' live addresses; an ended one may speak for someone else by now."""
    live = [
        and_(Conversation.channel == b.channel, Conversation.chat == b.chat, Conversation.user == b.user)
        for b in addresses
        if b.ended_at is None and b.approved_at is not None
    ]
    return select(Conversation).where(or_(Conversation.id.is_(None), *live))


async def _items(session: AsyncSession, student_id: UUID) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(Item.title, ItemStatus.status, ItemStatus.reason, ItemStatus.changed_at)
        .join(Item, Item.id == ItemStatus.item_id)
        .where(ItemStatus.student_id == student_id)
        .order_by(ItemStatus.changed_at)
    )
    return [{"事项": r.title, "状态": r.status, "原因": r.reason, "时间": _when(r.changed_at)} for r in rows]


async def _reminders(session: AsyncSession, student_id: UUID) -> dict[str, Any]:
    muted, committee = await session.get(Mute, student_id), await session.get(Committee, student_id)
    called = await session.get(Called, student_id)
    put_off = await session.execute(
        select(Item.title, Snooze.until)
        .join(Item, Item.id == Snooze.item_id)
        .where(Snooze.student_id == student_id)
        .order_by(Snooze.until)
    )
    return {
        "停止提醒": _when(muted.since) if muted else None,
        "稍后提醒": [{"事项": row.title, "到": row.until.isoformat()} for row in put_off],
        "班委": _when(committee.since) if committee else None,
        "老师联系过": _when(called.at) if called else None,
    }


async def _consents(session: AsyncSession, student_id: UUID) -> list[dict[str, Any]]:
    rows = await session.scalars(select(Consent).where(Consent.student_id == student_id).order_by(Consent.given_at))
    return [
        {
            "用途": row.purpose,
            "文本版本": row.text_version,
            "渠道": row.channel,
            "同意": _when(row.given_at),
            "撤回": _when(row.withdrawn_at),
        }
        for row in rows
    ]


async def _files(session: AsyncSession, vault: Vault, student_id: UUID) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(Attachment).where(Attachment.student_id == student_id).order_by(Attachment.made_at)
    )
    return [
        {
            "文件名": vault.open(row.name_sealed, place_of("attachment", "name_sealed", row.id)),
            "类型": row.media_type,
            "字节": row.size,
            "时间": _when(row.made_at),
        }
        for row in rows
    ]


async def _questions(session: AsyncSession, vault: Vault, student_id: UUID) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(Unanswered).where(Unanswered.student_id == student_id).order_by(Unanswered.asked_at)
    )
    return [
        {
            "问题": vault.open(row.text_sealed, place_of("unanswered", "text_sealed", row.id)),
            "时间": _when(row.asked_at),
        }
        for row in rows
    ]


async def _deliveries(session: AsyncSession, student_id: UUID) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(
            Delivery.kind,
            Delivery.status,
            Delivery.channel,
            Delivery.created_at,
            Delivery.acknowledged_at,
            Delivery.stuck_at,
            Delivery.note_sealed,
            Delivery.key,
        )
        .where(Delivery.student_id == student_id)
        .order_by(Delivery.id)
    )
    return [_delivery(vault_of(session), row) for row in rows]


def _delivery(vault: Vault, row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    note = vault.open(row.note_sealed, place_of("delivery", "note_sealed", row.key)) if row.note_sealed else None
    return {
        "种类": row.kind,
        "状态": row.status,
        "渠道": row.channel,
        "时间": _when(row.created_at),
        "本人确认": _when(row.acknowledged_at),
        "本人说有困难": _when(row.stuck_at),
        "说明": note,
    }


async def _chat(session: AsyncSession, vault: Vault, addresses: Sequence[Binding]) -> list[dict[str, Any]]:
    """What was said at his addresses while they were his."""
    his = [
        and_(
            ChatLine.channel == b.channel,
            ChatLine.chat == b.chat,
            ChatLine.at >= b.approved_at,
            *([ChatLine.at <= b.ended_at] if b.ended_at else []),
        )
        for b in addresses
        if b.approved_at is not None
    ]
    rows = await session.scalars(select(ChatLine).where(or_(ChatLine.id.is_(None), *his)).order_by(ChatLine.id))
    return [
        {
            "时间": _when(row.at),
            "谁": "本人" if row.inward else "离校通",
            "内容": vault.open(row.text_sealed, place_of("chat_line", "text_sealed", row.token)),
        }
        for row in rows
    ]


async def _audit(session: AsyncSession, student_id: UUID) -> list[dict[str, Any]]:
    """What he did, and what others did with his data; others without their ids."""
    tag = f"student:{student_id}"
    rows = await session.execute(
        select(Audit.at, Audit.action, Audit.actor)
        .where(or_(Audit.actor == tag, Audit.target == tag))
        .order_by(Audit.id)
    )
    return [
        {"时间": _when(r.at), "操作": r.action, "谁": "本人" if r.actor == tag else r.actor.partition(":")[0]}
        for r in rows
    ]


def _when(moment: datetime | None) -> str | None:
    return moment.astimezone(SCHOOL).isoformat(timespec="seconds") if moment else None
