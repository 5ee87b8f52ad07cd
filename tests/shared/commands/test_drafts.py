"""What both command lines take as a draft, and how they say that it is none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from shared.commands.arguments import Unusable
from shared.commands.drafts import read_draft
from shared.ledger.entry import MAX_DRAFT_BYTES
from tests.support.two_programs import county_draft, tablet_draft

NOTHING = io.BytesIO()


def test_a_field_is_json_if_it_reads_as_json_else_text_and_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    file.write_text('\ufeff{"text": "甲", "no": 1, "sum": 3.50}', "utf-8")
    made = read_draft(str(file), ["text=乙=丙", "agreed_by=[0, 1]", "told=true", "rate=3.50", "odd=NaN", "empty="], NOTHING)
    assert made == {"text": "乙=丙", "no": 1, "sum": "3.50", "agreed_by": [0, 1], "told": True, "rate": "3.50", "odd": "NaN",
                    "empty": ""}
    assert read_draft("-", [], io.BytesIO('{"text": "甲"}'.encode())) == {"text": "甲"}
    assert read_draft(None, [], NOTHING) == {}


@pytest.mark.parametrize(("content", "says"), [
    (b'{"text":\n  "a",,}', "第 2 行第 7 列"), (b"\xff\xfe", "第 1 行第 1 列"), (b"[1]", "JSON 对象"), (b"[" * 100_000, "JSON"),
    (b'{"n": NaN}', "第 1 行第 1 列"), (b" " * (MAX_DRAFT_BYTES + 1), "太大"),
])
def test_a_file_that_is_no_draft_is_refused_with_its_place_by_both_programs(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "draft.json"
    file.write_bytes(content)
    with pytest.raises(Unusable, match=says):
        read_draft(str(file), [], NOTHING)
    assert tablet_draft(str(file)) == county_draft(str(file))
    assert tablet_draft(str(file))[1] == 2


def test_a_file_that_is_not_there_and_a_field_without_a_value_are_named_by_both_programs(tmp_path: Path) -> None:
    for source, fields in ((str(tmp_path / "none.json"), []), (None, ["text"]), (None, ["=x"])):
        assert tablet_draft(source, fields) == county_draft(source, fields)
        assert tablet_draft(source, fields)[1] == 2
