"""Two acts unseen of each other after the same past, folded in both orders: the stage of the tests of verdicts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.disputes.case.state import Finding
from shared.disputes.fold.fold import fold_case
from shared.ledger.formats.envelope import Event
from tests.support.shared.domain_events import COUNTY, TOWN, VILLAGE, World

Act = Callable[[World, str, list[Event], int], Event]
DAY = "2026-04-20"
BOTH = pytest.mark.parametrize("hours", [(9, 15), (15, 9)], ids=["a-first", "b-first"])
Hours = tuple[int, int]


class Played:
    """Two acts after the same past, folded; the state was checked to be the same for both orders of arrival."""

    def __init__(self, world: World, case: str, a: Act, b: Act, hours: Hours, today: str | None = None) -> None:
        common = list(world.events[case])
        self.a, self.b = a(world, case, common, hours[0]), b(world, case, common, hours[1])
        self.state = fold_case([*common, self.a, self.b], {}, today)
        assert fold_case([self.b, self.a, *common[::-1]], {}, today) == self.state
        kept = {line.event for line in self.state.timeline}
        assert {self.a.id, self.b.id} <= kept, "nothing is ever dropped (P3)"

    def effect(self, event: Event) -> str:
        return next(line.effect for line in self.state.timeline if line.event == event.id)

    def task(self, code: str, *, review: bool = True) -> Finding:
        """The finding with this code: in Chinese, for somebody, and due when it must be decided."""
        found = next(f for f in self.state.findings if f.code == code)
        assert found.text
        assert found.adjudicator in (TOWN, COUNTY)
        assert found.review is review
        assert (found.due is not None) is review
        return found


def head(common: list[Event]) -> list[Event]:
    cited = {c for e in common for c in e.after}
    return [e for e in common if e.id not in cited]


def act(kind: str, body: dict, *, office: str = VILLAGE, date: str = "2026-03-10", role: str = "mediator",
        device: str = "", actor: str = "", at: str = DAY) -> Act:
    return lambda w, case, common, hour: w.event(
        case, kind, body, office=office, date=date, after=head(common), hour=hour, role=role, device=device, actor=actor, at=at)


def agree(date: str = "2026-03-10") -> Act:
    return lambda w, case, common, hour: w.agree(case, date=date, after=head(common), hour=hour, at=DAY)


def a_case() -> tuple[World, str]:
    world = World()
    return world, world.mediating().subject


CONSENTS = [{"party": n, "signed_on": "2026-04-01"} for n in (0, 1)]
