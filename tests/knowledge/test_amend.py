"""Which notice is changed, and what in it, item by item."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.amend import Diff, compare, diff, match
from knowledge.blocks import PARAGRAPH, Block, Document
from knowledge.changes import REPLACEMENT, SUPPLEMENT
from knowledge.documents import read
from knowledge.extract import propose_items
from knowledge.pairing import Task
from tests.fakes.letters import NOTICE, SCHOOL, TITLE, amending, letter

WORDS = {
    "leave": "离校手续",
    "ceremony": "典礼",
    "archive": "档案",
    "loan": "贷款",
    "books": "图书",
    "certificate": "证书",
    "card": "一卡通",
    "health": "体检",
}


def name_of(task: Task) -> str:
    """The short name of one of the notice's tasks."""
    return next(name for name, words in WORDS.items() if words in task.title)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return letter(tmp_path_factory.mktemp("old"))


def said(found: Diff) -> dict[str, list[tuple[str, str, str]]]:
    """What is different, by short name: (field, old, new)."""
    return {name_of(p.old): [(c.field, c.old, c.new) for c in p.changes] for p in found.changed}


def against(old: Document, folder: Path, *sentences: str) -> Diff:
    return diff(old, letter(folder, amending(*sentences), "new.md"))


STYLES = [
    ("档案转寄地址填写截止时间由 6 月 8 日调整为 6 月 12 日。", "archive", "6 月 8 日", "6 月 12 日"),
    ("学生填写档案转寄地址的时间延长至 6 月 12 日。", "archive", "6 月 8 日", "6 月 12 日"),
    ("档案转寄地址填写截止日期顺延 4 天。", "archive", "6 月 8 日", "6 月 12 日"),
    ("将原通知中“学生须于 6 月 8 日前填写档案转寄地址”更正为“学生须于 6 月 12 日前填写档案转寄地址”。",
     "archive", "6 月 8 日", "6 月 12 日"),
    ("档案转寄地址须于 6 月 12 日前填写（原为 6 月 8 日前）。", "archive", "6 月 8 日", "6 月 12 日"),
    ("学生须于 6 月 12 日前在学工系统填写档案转寄地址。", "archive", "6 月 8 日", "6 月 12 日"),
    ("生源地贷款信息确认延期一周。", "loan", "6 月 8 日", "6 月 15 日"),
    ("办理离校手续时间由 6 月 1 日—6 月 20 日调整为 6 月 5 日—6 月 25 日。",
     "leave", "6 月 1 日—6 月 20 日", "6 月 5 日—6 月 25 日"),
    ("办理离校手续的时间延长至 6 月 25 日。", "leave", "6 月 1 日—6 月 20 日", "6 月 1 日—6 月 25 日"),
    ("办理离校手续开始时间由 6 月 1 日推迟至 6 月 3 日。",
     "leave", "6 月 1 日—6 月 20 日", "6 月 3 日—6 月 20 日"),
    ("原定于 6 月 18 日上午 9:30 举行的毕业典礼推迟至 6 月 21 日上午 10:00 举行。",
     "ceremony", "6 月 18 日 9:30（暂定）", "6 月 21 日 10:00"),
    ("因场馆维修，毕业典礼由 6 月 18 日提前到 6 月 16 日举行。",
     "ceremony", "6 月 18 日 9:30（暂定）", "6 月 16 日"),
    ("毕业典礼时间确定为 6 月 18 日上午 9:30。", "ceremony", "6 月 18 日 9:30（暂定）", "6 月 18 日 9:30"),
    ("原定 6 月 18 日的毕业典礼，因天气原因延期举行，具体时间另行通知。",
     "ceremony", "6 月 18 日 9:30（暂定）", "另行通知"),
    ("毕业证书领取时间确定为 6 月 25 日至 6 月 27 日。", "certificate", "另行通知", "6 月 25 日—6 月 27 日"),
    ("图书归还截止时间改为 6 月 14 日 17:00。", "books", "6 月 10 日", "6 月 14 日 17:00"),
    ("一卡通退费时间另行通知。", "card", "6 月 15 日", "另行通知"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "name", "was", "now"), STYLES)
def test_styles_of_prose(old: Document, tmp_path: Path, sentence: str, name: str, was: str, now: str) -> None:
    found = against(old, tmp_path, sentence)
    assert said(found) == {name: [("time", was, now)]}
    assert found.cancelled == found.added == found.unsure == found.missing == ()
    assert len(found.untouched) == len(WORDS) - 1


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("取消毕业体检。", "health"),
        ("毕业体检不再进行。", "health"),
        ("原定于 6 月 15 日的一卡通集中退费取消。", "card"),
        ("不再组织一卡通集中退费。", "card"),
    ],
)
def test_what_is_cancelled_is_said_to_be(old: Document, tmp_path: Path, sentence: str, name: str) -> None:
    found = against(old, tmp_path, sentence)
    assert [name_of(one.old) for one in found.cancelled] == [name]
    assert found.changed == found.unsure == ()


def test_a_consequence_cancels_nothing(old: Document, tmp_path: Path) -> None:
    found = against(old, tmp_path, "逾期未归还图书的，取消评优资格。")
    assert found.cancelled == ()


def test_place_and_time_in_one_sentence(old: Document, tmp_path: Path) -> None:
    found = against(old, tmp_path, "毕业典礼推迟至 6 月 21 日举行，地点由青石礼堂改为体育馆。")
    assert said(found)["ceremony"][1] == ("place", "青石礼堂", "体育馆")


def test_two_sentences_about_one_task_are_one_change(old: Document, tmp_path: Path) -> None:
    found = against(old, tmp_path, "毕业典礼时间调整为 6 月 21 日。", "毕业典礼地点调整为体育馆。")
    assert [field for field, _, _ in said(found)["ceremony"]] == ["time", "place"]
    assert len(found.changed[0].also) == 1


def test_two_changes_in_one_sentence(old: Document, tmp_path: Path) -> None:
    found = against(old, tmp_path, "图书归还由 6 月 10 日前改为 6 月 13 日前，毕业体检由 6 月 5 日前改为 6 月 7 日前。")
    assert said(found) == {
        "books": [("time", "6 月 10 日", "6 月 13 日")],
        "health": [("time", "6 月 5 日", "6 月 7 日")],
    }


def test_a_table_of_old_and_new(old: Document, tmp_path: Path) -> None:
    table = """
| 序号 | 事项 | 原时间 | 调整后时间 |
| --- | --- | --- | --- |
| 1 | 归还图书 | 6 月 10 日前 | 6 月 14 日前 |
| 2 | 毕业体检 | 6 月 5 日前 | 取消 |
| 3 | 填写档案转寄地址 | 6 月 8 日前 | 6 月 12 日前 |
"""
    text = amending("具体调整见下表。").replace("其他安排不变。", table + "\n其他安排不变。")
    found = diff(old, letter(tmp_path, text, "new.md"))
    assert said(found) == {
        "books": [("time", "6 月 10 日", "6 月 14 日")],
        "archive": [("time", "6 月 8 日", "6 月 12 日")],
    }
    assert [name_of(one.old) for one in found.cancelled] == ["health"]


def test_something_new_is_added(old: Document, tmp_path: Path) -> None:
    found = against(old, tmp_path, "毕业生须于 6 月 16 日前完成满意度调查问卷。")
    assert [task.due_on for task in found.added] == [date(2023, 6, 16)]
    assert found.changed == ()


def test_what_may_be_two_things_is_left_to_a_person(old: Document, tmp_path: Path) -> None:
    text = NOTICE.replace(
        "毕业证书领取时间另行通知。", "毕业生须于 6 月 10 日前领取毕业证书。毕业生须于 6 月 12 日前领取学位证书。"
    )
    two = letter(tmp_path, text, "two.md")
    new = letter(tmp_path, amending("证书领取截止时间调整为 6 月 20 日。"), "new.md")
    found = diff(two, new)
    assert found.changed == ()
    (doubt,) = found.unsure
    assert len(doubt.candidates) == 2
    chosen = {doubt.new.key: doubt.candidates[0].key}
    tasks = propose_items(two)
    decided = compare(tasks, new, SUPPLEMENT, {task.key: task for task in tasks}, decided=chosen)
    assert [pair.old.key for pair in decided.changed] == [doubt.candidates[0].key]


def test_said_anew_it_reports_what_it_does_not_mention(old: Document, tmp_path: Path) -> None:
    text = NOTICE.replace("6 月 10 日前归还图书", "6 月 14 日前归还图书").replace(
        "## 七、体检\n\n毕业生须在 6 月 5 日前参加毕业体检。\n", ""
    )
    new = letter(tmp_path, text, "new.md")
    found = match(new, [old])
    assert found is not None
    assert (found.kind, found.why) == (REPLACEMENT, ("标题相同",))
    made = diff(old, new, found.kind)
    assert said(made) == {"books": [("time", "6 月 10 日", "6 月 14 日")]}
    assert [name_of(task) for task in made.missing] == ["health"]
    assert made.cancelled == ()


# --- which notice ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cite", [True, False])
def test_the_notice_is_found(old: Document, tmp_path: Path, cite: bool) -> None:
    other = letter(tmp_path, NOTICE.replace("离校工作", "就业工作").replace("15 号", "9 号"), "other.md")
    found = match(letter(tmp_path, amending("取消毕业体检。", cite=cite), "new.md"), [other, old])
    assert found is not None
    assert found.notice is old
    assert found.kind == SUPPLEMENT


@pytest.mark.parametrize(
    "text",
    [
        amending("取消毕业体检。").replace("2023", "2024"),
        amending("取消毕业体检。").replace("5 月 30 日", "5 月 1 日"),
        NOTICE.replace("离校工作", "校友工作").replace("15 号", "16 号"),
        amending("取消运动会。", title="关于调整校园网维护时间的通知", cite=False).replace(SCHOOL, "江北学院"),
    ],
    ids=["another cohort", "issued before", "another subject", "another school"],
)
def test_nothing_is_changed_by_what_speaks_of_something_else(old: Document, tmp_path: Path, text: str) -> None:
    assert match(letter(tmp_path, text, "new.md"), [old]) is None


def test_a_notice_does_not_change_itself(old: Document) -> None:
    assert match(old, [old]) is None
    assert said(diff(old, old)) == {}


# --- what is not spoken of stays -------------------------------------------------------------------------------------

_PHRASES = {
    "archive": "档案转寄地址填写截止时间",
    "loan": "生源地贷款信息确认截止时间",
    "books": "图书归还截止时间",
    "health": "毕业体检截止时间",
}
_DAY = date(2023, 6, 1)


@settings(max_examples=60, deadline=None)
@given(
    moved=st.dictionaries(st.sampled_from(sorted(_PHRASES)), st.integers(10, 27), min_size=1),
    verb=st.sampled_from(["调整为", "延长至", "改为", "推迟到", "变更为"]),
    noise=st.lists(st.sampled_from(["请各学院做好通知。", "如有疑问请咨询学工处。", "特此通知。"]), max_size=2),
)
def test_unrelated_items_never_change(moved: dict[str, int], verb: str, noise: list[str]) -> None:
    days = {name: _DAY + timedelta(days=count) for name, count in moved.items()}
    sentences = [f"{_PHRASES[name]}{verb} {day.month} 月 {day.day} 日。" for name, day in days.items()]
    found = diff(_OLD, _document([*sentences, *noise]), SUPPLEMENT)
    assert {name_of(pair.old): pair.values["due_on"] for pair in found.changed} == days
    assert found.cancelled == found.unsure == found.added == ()
    assert {name_of(task) for task in found.untouched} == WORDS.keys() - days.keys()


def _document(
    sentences: list[str], title: str = "关于调整离校安排的补充通知", day: date = date(2023, 5, 30)
) -> Document:
    blocks = tuple(Block(PARAGRAPH, text, (), number, 0) for number, text in enumerate(sentences, 3))
    return Document("new.md", title, SCHOOL, "2023届", None, day, blocks, "digest")


_OLD = _document([line for line in NOTICE.splitlines() if line and not line.startswith("#")][2:-2], TITLE)


def test_on_the_real_notices_no_wrong_task_is_changed(shared_dir: Path) -> None:
    """For each task with a date a sentence moves it: that task and no other changes, or a person is asked."""
    right = asked = 0
    for path in sorted((shared_dir / "notices").glob("*.txt")):
        tasks = propose_items(read(path))
        for task in tasks:
            if task.due_on is None:
                continue
            later = task.due_on + timedelta(days=5)
            subject = task.title.rstrip("…")
            moved = f"{subject}的截止时间由 {task.due_on.month} 月 {task.due_on.day} 日"
            text = f"{moved}调整为 {later.month} 月 {later.day} 日。"
            found = compare(tasks, _document([text], day=task.due_on.replace(day=1)), SUPPLEMENT, {})
            asked += bool(found.unsure)
            right += task.key in [pair.old.key for pair in found.changed]
            assert {pair.old.due_on for pair in found.changed} <= {task.due_on}
            assert found.cancelled == ()
    assert right >= 60
    assert asked <= 0.05 * right


def test_what_is_called_off_in_its_old_form_only_goes_on(old: Document, tmp_path: Path) -> None:
    found = against(old, tmp_path, "取消原定 6 月 18 日的毕业典礼，改为线上举行，时间另行通知。")
    assert not found.cancelled
    assert not found.unsure
    (pair,) = found.changed
    assert "毕业典礼" in pair.old.title
    assert ("6 月 18 日 9:30（暂定）", "另行通知") in [(change.old, change.new) for change in pair.changes]
