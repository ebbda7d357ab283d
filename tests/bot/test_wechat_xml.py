"""XML of the platforms: what is read, what is refused before it can hurt (T8)."""

from __future__ import annotations

import resource
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat_xml import LARGEST, BadXml, read, write
from tests.fakes.wechat_seal import xml_of

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><A>&c;</A></xml>"""
QUADRATIC = b'<!DOCTYPE xml [<!ENTITY a "' + b"a" * 20_000 + b'">]><xml>' + b"&a;" * 10_000 + b"</xml>"
EXTERNAL = b'<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><A>&x;</A></xml>'


def test_reads_what_the_platform_writes() -> None:
    found = read(xml_of(ToUserName="a", Content="第一行\n<b> & ]", CreateTime=1348831860).encode())
    assert found == {"ToUserName": "a", "Content": "第一行\n<b> & ]", "CreateTime": "1348831860"}


def test_leaves_inside_are_found_and_the_first_of_a_name_counts() -> None:
    inner = "<xml><SelectedItems><Item><Id>1</Id></Item><Item><Id>2</Id></Item></SelectedItems><Id>3</Id></xml>"
    assert read(inner.encode())["Id"] == "1"


@given(st.dictionaries(st.sampled_from(["Content", "Name", "Key"]), st.text(), min_size=1))
def test_what_is_written_is_read_again(fields: dict[str, str]) -> None:
    said = {name: text.encode("utf-8", "ignore").decode() for name, text in fields.items()}
    keep = {
        name: "".join(c for c in text if (c >= " " or c in "\n\t\r") and c not in "\ufffe\uffff")
        for name, text in said.items()
    }
    found = read(write(keep).encode())
    assert found == {name: text.replace("\r\n", "\n").replace("\r", "\n") for name, text in keep.items()}


@pytest.mark.parametrize(
    "data",
    [
        LAUGHS,
        QUADRATIC[:60_000],
        EXTERNAL,
        EXTERNAL.replace(b"DOCTYPE", b"doctype"),
        EXTERNAL.decode().encode("utf-16"),
        b"<xml><A>",
        b"",
        b"\xff\xfe",
        b"<html></html>",
        b"<?xml version='1.0' encoding='nonsense'?><xml/>",
        b"<xml>" + b"<a>" * 20_000,
        b"<xml>" + b"<a/>" * 10_000 + b"</xml>",
        b"<xml>" + b"a" * LARGEST + b"</xml>",
        b"[" * 60_000,
    ],
)
def test_bombs_and_nonsense_are_refused_at_once(data: bytes) -> None:
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with pytest.raises(BadXml):
        read(data)
    assert time.perf_counter() - started < 0.05
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
