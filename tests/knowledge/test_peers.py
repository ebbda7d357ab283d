from __future__ import annotations

import pytest

from knowledge.answer import Source
from knowledge.peers import PEERS, hits_of, peer_of
from knowledge.shelf import Entry, Shelf

TEXTS = ("毕业典礼在青石礼堂举行。", "学位服在南苑食堂二楼领取，押金 100 元。", "图书在离校前还清。")
SHELF = Shelf(
    [Entry(str(n), text, Source("通知", "n.md", (), None, None, n + 1), "云山学院") for n, text in enumerate(TEXTS)]
)


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_finds_what_is_written_alike(name: str) -> None:
    hits = hits_of(peer_of(name, SHELF), SHELF, "学位服在南苑食堂哪里领取")
    assert hits[0].entry.key == "1"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("question", ["", "？", '"', "a", "' OR 1=1 --", "NEAR(", "好"])
def test_odd_questions_are_no_error(name: str, question: str) -> None:
    assert len(hits_of(peer_of(name, SHELF), SHELF, question)) <= len(TEXTS)
