"""Five kinds of mediation that differ (五调): who is competent, who must consent, whose number and clock; both bodies act."""

from __future__ import annotations

from typing import Any

import pytest

from shared.disputes.acts.tasks import tasks
from shared.disputes.rules import mediation_types
from shared.disputes.tables import attention
from shared.ledger import codes
from tests.support.shared.domain_events import TOWN, VILLAGE, World

GOVERNMENT = "DEMO 镇人民政府"


def asked(world: World, case: str, date: str = "2026-03-06", **fields: Any) -> Any:
    consents = [{"party": 0, "signed_on": date}, {"party": 1, "signed_on": date}]
    return world.event(case, "case.type_changed", {
        "mediation_type": "administrative", "reason": "DEMO", "to": TOWN, "body": GOVERNMENT, "consents": consents, **fields},
        date=date)


def take(world: World, case: str, of: str, *, office: str = TOWN, date: str = "2026-03-09") -> Any:
    return world.event(case, "case.type_taken", {
        "of": of, "body": GOVERNMENT, "mediators": ["m2"], "file_no": "（2026）DEMO镇行调字第1号"}, office=office, date=date)


def effect(world: World, case: str) -> tuple[str, str]:
    line = world.state(case).timeline[-1]
    return line.effect, line.note


def test_until_the_other_body_takes_it_the_case_stays_with_the_first_and_its_clock_runs() -> None:
    world = World()
    case = world.mediating().subject
    change = asked(world, case)
    state = world.state(case)
    assert (state.mediation_type, state.holder, state.choice.type_asked.to) == ("people", VILLAGE, TOWN)     # type: ignore[union-attr]
    take(world, case, change.id)
    state = world.state(case)
    assert (state.mediation_type, state.earlier_types, state.holder) == ("administrative", ("people",), TOWN)
    assert (state.committee, state.file_no, state.mediators) == (GOVERNMENT, "（2026）DEMO镇行调字第1号", ("m2",))
    ran = {c.kind: (c.start_date, c.stopped, c.owner) for c in state.clocks if c.kind.startswith("mediation")}
    assert ran == {"mediation": ("2026-03-02", "2026-03-09", VILLAGE),
                   "mediation_administrative": ("2026-03-09", None, TOWN)}


def test_the_body_that_is_asked_has_three_working_days_to_answer() -> None:
    world = World()
    case = world.mediating().subject
    change = asked(world, case)
    [waiting] = [c for c in world.state(case).clocks if c.kind == "type_ack"]
    assert (waiting.owner, waiting.stopped, waiting.event) == (TOWN, None, change.id)
    assert waiting.due_date > waiting.start_date
    take(world, case, change.id)
    [answered] = [c for c in world.state(case).clocks if c.kind == "type_ack"]
    assert (answered.due_date, answered.stopped) == (waiting.due_date, "2026-03-09")


def test_nobody_is_moved_to_another_kind_without_every_partys_consent_dated_before() -> None:
    world = World()
    case = world.mediating().subject
    asked(world, case, consents=[{"party": 0, "signed_on": "2026-03-06"}])
    assert effect(world, case) == ("none", "缺少全部当事人对变更调解方式的同意")
    asked(world, case, consents=[{"party": n, "signed_on": "2026-03-07"} for n in (0, 1)])
    assert effect(world, case)[0] == "none"
    assert world.state(case).choice.type_asked is None


def test_only_the_body_that_was_asked_takes_it_and_one_that_declines_leaves_all_as_it_was() -> None:
    world = World()
    case = world.mediating().subject
    change = asked(world, case)
    take(world, case, change.id, office=VILLAGE)
    assert effect(world, case)[0] == "none"
    world.event(case, "case.type_declined", {"of": change.id, "reason": "DEMO"}, office=TOWN, date="2026-03-09")
    take(world, case, change.id, date="2026-03-10")
    assert effect(world, case)[0] == "none"
    state = world.state(case)
    assert (state.mediation_type, state.holder, state.choice.type_asked) == ("people", VILLAGE, None)


def test_a_change_that_waits_is_the_other_bodys_task_and_may_be_taken_back_by_who_asked() -> None:
    world = World()
    case = world.mediating().subject
    change = asked(world, case)
    state = world.state(case)
    assert [(task.verb, task.adjudicator) for task in tasks(state) if task.code == "type_waits"] == [("take_type", TOWN)]
    assert ("asked", TOWN, VILLAGE) in [row[1:4] for row in attention.rows(state)]
    world.event(case, "case.type_declined", {"of": change.id, "reason": "DEMO"}, date="2026-03-07")
    state = world.state(case)
    assert (state.choice.type_asked, [f.code for f in state.findings if f.code == "type_waits"]) == (None, [])


def test_ownership_of_land_is_closed_to_a_committee_and_open_to_the_government() -> None:
    world = World()
    case = world.register(category="DC07", subcategory="ownership").subject
    world.event(case, "case.triaged", {"category": "DC07", "subcategory": "ownership", "difficulty": "simple", "risk": 2})
    world.accept(case)
    assert effect(world, case)[0] == "none"
    world.event(case, "case.triaged", {"category": "DC07", "subcategory": "ownership", "difficulty": "simple", "risk": 2,
                                       "mediation_type": "administrative"})
    world.accept(case, committee=GOVERNMENT)
    assert (effect(world, case)[0], world.state(case).accepted_on) == ("yes", "2026-03-02")


@pytest.mark.parametrize("code", codes.names("mediation_type"))
def test_every_kind_has_a_row_with_its_source_its_number_and_its_agreement(code: str) -> None:
    row = mediation_types.of(code)
    assert row.source
    assert mediation_types.file_no(code, 2026, "DEMO", 7).startswith("（2026）DEMO")
    assert mediation_types.agreement_title(code).endswith("协议书")
    others = set(codes.names("mediation_type")) - {code}
    assert all(mediation_types.file_no(code, 2026, "D", 1) != mediation_types.file_no(other, 2026, "D", 1) for other in others)


@pytest.mark.parametrize(("code", "level", "known", "said"), [
    ("people", "village", {}, ""), ("administrative", "village", {}, "镇级、县级"), ("administrative", "township", {}, ""),
    ("judicial", "village", {}, "委派"), ("judicial", "village", {"entrusting_body": "court_entrusted"}, ""),
    ("petition", "township", {}, "关联信访"), ("petition", "township", {"petitions": ("01",)}, ""),
    ("petition", "village", {"petitions": ("01",)}, "镇级"), ("social", "village", {}, ""),
])
def test_who_may_mediate_so(code: str, level: str, known: dict[str, Any], said: str) -> None:
    why = mediation_types.not_competent(code, level, **{"entrusting_body": "", "petitions": (), **known})
    assert bool(why) == bool(said)
    assert said in why


def test_a_committee_is_one_of_the_offices_own_and_an_organ_the_office_itself() -> None:
    assert mediation_types.wrong_body("people", "张三调解公司", ["甲村人民调解委员会"])
    assert mediation_types.wrong_body("people", "甲村人民调解委员会", ["甲村人民调解委员会"]) == ""
    assert mediation_types.own_body("administrative", "演示镇", "演示镇人民调解委员会") == "演示镇"
    assert mediation_types.wrong_body("social", "DEMO 商会", []) == ""
