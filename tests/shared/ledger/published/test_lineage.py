"""Who is over whom is what the directory says, whatever the digits of an id look like."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from shared.ledger.published.directory import EMPTY, Directory
from shared.ledger.published.directory_heads import change
from shared.ledger.published.lineage import FOUNDED, Lineage, of_text

ROOT = Path(__file__).parents[4]
VILLAGE, TOWN, OTHER, COUNTY = "150822100203", "150822100000", "150822101000", "150822000000"
BUREAU = "150822100299"         # a bureau of the county's level whose id looks like a village's of TOWN
VALUES: dict[str, dict[str, Any]] = {
    COUNTY: {"name": "演示县", "level": "county", "parent": None},
    TOWN: {"name": "演示镇", "level": "township", "parent": COUNTY},
    OTHER: {"name": "演示二镇", "level": "township", "parent": COUNTY},
    VILLAGE: {"name": "演示村", "level": "village", "parent": TOWN},
    BUREAU: {"name": "演示局", "level": "county", "parent": COUNTY},
}


def directory(*more: tuple[str, dict[str, Any]], today: str = "") -> Directory:
    said = [change("office", id, value) for id, value in [*VALUES.items(), *more]]
    return EMPTY.with_changes("e1", 1, "h", said).dated(today)


def moved(start: str = "2027-01-01") -> tuple[tuple[str, dict[str, Any]], ...]:
    return ((VILLAGE, {**VALUES[VILLAGE], "valid_to": "2026-12-31"}),
            (VILLAGE, {**VALUES[VILLAGE], "parent": OTHER, "valid_from": start}))


def test_level_and_line_are_those_of_the_directory_where_the_digits_say_otherwise() -> None:
    known = directory().lineage
    assert (known.level_of(BUREAU), known.ancestors_of(BUREAU), known.is_organ(BUREAU)) == ("county", (COUNTY,), True)
    assert not known.covers(TOWN, BUREAU)
    assert (FOUNDED.level_of(BUREAU), FOUNDED.covers(TOWN, BUREAU)) == ("village", True), "the base case reads the id"
    assert not known.is_organ(COUNTY)


def test_a_village_that_moved_has_one_town_today_and_both_for_what_was_signed() -> None:
    before, after = directory(*moved(), today="2026-12-31").lineage, directory(*moved(), today="2027-01-01").lineage
    assert (before.ancestors_of(VILLAGE), after.ancestors_of(VILLAGE)) == ((TOWN, COUNTY), (OTHER, COUNTY))
    assert (before.is_over(TOWN, VILLAGE), after.is_over(TOWN, VILLAGE), after.is_over(OTHER, VILLAGE)) == (True, False, True)
    for known in (before, after):
        assert known.ever_above(VILLAGE) == {TOWN, OTHER, COUNTY}
        assert known.covers(TOWN, VILLAGE)
    assert after.changed(before.text) == {VILLAGE}


def test_what_was_allowed_by_an_earlier_version_is_allowed_by_every_later_one() -> None:
    before, after = directory().lineage, directory(*moved()).lineage
    for upper in VALUES:
        for lower in VALUES:
            assert after.covers(upper, lower) or not before.covers(upper, lower)


def test_a_level_is_that_of_the_founding_and_no_later_period_changes_it() -> None:
    risen = directory((VILLAGE, {**VALUES[VILLAGE], "level": "county", "valid_from": "2026-06-01"}))
    assert (risen.lineage.level_of(VILLAGE), risen.office(VILLAGE).level) == ("village", "village")  # type: ignore[union-attr]


@pytest.mark.parametrize("level", ["", "city", 7, None])
def test_a_level_that_is_none_does_not_stop_a_fold(level: object) -> None:
    odd = directory((VILLAGE, {**VALUES[VILLAGE], "level": level})).lineage
    assert odd.rank_of(VILLAGE) == 0


def test_a_circle_of_parents_ends() -> None:
    odd = directory((TOWN, {**VALUES[TOWN], "parent": VILLAGE})).lineage
    assert odd.ancestors_of(VILLAGE) == (TOWN,)
    assert odd.is_over(TOWN, VILLAGE)
    assert odd.is_over(VILLAGE, TOWN)
    assert VILLAGE not in odd.ever_above(VILLAGE)


def test_an_unknown_office_is_answered_from_its_id_and_the_text_gives_the_same_answers_again() -> None:
    known = directory(*moved()).lineage
    assert known.ancestors_of("150822104001") == ("150822104000", COUNTY)
    again = of_text(known.text)
    assert known.changed(known.text) == frozenset()
    assert [again.ever_above(id) for id in VALUES] == [known.ever_above(id) for id in VALUES]
    assert Lineage().changed("{}") == frozenset()


def test_no_other_module_reads_level_or_parent_off_the_digits_of_an_id() -> None:
    """A slice of 6 or 9 characters filled up with zeros, or an ending of zeros: `lineage` alone knows what they say."""
    allowed = {"shared/ledger/published/lineage.py"}
    found = []
    for folder in ("shared", "village_node", "county_hub"):
        for path in (ROOT / folder).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text("utf-8"))) if name not in allowed else ():
                zeros = isinstance(node, ast.Constant) and node.value in ("000", "000000")
                asks = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "endswith"
                if (zeros and name != "county_hub/hub/founding.py") or (asks and any(
                        isinstance(a, ast.Constant) and str(a.value).strip("0") == "" for a in node.args)):  # type: ignore[attr-defined]
                    found.append(f"{name}:{node.lineno}")  # type: ignore[attr-defined]
    assert found == []
