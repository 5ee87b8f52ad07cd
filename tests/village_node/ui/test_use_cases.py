"""Every use case by touch: the table equals the command line, and names where each row is played."""

from __future__ import annotations

import re

import pytest

from tests.support.village_node import use_cases  # isort: skip
from village_node.view_models.case_page import GROUPS, OTHER  # isort: skip

pytestmark = pytest.mark.gui
ROWS = use_cases.rows()


# ---- the table


def test_every_verb_of_the_command_line_has_its_row_and_no_row_is_of_none() -> None:
    wanted = use_cases.wanted()
    assert not sorted(wanted - set(ROWS)), "write a row for it in village_node/ui/use_cases.toml"
    assert not sorted(set(ROWS) - wanted), "no such verb any more"


def test_a_row_says_what_is_written_and_who_plays_it() -> None:
    wrong = []
    for name, row in ROWS.items():
        if row.only:
            continue
        if row.event != use_cases.kind_of(name) and name not in ("case register", "duplicates dismiss", "duplicates merge"):
            wrong.append(f"{name}: the event is {use_cases.kind_of(name)}")
        if not row.touches or not row.screen:
            wrong.append(f"{name}: no screen, no touches")
        if row.test.startswith("tests/"):
            path, _, test = row.test.partition("::")
            text = (use_cases.ROOT / path).read_text(encoding="utf-8") if (use_cases.ROOT / path).is_file() else ""
            if not text or (test and not re.search(rf"^def {test}\(", text, re.MULTILINE)):
                wrong.append(f"{name}: no such test, {row.test}")
        elif row.test and row.test not in ROWS:
            wrong.append(f"{name}: no such row, {row.test}")
    assert not wrong, "\n".join(wrong)


def test_the_place_of_an_act_on_the_page_of_a_case_is_that_of_the_table() -> None:
    group = {verb: name for name, (_, verbs) in GROUPS.items() for verb in verbs}
    wrong = [name for name, row in ROWS.items() if row.screen == "case" and row.event and len(row.touches) == 3
             and row.touches[0] != group.get(row.touches[1], OTHER[0])]
    assert not wrong


def test_the_document_is_the_table() -> None:
    assert use_cases.DOC.read_text(encoding="utf-8") == use_cases.render(), \
        "python -m tests.support.village_node.use_cases --write"
