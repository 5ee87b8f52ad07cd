"""Reports that are kept: what has not changed is not made again, and what has is always of now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from county_hub.county.book.figure_facts import stamp
from county_hub.report.kept import MOST, KeptReports
from shared.ledger.periods import parse
from shared.ledger.published.directory_heads import change
from tests.support.county_hub.hub_support import found_county, opened


class County:
    def __init__(self) -> None:
        self.changes = self.made = 0
        self.kept = KeptReports(self.make, lambda: self.changes, lambda: 1000 + self.changes)

    def make(self, span: Any, internal: bool) -> dict[str, Any]:
        self.made += 1
        return {"span": span.text, "internal": internal, "changes": self.changes}

    def shown(self, span: str = "2026", *, internal: bool = False) -> Any:
        return self.kept.report(parse(span), internal=internal)


def test_what_has_not_changed_is_not_made_again() -> None:
    county = County()
    assert county.shown().report == county.shown().report == {"span": "2026", "internal": False, "changes": 0}
    assert county.made == 1
    assert county.shown(internal=True).report["internal"] is True
    assert county.shown("2025").report["span"] == "2025"


def test_a_report_is_always_of_now() -> None:
    county = County()
    assert county.shown().at == 1000
    county.changes = 1
    assert (county.shown().report["changes"], county.shown().at, county.made) == (1, 1001, 2)


def test_so_many_are_kept() -> None:
    county = County()
    for year in range(2000, 2000 + MOST + 1):
        county.shown(str(year))
    county.shown("2000")
    assert county.made == MOST + 2


def test_what_was_added_up_before_the_tables_followed_a_calendar_is_added_up_again(tmp_path: Path) -> None:
    with opened(found_county(tmp_path)) as hub:
        hub.projector.catch_up()
        before = stamp(hub)
        hub.directory.publish([change("calendar", "2027", {"year": 2027, "holidays": ["2027-01-01"], "workdays": []})])
        published = stamp(hub)
        hub.projector.catch_up()
        followed = stamp(hub)
        assert len({before, published, followed}) == 3
        hub.projector.catch_up()
        assert stamp(hub) == followed
