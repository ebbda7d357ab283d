"""A new notice against the old one: which notice it changes, and what changes, item by item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

from rapidfuzz import fuzz

from knowledge.blocks import Document
from knowledge.changes import CANCELLED, REPLACEMENT, SUPPLEMENT, kind_of
from knowledge.comparing import Change, fresh_values, now_values
from knowledge.extract import ProposedItem, propose_items, read_items
from knowledge.pairing import MARGIN, SURE, UNSURE, Likeness, Task, essence, same_office
from knowledge.text import plain, squeezed

_CITED = re.compile(r"《([^《》]{4,80})》")
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,8}[〔\[(]\d{4}[〕\])]\d{1,4}号")
_HEAD_LINES = 30
_OTHER_WORDS = re.compile(
    r"(?:20\d\d)?\s*届|20\d\d年?|毕业生|关于|做好|调整|变更|更改|更正|补充|延期|推迟|延长|有关|部分|相关|事项|安排|工作|时间|的|通知|公告|方案|说明|修订|版|[（()）《》]"
)
_ENOUGH, _CITED_ENOUGH = 0.5, 88


class Known(Protocol):
    """What is asked of a notice that may be the one changed."""

    @property
    def title(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def cohort(self) -> str | None: ...
    @property
    def document_number(self) -> str | None: ...
    @property
    def issued_on(self) -> date | None: ...
    @property
    def digest(self) -> str: ...


K = TypeVar("K", bound=Known)


@dataclass(frozen=True, slots=True)
class Match(Generic[K]):
    """The notice that a new one changes: as 'supplement' or 'replacement', how sure (0–1), and why (Chinese)."""

    notice: K
    kind: str
    score: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A task of the old notice and what the new one makes of it; `also` are further proposals about the same task."""

    old: Task
    new: Task
    changes: tuple[Change, ...]
    values: Mapping[str, object]
    """Every column that the new notice speaks of, as it is from now on."""
    likeness: float
    also: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A task that the new notice calls off, with the sentence that says so."""

    old: Task
    quote: str
    locator: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Unsure:
    """Something the new notice changes, where a person has to say which task is meant."""

    new: ProposedItem | Task
    candidates: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """What a new notice does to the tasks of an old one."""

    kind: str
    changed: tuple[Pair, ...] = ()
    cancelled: tuple[Cancelled, ...] = ()
    added: tuple[Task, ...] = ()
    unchanged: tuple[Pair, ...] = ()
    unsure: tuple[Unsure, ...] = ()
    missing: tuple[Task, ...] = ()
    """Tasks that a notice said anew does not mention: they stay until a person decides."""
    untouched: tuple[Task, ...] = ()
    """Tasks that a supplement does not speak of: they stay as they are."""


def match(new: Document, candidates: Iterable[K]) -> Match[K] | None:
    """The notice that `new` changes; None where it does not say that it changes any, or none of these fits.

    It is recognised by its cited title or document number, else by title, cohort and issuer together. The same
    title from the same issuer for the same cohort, in other words, is the notice said anew (a corrected file).
    """
    kind = kind_of(new)
    others = [known for known in candidates if known.digest != new.digest and _may_follow(new, known)]
    rated = [found for known in others if (found := _rated(new, known, kind)) is not None]
    best = max(rated, key=lambda found: (found.score, found.notice.issued_on or date.min), default=None)
    return best if best is not None and best.score >= _ENOUGH else None


def diff(old: Document, new: Document, kind: str | None = None) -> Diff:
    """`new` against `old`, both as the machine reads them."""
    tasks = propose_items(old)
    return compare(tasks, new, kind or kind_of(new) or REPLACEMENT, {task.key: task for task in tasks})


def compare(
    tasks: Sequence[Task],
    new: Document,
    kind: str,
    read_before: Mapping[str, Task],
    *,
    stored: Mapping[str, Task] | None = None,
    decided: Mapping[str, str | None] | None = None,
) -> Diff:
    """The tasks that hold now against a new notice.

    `read_before`: what the machine once read for a task's key, so that what a person made of it since is not taken
    for the notice's words. `stored`: the new notice's proposals as a person has corrected them, by key; one that is
    missing there was rejected. `decided`: for a new key the old task's key that a person chose, None: it is new.
    """
    return _Comparison(tasks, new, kind, read_before, stored, decided or {}).result()


class _Comparison:
    """One comparison under way."""

    def __init__(
        self,
        tasks: Sequence[Task],
        new: Document,
        kind: str,
        read_before: Mapping[str, Task],
        stored: Mapping[str, Task] | None,
        decided: Mapping[str, str | None],
    ) -> None:
        self.tasks, self.kind = tasks, kind
        self.read_before, self.stored, self.decided = read_before, stored, decided
        self.proposals = read_items(new)
        self.likeness = Likeness(tasks)
        self.pairs: dict[str, Pair] = {}
        self.cancelled: dict[str, Cancelled] = {}
        self.added: list[Task] = []
        self.unsure: list[Unsure] = []

    def result(self) -> Diff:
        for proposal in self.proposals:
            self._place(proposal)
        pairs = [pair for key, pair in self.pairs.items() if key not in self.cancelled]
        left = [t for t in self.tasks if t.key not in self.pairs and t.key not in self.cancelled]
        anew = self.kind == REPLACEMENT
        return Diff(
            self.kind,
            changed=tuple(pair for pair in pairs if pair.changes),
            cancelled=tuple(self.cancelled.values()),
            added=tuple(self.added),
            unchanged=tuple(pair for pair in pairs if not pair.changes),
            unsure=tuple(self.unsure),
            missing=tuple(left) if anew else (),
            untouched=() if anew else tuple(left),
        )

    def _place(self, proposal: ProposedItem) -> None:
        change = proposal.change
        shown: Task = proposal
        if self.stored is not None and (change is None or change.kind != CANCELLED):
            if proposal.key not in self.stored:
                return
            shown = self.stored[proposal.key]
        found, doubtful = self._partners(proposal)
        if doubtful:
            self.unsure.append(Unsure(shown, tuple(doubtful)))
        elif not found:
            self._without_partner(proposal, shown)
        for old, score in found:
            self._join(old, proposal, shown, score)

    def _without_partner(self, proposal: ProposedItem, shown: Task) -> None:
        change = proposal.change
        claims = change is not None and (change.kind == CANCELLED or change.old is not None or change.shift is not None)
        if not claims or (proposal.key in self.decided and change is not None and change.kind != CANCELLED):
            self.added.append(shown)
        elif proposal.key not in self.decided:
            self.unsure.append(Unsure(shown, ()))

    def _join(self, old: Task, proposal: ProposedItem, shown: Task, score: float) -> None:
        if proposal.change is not None and proposal.change.kind == CANCELLED:
            self.cancelled[old.key] = Cancelled(old, proposal.quote, proposal.locator, score)
            return
        before = self.read_before.get(old.key)
        if self.kind == SUPPLEMENT or proposal.change is not None:
            values = now_values(proposal, shown, old)
        else:
            values = fresh_values(shown, old, before)
        first = self.pairs.get(old.key)
        if first is not None:
            values = {**values, **first.values} if proposal.change is None else {**first.values, **values}
            shown, also = first.new, (*first.also, shown)
        changes = Change.between(old, values)
        self.pairs[old.key] = Pair(old, shown, changes, values, score, also if first else ())

    def _partners(self, proposal: ProposedItem) -> tuple[list[tuple[Task, float]], list[Task]]:
        """The old tasks meant, each with its likeness; and where that is not sure, those that may be meant."""
        if proposal.key in self.decided:
            chosen = self.decided[proposal.key]
            return [(task, 1.0) for task in self.tasks if task.key == chosen], []
        same = [task for task in self.tasks if task.key == proposal.key]
        if same:
            return [(same[0], 1.0)], []
        rated = sorted(((self._rate(proposal, task), task) for task in self.tasks), key=lambda pair: -pair[0])
        rated = [(score, task) for score, task in rated if score >= UNSURE]
        if not rated:
            return [], []
        best_score, best = rated[0]
        named = proposal.change is not None and proposal.change.old is not None
        twins = [(task, score) for score, task in rated if task is best or _twin(best, task, named=named)]
        rivals = [t for s, t in rated if best_score - s < MARGIN and not any(t is twin for twin, _ in twins)]
        if _named_exactly(proposal, best) and not any(_named_exactly(proposal, rival) for rival in rivals):
            rivals = []
        if best_score >= SURE and not rivals:
            return [(task, score) for task, score in twins if score >= SURE - MARGIN], []
        if proposal.change is None and self.kind == REPLACEMENT and best_score < SURE:
            return [], []
        if proposal.change is None and best_score < SURE:
            # A full sentence that is not quite like any: more likely something new than a change.
            return ([], [best]) if best_score >= (SURE + UNSURE) / 2 else ([], [])
        return [], [task for _, task in rated[:3]]

    def _rate(self, proposal: ProposedItem, task: Task) -> float:
        change = proposal.change
        subject = change.subject if change is not None and change.subject else proposal.title
        score = self.likeness.of(subject, task)
        if change is None:
            score = max(score, (score + self.likeness.of(proposal.quote, task)) / 2)
            score -= 0.08 if proposal.actor != task.actor else 0.0
        if same_office(proposal.department, task.department) is False:
            score -= 0.05
        if change is not None and change.old is not None and task.due_on is not None:
            said = {day for day in (change.old.start, change.old.end) if day is not None}
            score += 0.12 if said & {task.opens_on, task.due_on} else -0.2
        if change is not None and change.old_place and task.place:
            score += 0.1 if squeezed(change.old_place) in squeezed(task.place) else -0.1
        return score


def _named_exactly(proposal: ProposedItem, task: Task) -> bool:
    """Whether the notice calls the task by its very name."""
    change = proposal.change
    return change is not None and essence(change.subject) == essence(task.title)


def _twin(one: Task, two: Task, *, named: bool) -> bool:
    """The same task said in two places: the same time, nearly the same words, the same people.

    Where the change names the time that was, everything about the task at that time is meant, whoever does it.
    """
    same_time = (one.opens_on, one.due_on) == (two.opens_on, two.due_on)
    if not same_time or one.due_on is None:
        return False
    if named:
        return fuzz.partial_ratio(essence(one.title), essence(two.title)) >= 85
    return one.actor == two.actor and fuzz.token_set_ratio(plain(one.title), plain(two.title)) >= 82


# --- which notice ----------------------------------------------------------------------------------------------------


def _may_follow(new: Document, known: Known) -> bool:
    """A notice of another cohort, or issued later, is not the one changed."""
    if new.cohort and known.cohort and new.cohort != known.cohort:
        return False
    return not (new.issued_on and known.issued_on and known.issued_on > new.issued_on)


def _rated(new: Document, known: K, kind: str | None) -> Match[K] | None:
    same_title = fuzz.ratio(plain(new.title), plain(known.title)) >= 96
    why: list[str] = []
    score = 0.0
    if kind is None and not same_title:
        return None
    if _number_cited(new, known):
        score, why = 1.0, ["引用了文号"]
    cited = max((fuzz.ratio(plain(title), plain(known.title)) for title in _cited(new)), default=0.0)
    if cited >= _CITED_ENOUGH:
        score, why = max(score, 0.95), [*why, "引用了标题"]
    if same_title and _same_issuer(new, known):
        score, why = max(score, 0.9), [*why, "标题相同"]
    if not why:
        score, why = _by_looks(new, known)
    as_kind = kind or REPLACEMENT
    if same_title and kind != SUPPLEMENT:
        as_kind = REPLACEMENT
    return Match(known, as_kind, score, tuple(why)) if why else None


def _by_looks(new: Document, known: Known) -> tuple[float, list[str]]:
    """Cohort, issuer and what the titles are about, where nothing is cited."""
    score = 0.0
    why: list[str] = []
    if new.cohort and new.cohort == known.cohort:
        score, why = score + 0.25, [*why, "届别相同"]
    if _same_issuer(new, known):
        score, why = score + 0.25, [*why, "发文单位相同"]
    about, before = (_OTHER_WORDS.sub("", plain(title)) for title in (new.title, known.title))
    if about and before and fuzz.token_set_ratio(about, before) + fuzz.partial_ratio(about, before) >= 140:
        score, why = score + 0.3, [*why, "标题相近"]
    return score, why


def _same_issuer(new: Document, known: Known) -> bool:
    one, two = plain(new.issuer), plain(known.issuer)
    return bool(one and two) and (one in two or two in one)


def _cited(new: Document) -> list[str]:
    texts = [new.title, *(block.text for block in new.blocks[:_HEAD_LINES])]
    return [title for text in texts for title in _CITED.findall(text)]


def _number_cited(new: Document, known: Known) -> bool:
    if not known.document_number:
        return False
    wanted = squeezed(known.document_number).replace("〔", "[").replace("〕", "]")
    return any(
        wanted == found.replace("〔", "[").replace("〕", "]")
        or found.replace("〔", "[").replace("〕", "]").endswith(wanted)
        for block in new.blocks[:_HEAD_LINES]
        for found in _NUMBER.findall(squeezed(block.text))
        if squeezed(new.document_number or "") != found
    )
