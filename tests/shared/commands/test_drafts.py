"""What both command lines take as a draft, and how they say that it is none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from shared.commands.drafts import file_argument
from shared.ledger.entry import MAX_DRAFT_BYTES
from tests.support.two_programs import county_draft, tablet_draft


def test_a_field_is_json_if_it_reads_as_json_else_text_and_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    file.write_text('\ufeff{"text": "甲", "no": 1, "sum": 3.50}', "utf-8")
    fields = ["text=乙=丙", "agreed_by=[0, 1]", "told=true", "rate=3.50", "odd=NaN", "empty="]
    assert tablet_draft(str(file), fields) == county_draft(str(file), fields) == ({
        "text": "乙=丙", "no": 1, "sum": "3.50", "agreed_by": [0, 1], "told": True, "rate": "3.50", "odd": "NaN", "empty": ""}, 0)
    assert file_argument("-", io.BytesIO('{"text": "甲"}'.encode())) == {"text": "甲"}
    assert tablet_draft(None) == county_draft(None) == ({}, 0)


@pytest.mark.parametrize(("content", "says"), [
    (b'{"text":\n  "a",,}', "第 2 行第 7 列"), (b"\xff\xfe", "第 1 行第 1 列"), (b"[1]", "JSON 对象"), (b"[" * 100_000, "JSON"),
    (b'{"n": NaN}', "第 1 行第 1 列"), (b" " * (MAX_DRAFT_BYTES + 1), "太大"),
])
def test_a_file_that_is_no_draft_is_refused_with_its_place_by_both_programs(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "draft.json"
    file.write_bytes(content)
    for said, code in (tablet_draft(str(file)), county_draft(str(file))):
        assert code == 2
        assert says in str(said)


def test_whatever_was_typed_wrong_is_told_at_once_by_both_programs(tmp_path: Path) -> None:
    """A file that is not there, fields without a value, a bad day, and an option that is missing: before HOME is looked for."""
    for program in (tablet_draft, county_draft):
        more = ["--date", "2026-02-30", *(["--file", "x.jpg,乱写"] if program is tablet_draft else [])]
        said, code = program(str(tmp_path / "none.json"), ["text", "=x"], *more)
        assert code == 2
        for part in ("none.json", "“text”", "“=x”", "2026-02-30", *(["乱写"] if program is tablet_draft else [])):
            assert part in str(said), said
