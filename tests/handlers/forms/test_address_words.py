"""The archive's address in people's own words: glued together, to a home, corrected at the summary, given up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from handlers.forms.address import WHY_NOT_A_PERSON
from storage.database import Database
from storage.models import School
from tests.fakes.campus import Campus, build
from tests.fakes.formtalk import FormTalk

WHOLE = (
    "单位：昆明市五华区人才服务中心 收件人：档案科 电话：0871-65123456 地址：云南省昆明市五华区东风路12号 邮编：650021"
)


@pytest.fixture
async def campus(sqlite: Database) -> Campus:
    made = await build(sqlite)
    await made.student("王小川")
    return made


@pytest.fixture
def talk(campus: Campus, tmp_path: Path, now: datetime) -> FormTalk:
    return FormTalk(campus.database, tmp_path / "files", now, "web-王小川")


@pytest.mark.parametrize(
    "said",
    [
        "档案寄到家里，昆明市五华区东风路12号，电话13900000001",
        "我的档案寄到昆明市五华区东风路12号，我妈妈收，13900000001",
        "档案寄给我爸，昆明市五华区东风路12号，13900000001",
    ],
)
async def test_a_home_in_a_paste_is_declined_with_the_reason_and_nothing_of_it_is_taken(
    talk: FormTalk, said: str
) -> None:
    await talk.say("档案地址")
    reply = await talk.say(said)
    assert reply.startswith(WHY_NOT_A_PERSON)
    assert "第 1/6 步" in reply
    assert "还没有填" in await talk.say("看看")


async def test_where_the_school_hands_it_over_in_person_the_home_is_taken(campus: Campus, talk: FormTalk) -> None:
    async with campus.database.begin() as session:
        school = await session.get(School, campus.school_id)
        assert school is not None
        school.rules = {"archive": {"person": True}}
    await talk.say("档案地址")
    await talk.say("档案寄到家里，昆明市五华区东风路12号，电话13900000001")
    assert "记下了" in await talk.press("同意")


async def test_an_organisation_with_a_relative_behind_it_is_an_organisation(talk: FormTalk) -> None:
    await talk.say("档案地址")
    assert "同意我记录" in await talk.say("昆明市五华区人才服务中心东风路12号，我妈妈收，13900000001")


async def test_a_named_value_at_the_summary_corrects_it(talk: FormTalk) -> None:
    await talk.say("档案地址")
    await talk.say(WHOLE)
    assert "0871-****3456" in await talk.press("同意")
    reply = await talk.say("邮编 401121")
    assert "6. 邮编：401121" in reply
    assert "没太明白" not in reply
    asked = await talk.say("电话是多少")
    assert "3. 联系电话：0871-****3456" in asked
    assert "没看出电话号码" not in asked


async def test_given_up_in_two_words(talk: FormTalk) -> None:
    await talk.say("档案地址")
    assert "已取消填写" in await talk.say("算了不填了")
