"""Every indicator counts what its definition says: by hand-made facts, and from events through the read model."""

from __future__ import annotations

import sqlite3
from decimal import Decimal

import pytest

from shared.disputes.figures import compare as figures_compare
from shared.disputes.figures import figures
from shared.disputes.figures.facts import Facts, load
from shared.disputes.figures.figures import Figure, compute, indicators, percent
from shared.disputes.figures.marks import Period
from shared.disputes.figures.single import CaseFact, ClockFact, LegalAidFact, PetitionFact
from shared.disputes.figures.tables import by_level, petitions_by_channel, region_by_category
from shared.disputes.tables.read_model import ReadModel
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, TOWN, VILLAGE, World

YEAR = Period.year(2019, "2026-11-23")


def case(id: str, **fields: object) -> CaseFact:
    values = {"registered_on": "2019-03-01", "origin": VILLAGE, "place": VILLAGE, "category": "DC02", "holder": VILLAGE,
              "state": "accepted", "sides": 2, "names": f"{id}甲、{id}乙", **fields}
    return CaseFact(id, **values)  # type: ignore[arg-type]


def value(facts: Facts, indicator: str, period: Period = YEAR) -> tuple[int, int | None]:
    figure = compute(facts.tally(period))[indicator]
    return figure.numerator, figure.denominator


def test_every_indicator_says_numerator_scope_period_and_source() -> None:
    assert {"disputes_handled", "mediation_cases", "petitions", "legal_aid_cases", "timely_acceptance_rate",
            "on_time_completion_rate", "satisfaction_rate", "ratings_unverified",
            "participation_rate", "mediation_rate", "success_rate",
            "performance_rate", "local_resolution_rate", "repeat_rate"} <= set(indicators())
    for row in indicators().values():
        assert all((row.name, row.unit, row.numerator, row.scope, row.period, row.source)), row.id
        assert bool(row.denominator) == (row.kind == "rate"), row.id
    assert set(compute(Facts().tally(YEAR))) == set(indicators())


def test_nothing_to_divide_by_is_none_and_not_zero() -> None:
    assert percent(0, 0) is None
    assert all(figure.percent() is None for figure in compute(Facts().tally(YEAR)).values())
    assert percent(1, 3) == Decimal("33.3")
    assert percent(-76, 393) == Decimal("-19.3")
    assert percent(155, 582) == Decimal("26.6")
    assert percent(1, 8 * 100) == Decimal("0.1")        # 0.125


def test_handled_and_mediated_are_counted_apart() -> None:
    facts = Facts(cases=(
        case("a", accepted_on="2019-03-02"), case("b", state="closed", outcome="on_spot_settled", closed_on="2019-03-01"),
        case("c", registered_on="2018-12-30", accepted_on="2019-01-02"), case("d", state="merged", accepted_on="2019-03-02"),
        case("e", registered_on="2019-12-31", accepted_on="2020-01-02"),
    ))
    assert value(facts, "disputes_handled") == (3, None)
    assert value(facts, "mediation_cases") == (2, None)


def test_success_is_agreements_over_agreements_and_failures_alone() -> None:
    facts = Facts(cases=(
        case("a", agreed_on="2019-04-01"), case("b", agreed_on="2019-04-01"), case("c", outcome="failed", failed_on="2019-05-01"),
        case("d", outcome="withdrawn", state="withdrawn"), case("e", agreed_on="2018-12-31"),
    ))
    assert value(facts, "success_rate") == (2, 3)


def test_satisfaction_has_those_who_rated_below_the_line_and_participation_those_who_were_asked() -> None:
    facts = Facts(cases=(
        case("a", state="closed", closed_on="2019-06-01", ratings=((0, 5, "2019-06-02"), (1, 2, "2019-06-02"))),
        case("b", state="closed", closed_on="2019-06-01", ratings=((0, 3, "2020-01-05"),)),
        case("c", state="closed", closed_on="2019-06-01"),
    ))
    assert value(facts, "satisfaction_rate") == (1, 2)
    assert value(facts, "participation_rate") == (3, 6)


def test_ratings_that_a_handler_entered_are_shown_beside_the_rate_and_not_in_it() -> None:
    facts = Facts(cases=(
        case("a", ratings=((0, 5, "2019-06-02"),), unverified=("2019-06-02", "2018-12-31")),
        case("b", unverified=("2019-07-01",)),
    ))
    assert value(facts, "satisfaction_rate") == (1, 1)
    assert value(facts, "ratings_unverified") == (2, None)


def test_rates_of_time_look_at_what_fell_due_in_the_period() -> None:
    facts = Facts(clocks=(
        ClockFact("a", "acceptance", "2019-03-05", "2019-03-05"), ClockFact("b", "acceptance", "2019-03-05", "2019-03-06"),
        ClockFact("c", "acceptance", "2019-03-05", None), ClockFact("d", "acceptance", "2020-01-02", "2019-12-31"),
        ClockFact("e", "mediation_medical", "2019-05-01", "2019-04-01"), ClockFact("f", "petition_handle", "2019-05-01", None),
    ))
    assert value(facts, "timely_acceptance_rate") == (1, 3)
    assert value(facts, "on_time_completion_rate") == (1, 1)
    assert value(facts, "petition_on_time_completion_rate") == (0, 1)


def test_what_is_not_due_yet_counts_neither_way() -> None:
    clocks = (ClockFact("a", "acceptance", "2026-11-20", None), ClockFact("b", "acceptance", "2026-11-30", None))
    assert value(Facts(clocks=clocks), "timely_acceptance_rate", Period.year(2026, "2026-11-23")) == (0, 1)


def test_a_dispute_handed_up_is_not_resolved_locally() -> None:
    facts = Facts(cases=(
        case("a", state="closed", outcome="agreement_oral", closed_on="2019-04-01"),
        case("b", state="archived", outcome="agreement_oral", holder=TOWN, closed_on="2019-04-01"),
        case("c"), case("d", origin=TOWN, holder=TOWN, state="closed", outcome="agreement_written", closed_on="2019-04-01"),
    ))
    assert value(facts, "local_resolution_rate") == (2, 4)
    rows = {row.level: row for row in by_level(facts.tally(YEAR), 1)}
    assert (rows["village"].local, rows["township"].local) == (Figure(1, 3), Figure(1, 1))
    assert rows["county"].registered == 0


def test_a_refused_withdrawn_or_failed_case_is_not_resolved_however_it_was_closed() -> None:
    facts = Facts(cases=tuple(case(word, state="closed", outcome=word, closed_on="2019-04-01")
                              for word in ("refused", "withdrawn", "failed", "on_spot_settled")))
    assert value(facts, "local_resolution_rate") == (1, 4)


def test_completed_in_time_is_agreement_or_termination_and_a_withdrawal_was_no_longer_due() -> None:
    cases = tuple(case(word, outcome=word) for word in ("withdrawn", "refused", "failed", "agreement_oral"))
    clocks = tuple(ClockFact(c.id, "mediation", "2019-04-02", "2019-03-20") for c in cases)
    assert value(Facts(cases=cases, clocks=clocks), "on_time_completion_rate") == (2, 2)
    overdue = (ClockFact("withdrawn", "mediation", "2019-04-02", "2019-05-01"),)
    assert value(Facts(cases=cases, clocks=overdue), "on_time_completion_rate") == (0, 1)


def test_late_actions_and_late_reports_are_counted_apart() -> None:
    clocks = (ClockFact("a", "mediation", "2019-04-02", "2019-05-01", "action"),
              ClockFact("b", "mediation", "2019-04-02", "2019-04-01", "report"), ClockFact("c", "acceptance", "2019-04-02", None),
              ClockFact("d", "acceptance", "2019-04-02", "2019-04-01"))
    facts = Facts(clocks=clocks)
    assert (value(facts, "late_actions"), value(facts, "late_reports")) == ((2, None), (1, None))


def test_abnormal_and_skip_level_visits_are_counted() -> None:
    facts = Facts(petitions=(
        PetitionFact("a", "2019-02-01", VILLAGE, COUNTY, "letter_visit", abnormal_visit=True, skip_level_visit=True),
        PetitionFact("b", "2019-02-01", VILLAGE, COUNTY, "letter_visit", skip_level_visit=True)))
    assert (value(facts, "abnormal_visits"), value(facts, "skip_level_visits")) == ((1, None), (2, None))


def test_the_county_overlays_the_thresholds_of_its_figures() -> None:
    assert figures.publication_of({"satisfied_from": 4, "repeat_months": 6}).repeat_months == 6
    assert figures.publication_of(None) == figures.publication()
    for wrong in ({"small_cell": 0}, {"satisfied_from": "4"}, {"lunch": 1}, {"repeat_months": True}):
        with pytest.raises(ValueError, match="figures"):
            figures.publication_of(wrong)


def test_a_repeat_has_the_same_people_place_and_type_within_twelve_months() -> None:
    facts = Facts(cases=(
        case("first", names="甲、乙", closed_on="2018-06-01", state="closed", registered_on="2018-05-01"),
        case("again", names="甲、乙", closed_on="2019-06-10", state="closed", registered_on="2019-05-31"),
        case("late", names="甲、乙", closed_on="2019-09-10", state="closed", registered_on="2019-06-02", place=NEIGHBOUR),
        case("other", names="甲、丙", closed_on="2019-06-10", state="closed", registered_on="2019-05-31"),
    ))
    assert value(facts, "repeat_rate") == (1, 3)


def test_petitions_are_kept_by_channel_and_unit() -> None:
    facts = Facts(petitions=(
        PetitionFact("a", "2019-02-01", VILLAGE, COUNTY, "letter_visit", 2, 7, repeat=True, score=4, rated_on="2019-05-01"),
        PetitionFact("b", "2019-02-01", VILLAGE, COUNTY, "letter_visit", 1, 1, score=2, rated_on="2019-05-01"),
        PetitionFact("c", "2019-02-01", VILLAGE, COUNTY, "online"), PetitionFact("d", "2018-02-01", VILLAGE, COUNTY, "online"),
    ))
    assert value(facts, "petitions") == (3, None)
    assert value(facts, "letter_visit_person_times") == (8, None)
    assert value(facts, "petition_satisfaction_rate") == (1, 2)
    assert value(facts, "petition_repeat_rate") == (1, 3)
    assert petitions_by_channel(facts.tally(YEAR), 1)["letter_visit"] == {"items": 2, "batches": 3, "person_times": 8}
    assert petitions_by_channel(facts.tally(YEAR), 3)["online"]["items"] is None
    assert petitions_by_channel(facts.tally(YEAR), 3)["letter_visit"]["items"] is None


def test_legal_aid_counts_what_was_granted() -> None:
    facts = Facts(legal_aid=(
        LegalAidFact("a", "2018-12-30", VILLAGE, "2019-01-02", True),
        LegalAidFact("b", "2019-03-01", VILLAGE, "2019-03-03", False), LegalAidFact("c", "2019-03-01", VILLAGE),
    ))
    assert value(facts, "legal_aid_cases") == (1, None)


def test_a_region_is_a_township_and_the_table_sums_to_the_indicator() -> None:
    facts = Facts(cases=tuple(case(f"c{n}", accepted_on="2019-03-02", place=VILLAGE if n % 2 else NEIGHBOUR) for n in range(8)))
    made = region_by_category(facts.tally(YEAR), 3, known_regions=["150822101000"])
    assert made is not None
    assert made.row_totals == {TOWN: 8, "150822101000": 0}
    assert made.total == value(facts, "mediation_cases")[0]


@pytest.mark.parametrize(("now", "base", "absolute", "relative"), [
    (737, 582, 155, "26.6"), (317, 393, -76, "-19.3"), (266, 215, 51, "23.7"), (5, 0, 5, None),
])
def test_changes_of_the_newspapers_numbers(now: int, base: int, absolute: int, relative: str | None) -> None:
    made = figures_compare.change(Figure(now), figures_compare.Base(2018, Figure(base)))
    assert made is not None
    assert (made.absolute, made.percent) == (absolute, None if relative is None else Decimal(relative))


def test_print_is_compared_at_its_own_precision() -> None:
    paper = figures_compare.newspaper()
    changes = {"petitions": figures_compare.change(Figure(317), figures_compare.Base(2018, Figure(393)))}
    found = list(figures_compare.differences(2019, {"petitions": Figure(317)}, changes, paper))
    assert [(d.field, d.printed, d.computed) for d in found] == [("change_percent", "-23", "-19.3")]
    changes = {"petitions": figures_compare.change(Figure(303), figures_compare.Base(2018, Figure(393)))}
    assert [d.field for d in figures_compare.differences(2019, {"petitions": Figure(303)}, changes, paper)] == ["value"]


def test_a_printed_base_serves_only_where_there_are_no_events() -> None:
    paper = figures_compare.newspaper()
    stated = figures_compare.base_of("mediation_cases", 2018, Figure(0), False, paper)
    assert stated is not None
    assert (stated.figure.numerator, bool(stated.derived)) == (561, True)
    assert figures_compare.base_of("petitions", 2018, Figure(0), False, paper) is None
    counted = figures_compare.base_of("mediation_cases", 2018, Figure(7), True, paper)
    assert counted is not None
    assert (counted.figure.numerator, counted.derived) == (7, "")


def test_facts_come_from_events_through_the_read_model() -> None:
    world = World()
    done = world.mediating(date="2019-03-04")
    world.agree(done.subject, date="2019-03-06")
    failed = world.mediating(date="2019-04-01")
    world.event(failed.subject, "case.terminated", {"reason": "failed", "remedies_told": True, "escalation_checked": True},
                date="2019-04-20")
    number = {"number": "150822000000-2019-000-0001-0", "place": {"office": VILLAGE}, "summary": "DEMO"}
    petition = world.event(None, "petition.registered", {
        **number, "channel": "online", "form": "online", "category": "other", "person_times": 3,
    }, office=COUNTY, date="2019-02-01")
    aid = world.event(None, "legal_aid.registered", {**number, "matter": "wages"}, office=COUNTY, date="2019-02-01")
    world.event(aid.subject, "legal_aid.decided", {"granted": True}, office=COUNTY, date="2019-02-04")
    accepted = world.event(petition.subject, "petition.accepted", {}, office=COUNTY, date="2019-02-05")
    db = sqlite3.connect(":memory:")
    model = ReadModel()
    model.create(db)
    docs = [event.doc() for events in world.events.values() for event in events]
    model.apply(db, docs[::-1])
    figure = compute(load(db).tally(YEAR))
    assert {key: figure[key].numerator for key in ("disputes_handled", "mediation_cases", "petitions", "online_person_times",
                                                   "legal_aid_cases")} == {
        "disputes_handled": 2, "mediation_cases": 2, "petitions": 1, "online_person_times": 3, "legal_aid_cases": 1}
    assert figure["success_rate"] == Figure(1, 2)
    assert figure["timely_acceptance_rate"] == Figure(2, 2)
    assert figure["petition_timely_acceptance_rate"] == Figure(1, 1)
    model.apply(db, [{"_id": accepted.id, "_deleted": True}])
    assert compute(load(db).tally(YEAR))["petition_timely_acceptance_rate"] == Figure(0, 1)


def test_the_law_of_the_threshold_is_configuration_with_a_source() -> None:
    rules = figures.publication()
    assert (rules.small_cell, rules.satisfied_from, rules.repeat_months) == (3, 3, 12)
