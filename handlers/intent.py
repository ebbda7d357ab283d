"""What a text means in the middle of a form: a wish, a correction, a question, or a value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from handlers.blank import Step
from handlers.fields import folded, plain

_ENDS = " 。.!！~～,，、;；:："


_CANCELLED = re.compile(
    r"(?:(?:那|我|就|先|还是)*(?:算了|取消|退出|放弃|不(?:想|要)?[填办写弄]了|结束填写|取消填写)(?:吧|啦|哦|了)?"
    r"[,，、。!！~ ]*){1,3}"
)
"""'算了不填了': it is said in more than one word."""


class Wish(Enum):
    """A word for the form itself."""

    CANCEL = "取消 不填了 退出 算了 放弃 结束填写 取消填写"
    BACK = "上一步 返回 返回上一步 回到上一步 后退"
    SKIP = "跳过 略过 先跳过 没有 不清楚 不知道 无"
    HELP = "帮助 怎么填 这里怎么填 help ?"
    CONFIRM = "确认 确认提交 提交 确定 是 是的 对 对的 没问题 没错 无误 好 好的 可以 ok yes 正确"
    AGREE = "同意 我同意 是 是的 好 好的 可以 确认 ok yes"
    DISAGREE = "不同意 我不同意 不 不行 拒绝 否 no"
    RESUME = "继续 接着填 继续填 继续填写 继续填表"
    RESTART = "重新填 重填 重来 重新开始 全部重填 重新填写"
    REVIEW = "看看 看一下 已填内容 填了什么 看看填了什么 查看"
    EDIT = "修改 改 改一下 要改 有错 不对 错了"

    def said(self, text: str) -> bool:
        """Whether the whole text is this wish."""
        if self is Wish.CANCEL and _CANCELLED.fullmatch(plain(text).strip(_ENDS)):
            return True
        return plain(text).strip(_ENDS).lower() in self.value.split() or plain(text) in self.value.split()


_QUESTION = re.compile(
    r"[?？]\s*$|(?:吗|么|呢|嘛|不)[。.!！~～\s]*$|怎么|怎样|怎么样|如何|为什么|为啥|什么|啥|哪(?:里|儿|个|些|天|种|位|家)|在哪|"
    r"几(?:点|号|天|个|时|月)|多少|多久|多长|能不能|可不可以|要不要|需不需要|有没有|是不是|是否|谁(?:能|来|负责|可以)|何时|咋"
)
_TOPIC = re.compile(r"[\u4e00-\u9fff]{2,}(?:时间|流程|要求|条件|地点|截止|材料|手续|办法)$")


def is_question(text: str) -> bool:
    """Whether this reads as a question rather than a value."""
    return bool(_QUESTION.search(plain(text)))


def is_topic(text: str) -> bool:
    """Whether this may be a question in the form of a title: '退寝时间'."""
    return bool(_TOPIC.fullmatch(plain(text).strip(_ENDS)))


_NUMERALS = {c: str(i) for i, c in enumerate("一二三四五六七八九", 1)}
_ITEM = re.compile(r"(?:我?要?)?(?:改|修改|更正)?第?\s*([0-9]{1,2}|[一二三四五六七八九])\s*(?:项|条|个|步)")
_TO = r"\s*(?:改?成|改?为|换成|应该是|应为|更正为|写成|是|[:：])\s*"


def correction(text: str, steps: Sequence[Step], *, bare_numbers: bool = False) -> tuple[Step, str] | None:
    """Which step is to be changed, and to what ('' where no value is said): '改电话', '第 3 项', '电话改成 139…'.

    With `bare_numbers`, '3' alone is the third step: in a summary a number can mean nothing else.
    """
    text = text.strip(_ENDS + "\n")
    said = folded(text)
    if bare_numbers and re.fullmatch(r"[0-9]{1,2}", said):
        text = said = f"第{said}项"
    found = _by_number(said, steps) or _by_name(said, steps)
    return (found[0], text[found[1] : found[2]].strip(_ENDS)) if found else None


def stated(text: str, steps: Sequence[Step]) -> tuple[Step, str] | None:
    """The step a text names before a value, without a word of changing: '邮编 401121', '电话是 139…'."""
    text = text.strip(_ENDS + "\n")
    named = sorted(((name, step) for step in steps for name in names_of(step)), key=lambda pair: -len(pair[0]))
    for name, step in named:
        if found := re.fullmatch(rf"(?:我的)?{re.escape(name)}\s*(?:是|[:：=])?\s*(\S.*)", folded(text)):
            return step, text[found.start(1) : found.end(1)].strip(_ENDS)
    return None


def _by_number(said: str, steps: Sequence[Step]) -> tuple[Step, int, int] | None:
    """The step, and from where to where its value stands in the text."""
    found = _ITEM.match(said)
    if found is None:
        return None
    index = int(_NUMERALS.get(found[1], found[1]))
    rest = re.compile(rf"(?:{_TO}|\s*(?:要改|错了|不对|有误|改一下|改))").match(said, found.end())
    start = rest.end() if rest else found.end()
    return (steps[index - 1], start, len(said)) if 1 <= index <= len(steps) else None


def _by_name(said: str, steps: Sequence[Step]) -> tuple[Step, int, int] | None:
    named = sorted(((name, step) for step in steps for name in names_of(step)), key=lambda pair: -len(pair[0]))
    for name, step in named:
        word = re.escape(name)
        for pattern in (
            rf"(?:我?要?|帮我|请)?(?:修改|更改|更正|重填|换|改)(?:一下)?(?:我的)?{word}(?:{_TO}|\s+|$)(.*)",
            rf"{word}\s*(?:写错了|填错了|输错了|错了|不对|有误|要改|需要改|改一下|改)[,，、\s]*(?:{_TO}(.+))?",
            rf"{word}\s*(?:改?成|改为|换成|应该是|应为|更正为|写成)\s*(.+)",
        ):
            found = re.fullmatch(pattern, said)
            if found:
                return (step, *found.span(1)) if found[1] else (step, len(said), len(said))
    return None


def names_of(step: Step) -> tuple[str, ...]:
    """The words by which people call a step."""
    return (step.label, *step.aliases)


def labelled(text: str, steps: Sequence[Step]) -> dict[str, str]:
    """The values of '收件人：王老师 电话：010-…' by step, from lines or from one line with several labels.

    A label without a colon counts only beside another one: '单位 …, 电话 …'.
    """
    found: dict[str, str] = {}
    for key, value in marked(text, steps)[1]:
        if value:
            found.setdefault(key, value)
    return found


def marked(text: str, steps: Sequence[Step]) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first label, and the values behind the labels, in their order."""
    steps_by_name = {name: step.key for step in steps for name in names_of(step)}
    words = "|".join(re.escape(name) for name in sorted(steps_by_name, key=len, reverse=True))
    start = r"(?:^|(?<=[\s,，;；。、]))[0-9]{0,2}[.、)）]?"
    mark = re.compile(rf"{start}\s*({words})(\s*[:：=]\s*|\s*是(?=\S)|\s+)", re.MULTILINE)
    marks = list(mark.finditer(folded(text)))
    if not marks or (len(marks) == 1 and not marks[0][2].strip()):
        return text, []
    ends = [label.start() for label in marks[1:]] + [len(text)]
    values = [text[label.end() : end].strip(_ENDS + "\n") for label, end in zip(marks, ends, strict=True)]
    return text[: marks[0].start()], [
        (steps_by_name[label[1]], value) for label, value in zip(marks, values, strict=True)
    ]
