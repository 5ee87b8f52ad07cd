"""What goes beyond roles: what an act must say, at which level, and who in person. Asked by the desks and by the judge."""

from __future__ import annotations

from typing import Any

import pytest

from shared.disputes.acts import actions
from shared.disputes.domain import DISPUTES
from shared.disputes.rules import authority
from shared.ledger.judge import judge
from shared.ledger.published.directory_heads import DirectoryHistory, change
from tests.shared.disputes.rules.test_guards import codes_of, effect
from tests.support.shared.domain_events import COUNTY, TOWN, World
from tests.support.shared.domain_events import VILLAGE as OFFICE
from tests.support.shared.shared_core import NEIGHBOUR, VILLAGE, cited, county, sealed

TOLD = {"place": "DEMO", "mediators": ["s-li"], "rights_told": True}
INVITED = {"name": "DEMO 舅舅", "role": "invited"}
SEAL = {"of": "case:x:y", "sealed_on": "2026-11-23", "committee": "DEMO"}
CONFIRM = {"finding": "mediator_removed", "events": ["case:x:y"], "decision": "confirmed", "text": "DEMO"}


def committee(office: str = VILLAGE, **named: Any) -> dict[str, Any]:
    value = {"name": "DEMO", "kind": "village", "members": ["s-li", "a", "b"], "chair": "", "seal_keeper": "", **named}
    return change("table", f"committee.{office}", value)


def judged(kind: str, body: dict[str, Any], *changes: dict[str, Any], role: str = "mediator", again: bool = False) -> str:
    """"" when the judge accepts it, else the reason code inside its sentence."""
    directory: DirectoryHistory = county(*changes)
    version = len(changes) + 1 if changes else 1
    doc = sealed(kind=kind, body=body, role=role, directory=cited(directory, version))
    verdict = judge(doc, directory, domain=DISPUTES, already_accepted=again)
    return "" if verdict.accepted else verdict.reason


# --- A6: rights told, invited with consent


@pytest.mark.parametrize(("body", "why"), [
    ({**TOLD, "rights_told": False}, "rights_not_told"),
    ({**TOLD, "participants": [{**INVITED, "consented": False}]}, "invited_without_consent"),
    ({**TOLD, "participants": [{**INVITED, "consented": True}]}, ""), (TOLD, ""),
    ({**TOLD, "participants": [{"name": "DEMO", "role": "lawyer", "consented": False}]}, ""),
])
def test_guiding_30_and_art_20_every_session_says_that_rights_were_told_and_invitations_agreed(body: dict, why: str) -> None:
    assert authority.statement("case.session_held", body) == why
    assert why in judged("case.session_held", body)
    assert bool(judged("case.session_held", body)) is bool(why)
    assert judged("case.session_held", body, again=True) == "", "what was accepted before is not refused afterwards"


def test_a_session_of_an_earlier_version_keeps_its_effect_and_a_person_is_told() -> None:
    world = World()
    case = world.register().subject
    world.accept(case)
    old = world.event(case, "case.session_held", {**TOLD, "rights_told": False})
    other = world.event(case, "case.session_held", {**TOLD, "participants": [{**INVITED, "consented": False}]})
    state = world.state(case)
    assert (effect(state, old), effect(state, other), state.state, len(state.sessions)) == ("", "", "mediating", 2)
    assert {"session_rights_not_told", "session_invited_unasked"} <= codes_of(state)


# --- A8: by name


def test_art_29_the_named_seal_keeper_seals_and_where_none_is_named_the_staff() -> None:
    assert judged("case.sealed", SEAL) == ""
    assert "not_seal_keeper" in judged("case.sealed", SEAL, committee(seal_keeper="s-zhao"))
    assert judged("case.sealed", SEAL, committee(seal_keeper="s-li")) == ""
    assert judged("case.sealed", SEAL, committee(NEIGHBOUR, seal_keeper="s-zhao")) == ""
    assert judged("case.sealed", SEAL, committee(seal_keeper="s-zhao"), again=True) == ""


def test_art_8_who_mediates_is_a_member_or_appointed() -> None:
    stranger = {**TOLD, "mediators": ["s-li", "passer-by"]}
    assert judged("case.session_held", stranger) == "", "the county has published no members yet"
    assert "not_of_committee" in judged("case.session_held", stranger, committee())
    assert judged("case.session_held", {**TOLD, "mediators": ["a", "s-li"]}, committee()) == ""


def test_verdict_18_the_committees_chair_alone_confirms_a_dismissed_mediators_agreement() -> None:
    chair = {**CONFIRM, "chair_of": VILLAGE}
    assert "not_chair" in judged("case.review_resolved", CONFIRM)
    assert "not_chair" in judged("case.review_resolved", chair, committee(chair="a"))
    assert judged("case.review_resolved", chair, committee(chair="s-li")) == ""
    assert "role_not_allowed" in judged("case.review_resolved", {**CONFIRM, "finding": "custody_race"}, committee(chair="s-li"))


@pytest.mark.parametrize(("fields", "office", "state"), [
    ({"chair_of": OFFICE}, OFFICE, "effective"), ({"chair_of": TOWN}, TOWN, "agreed"), ({}, OFFICE, "agreed"),
    ({}, TOWN, "effective"), ({"chair_of": OFFICE, "decision": "rejected"}, OFFICE, "agreed"),
], ids=["chair", "another_chair", "village_without", "earlier_version", "chair_says_no"])
def test_verdict_18_the_seal_waits_for_the_chair_of_the_committee_that_mediated(fields: dict, office: str, state: str) -> None:
    world = World()
    case = world.mediating().subject
    before = list(world.events[case])
    agreement = world.agree(case)
    removal = world.event(case, "case.mediator_removed", {"mediator": f"s{OFFICE}", "removed_on": "2026-03-01"}, office=COUNTY,
                          after=[before[-1]])
    world.seal(case, agreement)
    assert actions.refusal("case.review_resolved", world.state(case), OFFICE, "mediator") == ""
    world.event(case, "case.review_resolved", {**CONFIRM, "events": [removal.id], **fields}, office=office)
    assert world.state(case).state == state
    settled = world.register().subject
    assert actions.refusal("case.review_resolved", world.state(settled), OFFICE, "mediator") == "role_not_allowed"


# --- A10: who may transfer out


@pytest.mark.parametrize(("to", "why"), [("to_police", "county_transfers"), ("to_litigation", "county_transfers"),
                                         ("to_arbitration", ""), ("to_petition", "")])
def test_7_2_only_the_county_transfers_to_police_and_court(to: str, why: str) -> None:
    body = {"to": to, "body": "DEMO"}
    assert bool(judged("case.transferred_out", body)) is bool(why)
    ask = {"office": COUNTY, "actor": "x", "directory": None}
    assert authority.refusal("case.transferred_out", body, level="village", **ask) == why
    assert authority.refusal("case.transferred_out", body, level="county", **ask) == ""
