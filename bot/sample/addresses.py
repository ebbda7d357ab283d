"""Archive addresses handed in at the sample school: some approved, some waiting, one returned with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handlers import review, submit
from handlers.desk import Draft
from handlers.forms.address import ADDRESS, CONSENT
from handlers.handler import Context, Files
from knowledge.silence import Silent
from storage import consent, people
from storage.people import Actor, StudentCard

_PLACES = (
    ("云南省昆明市五华区", "650031"),
    ("云南省曲靖市麒麟区", "655000"),
    ("云南省大理白族自治州大理市", "671000"),
    ("四川省成都市武侯区", "610041"),
    ("贵州省贵阳市云岩区", "550001"),
    ("重庆市渝中区", "400010"),
)
RETURNED = 1
WAITING = (2, 3)
"""The places of those whose address was returned or waits; the rest of `places` is approved."""

REASON = "单位名称不是全称，请写到“公共就业和人才服务中心”"


async def hand_in_addresses(
    session: AsyncSession,
    files: Files,
    counselor: Actor,
    cards: Sequence[StudentCard],
    approved: Sequence[int],
    now: datetime,
) -> None:
    """Hands in the addresses of the students at these places and reviews most of them, as the chat would."""
    desk = Context(now=now, session=session, actor=counselor, answerer=Silent(), files=files)
    for place in (RETURNED, *WAITING, *approved):
        asked = replace(desk, now=now - timedelta(hours=50 - place))
        handed = await _hand_in(asked, cards[place], place)
        seen = replace(desk, now=asked.now + timedelta(hours=3))
        if place in approved:
            await review.approve(seen, handed)
        elif place == RETURNED:
            await review.give_back(seen, handed, REASON)


async def _hand_in(context: Context, card: StudentCard, place: int) -> UUID:
    student = await people.student_actor(context.session, card.id)
    await consent.give(
        context.session, card.id, CONSENT.purpose, text_version=CONSENT.version, channel="web", now=context.now
    )
    draft = Draft(ADDRESS.name, answers=_answers(place))
    return (await submit.hand_in(replace(context, actor=student), ADDRESS, draft)).id


def _answers(place: int) -> dict[str, str]:
    """What the form would have made of what the student wrote."""
    written = _written(place)
    return {step.key: step.clean(written[step.key]) for step in ADDRESS.steps if step.key in written}


def _written(place: int) -> Mapping[str, str]:
    region, postcode = _PLACES[place % len(_PLACES)]
    town = region[region.index("市" if region.startswith("重庆") else "省") + 1 :]
    return {
        "receiver": f"{town}人才中心" if place == RETURNED else f"{town}公共就业和人才服务中心",
        "recipient": "档案科",
        "phone": f"139000002{place:02}",
        "region": region,
        "street": f"示例路 {place} 号政务服务中心 2 楼",
        "postcode": postcode,
    }
