"""Small words the pages are made of: days, sizes, due dates, kinds of files, people in a list."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.bubbles import NotTaken, clock_time, day_words, size_words
from bot.console.workbench.due import due, moment
from bot.console.workbench.nudge import said
from bot.console.workbench.review import shown
from bot.console.workbench.undone import people_of
from bot.kinds import kind_of
from handlers.nudge import NudgePreview, NudgeResult
from storage.clock import SCHOOL, due_instant
from storage.owing import NotDone
from storage.submissions import Handed


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (datetime(2023, 6, 7, 0, 1, tzinfo=SCHOOL), "今天"),
        (datetime(2023, 6, 6, 23, 59, tzinfo=SCHOOL), "昨天"),
        (datetime(2023, 6, 1, 12, tzinfo=SCHOOL), "6 月 1 日"),
        (datetime(2022, 6, 7, 12, tzinfo=SCHOOL), "2022 年 6 月 7 日"),
    ],
)
def test_days(day: datetime, words: str) -> None:
    assert day_words(day, date(2023, 6, 7)) == words


def test_times_are_school_times(now: datetime) -> None:
    assert clock_time(now) == "09:05"
    assert moment(now) == "6 月 7 日 09:05"


@pytest.mark.parametrize(("size", "words"), [(812, "812 B"), (14_336, "14 KB"), (2_411_725, "2.3 MB")])
def test_sizes(size: int, words: str) -> None:
    assert size_words(size) == words


@pytest.mark.parametrize(
    ("day", "words", "tone"),
    [
        (date(2023, 6, 5), "已逾期 2 天", "late"),
        (date(2023, 6, 7), "今天截止", "wait"),
        (date(2023, 6, 10), "还有 3 天", "wait"),
        (date(2023, 6, 20), "6 月 20 日前", ""),
    ],
)
def test_a_deadline_on_a_day_ends_with_the_day(now: datetime, day: date, words: str, tone: str) -> None:
    said_ = due(due_instant(day, None), now)
    assert (said_.words, said_.tone) == (words, tone)


def test_due_without_date_and_tentative(now: datetime) -> None:
    assert due(None, now).words == "日期待通知"
    assert due(due_instant(date(2023, 6, 20), None), now, tentative=True).words == "6 月 20 日前（暂定）"
    assert due(now - timedelta(minutes=5), now).words == "今天已截止"


@given(st.binary(max_size=64))
def test_only_pictures_and_pdf_are_taken(data: bytes) -> None:
    starts = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-")
    known = data.startswith(starts) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
    if known:
        assert kind_of(data)[0] in ("image/jpeg", "image/png", "image/webp", "application/pdf")
    else:
        with pytest.raises(NotTaken):
            kind_of(data)


def row(student: UUID, title: str, due_at: datetime | None, status: str = "open") -> NotDone:
    return NotDone(uuid4(), title, due_at, student, "甲", "1", "一班", status, None, bound=True)


def test_people_with_most_overdue_come_first(now: datetime) -> None:
    calm, late = uuid4(), uuid4()
    rows = [
        row(calm, "还书", now + timedelta(days=1)),
        row(late, "还书", now - timedelta(days=1)),
        row(late, "档案", now + timedelta(days=1), "returned"),
        row(late, "退宿", None),
    ]
    first, second = people_of(rows, now)
    assert [len(part) for part in (first.late, first.returned, first.others)] == [1, 1, 1]
    assert [len(part) for part in (second.late, second.returned, second.others)] == [0, 0, 1]


def test_review_lines_are_masked_unless_looked_at(now: datetime) -> None:
    answers = {"receiver": "云川人才中心", "recipient": "档案科", "phone": "13900000001"}
    handed = Handed(uuid4(), uuid4(), "address", answers, "handed_in", None, now, now, 1)
    assert "13900000001" not in " ".join(line.value for line in shown(handed))
    assert "13900000001" in " ".join(line.value for line in shown(handed, plain=True))


def test_what_a_nudge_did() -> None:
    assert said(NudgeResult(3, NudgePreview(3))) == "已给 3 人排上提醒。"
    assert said(NudgeResult(0, NudgePreview(2, already=("甲", "乙")))) == "没有新的提醒要发；2 人今天已经催过。"
