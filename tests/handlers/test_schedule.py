"""When people say it is to go: understood wholly, or asked again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.fields import Invalid
from handlers.schedule import LONGEST, off_the_hour, spoken, when
from storage.clock import SCHOOL

NOW = datetime(2023, 6, 7, 9, 5, tzinfo=SCHOOL)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("下周一上午9点", "6月12日（周一）9:00"),
        ("定时 明天 14:30", "明天 14:30"),
        ("６月２０日早上８点半", "6月20日（周二）8:30"),
        ("6/20 10:00", "6月20日（周二）10:00"),
        ("6.20 9点", "6月20日（周二）9:00"),
        ("2023-06-20 10:00", "6月20日（周二）10:00"),
        ("6月12日（周一）上午9:30", "6月12日（周一）9:30"),
        ("10号上午9点", "6月10日（周六）9:00"),
        ("3号", "7月3日（周一）9:00"),
        ("周五下午3点发", "6月9日（周五）15:00"),
        ("周三晚上8点", "今天 20:00"),
        ("下下周三 9:07", "6月21日（周三）9:07"),
        ("大后天", "6月10日（周六）9:00"),
        ("今晚八点", "今天 20:00"),
        ("明早7点。", "明天 7:00"),
        ("中午12点", "今天 12:00"),
        ("8点", "明天 8:00"),
        ("两小时后", "今天 11:05"),
        ("一个半小时后", "今天 10:35"),
        ("半小时后发", "今天 9:35"),
        ("过10分钟", "今天 9:15"),
    ],
)
def test_understood(text: str, at: str) -> None:
    assert spoken(when(text, NOW), NOW) == at


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "乱写",
            "有空再说",
            "昨天9点",
            "明天下午",
            "13:5",
            "明天9点和后天9点",
            "周五前",
            "放假通知明天9点发给大家",
        ),
        *("周三 8点", "2023年6月1日", "2月30日", "12月1日", "0小时后", "月底"),
    ],
)
def test_asked_again(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        when(text, NOW)
    assert refused.value.hint.endswith(("。", "」。"))


@given(st.text(max_size=30) | st.text("今明后天下周一二三五上午9点半:0123456789月日号小时分后", max_size=14))
def test_a_time_to_come_or_a_question(text: str) -> None:
    try:
        at = when(text, NOW)
    except Invalid:
        return
    assert NOW < at <= NOW + LONGEST


@given(st.integers(0, 40000), st.integers(0, 1000), st.uuids())
def test_off_the_hour(minutes: int, count: int, which: UUID) -> None:
    at = NOW + timedelta(minutes=minutes)
    moved = off_the_hour(at, count, which)
    assert timedelta() <= moved - at + timedelta(minutes=1) <= timedelta(minutes=7)
    assert moved == off_the_hour(at, count, which)
    if count >= 30:
        assert moved.minute not in (0, 30)
    else:
        assert moved == at
