"""What speaks for and against an entry being the answer, and how sure that makes us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class Signals:
    """Each from 0 to 1 (`sign` and `measure` from -1), for one question and one entry."""

    told: float = 0.0
    """How much of what the question says the entry says too, in the same or in known other words."""
    near: float = 0.0
    """How near the question is to a reviewed phrasing."""
    sign: float = 0.0
    """Whether the text holds what this kind of question asks for: 1 yes, -1 no, 0 no matter."""
    close: float = 0.0
    """`told` of the very sentence that holds it."""
    measure: float = 0.0
    """Whether a number has the unit asked for: 1 yes, -1 no, 0 none asked."""
    lost: float = 0.0
    """The weight of the heaviest word that the entry does not have."""
    strange: float = 0.0
    """The weight of the nouns that nothing published has."""
    unasked: float = 0.0
    """1: nothing of what is asked of the subject ('when is it *handed over*')."""
    conflict: float = 0.0
    """1: another batch, level, class …"""
    topic: float = 0.0
    off_topic: float = 0.0
    cover: float = 0.0
    lead: float = 0.0
    """How far the next entry is behind."""
    reviewed: float = 0.0


WEIGHTS: Mapping[str, float] = {
    "told": 2.2,
    "near": 0.85,
    "sign": 1.3,
    "close": 1.0,
    "measure": 1.9,
    "lost": -1.4,
    "strange": -2.7,
    "unasked": -1.5,
    "conflict": -1.5,
    "cover": 0.25,
    "lead": 1.2,
    "reviewed": 1.05,
}
"""Fitted by logistic regression on labelled questions (`python -m tests.knowledge.fit`), rounded."""
BIAS = -1.2
WITHOUT_SIGN = 0.4
"""No surer than this where the text lacks the very thing asked for: no date for 'when', no number for 'how many'."""

LITTLE, NEAR_BY = 0.2, 0.6
"""Nor where it says next to nothing of the question and is no rewording of a reviewed one."""


def sureness(signals: Signals) -> float:
    """The chance (0 to 1) that this entry is the answer."""
    total = BIAS + sum(weight * getattr(signals, name) for name, weight in WEIGHTS.items())
    sure = 1 / (1 + exp(-max(-30.0, min(30.0, total))))
    says_little = signals.told < LITTLE and signals.near < NEAR_BY
    return min(sure, WITHOUT_SIGN) if signals.sign <= -1 or signals.conflict or says_little else sure
