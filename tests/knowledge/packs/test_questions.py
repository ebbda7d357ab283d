"""The reviewed questions: places that exist, figures that stand there, nobody's own number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge import packs
from knowledge.packs import PackQuestion
from knowledge.text import plain, squeezed

QUESTIONS = [(pack.slug, question) for pack in packs.packs() for question in packs.load_questions(pack.slug)]
_FIGURE = re.compile(r"\d{1,2}月\d{1,2}日|\d+(?:kb|%|字)|\d{6,}|\d+\*\d+", re.IGNORECASE)


def named(entry: tuple[str, PackQuestion]) -> str:
    return f"{entry[0]}-{entry[1].id}"


@pytest.mark.parametrize("entry", QUESTIONS, ids=named)
def test_the_place_says_it(entry: tuple[str, PackQuestion], shared_dir: Path) -> None:
    _, question = entry
    lines = (shared_dir / "notices" / question.source.file).read_text("utf-8").splitlines()
    assert plain(lines[question.source.line - 1])
    whole = squeezed("".join(lines))
    figures = [figure for figure in _FIGURE.findall(squeezed(question.answer)) if not figure.startswith("2023")]
    assert [figure for figure in figures if figure not in whole.replace("号", "日") and figure not in whole] == []


@pytest.mark.parametrize("entry", QUESTIONS, ids=named)
def test_several_phrasings_and_nobodys_own_number(entry: tuple[str, PackQuestion]) -> None:
    _, question = entry
    assert len(question.ask) > 1
    assert len(question.ask[0]) <= 24
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", question.answer)


def test_there_are_some_for_every_notice() -> None:
    assert {slug for slug, _ in QUESTIONS} == {pack.slug for pack in packs.packs()}
