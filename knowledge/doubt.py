"""Reasons not to answer: another year, another school, a topic no notice mentions, nothing asked at all."""

from __future__ import annotations

import re

from knowledge import lexicon
from knowledge.attributes import unheard_of
from knowledge.colleges import is_college
from knowledge.question import Question
from knowledge.shelf import Shelf, placed
from knowledge.text import plain, words
from knowledge.wording import spaced

SURE_ENOUGH = 0.75
"""Below this an answer is not given. Fixed by the evaluation: see docs of `lixiao eval`."""

SURE_ENOUGH_TOGETHER = 0.68
"""The same for one of several questions in a message: the others say what it is about."""

VAGUE = 10
"""Who writes more than so many characters has said what he wants to know."""

_ONE_WORD = 5
"""Who sends a single word ('照片', '赔钱那个') has not said what of it."""

CHOOSABLE = frozenset({"until", "to", "when", "clock", "where", "mail", "phone", "bring"})
"""The kinds of question for which a bare 'when?' gets a choice of what may be meant."""

_EMPTY = frozenset(
    [
        "怎么",
        "怎样",
        "怎么办",
        "如何",
        "咋",
        "什么",
        "流程",
        "步骤",
        "事",
        "事情",
        "一下",
        "处理",
        "操作",
        "弄",
        "搞",
        "样",
        "咋整",
        "咋弄",
        "哪些",
        "东西",
    ]
)
_SCHOOL = re.compile(r"([\u4e00-\u9fff]{2,8}?(?:大学|学院|职院|师大|理工))")
_CAMPUS = re.compile(r"(?:([\u4e00-\u9fff]{2})(?:校区|校部)|([\u4e00-\u9fff]{0,2})分校)")
_ANY_CAMPUS = re.compile(r"[哪几两各新老主本我你他在个的同么每总他同一二三四全]")
_PRONOUN = re.compile(r"^.*?(?:我们|咱们|你们|他们|这个|那个|哪个|各|本|我|你|二级|在|是|去|到|的)")


def absent(shelf: Shelf, question: Question) -> str | None:
    """The sentence that says why the notices cannot answer this, or None."""
    return elsewhere(shelf, question) or _other_topic(shelf, question) or _other_attribute(shelf, question)


def elsewhere(shelf: Shelf, question: Question) -> str | None:
    """The sentence that says it asks of another school or another year, or None."""
    return _other_school(shelf, question) or _other_year(shelf, question)


def is_bare(question: Question) -> bool:
    """Whether the question names nothing it could be about ('几号截止')."""
    if question.followed or question.topics or not CHOOSABLE.intersection(question.kinds):
        return False
    if any(unit.concepts and len(unit.word) > 1 for unit in question.units):
        return False
    return not any(len(word) > 1 for word in words(question.focus)) and len(question.focus) <= 4


def is_vague(question: Question) -> bool:
    """Whether it names a topic and asks nothing about it ('档案咋弄', '宿舍的事')."""
    if question.followed or len(question.text) > VAGUE or not set(question.kinds) <= {"how"}:
        return False
    rest = [unit.word for unit in question.units if not unit.topic]
    empty = [word for word in rest if word in lexicon.load().generic or word in _EMPTY]
    if not question.topics:
        return len(rest) - len(empty) == 1 and len(question.text) <= (
            _ONE_WORD if not question.kinds else VAGUE // 2 + 1
        )
    return len(question.topics) <= 2 and len(empty) == len(rest)


def _other_school(shelf: Shelf, question: Question) -> str | None:
    name = _foreign(shelf, question.text)
    return f"我这里没有{name}的通知，只有{'、'.join(sorted(shelf.schools))}的。" if name else None


def _foreign(shelf: Shelf, text: str) -> str | None:
    """A school the question names that this shelf has nothing of."""
    for short, name in lexicon.load().schools.items():
        if plain(short) in text:
            other = placed(text, plain(short), name)
            return (other if other not in shelf.text else None) if other else None if name in shelf.schools else name
    for short in lexicon.load().other_schools:
        if short in text and short not in shelf.text:
            return short
    for found in _CAMPUS.finditer(text):
        if found[0] not in shelf.text and not _ANY_CAMPUS.search(found[1] or found[2]):
            return found[0]
    for found in _SCHOOL.findall(text):
        name = _PRONOUN.sub("", found)
        if len(name) > 2 and name not in shelf.text and not is_college(name):
            return name
    return None


def _other_year(shelf: Shelf, question: Question) -> str | None:
    batches = [cohort for cohort in shelf.cohorts if "月" in cohort]
    there = " ".join(map(plain, batches)) if batches else shelf.text
    if other := sorted(month for month in question.months if month not in there):
        return f"现有的通知没有 {spaced(other[0])}毕业的安排。"
    known = "、".join(spaced(cohort) for cohort in sorted(shelf.cohorts)) or "以往"
    wrong = [year for year in question.years if year not in shelf.text]
    wrong += [name[:4] for name in question.cohorts if name not in shelf.text and not _is_cohort(shelf, name)]
    wrong += [f"{year}" for year, month in question.batches if f"{year}{month}" not in shelf.text]
    asked = f"{min(wrong)} 年" if wrong else question.other_year
    return f"现有的通知是 {known}的，没有{'' if asked is None else f' {asked}'}的安排。" if asked else None


def _is_cohort(shelf: Shelf, name: str) -> bool:
    """Whether there is something for the graduates of a year ('2023届'; '2023年7月' is of that year, too)."""
    return not shelf.cohorts or any(name[:4] in cohort for cohort in shelf.cohorts)


def _other_topic(shelf: Shelf, question: Question) -> str | None:
    missing = [
        unit.word
        for unit in question.units
        if unit.topic
        and lexicon.load().topics[unit.word] not in shelf.topics
        and not any(map(shelf.speaks_of, unit.concepts))
    ]
    return f"通知里没有写到{'、'.join(missing)}。" if missing else None


def _other_attribute(shelf: Shelf, question: Question) -> str | None:
    missing = unheard_of(question.attributes, shelf.known_attributes)
    return f"通知里没有写到{'、'.join(missing)}的安排。" if missing else None
