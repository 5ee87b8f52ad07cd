"""Petitions and legal aid: the statutory clocks by their articles, and folds that do not depend on arrival."""

from __future__ import annotations

import random
from typing import Any

import pytest

from shared.disputes.kinds import policy
from shared.disputes.kinds import registry as bodies
from shared.disputes.records import matter
from shared.disputes.records.legal_aid import fold_legal_aid
from shared.disputes.records.petition import fold_petition
from shared.disputes.rules import statutory
from shared.ledger.formats.envelope import Event
from tests.support.shared.domain_events import COUNTY, TOWN, VILLAGE, World


def petition(
    world: World, subject: str | None, kind: str, body: dict[str, Any] | None = None, *, date: str, office: str = COUNTY
) -> Event:
    return world.event(subject, f"petition.{kind}", body or {}, office=office, role="window_clerk", date=date)


def registered(world: World, date: str = "2019-03-04", **fields: Any) -> Event:
    return petition(world, None, "registered", {
        "number": "150822000000-2019-000-0001-0", "channel": "letter_visit", "form": "visit", "category": "agriculture",
        "place": {"office": VILLAGE}, "summary": "DEMO 反映灌溉问题", **fields}, date=date)


def clock(state: matter.PetitionState | matter.LegalAidState, kind: str) -> Any:
    return next(c for c in state.clocks if c.kind == kind)


def test_a_petition_received_directly_is_accepted_in_15_and_answered_in_60_days() -> None:
    world = World()
    first = registered(world)
    petition(world, first.subject, "accepted", date="2019-03-19")
    petition(world, first.subject, "answered", {"answer": "opinion"}, date="2019-05-19")
    state = fold_petition(world.events[first.subject])
    assert state.state == "answered"
    assert (clock(state, "petition_accept").due_date, clock(state, "petition_accept").late) == ("2019-03-19", False)
    handle = clock(state, "petition_handle")
    assert (handle.due_date, handle.stopped, handle.late) == ("2019-05-18", "2019-05-19", True)
    assert "Art 34" in handle.source


def test_the_last_day_of_a_petition_clock_is_not_moved_by_a_holiday() -> None:
    world = World()
    first = registered(world, date="2019-09-16")
    state = fold_petition(world.events[first.subject])
    assert clock(state, "petition_accept").due_date == "2019-10-01"     # National Day


def test_one_extension_of_at_most_30_days_counts() -> None:
    world = World()
    first = registered(world)
    petition(world, first.subject, "accepted", date="2019-03-04")
    extend = {"approved_by": "DEMO 负责人", "reason": "情况复杂"}
    petition(world, first.subject, "extended", {"until": "2019-06-03", **extend}, date="2019-04-30")      # 31 days
    petition(world, first.subject, "extended", {"until": "2019-06-02", **extend}, date="2019-04-30")
    petition(world, first.subject, "extended", {"until": "2019-06-02", **extend}, date="2019-05-01")
    state = fold_petition(world.events[first.subject])
    assert clock(state, "petition_handle").due_date == "2019-06-02"
    assert [step.effect for step in state.steps[2:]] == ["extension_unlawful", "", "already_done"]


def test_a_forwarded_matter_that_is_not_ours_goes_back_within_five_working_days() -> None:
    world = World()
    first = registered(world)
    sent = petition(world, first.subject, "forwarded", {"to": TOWN}, date="2019-03-08")
    petition(world, first.subject, "objected", {"of": sent.id, "reason": "不属本单位职责"}, date="2019-03-15", office=TOWN)
    state = fold_petition(world.events[first.subject])
    objection = clock(state, "petition_objection")
    assert (state.handler, objection.due_date, objection.late) == (COUNTY, "2019-03-15", False)
    petition(world, first.subject, "accepted", date="2019-03-18", office=TOWN)
    assert fold_petition(world.events[first.subject]).steps[-1].effect == "not_holder"


def test_after_the_final_review_nothing_more_runs() -> None:
    world = World()
    first = registered(world)
    petition(world, first.subject, "accepted", date="2019-03-04")
    petition(world, first.subject, "answered", {"answer": "opinion"}, date="2019-04-01")
    for stage, asked, told in (("review", "2019-04-20", "2019-05-10"), ("final_review", "2019-05-20", "2019-06-10")):
        petition(world, first.subject, "review_requested", {"stage": stage}, date=asked)
        petition(world, first.subject, "review_answered", {"stage": stage, "upheld": True}, date=told)
    petition(world, first.subject, "review_requested", {"stage": "review"}, date="2019-07-01")
    state = fold_petition(world.events[first.subject])
    assert (state.state, state.steps[-1].effect) == ("ended", "wrong_state")
    assert all(c.stopped for c in state.clocks)


def test_petition_rules_36_the_days_of_a_hearing_are_not_counted_into_the_final_reviews_thirty() -> None:
    world = World()
    case = registered(world).subject
    petition(world, case, "accepted", date="2019-03-04")
    petition(world, case, "answered", {"answer": "opinion"}, date="2019-04-01")
    petition(world, case, "review_requested", {"stage": "review"}, date="2019-04-20")
    petition(world, case, "hearing_held", {"start": "2019-04-22", "end": "2019-04-24"}, date="2019-04-24")
    petition(world, case, "review_answered", {"stage": "review", "upheld": True}, date="2019-05-10")
    petition(world, case, "review_requested", {"stage": "final_review"}, date="2019-05-20")

    def due() -> dict[str, str]:
        return {c.kind: c.due_date for c in fold_petition(world.events[case]).clocks}

    before = due()
    assert before["petition_final_review"] == "2019-06-19"
    petition(world, case, "hearing_held", {"start": "2019-06-03", "end": "2019-06-05"}, date="2019-06-05")
    petition(world, case, "hearing_held", {"start": "2019-06-05", "end": "2019-06-06"}, date="2019-06-06")
    assert due() == {**before, "petition_final_review": "2019-06-23"}


def test_legal_aid_is_decided_in_seven_and_a_lawyer_appointed_in_three_days() -> None:
    world = World()
    aid = world.event(None, "legal_aid.registered", {
        "number": "150822000000-2019-000-0001-0", "matter": "wages", "place": {"office": VILLAGE}, "summary": "DEMO"},
        office=COUNTY, role="legal_aid_officer", date="2019-03-04")
    world.event(aid.subject, "legal_aid.decided", {"granted": True}, office=COUNTY, date="2019-03-12")
    world.event(aid.subject, "legal_aid.appointed", {"lawyer": "演示律师"}, office=COUNTY, date="2019-03-15")
    state = fold_legal_aid(world.events[aid.subject])
    assert (state.state, state.granted) == ("appointed", True)
    assert (clock(state, "legal_aid_decide").due_date, clock(state, "legal_aid_decide").late) == ("2019-03-11", True)
    assert not clock(state, "legal_aid_appoint").late


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_arrival_gives_the_same_petition(seed: int) -> None:
    world = World()
    first = registered(world)
    sent = petition(world, first.subject, "forwarded", {"to": TOWN}, date="2019-03-08")
    world.event(first.subject, "petition.accepted", {}, office=TOWN, date="2019-03-12", after=[sent])
    world.event(first.subject, "petition.rated", {"score": 4}, office=COUNTY, date="2019-04-12", after=[sent])
    petition(world, first.subject, "answered", {"answer": "opinion"}, date="2019-04-10", office=TOWN)
    events = list(world.events[first.subject])
    random.Random(seed).shuffle(events)
    assert fold_petition(events) == fold_petition(world.events[first.subject])


def test_a_refused_event_of_a_petition_does_not_count() -> None:
    world = World()
    first = registered(world)
    accepted = petition(world, first.subject, "accepted", date="2019-03-05")
    assert fold_petition(world.events[first.subject], {accepted.id: "bad"}).state == "registered"


def test_every_clock_of_the_folds_is_configured_with_its_article() -> None:
    rules = statutory.default_rules().rules
    assert len(rules) == 12
    assert all("Art" in rule.source for rule in rules.values())


def test_villages_register_no_petitions_and_only_the_county_decides_legal_aid() -> None:
    assert policy.allows("petition.registered", "township", "window_clerk")
    assert not policy.allows("petition.registered", "village", "mediator")
    assert policy.allows("legal_aid.decided", "county", "legal_aid_officer")
    assert not policy.allows("legal_aid.decided", "township", "mediator")
    with pytest.raises(bodies.InvalidBody, match="petition_channel"):
        bodies.build("petition.registered", {"number": "x", "channel": "smoke", "form": "visit", "category": "other",
                                             "place": {"office": VILLAGE}, "summary": "x"})
