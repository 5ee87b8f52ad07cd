"""Reports that are kept: a small county's is always of now, a large one's is shown at once and made anew behind the page."""

from __future__ import annotations

import threading
from typing import Any

from county_hub.report.kept import MOST, KeptReports
from shared.ledger.periods import parse


class County:
    def __init__(self, *, large: bool) -> None:
        self.changes, self.made, self.large = 0, 0, large
        self.goes_on, self.done = threading.Event(), threading.Semaphore(0)
        self.goes_on.set()
        self.kept = KeptReports(self.make, lambda: self.changes, lambda: self.large, lambda: 1000 + self.changes)

    def make(self, span: Any, internal: bool) -> dict[str, Any]:
        assert self.goes_on.wait(30)
        self.made += 1
        self.done.release()
        return {"span": span.text, "internal": internal, "changes": self.changes}

    def shown(self, span: str = "2026", *, internal: bool = False) -> Any:
        return self.kept.report(parse(span), internal=internal)


def test_what_has_not_changed_is_not_counted_again() -> None:
    county = County(large=False)
    assert county.shown().report == county.shown().report == {"span": "2026", "internal": False, "changes": 0}
    assert county.made == 1
    assert county.shown(internal=True).report["internal"] is True
    assert county.shown("2025").report["span"] == "2025"


def test_a_small_countys_report_is_always_of_now() -> None:
    county = County(large=False)
    county.shown()
    county.changes = 1
    assert (county.shown().report["changes"], county.shown().old) == (1, False)


def test_a_large_countys_report_is_shown_at_once_with_its_time_and_made_anew_behind_the_page() -> None:
    county = County(large=True)
    county.shown()
    assert county.done.acquire(timeout=30)
    county.changes = 1
    county.goes_on.clear()
    first, second = county.shown(), county.shown()
    assert (first.report["changes"], first.old, first.at, second.old) == (0, True, 1000, True)
    county.goes_on.set()
    assert county.done.acquire(timeout=30)
    while county.shown().old:                       # until the newer one is put where it is looked for
        threading.Event().wait(0.01)
    assert (county.shown().report["changes"], county.shown().at, county.made) == (1, 1001, 2)


def test_so_many_are_kept() -> None:
    county = County(large=True)
    for year in range(2000, 2000 + MOST + 1):
        county.shown(str(year))
    county.shown("2000")
    assert county.made == MOST + 2
