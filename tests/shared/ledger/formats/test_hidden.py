"""Characters that nobody sees: a box where others' texts are shown, never in the way of a script or of what may be typed."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from county_hub.console import render
from county_hub.county.csv_files import read_lines, write_lines
from shared.disputes.papers.kit import wrap
from shared.ledger.cells import as_written, no_formula
from shared.ledger.entry import running_text
from shared.ledger.formats.characters import is_nfc
from shared.ledger.formats.fields import PLAIN
from shared.ledger.formats.hidden import Terminal, escaped, shown, shown_in

MONGOLIAN = "\u182a\u1820\u1836\u1820\u180e\u1820 \u1830\u180b\u200d\u1820\u200c"
RARE = "\u8fbb\U000e0101\u845b\ufe00"      # ideographs with the variation that a person's name has


@pytest.mark.parametrize("text", ["旧地村", MONGOLIAN, RARE, "line\n\ttab", "\U0001f600 e\u0301"])
def test_what_a_script_needs_stays(text: str) -> None:
    assert (running_text(text), shown(text)) == (text, text)


@pytest.mark.parametrize(("text", "seen"), [
    ("a\x1b[31mb\x07", "a□[31mb□"), ("甲\u202e乙\u2066", "甲□乙□"), ("甲\u200b\u200d乙\ufeff", "甲□□乙□"),
    ("a\r\nb\rc\u2028d", "a\nb□c□d"), ("\U000e0041\xad\x85x\x9b", "□□□x□"), ("\u3164\u200e", "□□"),
])
def test_hidden_characters_show_as_boxes(text: str, seen: str) -> None:
    assert shown(text) == seen
    assert json.loads(escaped(json.dumps(text, ensure_ascii=False))) == text


@given(st.text())
def test_what_is_shown_holds_nothing_hidden(text: str) -> None:
    assert shown(shown(text)) == shown(text)
    made = escaped(json.dumps([text], ensure_ascii=False))
    assert json.loads(made) == [text]
    assert shown(made) == made


def test_what_is_taken_as_plain_needs_no_second_look() -> None:
    plain = "".join(character for character in map(chr, range(0x110000)) if PLAIN.fullmatch(character))
    assert len(plain) > 20_000
    assert is_nfc(plain)
    assert is_nfc(plain[::-1])
    assert shown(plain) == plain


def test_values_of_json_are_shown_as_deep_as_they_go() -> None:
    assert shown_in({"a\u202e": ["\x1b", {"b": ("\x07", 1, None)}]}) == {"a□": ["□", {"b": ["□", 1, None]}]}


def test_a_terminal_obeys_no_text_and_still_writes_progress_over() -> None:
    stream = io.StringIO()
    print("\x1b]0;title\x07", "甲\u202e", file=Terminal(stream))
    Terminal(stream).write("\r")
    Terminal(stream).writelines(["a\rb"])
    assert stream.getvalue() == "□]0;title□ 甲□\n\ra□b"


def test_a_page_of_the_console_and_a_paper_show_boxes() -> None:
    page = render._environment().from_string("{{ name }} {{ markup }}")
    assert page.render(name="<甲\u202e>", markup=render.t("hub.case.none")).startswith("&lt;甲□&gt;")
    assert wrap.printable(shown("甲\u202e\x1b"), {ord("甲"), ord("□")}) == ("甲□□", set())


def test_a_table_for_spreadsheets_holds_no_formula_and_is_read_back_as_it_was(tmp_path) -> None:
    rows = [{"name": name} for name in ('=HYPERLINK("x")', "@a", "+86 138-0000", "-", "-甲", "甲=1", "-5.5%", "\'=x", "''-1")]
    write_lines(tmp_path / "t.csv", ["name"], rows)
    text = (tmp_path / "t.csv").read_text("utf-8-sig")
    assert not [line for line in text.splitlines() if line.lstrip(chr(34)).startswith(("=", "@", "-甲"))]
    armoured = ("\t=1", "\r=1", " =1", "\uff1d1", "\uff0b1+1", "=cmd|'/C calc'!A0")
    assert all(no_formula(cell)[0] == "'" and as_written(no_formula(cell)) == cell for cell in armoured)
    back = [row for _, row in read_lines(tmp_path / "t.csv", ["name"], lacking="grids.columns")]
    assert back == rows
    assert no_formula("-5.5%") == "-5.5%"
