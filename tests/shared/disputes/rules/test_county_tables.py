"""What a county publishes overlays what is shipped, table by table; a wrong table is left out and named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.disputes.rules import limits
from shared.disputes.rules.clocks import default_rules
from shared.disputes.rules.county import county_rules
from shared.ledger.published.lineage import FOUNDED, Lineage
from tests.support.shared.domain_events import World


class Published:
    def __init__(self, **tables: Mapping[str, Any]) -> None:
        self.tables = tables

    def table(self, key: str) -> Mapping[str, Any] | None:
        return self.tables.get(key)

    def calendar(self, key: str) -> Mapping[str, Any] | None:
        return None

    def keys(self, op: str) -> list[str]:
        return []

    @property
    def lineage(self) -> Lineage:
        return FOUNDED


def test_limits_and_the_risk_table_of_the_county_fold_its_cases_and_name_themselves() -> None:
    ours = county_rules(Published(limits={"duplicate_days": {"value": 45, "source": "DEMO"}},
                                  risk={"items": {"online_spread": {"name": "网络传播", "points": 70}}}))
    assert (ours.problems, ours.rules.limits.duplicate_days, ours.rules.limits.rating_window_days) == ((), 45, 15)
    world = World()
    case = world.register(risk=1, risk_items=["online_spread"]).subject
    assert (world.state(case).risk.level, world.state(case, rules=ours.rules).risk.level) == (1, 4)
    assert world.state(case, rules=ours.rules).limits.duplicate_days == 45
    assert ours.digest not in (0, county_rules(Published()).digest)


def test_a_wrong_table_is_left_out_whole_and_named() -> None:
    ours = county_rules(Published(limits={"lunch": {"value": 1, "source": "DEMO"}}, risk={"levels": {"9": 1}}))
    assert len(ours.problems) == 2
    assert (ours.rules is default_rules(), ours.digest) == (True, 0)


ODD = (None, [], {}, 5, "x", [1], {"a": 1}, {"a": []}, True, -1, 10**400)


@pytest.mark.parametrize("name", ["clocks", "limits", "risk"])
@pytest.mark.parametrize("row", ["visit", "legal_aid_decide", "choice", "warn_percent", "items", "levels", "duplicate_days"])
def test_no_table_that_was_ever_published_takes_the_rules_away(name: str, row: str) -> None:
    for odd in ODD:
        for said in (odd, {"value": odd, "source": "x"}, {"amount": odd, "source": "x"}, {"category": odd},
                     {"amount": 1, "last_day": odd, "source": "x"}, {"online_spread": {"name": odd, "points": odd}}):
            ours = county_rules(Published(**{name: {row: said}}))
            assert ours.rules.rule("visit").amount >= 0
            assert all("已发布的" in problem for problem in ours.problems), ours.problems


def test_every_limit_has_a_source_and_a_wrong_one_is_named_with_its_remedy() -> None:
    assert all(row["source"] for row in limits.rows().values())
    for wrong in ({"duplicate_days": {"value": -1, "source": "x"}}, {"duplicate_days": {"value": 3}}, {"x": {"value": 1}}):
        with pytest.raises(ValueError, match="limits"):
            limits.overlaid(wrong)
