"""A tablet and the hub's officers ask one counter: every verb of a case in every situation, every step of a record, is refused
by both for the same reason in the same words, or signed by both with the same body.

`sentences.json` pins the words. After a change that means to change them: `python -m tests.shared.disputes.acts.test_counter`
writes the file anew, and the difference is what a reviewer reads.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path

import pytest

from shared.disputes.acts.verbs import VERBS
from tests.support.county_hub.scratch_county import day
from tests.support.two_programs import SITUATIONS, Said, Table, every_slip, every_step, every_verb, two_programs

pytestmark = pytest.mark.long
PINNED = Path(__file__).with_name("sentences.json")


def everything() -> Table:
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder, \
            two_programs(Path(folder)) as programs:
        table = every_verb(programs) | every_step(programs)
        for verb, row in every_slip(programs).items():
            table.setdefault(verb, {}).update(row)
    return table


def words(said: Said) -> str:
    """`done`, or the sentence without the days of this run."""
    if not isinstance(said, str):
        return "done"
    for days in (0, 1, -3, -400, -401):
        said = said.replace(day(days), f"<{days:+d} d>")
    return said


def pinned(table: Table) -> dict[str, dict[str, str]]:
    return {verb: {name: words(both[0]) for name, both in row.items()} for verb, row in table.items()}


@pytest.fixture(scope="module")
def table() -> Table:
    return everything()


def test_every_verb_is_tried_in_every_situation(table: Table) -> None:
    assert {verb for verb in VERBS if not set(SITUATIONS) <= set(table[verb])} == set()


def test_both_programs_refuse_for_the_same_reason_in_the_same_words_and_sign_the_same(table: Table) -> None:
    different = {(verb, name): both for verb, row in table.items() for name, both in row.items() if both[0] != both[1]}
    assert different == {}


def test_the_words_are_those_that_were_pinned(table: Table) -> None:
    assert pinned(table) == json.loads(PINNED.read_text("utf-8"))


if __name__ == "__main__":
    PINNED.write_text(json.dumps(pinned(everything()), ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
