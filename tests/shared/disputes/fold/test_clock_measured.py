"""A clock that is wrong: what was measured rules, and what nobody had measured is named."""

from __future__ import annotations

from shared.disputes.fold.fold import fold_case
from shared.ledger.days import local_date
from tests.support.shared.domain_events import VILLAGE, World

_DAY = 86_400_000


def _registered(world: World, **clock: int) -> str:
    return world.event(None, "case.registered", {
        "number": "150822102001-2026-001-0001-0", "summary": "DEMO 排水渠争议", "category": "DC02", "risk": 2,
        "place": {"office": VILLAGE, "text": "DEMO 渠边"},
        "parties": [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}],
    }, office=VILLAGE, date="2026-03-02", **clock).subject


def test_the_corrected_time_of_a_registration_is_what_lists_go_by() -> None:
    world = World()
    behind = _registered(world, ahead_ms=-730 * _DAY, offset_ms=730 * _DAY)
    state = fold_case(world.events[behind])
    assert (local_date(state.registered_at), state.registered_on) == ("2026-03-02", "2026-03-02")


def test_an_act_written_before_the_clock_was_measured_is_named() -> None:
    world = World()
    case = _registered(world, ahead_ms=3 * _DAY)                 # three days ahead, and nobody knew
    world.event(case, "case.note_added", {"text": "DEMO"}, office=VILLAGE, date="2026-03-12",
                ahead_ms=3 * _DAY, offset_ms=-3 * _DAY)
    first, second = (e.id for e in world.events[case])
    named = [f.events for f in fold_case(world.events[case]).findings if f.code == "clock_wrong"]
    assert named == [(first, second)]


def test_a_clock_that_drifts_by_minutes_is_not() -> None:
    world = World()
    case = _registered(world, offset_ms=-90_000)
    world.event(case, "case.note_added", {"text": "DEMO"}, office=VILLAGE, date="2026-03-12", offset_ms=120_000)
    assert [f.code for f in fold_case(world.events[case]).findings if f.code == "clock_wrong"] == []
