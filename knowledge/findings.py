"""What a notice says besides its tasks: contacts, conditions, how a file must be, answered questions."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from knowledge.blocks import HEADING, ROW, Block, Document
from knowledge.contacts import MAIL, contacts_in
from knowledge.imprint import imprint_of
from knowledge.passages import passages_of
from knowledge.titles import question_in

CONTACT, CONDITION, FILE, ANSWER = "contact", "condition", "file", "answer"

_CANNOT = re.compile(
    r"([^，。；]{2,40}(?:的|者)?(?:毕业生|学生|人员|同学|的|者))[，,]?\s*((?:一律)?(?:不能|不得|不予|无法|不可|暂缓|取消|停止|不再|视为)[^，。；]{2,40})"
)
_OVERDUE = re.compile(r"((?:逾期|未按时|过期|未在)(?:[^，。；由]{0,24}(?:的|者))?)[，,]\s*([^。；]{3,40})")
_NOT_CANNOT = re.compile(r"不得不|不能不")
_SIZE = re.compile(
    r"(?P<sign>不超过|不大于|小于|低于|控制在|≤|<|不小于|大于|≥|至少)?\s*(?P<low>\d+(?:\.\d+)?\s*(?:[KkMm][Bb]?)?\s*[-—~至]\s*)?"
    r"(?P<size>\d+(?:\.\d+)?)\s*(?P<unit>[KkMm])[Bb]?(?:\s*(?P<after>以内|以下|以上))?"
)
_PIXELS = re.compile(r"(\d{2,5})\s*(?:像素)?\s*(?:[（(]宽[）)])?\s*[×xX*＊]\s*(\d{2,5})")
_FORMAT = re.compile(r"(?<![A-Za-z])(jpe?g|png|pdf|docx?|xlsx?|bmp|zip|rar)(?![A-Za-z])", re.IGNORECASE)
_BACKGROUND = re.compile(r"([白蓝红浅淡]{1,2}色?)(?:色)?(?:底|背景)|背景[^，。；]{0,6}?([白蓝红浅淡]{1,2})色")
_NAMED = re.compile(
    r"(?:文件|照片|图片|压缩包|邮件)?(?:名)?(?:统一)?(?:以"
    r"|按)?[“\"]?([^，。；“”\"]{2,24})[”\"]?\s*(?:命名|为文件名|作为文件名)|命名(?:为|格式为|方式为"
    r"|规则为|[:：])\s*[“\"]?([^，。；”\"]{2,30})"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One of them: `fields` are its parts by name, `quote` the sentence and `line` its place."""

    kind: str
    fields: Mapping[str, str] = field(default_factory=dict)
    quote: str = ""
    line: int = 0
    key: str = ""
    """Of its kind and its words, and its turn among those of the same words: a better reader proposes the same."""


def findings_of(document: Document) -> list[Finding]:
    """Everything found, kind by kind in the order of the notice; the same contact only once."""
    passages = [one for one in passages_of(document) if one.kind != HEADING and not imprint_of(one.text)]
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Finding] = {}
    for finding in _findings(passages, document):
        found.setdefault((finding.kind, tuple(finding.fields.items())), finding)
    turns: Counter[str] = Counter()
    return [replace(finding, key=_key(finding, turns)) for finding in found.values()]


def _key(finding: Finding, turns: Counter[str]) -> str:
    words = f"{finding.kind}\0{''.join(unicodedata.normalize('NFKC', finding.quote).split())}"
    turns[words] += 1
    named = f"{words}\0{turns[words]}"
    return f"p-{hashlib.sha256(named.encode()).hexdigest()[:12]}"


def _findings(passages: Sequence[Block], document: Document) -> Iterator[Finding]:
    for passage, words, fields in contacts_in(passages, document):
        yield Finding(CONTACT, fields, words, passage.line)
    for passage in passages:
        if fields := _file(passage.text):
            yield Finding(FILE, fields, passage.text, passage.line)
        for fields in _conditions(passage):
            yield Finding(CONDITION, fields, passage.text, passage.line)
    yield from _answers(passages)


def _conditions(passage: Block) -> Iterator[dict[str, str]]:
    """Who may not, and what becomes of what comes too late."""
    if passage.kind == ROW:
        return
    for pattern in (_CANNOT, _OVERDUE):
        for found in pattern.finditer(passage.text):
            if not _NOT_CANNOT.search(found[0]):
                yield {"if": found[1].strip(), "then": found[2].strip()}


def _file(text: str) -> dict[str, str]:
    """How a file must be, where at least two things are said of it."""
    size, pixels, named = _SIZE.search(text), _PIXELS.search(text), _NAMED.search(text)
    background = _BACKGROUND.search(text)
    formats = list(dict.fromkeys(name.upper().replace("JPEG", "JPG") for name in _FORMAT.findall(MAIL.sub("", text))))
    fields = {
        "size": _limit(size) if size else "",
        "pixels": f"{pixels[1]}×{pixels[2]}" if pixels else "",
        "format": "、".join(formats),
        "background": (background[1] or background[2]).rstrip("色") + "色" if background else "",
        "name": (named[1] or named[2]).strip() if named else "",
    }
    filled = {name: value for name, value in fields.items() if value}
    return filled if len(filled) >= 2 and (pixels or size or background or named) else {}


def _limit(size: re.Match[str]) -> str:
    least = size["sign"] in ("不小于", "大于", "≥", "至少") or size["after"] == "以上"
    low = re.sub(r"\s", "", size["low"] or "")
    sign = "" if low else "≥ " if least else "≤ "
    return f"{sign}{low}{size['size']} {size['unit'].upper()}B"


def _answers(passages: Sequence[Block]) -> Iterator[Finding]:
    """Questions that the notice itself asks, with the sentences up to the next one as the answer."""
    question: tuple[str, Block] | None = None
    answer: list[str] = []
    for passage in [*passages, None]:
        asked = question_in(passage.text) if passage is not None and passage.kind != ROW else None
        ends = passage is None or (question is not None and not _beneath(question[1], passage))
        if (asked or ends) and question is not None and answer:
            text = re.sub(r"^答\s*[:：]\s*", "", "".join(answer))
            yield Finding(ANSWER, {"question": question[0], "answer": text}, question[1].text, question[1].line)
        if asked and passage is not None:
            # A second question in one breath ('…吗？要带什么？') goes on with the first.
            question = (f"{question[0]}{asked}" if question is not None and not answer else asked, passage)
            answer = []
        elif ends:
            question, answer = None, []
        elif passage is not None and question is not None:
            answer.append(passage.text)


def _beneath(question: Block, passage: Block) -> bool:
    """Whether a passage stands where the question does, or under it where the question is a heading."""
    above = tuple(question.section)
    own = tuple(passage.section[len(above) :])
    return tuple(passage.section[: len(above)]) == above and (not own or own[0].rstrip("？?") in question.text)
