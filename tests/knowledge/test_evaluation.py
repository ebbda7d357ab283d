from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge.answer import Answer, Source
from knowledge.evaluation import Case, Fact, Outcome, Place, Unusable, coverage, figures, read_cases
from knowledge.search import Hit
from knowledge.shelf import Entry

SOURCE = Source("通知", "n.txt", (), "2023届", None, 12)
FACT = Fact(("6月8日",), (Place(12, "于 6 月 8 日前"),))
CASE = Case("1", "in", "plain", "几号前", "云山学院", "n.txt", facts=(FACT,))


def outcome(answer: Answer, *texts: str, case: Case = CASE, line: int = 12) -> Outcome:
    source = Source("通知", "n.txt", (), None, None, line)
    hits = tuple(Hit(Entry(str(n), text, source, "云山学院"), 1.0, 1.0) for n, text in enumerate(texts))
    return Outcome(case, answer, hits, 0.001)


def test_a_hit_holds_the_fact_and_stands_where_it_is_cited() -> None:
    assert outcome(Answer(""), "须于６月 8 日前填完").rank == 1
    assert outcome(Answer(""), "别的", "6 月 8 日").rank == 2
    assert outcome(Answer(""), "6 月 8 日", line=40).rank is None
    assert outcome(Answer(""), "学生于 6 月 8 日前填完", line=40).rank == 1


def test_right_is_what_the_person_reads() -> None:
    assert outcome(Answer("6 月 8 日前", sources=(SOURCE,))).right
    assert not outcome(Answer("6 月 8 日前", abstained=True)).right
    assert not outcome(Answer("不知道")).right


def test_coverage_keeps_the_precision() -> None:
    good = [outcome(Answer("6月8日", score=0.9)) for _ in range(19)]
    bad = [outcome(Answer("7月1日", score=0.95))]
    assert coverage([*good, *bad]) == pytest.approx(19 / 20)
    assert coverage([*good[:5], *bad]) == 0


def test_figures_tell_in_from_out() -> None:
    out = Case("2", "out", "oos", "天气", None, None)
    found = figures([outcome(Answer("6月8日"), "6月8日"), outcome(Answer("6月8日"), case=out)])
    assert found.hit1 == found.right == 1
    assert found.out_answered == 1
    assert found.precision == 0.5
    assert found.by_tag == {"plain": (1, 1.0, 1.0, 1.0)}


def test_cases_are_read_and_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    row = {"id": "1", "scope": "out", "tag": "oos", "question": "天气"}
    path.write_text(json.dumps(row) + "\n\n" + "{}\n", encoding="utf-8")
    with pytest.raises(Unusable, match="line 3"):
        read_cases(path)
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert read_cases(path) == [Case("1", "out", "oos", "天气", None, None)]
