"""Which characters a text may hold: a table that equals Unicode 14.0, the same normal form everywhere, and rules that ask no
interpreter what a digit or a letter is."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.disputes.kinds import registry
from shared.ledger.errors import NotCanonical
from shared.ledger.formats import canonical
from shared.ledger.formats.characters import INSTEAD, is_digits, is_nfc, nfc, replaced, tidy, unknown
from tests.support.shared import unicode_table

ROOT = Path(__file__).resolve().parents[4]
VECTOR = json.loads(unicode_table.VECTOR.read_text(encoding="utf-8"))
needs_unicode_14 = pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="needs the tables of Unicode 14.0")


@needs_unicode_14
def test_the_table_is_what_unicode_14_assigns_and_the_later_ideographs() -> None:
    assert unicode_table.TABLE.read_text(encoding="utf-8") == unicode_table.table_text()
    allowed = {code for first, last in (*unicode_table.assigned(), *unicode_table.IDEOGRAPHS) for code in range(first, last + 1)}
    assert [code for code in range(0x110000) if (unknown(chr(code)) is None) != (code in allowed)] == []


@needs_unicode_14
def test_the_normal_form_of_every_character_has_the_digest_that_is_in_the_field() -> None:
    assert unicode_table.vector() == VECTOR


def test_node_finds_every_vector_as_we_do() -> None:
    done = subprocess.run(["node", unicode_table.VECTOR.parent / "check.mjs"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok     nfc.json" in done.stdout


@pytest.mark.parametrize("case", VECTOR["cases"], ids=lambda case: "".join(f"{ord(c):X}." for c in case["text"]))
def test_a_text_is_normalised_or_refused_by_the_name_of_its_character(case: dict[str, str]) -> None:
    if "nfc" in case:
        assert nfc(case["text"]) == case["nfc"]
        return
    with pytest.raises(NotCanonical, match=re.escape(case["refused"])) as refusal:
        canonical.encode({"body": {"summary": case["text"]}})
    assert (refusal.value.code, refusal.value.field) == ("unknown_character", "body.summary")
    with pytest.raises(NotCanonical, match=re.escape(case["refused"])):
        nfc(case["text"])


@given(st.text(st.characters(exclude_categories=[])))
def test_imported_text_loses_what_no_text_may_hold_and_is_never_stopped(text: str) -> None:
    made = replaced(text)
    assert is_nfc(made)
    if unknown(text) is None:
        assert made == nfc(text)


def test_a_box_stands_for_each_character_that_is_too_new() -> None:
    assert replaced("合影\U0001fae8\U0001fae9.jpg") == f"合影{INSTEAD}{INSTEAD}.jpg"
    assert replaced("e\u0301\udce9") == f"é{INSTEAD}"


def test_a_form_names_the_field_of_a_character_that_is_too_new() -> None:
    with pytest.raises(registry.InvalidBody) as wrong:
        registry.build("case.note_added", {"text": "好\U0001fae8"})
    assert (wrong.value.field, "U+1FAE8" in wrong.value.reason) == ("text", True)


def test_digits_are_those_of_ascii_and_spaces_those_of_a_fixed_list() -> None:
    assert [is_digits(text) for text in ("0123456789", "²", "④", "２", "٣", "")] == [True, False, False, False, False, False]
    assert tidy("\u3000\x1f 旧地村\u200b\u2003") == "旧地村\u200b"


# What an interpreter with other tables answers otherwise. `.lower()` and `.upper()` stay allowed outside of verdicts: words of a
# command, and the local search index, which is rebuilt and asked by one interpreter.
_ASKS = {"isdigit", "isdecimal", "isnumeric", "isalpha", "isalnum", "isspace", "isprintable", "isidentifier", "casefold"}
_VERDICTS = ("shared/ledger", "shared/disputes/case", "shared/disputes/fold", "shared/disputes/rules", "shared/disputes/kinds",
             "shared/disputes/records", "shared/disputes/acts", "sync/router", "county_hub/hub/routed/rules.py")
_BARE = {"strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "lower", "upper"}
# (file, what): with its reason
_ALLOWED = {
    ("shared/ledger/formats/ids.py", "lower"): "base32, ASCII",
    ("shared/ledger/formats/characters.py", "isdigit"): "after isascii",
    ("shared/ledger/formats/characters.py", "unicodedata"): "the normal form, which no later version changes",
    ("shared/disputes/papers/kit/wrap.py", "unicodedata"): "what is left out on paper",
    ("shared/disputes/papers/kit/page.py", "isalpha"): "where a label breaks on paper",
    ("shared/disputes/rules/grids.py", "strip"): "cells of an import, before anything is signed",
    ("shared/disputes/rules/grids.py", "split"): "cells of an import, before anything is signed",
    ("shared/ledger/files/pictures.py", "lower"): "names of formats, ASCII",
    ("shared/ledger/key_file.py", "strip"): "a file of hex digits, before anything is opened",
    ("shared/ledger/texts.py", "strip"): "words of a second language, for screens alone",
    ("village_node/ui/fonts.py", "isspace"): "which face draws a character",
    ("shared/ledger/published/offices.py", "strip"): "cells of an import, before anything is signed",
    ("shared/disputes/acts/counter.py", "strip"): "a number that somebody types",
    ("shared/ledger/looked_for.py", "split"): "words that somebody types to find a choice",
    ("shared/ledger/pinyin.py", "lower"): "ASCII, for the local search index",
    ("shared/ledger/pinyin.py", "unicodedata"): "readings of a table, for the local search index",
    ("shared/commands/output.py", "unicodedata"): "how wide a column of the screen is",
    ("shared/disputes/acts/citizen_codes.py", "strip"): "whether a field was filled in",
    ("shared/disputes/acts/roster_file.py", "strip"): "cells of an import, before anything is signed",
    ("shared/disputes/rules/helpers.py", "strip"): "cells of an import, before anything is signed",
    ("shared/ledger/formats/citizen_code.py", "\\s"): "a number as it is typed, before it is compared",
    ("shared/ledger/identity.py", "[\\s-]"): "a number as it is typed, before it is checked",
    ("shared/ledger/identity.py", "upper"): "a number as it is typed, before it is checked",
    ("shared/ledger/published/pin_codes.py", "upper"): "a code as it is typed; what is not ASCII is left out",
    ("shared/disputes/acts/verbs.py", "strip"): "a word of the command line",
    ("shared/disputes/acts/verbs.py", "lower"): "a word of the command line",
}


def test_no_verdict_and_no_fold_asks_the_interpreter_what_a_digit_a_letter_or_a_space_is() -> None:
    found = {(name, what, line) for name, what, line in _asked() if (name, what) not in _ALLOWED}
    assert not found


# What is typed and what search compares is asked there alone; no verdict and no fold calls it.
_ENTRY = "shared/ledger/entry.py"


def _asked() -> Iterator[tuple[str, str, int]]:
    files = [*ROOT.glob("shared/**/*.py"), *ROOT.glob("sync/router/*.py"), *ROOT.glob("county_hub/**/*.py"),
             *ROOT.glob("village_node/**/*.py")]
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        if name == _ENTRY:
            continue
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                what = node.func.attr
                after_isascii = f"{ast.unparse(node.func.value)}.isascii()" in source
                if what in _ASKS and not after_isascii:
                    yield name, what, node.lineno
                if what in _BARE and not node.args and name.startswith(_VERDICTS):
                    yield name, what, node.lineno
                if ast.unparse(node.func.value) == "unicodedata" and name.startswith("shared/"):
                    yield name, "unicodedata", node.lineno
            pattern = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.search(r"\\[dDwWsSbB]", pattern) and name.startswith(_VERDICTS):
                yield name, pattern, node.lineno


