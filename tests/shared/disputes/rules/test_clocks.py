"""Working days and deadlines (DOMAIN.md 2, 7.5)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.disputes.rules import clocks
from shared.ledger import deadlines
from shared.ledger.days import local_date
from shared.ledger.workdays import DEFAULT, calendar_from
from tests.support.shared.domain_events import START, VILLAGE, World, ms_of


def by_kind(world: World, case: str, today: str) -> dict[str, object]:
    return {clock.kind: clock for clock in world.state(case, today).clocks}


def test_minsufa_85_the_start_day_is_not_counted_and_the_end_moves_to_a_working_day() -> None:
    # thirty days after 2026-03-05 are Saturday 4 April, the first day of a holiday that ends on Monday the sixth
    assert clocks.deadline("confirmation", "2026-03-05").due_date == "2026-04-07"
    assert clocks.deadline("triage", "2026-03-02").due_date == "2026-03-03"


def test_national_holidays_are_skipped_and_make_up_days_are_worked() -> None:
    assert clocks.deadline("triage", "2026-09-30").due_date == "2026-10-08"
    assert DEFAULT.is_workday(dt.date(2026, 10, 10))            # a Saturday worked for the October holiday
    assert not DEFAULT.is_workday(dt.date(2026, 10, 1))


def test_ruogan_guiding_33_mediation_takes_one_month_and_short_months_end_on_their_last_day() -> None:
    assert clocks.deadline("mediation", "2026-03-02").due_date == "2026-04-02"
    assert clocks.deadline("mediation", "2025-01-31").due_date == "2025-02-28"


def test_medical_disputes_have_thirty_working_days() -> None:
    found = clocks.deadline("mediation_medical", "2026-03-02")
    start, end = dt.date(2026, 3, 2), dt.date.fromisoformat(found.due_date)
    assert DEFAULT.workdays_between(start, end) == 30


def test_beyond_the_published_calendar_a_date_is_provisional() -> None:
    assert not clocks.deadline("confirmation", "2026-11-20").provisional
    assert clocks.deadline("confirmation", "2026-12-20").provisional


def test_a_calendar_of_the_directory_makes_the_date_certain() -> None:
    calendar = calendar_from([{"year": 2027, "holidays": ["2027-01-04"], "workdays": ["2027-01-02"]}])
    found = clocks.deadline("triage", "2027-01-03", calendar=calendar)
    assert (found.due_date, found.provisional) == ("2027-01-05", False)
    with pytest.raises(ValueError, match="another year"):
        calendar_from([{"year": 2027, "holidays": ["2026-01-01"]}])


def test_every_number_of_the_clock_table_has_a_source() -> None:
    assert all(rule.source for rule in clocks.default_rules().rules.values())


@pytest.mark.parametrize(("row", "problem"), [
    ({"amount": "7", "unit": "day", "source": "x"}, "amount"), ({"amount": 7, "unit": "weeks", "source": "x"}, "unit"),
    ({"amount": 7, "unit": "day"}, "source"), ({"amount": 7, "unit": "day", "source": "x", "last_day": "later"}, "last_day"),
    ({"amount": 7, "unit": "day", "source": "x", "last_day": "moves"}, "last_day_why"),
])
def test_a_wrong_clock_row_names_what_is_wrong(row: dict, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        clocks.overlaid({"visit": row})


@pytest.mark.parametrize("lacking", ["last_day", "last_day_why"])
def test_a_row_that_does_not_say_what_its_last_day_does_and_why_is_refused(lacking: str) -> None:
    row = {"amount": 3, "unit": "day", "source": "DEMO", "last_day": "stays", "last_day_why": "DEMO"}
    clocks.overlaid({"of_a_new_kind": row})
    with pytest.raises(ValueError, match=lacking):
        clocks.overlaid({"of_a_new_kind": {name: value for name, value in row.items() if name != lacking}})


def test_the_county_may_change_a_number() -> None:
    rules = clocks.overlaid({"visit": {"amount": 14, "unit": "day", "source": "DEMO"}})
    assert clocks.deadline("visit", "2026-03-02", rules=rules).due_date == "2026-03-16"


@given(st.sampled_from(sorted(clocks.default_rules().rules)), st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)))
def test_only_a_clock_whose_row_says_so_moves_and_the_warning_lies_between_start_and_due(kind: str, start: dt.date) -> None:
    found, rule = clocks.deadline(kind, start.isoformat()), clocks.default_rules().rule(kind)
    due = dt.date.fromisoformat(found.due_date)
    if rule.last_day == "moves":
        assert DEFAULT.is_workday(due)
    elif rule.unit == "day":
        assert due == start + dt.timedelta(days=rule.amount)
    assert found.start_date <= found.warn_date <= found.due_date < found.late_from


@given(st.dates(dt.date(2026, 1, 1), dt.date(2026, 6, 1)), st.dates(dt.date(2026, 1, 1), dt.date(2027, 1, 1)))
def test_an_alarm_is_yellow_from_the_warning_and_red_after_the_due_date(start: dt.date, today: dt.date) -> None:
    found = clocks.deadline("mediation", start.isoformat())
    state = deadlines.state_of(found, None, today.isoformat())
    assert (state == "overdue") == (today.isoformat() > found.due_date)
    assert (state == "warning") == (found.warn_date <= today.isoformat() <= found.due_date)


@pytest.mark.parametrize(("start", "due", "warned"), [
    ("2026-03-02", "2026-03-03", "2026-03-02"),     # a Monday: due tomorrow, so yellow today
    ("2026-03-06", "2026-03-09", "2026-03-06"),     # a Friday: nobody is there on the Sunday
    ("2026-09-30", "2026-10-08", "2026-09-30"),     # before the October holiday
])
def test_what_is_due_tomorrow_is_yellow_on_the_last_working_day_before(start: str, due: str, warned: str) -> None:
    found = clocks.deadline("triage", start)
    assert (found.due_date, found.warn_date) == (due, warned)
    assert clocks.deadline("mediation", start, until=due).warn_date == warned, "also of a day that people agreed on"
    late = clocks.overlaid({"triage": {"warn_days": 0, "source": "DEMO"}})
    assert clocks.deadline("triage", start, rules=late).warn_date == due, "the county may say otherwise"


def test_days_are_those_of_shanghai() -> None:
    assert local_date(ms_of("2026-03-02", 0)) == "2026-03-02"
    assert local_date(ms_of("2026-03-02", 0) - 1) == "2026-03-01"


def test_registration_starts_triage_and_acceptance_and_each_step_stops_its_clock() -> None:
    world = World()
    case = world.register().subject
    found = by_kind(world, case, "2026-03-10")
    assert (found["triage"].state, found["acceptance"].state) == ("overdue", "overdue")
    world.accept(case, date="2026-03-04")
    found = by_kind(world, case, "2026-03-10")
    assert found["triage"].stopped == found["acceptance"].stopped == "2026-03-04"
    assert (found["triage"].late, found["acceptance"].late) == (True, False)
    assert found["mediation"].due_date == "2026-04-07"      # 4 April is a holiday, the make-up comes later


@pytest.mark.parametrize(("fields", "kind"), [
    ({"category": "DC15"}, "mediation_medical"), ({"category": "DC10"}, "mediation_labour"),
    ({"source": "entrusted", "entrusting_body": "court_preassigned"}, "court_preassigned"),
])
def test_the_mediation_clock_follows_the_kind_of_dispute(fields: dict, kind: str) -> None:
    world = World()
    case = world.register(**fields).subject
    world.accept(case)
    assert kind in by_kind(world, case, START)


def test_a_lawful_pause_moves_the_deadline_and_a_bare_suspension_does_not() -> None:
    due = {}
    for reason in ("appraisal", "party_ill"):
        world = World()
        case = world.mediating().subject
        world.event(case, "case.suspended", {"reason": reason}, date="2026-03-09")
        world.event(case, "case.resumed", {}, date="2026-03-19")
        due[reason] = by_kind(world, case, "2026-03-20")["mediation"].due_date
    assert due == {"appraisal": "2026-04-13", "party_ill": "2026-04-02"}


def test_supervision_asks_for_a_reply_in_three_working_days() -> None:
    world = World()
    case = world.mediating().subject
    order = world.event(case, "case.supervision_issued", {"level": "supervise", "text": "DEMO", "to": VILLAGE},
                        office="150822000000", role="supervisor", date="2026-03-06")
    assert by_kind(world, case, "2026-03-12")["supervision_reply"].state == "overdue"
    world.event(case, "case.supervision_replied", {"of": order.id, "text": "DEMO"}, date="2026-03-11")
    assert by_kind(world, case, "2026-03-12")["supervision_reply"].stopped == "2026-03-11"


@pytest.mark.parametrize("kind", sorted(clocks.default_rules().rules))
@pytest.mark.parametrize("start", ["0001-01-01", "9999-12-01", "9999-12-31"])
def test_a_clock_that_would_run_beyond_the_calendar_ends_on_its_last_day(kind: str, start: str) -> None:
    found = clocks.deadline(kind, start, paused_days=40)
    assert start <= found.warn_date <= found.due_date <= "9999-12-31"


def test_a_due_date_centuries_ahead_is_folded_at_once_and_warned_of_before_it() -> None:
    found = clocks.deadline("triage", "2026-03-02", until="9999-12-31")
    assert found.warn_date < found.due_date == "9999-12-31"


@pytest.mark.parametrize(("ms", "date"), [
    (-(2**50), "0001-01-01"), (2**50, "9999-12-31"), (ms_of("2026-03-02"), "2026-03-02"), (-1, "1970-01-01"),
])
def test_any_moment_a_broken_clock_may_show_has_a_date(ms: int, date: str) -> None:
    assert local_date(ms) == date
