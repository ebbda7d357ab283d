"""What speaks for and against an entry being the answer, and how sure that makes us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from operator import attrgetter, mul


@dataclass(frozen=True, slots=True)
class Signals:
    """Each from 0 to 1 (`sign` and `measure` from -1), for one question and one entry."""

    told: float = 0.0
    """How much of what the question says the entry says too, in the same or in known other words."""
    own: float = 0.0
    """The same without what stands in headings or in the sentence before."""
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
    unknown: float = 0.0
    """The same of words of any kind."""
    unasked: float = 0.0
    """1: nothing of what is asked of the subject ('when is it *handed over*')."""
    missed: float = 0.0
    """1: the very thing asked of the subject is not spoken of, or only for some of whom the question is not."""
    elsewise: float = 0.0
    """1: it does not speak of what has happened ('lost', 'broken', 'it rains')."""
    absent: float = 0.0
    """1: what is asked of the subject is spoken of nowhere at all."""
    conflict: float = 0.0
    """1: another batch, level, class …"""
    topic: float = 0.0
    off_topic: float = 0.0
    subject: float = 0.0
    """1: the name of the row or the first words are about what the question is about."""
    other_subject: float = 0.0
    """1: they name something that is not asked of."""
    section: float = 0.0
    """1: the heading is about what the question is about."""
    other_section: float = 0.0
    """1: it is about something else."""
    soft: float = 0.0
    """Like `sign`, for kinds whose signs are weak: how, may, what to bring."""
    unmet: float = 0.0
    """The share of the concepts of the question that the entry does not speak of."""
    weight: float = 0.0
    """How much the question says at all."""
    labelled: float = 0.0
    """1: a cell of its row is headed by what is asked for (地点, 电话, 办理时间)."""
    cover: float = 0.0
    relative: float = 0.0
    """Share of the best score of the index."""
    narrow: float = 0.0
    """1: only for some of whom the question does not speak."""
    past: float = 0.0
    """1: of another cohort than the one asked of."""
    noise: float = 0.0
    """1: a heading, a caption, a label."""
    lead: float = 0.0
    """How far the next entry is behind."""
    reviewed: float = 0.0


ORDER: Mapping[str, float] = {
    "relative": 0.63,
    "cover": 0.38,
    "topic": 0.05,
    "off_topic": -0.05,
    "near": 0.22,
    "told": 0.31,
    "own": 0.13,
    "sign": 0.26,
    "subject": 0.13,
    "other_subject": -0.18,
    "measure": 0.36,
    "labelled": 0.13,
    "conflict": -0.5,
    "narrow": -0.05,
    "past": -0.3,
    "noise": -0.15,
    "lost": -0.23,
    "section": 0.06,
    "soft": 0.06,
    "unmet": -0.3,
}
"""What counts how much when candidates are put in order."""

WEIGHTS: Mapping[str, float] = {
    "told": 0.43,
    "own": 0.25,
    "near": 0.34,
    "sign": 1.2,
    "close": 1.69,
    "measure": 0.53,
    "labelled": 0.31,
    "lost": -0.44,
    "strange": -0.7,
    "unasked": -0.81,
    "conflict": -1.5,
    "cover": 0.2,
    "lead": 0.97,
    "reviewed": 0.17,
    "section": 0.04,
    "soft": 0.36,
    "unmet": -0.53,
    "weight": 1.05,
    "unknown": -0.29,
    "missed": -0.36,
}
"""Fitted by logistic regression on labelled questions (`python -m tests.knowledge.fit`), rounded."""
BIAS = -1.25
WITHOUT_SIGN = 0.4
"""No surer than this where the text lacks the very thing asked for: no date for 'when', no number for 'how many'."""

NOTHING_SAID = 0.2
"""A heading or a caption is no answer."""

DOUBTFUL = 0.6
"""No surer where next to nothing is asked, or what nothing speaks of; nor where a date, place or number is there, and
what is asked of it is not: a wrong date is worse than none."""
FEW_WORDS, MUCH, SAME, HALF_MET = 0.25, 0.22, 0.8, 0.5

LITTLE, NEAR_BY = 0.2, 0.6
"""Nor where it says next to nothing of the question and is no rewording of a reviewed one."""


_IN_ORDER, _ORDERED = attrgetter(*ORDER), tuple(ORDER.values())
_IN_WEIGHTS, _WEIGHED = attrgetter(*WEIGHTS), tuple(WEIGHTS.values())


def standing(signals: Signals) -> float:
    """What candidates are put in order by."""
    return float(sum(map(mul, _ORDERED, _IN_ORDER(signals))))


def sureness(signals: Signals) -> float:
    """The chance (0 to 1) that this entry is the answer."""
    total = BIAS + float(sum(map(mul, _WEIGHED, _IN_WEIGHTS(signals))))
    sure = 1 / (1 + exp(-max(-30.0, min(30.0, total))))
    says_little = signals.told < LITTLE and signals.near < NEAR_BY
    if signals.noise:
        return min(sure, NOTHING_SAID)
    if signals.near < NEAR_BY and (signals.weight < FEW_WORDS or signals.absent):
        sure = min(sure, DOUBTFUL)
    elsewhere = (signals.unmet >= 1 and signals.lost >= MUCH) or (
        signals.own < LITTLE and not signals.labelled and not signals.section
    )
    if signals.sign > 0 and elsewhere and signals.near < SAME:
        sure = min(sure, DOUBTFUL)
    if signals.near < SAME and (
        (signals.missed and signals.unmet >= HALF_MET and signals.sign > 0)
        or signals.elsewise
        or (signals.unasked and signals.strange >= MUCH)
    ):
        sure = min(sure, DOUBTFUL)
    lacks = signals.sign <= -1 or signals.measure <= -1 or bool(signals.conflict)
    return min(sure, WITHOUT_SIGN) if lacks or says_little else sure
