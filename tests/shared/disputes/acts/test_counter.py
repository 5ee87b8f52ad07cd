"""What a tablet and the hub's officers say to the same act: every verb of a case in every situation, every step of a record.

`sentences.json` pins it. After a change that means to change words: `python -m tests.shared.disputes.acts.test_counter`
writes the file anew, and the difference is what a reviewer reads.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.county_hub.scratch_county import day
from tests.support.two_programs import Said, Table, every_slip, every_step, every_verb, two_programs

PINNED = Path(__file__).with_name("sentences.json")


def spoken(said: Said) -> str:
    """`done`, or the sentence without the days of this run."""
    if not isinstance(said, str):
        return "done"
    for days in (0, 1):
        said = said.replace(day(days), f"<today+{days}>")
    return said


def asked() -> Iterator[Table]:
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder, \
            two_programs(Path(folder)) as programs:
        yield every_verb(programs) | every_step(programs)
        yield every_slip(programs)


def table() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for part in asked():
        for verb, row in part.items():
            found.setdefault(verb, {}).update({name: [spoken(one) for one in both] for name, both in row.items()})
    return found


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, Any]]:
    return table()


def test_both_programs_say_what_was_pinned(said: dict[str, dict[str, Any]]) -> None:
    assert said == json.loads(PINNED.read_text("utf-8"))


if __name__ == "__main__":
    PINNED.write_text(json.dumps(table(), ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
