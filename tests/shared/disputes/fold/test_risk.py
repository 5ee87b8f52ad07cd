"""Risk in use: what is ticked is scored at once, looked at again in time, and climbs when nobody answers (DOMAIN.md 3.4)."""

from __future__ import annotations

import pytest

from shared.disputes.acts import supervision
from shared.disputes.acts.actions import refusal
from shared.disputes.case.risk_facts import age_days, unticked
from shared.disputes.kinds import registry as bodies
from shared.disputes.records.machine import fold_record
from shared.disputes.records.machines import MACHINES
from shared.disputes.rules import risk_score
from shared.disputes.rules.clocks import default_rules
from tests.support.shared.domain_events import COUNTY, TOWN, VILLAGE, World


def test_registering_violence_makes_the_case_orange_at_once_and_forbids_settling_on_the_spot() -> None:
    world = World()
    case = world.register(risk=1, risk_items=["violence"]).subject
    state = world.state(case)
    assert (state.risk.level, state.risk.score, state.risk.items) == (3, 30, ("violence",))
    assert refusal("case.settled_on_spot", state, VILLAGE, "mediator") == "risk_too_high"
    world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})
    assert (world.state(case).state, world.state(case).outcome) == ("registered", "")


@pytest.mark.parametrize(("items", "level"), [
    (["self_harm"], 3), (["violence", "self_harm", "police_calls"], 4), (["vulnerable", "persons_10"], 2), (["online_spread"], 1),
])
def test_the_items_of_a_registration_give_its_colour(items: list[str], level: int) -> None:
    world = World()
    assert world.state(world.register(risk=1, risk_items=items).subject).risk.level == level


def test_items_of_later_raises_add_up_with_those_that_stand() -> None:
    world = World()
    case = world.register(risk=1, risk_items=["vulnerable"]).subject
    world.event(case, "case.risk_raised", {"level": 1, "reason": "DEMO", "items": ["police_calls"]}, role="grid_member")
    state = world.state(case)
    assert (state.risk.level, state.risk.score) == (2, 25)
    assert state.risk.items == ("police_calls", "vulnerable")


def test_domestic_violence_is_violence_whether_ticked_or_not_at_registration_and_at_triage() -> None:
    world = World()
    assert world.state(world.register(risk=1, category="DC01", subcategory="violence").subject).risk.level == 3
    case = world.register(risk=1, category="DC01").subject
    assert world.state(case).risk.level == 1
    world.event(case, "case.triaged", {"category": "DC01", "subcategory": "violence", "difficulty": "simple", "risk": 1})
    assert world.state(case).risk.level == 3


def test_a_hazard_with_violence_is_orange_however_it_was_called_and_assessing_it_lower_does_not_hide_it() -> None:
    world = World()
    body = {"title": "DEMO", "place": {"office": VILLAGE}, "level": 1, "items": ["violence", "self_harm"]}
    hazard = world.event(None, "hazard.reported", body, role="grid_member")
    assert fold_record(MACHINES["hazard"], [hazard]).level == 3
    again = world.event(hazard.subject, "hazard.assessed", {"level": 1, "text": "DEMO", "items": ["violence"]}, office=COUNTY)
    assert fold_record(MACHINES["hazard"], [hazard, again]).level == 3
    calm = world.event(hazard.subject, "hazard.assessed", {"level": 1, "text": "DEMO"}, office=COUNTY)
    assert fold_record(MACHINES["hazard"], [hazard, again, calm]).level == 1


def test_a_lowering_takes_the_items_it_had_seen_and_leaves_those_it_had_not() -> None:
    world = World()
    first = world.register(risk=1, risk_items=["violence"])
    lowered = world.event(first.subject, "case.risk_lowered", {"level": 1, "reason": "DEMO"}, office=TOWN)
    state = world.state(first.subject)
    assert (state.risk.level, state.risk.items) == (1, ())
    world.event(first.subject, "case.risk_raised", {"level": 1, "reason": "DEMO", "items": ["self_harm"]}, after=[first],
                office=COUNTY)
    assert world.state(first.subject).risk.level == 3
    assert lowered.id not in {e.event for e in world.state(first.subject).timeline if e.effect == "none"}


def test_an_unknown_risk_item_is_refused_when_written() -> None:
    with pytest.raises(bodies.InvalidBody) as wrong:
        bodies.build("case.risk_raised", {"level": 1, "reason": "DEMO", "items": ["voilence"]})
    assert wrong.value.field == "items"


def test_the_county_overlays_single_items_and_levels_of_the_risk_table() -> None:
    ours = risk_score.overlaid({"items": {"online_spread": {"name": "网络传播", "points": 30}}, "levels": {"2": 30}})
    assert (ours.score(["online_spread"]).level, ours.score(["persons_10", "vulnerable"]).level) == (2, 1)
    assert ours.score(["violence"]).level == 3
    for wrong in ({"items": {"x": {"points": 1}}}, {"levels": {"5": 1}}, {"implied": {"noise": "nothing"}}, {"items": 3}):
        with pytest.raises(ValueError, match="risk"):
            risk_score.overlaid(wrong)


def test_what_the_case_shows_and_nobody_ticked_is_proposed() -> None:
    world = World()
    parties = [{"name": f"演示{n}", "role": "applicant" if n else "respondent", "vulnerable": n == 1} for n in range(6)]
    case = world.register(risk=1, parties=parties, risk_items=["vulnerable"]).subject
    state = world.state(case)
    table = risk_score.default_risk()
    assert [item.code for item in unticked(state, "2026-03-03", table)] == ["persons_5"]
    assert [item.code for item in unticked(state, "2026-06-03", table)] == ["persons_5", "unresolved_60"]
    assert age_days(state, "2026-03-12") == 10


# --- supervision in use


def test_what_is_overdue_beyond_its_days_of_grace_goes_one_level_up() -> None:
    world = World()
    case = world.register(risk=1).subject
    due = next(c.due_date for c in world.state(case).clocks if c.kind == "triage")
    assert due == "2026-03-03"
    assert not supervision.climbs(world.state(case), "2026-03-06", default_rules())
    first, *_ = supervision.climbs(world.state(case), "2026-03-07", default_rules())
    assert (first.kind, first.owner, first.to, first.since) == ("triage", VILLAGE, TOWN, "2026-03-07")
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 1}, date="2026-03-09")
    assert "triage" not in {c.kind for c in supervision.climbs(world.state(case), "2026-03-20", default_rules())}


def test_whoever_opens_the_case_sees_its_age_the_open_cards_and_what_climbed() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.supervision_issued", {"level": "warning", "text": "DEMO", "to": VILLAGE}, office=TOWN,
                role="supervisor")
    said = supervision.watch(world.state(case), "2026-05-11", default_rules(), lambda office: f"<{office}>")
    assert "70" in supervision.age(world.state(case), "2026-05-11")
    assert supervision.age(world.state(case), world.state(case).registered_on) == ""
    assert any("黄牌" in line and f"<{VILLAGE}>" in line for line in said)
    assert any(f"<{TOWN}>" in line and "督办" in line for line in said)
    world.event(case, "case.supervision_replied", {"of": world.state(case).supervisions[0].event, "text": "DEMO"})
    later = supervision.watch(world.state(case), "2026-03-03", default_rules(), str)
    assert not any("黄牌" in line for line in later)
