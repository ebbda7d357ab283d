"""An uploaded list of students: the numbers in it, or else the names, whatever else the file holds."""

from __future__ import annotations

import re
from pathlib import Path

from handlers.fields import plain
from handlers.handler import Refusal
from knowledge.pieces import Unreadable
from knowledge.reading import read_bytes

_NUMBER = re.compile(r"(?<![\dA-Za-z])\d{6,20}(?![\dA-Za-z])")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,8}")
_HEADS = frozenset(
    (
        *("序号", "学号", "姓名", "名字", "班级", "学院", "专业", "性别", "备注", "电话", "手机", "名单", "签名"),
        *("男", "女", "学生姓名", "联系电话"),
    )
)
_GAPS = re.compile(r"[\s,，;；、|]+")


def words_of(data: bytes, file: str) -> str:
    """The numbers of a list, separated by blanks; where it has none, the names. Raises `Refusal`.

    Text goes as it is; tables are read by the readers of notices, in a process of their own (T9).
    """
    text = _plain_text(data) if Path(file).suffix.lower() in (".txt", ".csv", "") else _table(data, file)
    said = plain(text)
    numbers = [one for one in _NUMBER.findall(said) if not _MOBILE.fullmatch(one)]
    words = numbers or [one for one in _GAPS.split(said) if _NAME.fullmatch(one) and one not in _HEADS]
    if not words:
        raise Refusal("这个文件里没有学号，也没有姓名。请放一列学号再传。")
    return " ".join(dict.fromkeys(words))


def _plain_text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("这个文件的编码认不出来，请另存为 UTF-8 再传。")


def _table(data: bytes, file: str) -> str:
    try:
        document = read_bytes(data, file)
    except Unreadable as problem:
        raise Refusal(str(problem)) from None
    return "\n".join("\n".join((block.text, *block.cells.values())) for block in document.blocks)
