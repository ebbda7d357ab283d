"""The shipped packs: every date and quote stands in the notice, and a wrong row says where it is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import date, time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge import packs
from knowledge.packs import PackBroken, PackItem, load_items, load_pack, load_questions, read_rows

SLUGS = [pack.slug for pack in packs.packs()]
ENTRIES = [pytest.param(slug, item, id=f"{slug}:{item.key}") for slug in SLUGS for item in load_items(slug)]
_DAYS = re.compile(r"(\d{1,2})月(\d{1,2})[日号]?(?:[-—至](?:\d{4}年)?(?:(\d{1,2})月)?(\d{1,2})[日号])?")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def plain(text: str) -> str:
    """One spelling: half-width, no blanks, no markup."""
    return "".join(unicodedata.normalize("NFKC", re.sub(r"<[^>]+>", "", text)).replace("*", "").split())


def line_of(notices: Path, locator: str) -> str:
    file, _, line = locator.rpartition(":")
    return (notices / file).read_text(encoding="utf-8").split("\n")[int(line) - 1]


def days_in(line: str) -> set[tuple[int, int]]:
    """(month, day) of every date in a line, the end of a range with the month of its start where it has none."""
    found = set()
    for month, day, end_month, end_day in _DAYS.findall(plain(line)):
        found.add((int(month), int(day)))
        if end_day:
            found.add((int(end_month or month), int(end_day)))
    return found


@pytest.fixture
def notices(shared_dir: Path) -> Path:
    return shared_dir / "notices"


def test_five_notices_with_at_least_forty_items() -> None:
    assert len(SLUGS) == 5
    assert sum(len(load_items(slug)) for slug in SLUGS) >= 40
    assert all(load_items(slug) for slug in SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_keys_are_unique_and_cohorts_are_the_packs(slug: str) -> None:
    items = load_items(slug)
    assert max(Counter(item.key for item in items).values()) == 1
    assert {item.cohort for item in items} == {load_pack(slug).cohort}


@pytest.mark.parametrize(("slug", "item"), ENTRIES)
def test_the_quote_stands_in_the_cited_line(notices: Path, slug: str, item: PackItem) -> None:
    assert item.locator is not None
    assert item.quote is not None
    assert item.locator.startswith(f"{load_pack(slug).file}:")
    assert plain(item.quote) in plain(line_of(notices, item.locator))


@pytest.mark.parametrize(("slug", "item"), ENTRIES)
def test_every_date_stands_in_the_notice(notices: Path, slug: str, item: PackItem) -> None:
    place = item.dates_at or item.locator
    assert place is not None
    there = days_in(line_of(notices, place))
    for day in filter(None, (item.opens_on, item.due_on)):
        assert (day.month, day.day) in there
        assert str(day.year) == re.sub(r"\D", "", load_pack(slug).cohort)[:4]


@pytest.mark.parametrize(("slug", "item"), ENTRIES)
def test_tentative_is_what_the_notice_calls_tentative(notices: Path, slug: str, item: PackItem) -> None:
    if item.due_on is None or item.locator is None:
        assert not item.tentative
        return
    line = plain(line_of(notices, item.locator))
    day = f"{item.due_on.month}月{item.due_on.day}日"
    said = f"{day}(暂定)" in line or f"暂定为{item.due_on.year}年{day}" in line
    assert item.tentative == said


@pytest.mark.parametrize("slug", SLUGS)
def test_no_private_phone_number(slug: str) -> None:
    for path in (Path(packs.__file__).parent / slug).glob("*.yaml"):
        assert not _MOBILE.search(path.read_text(encoding="utf-8"))


def test_the_address_and_the_proxy_are_handed_in_by_form() -> None:
    forms = {item.form: item.key for item in load_items("cqbvc-2023") if item.form}
    assert forms == {"address": "archive-address", "proxy": "proxy"}


def test_the_ceremony_has_its_hour() -> None:
    ceremony = next(item for item in load_items("cqbvc-2023") if item.key == "ceremony")
    assert (ceremony.due_on, ceremony.due_time) == (date(2023, 6, 26), time(10))


def test_audiences_are_lists_of_values() -> None:
    audiences = [item.audience for slug in SLUGS for item in load_items(slug)]
    assert {"loan": [True]} in audiences
    assert {"party_member": [True]} in audiences
    assert {"owes_fees": [True]} in audiences


@pytest.mark.parametrize("slug", SLUGS)
def test_questions_can_be_loaded(slug: str) -> None:
    assert all(question.ask and question.answer for question in load_questions(slug))


def test_an_unknown_pack_names_the_known_ones() -> None:
    with pytest.raises(LookupError, match="cqbvc-2023"):
        load_pack("nowhere")
    with pytest.raises(LookupError):
        load_items("../packs")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"key": "a"}, "'a'.*title"),
        ({"key": "a", "title": "T", "due_on": "2023-06-31"}, "'a'.*due_on"),
        ({"key": "a", "title": "T", "due_on": date(2023, 6, 1), "due_time": 600}, "quotes"),
        ({"key": "a", "title": "T", "opens_on": date(2023, 6, 9), "due_on": date(2023, 6, 1)}, "after it is due"),
        ({"key": "a", "title": "T", "due_time": "10:00"}, "needs a due_on"),
        ({"key": "a", "title": "T", "evidence": "form"}, "names its form"),
        ({"key": "a", "title": "T", "form": "address"}, "names its form"),
        ({"key": "a", "title": "T", "how": "by_magic"}, "'a'.*how"),
        ({"key": "a", "title": "T", "colour": "red"}, "'a'.*colour"),
        ({"title": "T"}, "entry 1"),
        ("text", "entry 1"),
    ],
)
def test_a_wrong_row_is_named_with_its_file_and_key(tmp_path: Path, row: object, reason: str) -> None:
    path = tmp_path / "items.yaml"
    path.write_text(yaml.safe_dump([row], allow_unicode=True), encoding="utf-8")
    with pytest.raises(PackBroken, match=rf"items\.yaml.*{reason}"):
        read_rows(path, PackItem, "key", {"cohort": "2023届"})


@pytest.mark.parametrize("text", ["a: [", "key: not-a-list"])
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "items.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PackBroken, match=r"items\.yaml"):
        read_rows(path, PackItem, "key", {})


def test_a_key_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "items.yaml"
    path.write_text(yaml.safe_dump([{"key": "a", "title": "T"}] * 2), encoding="utf-8")
    with pytest.raises(PackBroken, match="twice"):
        read_rows(path, PackItem, "key", {"cohort": "2023届"})


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 40))
def test_a_written_day_is_read_back(tmp_path_factory: pytest.TempPathFactory, day: date, length: int) -> None:
    path = tmp_path_factory.mktemp("pack") / "items.yaml"
    row = {"key": "a", "title": "事" * (length + 1), "opens_on": day, "due_on": day}
    path.write_text(yaml.safe_dump([row], allow_unicode=True), encoding="utf-8")
    (item,) = read_rows(path, PackItem, "key", {"cohort": "2023届"})
    assert (item.opens_on, item.due_on, item.title) == (day, day, row["title"])
