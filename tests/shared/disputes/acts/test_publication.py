"""While a subsidy is made public nobody decides on it: the act is not offered, and says until when."""

from __future__ import annotations

from pathlib import Path

from tests.support.village_node.node_world import COUNTY, DISPATCHER
from tests.support.village_node.stages import DAY, GRADED, PEOPLE, Offices, build


def test_a_decision_is_offered_only_after_the_last_day_of_publication(tmp_path: Path) -> None:
    offices = Offices(tmp_path / "world")
    try:
        case = build(offices, "subsidy graded")
        assert GRADED[-1][1] == "grade_subsidy"
        offices.do(COUNTY, "publicise_subsidy", case, {"start": "2026-11-16", "end": DAY}, PEOPLE[COUNTY][0])
        offer = next(a for a in offices.desks[COUNTY].case(case, staff_id=DISPATCHER).actions if a.verb == "decide_subsidy")
        assert (offer.enabled, "公示" in offer.reason) == (False, True)
    finally:
        offices.close()
