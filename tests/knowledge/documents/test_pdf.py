"""PDF files: lines broken by the margin, tables by their gaps, scans and passwords."""

from __future__ import annotations

import hashlib

import pytest
import typst

from knowledge.documents.pdf import pieces_of
from knowledge.pieces import Table, Text, Unreadable
from knowledge.reading import read_bytes

SENTENCE = "各学院要认真统计毕业生的去向，持续推荐就业岗位，及时上报就业方案和有关数据，做好回访和帮扶工作。" * 3
PAGE = '#set page(width: 14cm, height: 20cm)\n#set text(font: "Noto Sans CJK SC", size: 10pt)\n'


def printed(source: str) -> bytes:
    return bytes(typst.compile(source.encode()))


def test_a_paragraph_over_several_lines_is_one() -> None:
    pieces = pieces_of(
        printed(f"{PAGE}#set par(first-line-indent: (amount: 2em, all: true))\n{SENTENCE}\n\n第二段从这里开始。")
    )
    texts = [piece.content.text for piece in pieces if isinstance(piece, Text)]
    assert ["".join(text.split()) for text in texts] == [SENTENCE, "第二段从这里开始。"]


def test_a_table_has_its_cells() -> None:
    cells = ("事项", "部门", "电话", "还书", "图书馆", "0888-0000401", "退宿", "后勤处", "0888-0000302")
    body = ", ".join(f"[{cell}]" for cell in cells)
    (table,) = pieces_of(printed(f"{PAGE}#table(columns: (4cm, 4cm, 4cm), {body})"))
    assert isinstance(table, Table)
    assert [row.texts for row in table.rows] == [cells[:3], cells[3:6], cells[6:]]


def test_page_numbers_are_no_text() -> None:
    pieces = pieces_of(
        printed(f'{PAGE}#set page(numbering: "- 1 -")\n第一页的文字在这里。\n#pagebreak()\n第二页的文字。')
    )
    assert [piece.content.text for piece in pieces if isinstance(piece, Text)] == [
        "第一页的文字在这里。",
        "第二页的文字。",
    ]


def test_a_scan_has_no_text_layer() -> None:
    with pytest.raises(Unreadable, match="扫描件"):
        read_bytes(printed(f"{PAGE}#rect(width: 5cm, height: 3cm)"), "a.pdf")


def test_a_damaged_file() -> None:
    with pytest.raises(Unreadable, match="损坏"):
        read_bytes(b"%PDF-1.7\nnothing of a PDF", "a.pdf")


def test_a_password() -> None:
    with pytest.raises(Unreadable, match="密码"):
        read_bytes(locked("geheim"), "a.pdf")


PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def locked(password: str) -> bytes:
    """The smallest PDF that asks for a password: standard handler, RC4 of 40 bits (PDF 1.3, 3.5)."""
    padded = (password.encode() + PAD)[:32]
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + (-4 & 0xFFFFFFFF).to_bytes(4, "little") + b"0123456789abcdef").digest()[:5]
    user = rc4(key, PAD)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (owner.hex().encode(), user.hex().encode()),
    )
    body, places = b"%PDF-1.3\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    ids = b"[<%s><%s>]" % ((b"0123456789abcdef".hex().encode(),) * 2)
    trailer = b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID%s>>\nstartxref\n%d\n%%%%EOF" % (ids, len(body))
    return body + b"xref\n0 5\n0000000000 65535 f \n" + table + trailer


def rc4(key: bytes, data: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def test_no_character_is_read_twice_or_lost() -> None:
    line = "请通过 EMS 统一寄送，于 2026 年 6 月 18 日 17:00 前完成（6-18 号）。"
    (piece,) = pieces_of(printed(f"{PAGE}{line}"))
    assert isinstance(piece, Text)
    assert "".join(piece.content.text.split()) == "".join(line.split())
    assert "EMS 统一" in piece.content.text


LONG = (
    '#set page(width: 16cm, height: 12cm, header: [示范学院离校工作简报], numbering: "1 / 1")\n'
    '#set text(font: "Noto Sans CJK SC", size: 10pt)\n'
    "#table(columns: (2cm, 6cm, 3cm, 2cm), [事项], [要求], [时间], [部门], table.cell(rowspan: 2)[还书],"
    " [归还所借全部图书，赔偿遗失的图书并在系统中确认完成状态], [6月10日前], [图书馆],"
    " [结清逾期费用], [6月12日前], [图书馆], ..range(8).map(i =>"
    " ([事项#i], [说明内容比较长的一段文字需要折行才能放得下去], [6月#(14 + i)日], [后勤处])).flatten())\n"
    "后面的文字在这里，请于 6 月 30 日前报送。"
)


def test_a_ruled_table_over_pages_with_wrapped_and_merged_cells() -> None:
    document = read_bytes(printed(LONG), "a.pdf")
    rows = [block.cells for block in document.blocks if block.kind == "row"]
    assert len(rows) == 10
    assert {"".join(row["时间"].split()) for row in rows[2:]} == {f"6月{14 + i}日" for i in range(8)}
    assert rows[0]["要求"] == "归还所借全部图书，赔偿遗失的图书并在系统中确认完成状态"
    assert (rows[1]["事项"], rows[1]["要求"]) == ("还书", "结清逾期费用")
    assert not any("简报" in block.text for block in document.blocks)
    assert document.blocks[-1].text.startswith("后面的文字")


HEAD = '#set page(width: 16cm, height: 14cm, numbering: "1", header: [晴川学院学生处文件])\n'
CELLS = (
    ("事项", "办理时间", "地点", "责任部门"),
    ("还清图书", "6月10日前", "图书馆一楼", "图书馆"),
    ("缴清学费", "6月12日17:00前", "线上", "财务处"),
    ("退宿", "6月20日—6月22日", "各楼值班室", "后勤处"),
    ("领取毕业证书、学位证书和成绩单", "6月21日", "行政楼305室，请带学生证和身份证原件", "教务处"),
    ("户口迁出", "6月23日、24日", "保卫处户籍室", "保卫处"),
    ("转接组织关系", "6月15日前", "所在学院党总支", "组织部"),
)


def listed(stroke: str, before: str = "", align: str = "left") -> bytes:
    """A notice with the cells as a table with these strokes; `before` pushes it over the page's end."""
    body = ", ".join(f"[{cell}]" for row in CELLS for cell in row)
    table = f"#table(columns: (4cm, 3.5cm, 3.5cm, 2.5cm), stroke: {stroke}, align: {align}, {body})"
    return printed(f"{PAGE}{HEAD}关于做好2031届毕业生离校工作的通知\n\n各学院：\n\n{before}\n\n{table}\n\n特此通知。")


@pytest.mark.parametrize("before", ["", "先说明一下情况。" * 30], ids=["one page", "over the page's end"])
@pytest.mark.parametrize("align", ["left", "center", "left + horizon"])
@pytest.mark.parametrize("stroke", ["0.5pt", "none", "(x, y) => (bottom: 0.5pt)"], ids=["grid", "none", "across"])
def test_a_table_by_its_lines_or_by_its_strips(stroke: str, align: str, before: str) -> None:
    blocks = read_bytes(listed(stroke, before, align), "a.pdf").blocks
    rows = [tuple("".join(cell.split()) for cell in block.cells.values()) for block in blocks if block.cells]
    assert rows == list(CELLS[1:])
    assert "".join(blocks[-1].text.split()) == "特此通知。"


def test_two_columns_of_words_are_no_table() -> None:
    text = "联系人：林一 #h(3cm) 电话：0999-6600121\n\n" + SENTENCE
    blocks = read_bytes(printed(f"{PAGE}{text}"), "a.pdf").blocks
    assert not any(block.cells for block in blocks)
