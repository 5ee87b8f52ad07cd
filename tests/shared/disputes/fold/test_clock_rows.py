"""Every clock of the law and of the county's practice: its start, its stop, how late it was (DOMAIN.md 2, 3.4, 7.1, 7.5)."""

from __future__ import annotations

import tomllib

import pytest

from shared import paths
from shared.disputes.case.state import Clock
from shared.disputes.rules import clocks, statutory
from shared.ledger import codes
from tests.support.shared.domain_events import COUNTY, START, TOWN, World, ms_of

DATA = paths.DATA


def found(world: World, case: str, kind: str, today: str | None = None) -> Clock:
    return next(c for c in world.state(case, today).clocks if c.kind == kind)


def test_every_clock_has_a_chinese_name_and_every_row_a_reader() -> None:
    named = codes.names("clock")
    kinds = [*clocks.default_rules().rules, *statutory.default_rules().rules]
    rules_of_kinds = {"risk_report_3", "risk_action_1", "risk_action_2", "risk_action_3", "risk_action_4", "visit_on_spot"}
    assert not {kind for kind in kinds if kind not in named} - rules_of_kinds
    outside = set(tomllib.loads((DATA / "clocks_outside.toml").read_text("utf-8")))
    assert set(codes.names("outside_clock")) == outside


@pytest.mark.parametrize(("body", "kind", "due"), [
    ("court_preassigned", "court_preassigned", "2026-04-09"), ("court_entrusted", "court_entrusted", "2026-03-25"),
    ("court_entrusted_summary", "court_entrusted_summary", "2026-03-17"),
])
def test_invited_mediation_27_court_entrusted_cases_have_30_15_or_7_days_from_receipt(body: str, kind: str, due: str) -> None:
    world = World()
    case = world.register(source="entrusted", entrusting_body=body).subject
    world.accept(case, date="2026-03-12", received_on="2026-03-10")
    clock = found(world, case, kind)
    assert (clock.start_date, clock.due_date) == ("2026-03-10", due)


def test_labour_mediation_law_14_the_fifteen_days_count_from_the_application_not_from_acceptance() -> None:
    world = World()
    case = world.register(category="DC11").subject
    world.accept(case, date="2026-03-05")
    assert found(world, case, "mediation_labour").start_date == START
    other = world.register().subject
    world.accept(other, date="2026-03-05")
    assert found(world, other, "mediation").start_date == "2026-03-05"


@pytest.mark.parametrize(("level", "action", "again"), [
    (1, "2026-03-09", "2026-04-01"), (2, "2026-03-05", "2026-03-16"), (3, "2026-03-02", "2026-03-09"),
    (4, "2026-03-02", "2026-03-03"),
])
def test_each_colour_has_its_first_action_and_its_re_assessment(level: int, action: str, again: str) -> None:
    world = World()
    case = world.register(risk=level).subject
    assert (found(world, case, "risk_action").due_date, found(world, case, "risk_reassess").due_date) == (action, again)


def test_a_red_matter_is_assessed_again_daily_without_changing_its_colour() -> None:
    world = World()
    case = world.register(risk=4).subject
    assert found(world, case, "risk_reassess", "2026-03-04").state == "overdue"
    world.event(case, "case.risk_assessed", {"text": "DEMO", "trend": "flat"}, date="2026-03-04", role="grid_member")
    state = world.state(case, "2026-03-04")
    assert (state.risk.level, state.risk.since, state.risk.looked_on) == (4, START, "2026-03-04")
    clock = found(world, case, "risk_reassess", "2026-03-05")
    assert (clock.start_date, clock.due_date, clock.state) == ("2026-03-04", "2026-03-05", "warning")


def test_looking_again_with_a_worse_item_raises_the_colour() -> None:
    world = World()
    case = world.register(risk=1).subject
    world.event(case, "case.risk_assessed", {"text": "DEMO", "items": ["self_harm"]}, date="2026-03-04")
    assert world.state(case).risk.level == 3
    assert found(world, case, "risk_report").due_date == "2026-03-04"


def test_art_25_red_is_reported_at_once_with_an_alarm_in_two_hours_and_orange_the_same_day() -> None:
    world = World()
    red, orange, yellow = (world.register(risk=level).subject for level in (4, 3, 2))
    assert found(world, red, "risk_report").alarm_at == ms_of(START) + 2 * 3_600_000
    assert (found(world, orange, "risk_report").due_date, found(world, orange, "risk_report").alarm_at) == (START, 0)
    assert "risk_report" not in {c.kind for c in world.state(yellow).clocks}
    world.event(red, "case.risk_reported", {"to": "DEMO 派出所"})
    clock = found(world, red, "risk_report")
    assert (clock.stopped, clock.alarm_at) == (START, 0)
    assert found(world, red, "risk_action").stopped == START


def test_first_action_stops_with_the_first_act_after_the_colour_was_given() -> None:
    world = World()
    case = world.register(risk=2).subject
    assert found(world, case, "risk_action").stopped is None
    world.event(case, "case.note_added", {"text": "DEMO 已上门"}, date="2026-03-03", role="grid_member")
    assert found(world, case, "risk_action").stopped == "2026-03-03"
    world.event(case, "case.risk_raised", {"level": 3, "reason": "DEMO"}, date="2026-03-04")
    assert found(world, case, "risk_action").stopped is None


# --- late in deed, late in report


def test_an_act_done_in_time_and_written_late_is_a_late_report_not_a_late_action() -> None:
    world = World()
    case = world.mediating().subject
    world.agree(case, form="oral", date="2026-03-30", at="2026-04-20")
    clock = found(world, case, "mediation", "2026-04-20")
    assert (clock.stopped, clock.late, clock.late_report) == ("2026-03-30", False, True)
    late = World()
    case = late.mediating().subject
    late.agree(case, form="oral", date="2026-04-20")
    clock = found(late, case, "mediation", "2026-04-20")
    assert (clock.late, clock.late_report, bool(clock.stop_event)) == (True, False, True)
    good = World()
    case = good.mediating().subject
    good.agree(case, form="oral", date="2026-03-30")
    clock = found(good, case, "mediation", "2026-04-20")
    assert (clock.late, clock.late_report) == (False, False)


# --- dates that a person must look at


def backdated(world: World, case: str) -> list[str]:
    return [f.code for f in world.state(case).findings if f.review and f.code in ("backdated", "dated_before_cause")]


def test_a_date_more_than_three_days_before_the_last_contact_needs_review() -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.note_added", {"text": "DEMO"}, office=COUNTY, date="2026-03-20", role="judge")
    world.event(case, "case.evidence_added", {"title": "DEMO"}, date="2026-03-10", at="2026-03-21")
    assert backdated(world, case) == ["backdated"]


@pytest.mark.parametrize(("paper", "written", "known"), [
    ("2026-03-18", "2026-03-21", "2026-03-20"),         # within three days of the contact
    ("2026-03-10", "2026-03-30", "2026-03-12"),         # offline for long, honestly entered late
])
def test_what_an_offline_device_enters_honestly_needs_none(paper: str, written: str, known: str) -> None:
    world = World()
    case = world.mediating().subject
    world.event(case, "case.note_added", {"text": "DEMO"}, office=COUNTY, date=known, role="judge")
    world.event(case, "case.evidence_added", {"title": "DEMO"}, date=paper, at=written)
    assert backdated(world, case) == []


def test_an_act_dated_before_the_event_that_it_answers_needs_review() -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case, date="2026-03-10")
    world.seal(case, agreement, date="2026-03-09")
    assert "dated_before_cause" in backdated(world, case)


# --- other bodies' procedures


def test_other_bodies_clocks_are_information_and_nobodys_duty() -> None:
    world = World()
    case = world.register(category="DC11", occurred="2026-01-15").subject
    claim = found(world, case, "outside_labour_claim", "2028-01-01")
    assert (claim.start_date, claim.due_date, claim.owner, claim.outside) == ("2026-01-15", "2027-01-15", "", True)
    assert world.state(case).next_clock().kind != "outside_labour_claim"
    world.event(case, "case.transferred_out", {"to": "to_arbitration", "body": "DEMO", "receipt_on": "2026-03-04"},
                office=world.state(case).holder, role="dispatcher")
    arbitration = [c for c in world.state(case).clocks if c.kind == "outside_labour_arbitration"]
    assert [(c.start_date, c.due_date, c.latest_date) for c in arbitration] in ([], [("2026-03-04", "2026-04-20", "2026-05-06")])


def test_a_person_notes_the_beginning_and_the_end_of_an_outside_procedure() -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.outside_noted", {"clock": "outside_police_case", "step": "ended"})
    assert world.state(case).timeline[-1].effect == "none"
    world.event(case, "case.outside_noted", {"clock": "outside_police_case"}, role="beat_police")
    clock = found(world, case, "outside_police_case")
    assert (clock.due_date, clock.latest_date, clock.state) == ("2026-04-01", "2026-05-06", "running")
    world.event(case, "case.outside_noted", {"clock": "outside_police_case", "step": "ended"}, date="2026-03-30")
    assert found(world, case, "outside_police_case").stopped == "2026-03-30"


def test_the_courts_own_days_follow_the_application_for_confirmation() -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case)
    world.seal(case, agreement)
    world.event(case, "case.confirmation_applied", {"of": agreement.id, "court": "DEMO", "parties": [0, 1]}, date="2026-03-09")
    assert found(world, case, "outside_confirm_accept").due_date == "2026-03-12"
    world.event(case, "case.confirmation_decided", {"status": "accepted"}, date="2026-03-11", office=TOWN)
    decide = found(world, case, "outside_confirm_decide")
    assert (decide.start_date, decide.due_date, decide.latest_date) == ("2026-03-11", "2026-03-26", "2026-04-07")
    assert found(world, case, "outside_confirm_accept").stopped == "2026-03-11"
    world.event(case, "case.confirmation_decided", {"status": "confirmed"}, date="2026-03-20", office=TOWN)
    assert found(world, case, "outside_enforcement").start_date == "2026-04-10"


# --- the county's table


def test_the_county_names_another_clock_for_a_category_and_only_numbers_that_change() -> None:
    ours = clocks.overlaid({"choice": {"category": {"DC12": "mediation_labour"}},
                            "mediation_labour": {"amount": 20, "source": "DEMO"},
                            "risk_report": {"alarm_hours": 1, "source": "DEMO"}})
    rule = ours.mediation("", "DC12")
    assert (rule.kind, rule.amount, rule.unit, rule.counts_from) == ("mediation_labour", 20, "day", "application")
    assert (ours.rule("risk_report").alarm_hours, ours.mediation("", "DC15").kind) == (1, "mediation_medical")
    for wrong in ({"choice": {"category": {"DC12": "lunch"}}}, {"visit": {"amount": 3}}, {"visit": 3},
                  {"visit": {"alarm_hours": -1, "source": "x"}}, {"visit": {"counts_from": "birth", "source": "x"}}):
        with pytest.raises(ValueError, match="clocks"):
            clocks.overlaid(wrong)
