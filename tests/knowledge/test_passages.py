"""Passages: sentences with headings, and every cited place of the evaluation set is inside one."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from knowledge.blocks import Block
from knowledge.documents import read
from knowledge.lines import pieces_of_lines
from knowledge.passages import passages_of, sentences
from knowledge.reading import document_of
from knowledge.trace import Traced


def passages(source: str) -> list[Block]:
    return passages_of(document_of(pieces_of_lines(source), "文件.txt"))


def test_sentences_keep_their_line() -> None:
    torn = "各学院要认真统计毕业生的去向，加强就业指导和服务，及时上\n\n报有关数据。"
    source = f"一、时间\n\n{torn}系统 6 月 1 日开放，请提前准备好照片。\n"
    found = [(piece.text, piece.line, piece.section) for piece in passages(source)]
    assert found == [
        ("各学院要认真统计毕业生的去向，加强就业指导和服务，及时上报有关数据。", 3, ("一、时间",)),
        ("系统 6 月 1 日开放，请提前准备好照片。", 5, ("一、时间",)),
    ]


def test_a_remark_in_brackets_stays_with_its_sentence() -> None:
    (one,) = sentences(Traced.of("6 月 15 日前收取材料。（之后继续收取。）", 1))
    assert one.text.endswith("继续收取。）")


def test_two_times_are_two_things_but_a_deadline_is_part_of_its_task() -> None:
    two = sentences(Traced.of("手续办理时间为 5 月 20 日,毕业典礼时间为 6 月 26 日。", 1))
    assert [part.text for part in two] == ["手续办理时间为 5 月 20 日,", "毕业典礼时间为 6 月 26 日。"]
    assert len(sentences(Traced.of("在贷款系统进行信息确认,截止时间为 6 月 8 日。", 1))) == 1


def test_stops_inside_quotes_and_brackets_do_not_part() -> None:
    assert len(sentences(Traced.of("根据规定：“发证日期即是有效日期。请核对”，大家要注意。", 1))) == 1


def test_later_sentences_of_an_item_are_led_by_its_first() -> None:
    found = passages("1. 6 月 1 日起，开展第二批审核工作。学院 6 月 9 日前完成成绩发布工作。\n")
    assert found[1].section == ("1. 6 月 1 日起，开展第二批审核工作",)


def test_a_heading_with_nothing_under_it_is_a_passage() -> None:
    found = passages("议程\n\n一、全体起立\n\n二、校长致辞\n\n三、颁发证书\n\n由各学院院长颁发。\n")
    assert [piece.text for piece in found if piece.kind == "heading"] == ["一、全体起立", "二、校长致辞"]


@given(st.text("甲乙，。；（）“”\n 1时间为月日", max_size=120))
def test_nothing_is_lost_or_doubled(text: str) -> None:
    parts = sentences(Traced.of(text, 1))
    assert re.sub(r"\s", "", "".join(part.text for part in parts)) == re.sub(r"\s", "", text)


def _plain(text: str) -> str:
    return re.sub(r"[\s*]|^- ", "", text)


def test_every_cited_place_is_in_a_passage_that_covers_its_line(shared_dir: Path) -> None:
    rows = [json.loads(line) for line in (shared_dir / "eval" / "questions.jsonl").read_text("utf-8").splitlines()]
    found: dict[str, list[Block]] = {}
    missed = []
    for row in (row for row in rows if row["scope"] == "in"):
        if row["doc"] not in found:
            found[row["doc"]] = passages_of(read(shared_dir / "notices" / row["doc"]))
        for place in (place for fact in row["facts"] for place in fact["places"]):
            covering = [p for p in found[row["doc"]] if p.line <= place["line"] <= p.last_line]
            seen = _plain(place.get("fact_seen", ""))
            if not covering or not any(seen in _plain(p.text + "".join(p.cells.values())) for p in covering):
                missed.append((row["id"], place["line"], seen))
    assert missed == []


def test_a_text_without_any_stop_is_cut() -> None:
    found = passages("一、标题\n\n" + "6月8日前完成，" * 5000)
    assert max(len(piece.text) for piece in found) <= 2000
