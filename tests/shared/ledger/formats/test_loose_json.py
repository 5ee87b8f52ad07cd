"""Whatever lies in a file of JSON is read or refused by one kind of error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.ledger.formats import loose_json

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 6000])
def test_what_is_no_json_raises_one_kind_of_error(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "kept.json"
    file.write_bytes(data)
    with pytest.raises(ValueError, match=r"."):
        loose_json.read(file)


def test_a_file_without_end_is_refused_and_a_mark_before_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loose_json, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        loose_json.read(Path("/dev/zero"))
    (tmp_path / "kept.json").write_bytes(b'\xef\xbb\xbf{"a": 1.5}')
    assert loose_json.read(tmp_path / "kept.json", parse_float=str) == {"a": "1.5"}


def test_no_program_reads_a_file_of_json_in_another_way() -> None:
    """A few kilobytes of brackets on a stick or in a damaged HOME ended the program."""
    direct = re.compile(r"json\.loads\([^\n]*read_(?:text|bytes)\(")
    found = [str(path) for folder in ("county_hub", "village_node", "shared") for path in (ROOT / folder).rglob("*.py")
             if direct.search(path.read_text("utf-8"))]
    assert found == []
