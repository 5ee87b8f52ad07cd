"""What the tables keep counted is what comes of counting all anew: by the same marks, and by a second opinion that has no marks.

Cases and petitions of two years come in any order, one by one and in batches, late for past months, are corrected, merged,
reopened, taken out again, moved by another calendar; the county has other rules and small cells.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from county_hub.county.book.counted_matters import counted
from county_hub.report.report import build
from shared.disputes.figures import facts
from shared.disputes.figures.bureau import form
from shared.disputes.figures.cells import ALL, cell
from shared.disputes.figures.facts import Facts
from shared.disputes.figures.figures import compute, indicators, part_of, publication, publication_of
from shared.disputes.figures.marks import Period
from shared.disputes.figures.tables import by_level, by_month, petitions_by_channel, region_by_category
from shared.disputes.rules.clocks import default_rules
from shared.disputes.rules.county import CountyRules
from shared.disputes.tables.read_model import ReadModel
from shared.disputes.tables.tallied import Kept
from shared.ledger.formats.envelope import Event
from shared.ledger.periods import parse
from shared.ledger.published.lineage import FOUNDED, Lineage, Placed
from shared.ledger.published.offices import load_divisions
from shared.ledger.workdays import calendar_from
from tests.support.shared import counted_anew
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, TOWN, VILLAGE, World

SEED, CASES, TODAY = 20261130, 110, "2026-11-23"
SPANS = ("2025", "2026", "2025-H2", "2026-Q1", "2026-Q4", "2025-02", "2025-11", "2026-11")
PERIODS = [Period(span.start, min(span.end, TODAY)) for span in map(parse, SPANS)] + [
    Period("2025-01-01", "2025-11-23"), Period("2026-03-05", "2026-03-09"), Period("2025-03-05", "2026-01-01")]
DAYS_OFF = {"year": 2026, "holidays": ["2026-03-09", "2026-03-10"], "workdays": []}
PLAIN, OTHER = (CountyRules(default_rules(), calendar_from(docs), documents=tuple(docs)) for docs in ([], [DAYS_OFF]))
# a reform: the village is a township's seat no more, its town moved
MOVED = Lineage({VILLAGE: Placed("township", COUNTY, frozenset({COUNTY}))})


def history(choose: random.Random, world: World, number: int) -> list[Event]:
    """A case of few people who come again, ended in some way or never; or a petition."""
    office = choose.choice((VILLAGE, VILLAGE, NEIGHBOUR, TOWN))
    steps = [date(2024, 11, 1) + timedelta(days=choose.randrange(740))]
    for _ in range(5):
        steps.append(steps[-1] + timedelta(days=choose.choice((0, 1, 9, 60))))
    at = [day.isoformat() for day in steps]
    if number % 8 == 0:
        return petition(choose, world, at)
    people = choose.choice((("演示甲", "演示乙"), ("演示丙", "演示丁"), ("演示戊", f"演示己{number}")))
    first = world.register(
        office, date=at[0], summary=f"DEMO {number}", category=choose.choice(("DC02", "DC08")),
        source=choose.choice(("window", "proactive", "entrusted")), entrusting_body=choose.choice(("court", "police")),
        people=choose.choice((None, 7)), parties=[
            {"name": name, "role": role} for name, role in zip(people, ("applicant", "respondent"), strict=True)])
    case = first.subject
    if choose.random() < 0.9:
        world.event(case, "case.triaged", {"category": "DC02", "difficulty": choose.choice(("simple", "difficult")), "risk": 2},
                    office=office, date=at[0])
        world.accept(case, office=office, date=at[1])
    if choose.random() < 0.7:
        world.session(case, office=office, date=at[1])
    ended(choose, world, case, office, at, choose.choice(("agreed", "closed", "closed", "rated", "failed", "withdrawn", "open")))
    if choose.random() < 0.4:
        corrected(choose, world, case, office, at)
    if choose.random() < 0.15:
        world.event(case, "case.merged", {"into": "01" + "B" * 24}, office=TOWN, date=at[4])
    elif choose.random() < 0.15:
        world.event(case, "case.reopened", {"reason": "relapse"}, office=office, date=at[5])
    return world.events[case]


def ended(choose: random.Random, world: World, case: str, office: str, at: list[str], end: str) -> None:
    if end in ("agreed", "closed", "rated"):
        agreement = world.agree(case, office=office, date=at[2], form=choose.choice(("written", "oral")))
        world.seal(case, agreement, office=office, date=at[2])
    if end in ("closed", "rated"):
        world.event(case, "case.item_performed", {"of": agreement.id, "item": 0, "complete": True, "confirmed_by": [0]},
                    office=office, date=at[3])
        world.event(case, "case.closed", {"outcome": "agreement_written"}, office=office, date=at[3])
    if end == "rated":
        for party, actor in enumerate(("", "visitor")):
            world.event(case, "case.rated", {"party": party, "score": choose.randrange(1, 6), "channel": "clerk"}, office=office,
                        actor=actor, date=at[4])
    if end == "failed":
        world.event(case, "case.terminated", {"reason": "failed", "remedies_told": True, "escalation_checked": True},
                    office=office, date=at[3])
    if end == "withdrawn":
        world.event(case, "case.withdrawn", {"party": 0}, office=office, date=at[2])


def corrected(choose: random.Random, world: World, case: str, office: str, at: list[str]) -> None:
    """A date was wrong by a month or more, a name was; what nobody said at first is noted."""
    wrong = choose.choice(world.events[case])
    earlier = date.fromisoformat(wrong.legal_date) - timedelta(days=choose.choice((3, 40, 400)))
    world.event(case, "case.date_corrected", {"event": wrong.id, "legal_date": earlier.isoformat(), "reason": "DEMO"},
                office=office, date=at[4])
    world.event(case, "case.party_corrected", {"party": 1, "field": "name", "value": "演示乙"}, office=office, date=at[4])
    world.event(case, "case.particulars_noted", {"prevented": ["brawl"], "people": 9, "amount_fen": 123_456}, office=office,
                date=at[4])


def petition(choose: random.Random, world: World, at: list[str]) -> list[Event]:
    there: dict[str, Any] = {"office": COUNTY, "role": "window_clerk"}
    if choose.random() < 0.3:
        aid = world.event(None, "legal_aid.registered", {
            "number": "150822000000-2026-000-0001-0", "place": {"office": VILLAGE}, "summary": "DEMO", "matter": "wages"},
            date=at[0], **there)
        world.event(aid.subject, "legal_aid.decided", {"granted": choose.random() < 0.7}, date=at[1], **there)
        return world.events[aid.subject]
    first = world.event(None, "petition.registered", {
        "number": "150822000000-2026-000-0001-0", "channel": choose.choice(("online", "letter_visit")), "form": "visit",
        "category": "other", "place": {"office": VILLAGE}, "summary": "DEMO", "person_times": choose.randrange(1, 9)},
        date=at[0], **there)
    if choose.random() < 0.8:
        world.event(first.subject, "petition.accepted", {}, date=at[3], **there)
        world.event(first.subject, "petition.answered", {"answer": "opinion"}, date=at[4], **there)
        world.event(first.subject, "petition.rated", {"score": choose.randrange(1, 6), "channel": "clerk"}, date=at[5], **there)
    return world.events[first.subject]


@dataclass
class Tables:
    """Tables that have long been running."""

    db: sqlite3.Connection
    model: ReadModel
    county: list[CountyRules]
    docs: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def tables() -> Iterator[Tables]:
    print("seed", SEED)
    choose, db, county = random.Random(SEED), sqlite3.connect(":memory:", isolation_level=None), [PLAIN]
    made = Tables(db, ReadModel(county=lambda: county[0]), county)
    made.model.create(db)
    feed = [event.doc() for number in range(CASES) for event in history(choose, World(), number)]
    choose.shuffle(feed)
    places = sorted(choose.sample(range(len(feed)), 5))
    while feed:
        size = choose.choice((1, 1, 3, 20, 60))
        batch, feed = feed[:size], feed[size:]
        made.model.apply(db, batch)
        made.docs += batch
        if places and len(made.docs) > places[0]:
            places.pop(0)
            disturbed(choose, made)
            same(db)
    yield made
    db.close()


def disturbed(choose: random.Random, made: Tables) -> None:
    """Some events are taken out and come again, another calendar comes."""
    gone = choose.sample(made.docs, min(len(made.docs), 9))
    made.model.apply(made.db, [{"_id": doc["_id"], "_deleted": True} for doc in gone])
    same(made.db)
    made.county[0] = OTHER if made.county[0] is PLAIN else PLAIN
    made.model.refresh(made.db)
    made.model.apply(made.db, gone)


def same(db: sqlite3.Connection) -> None:
    """The sums of days and of months are those of all marks, and there are no others."""
    days: Counter[tuple[str, str, str]] = Counter()
    months: Counter[tuple[str, str, str]] = Counter()
    for _, mark in facts.load(db).marks():
        days[mark.what, mark.day, mark.key] += mark.n
        months[mark.what, mark.day[:7], mark.key] += mark.n
    for table, sums in (("tallied_days", days), ("tallied_months", months)):
        kept = {row[:3]: row[3] for row in db.execute(f"SELECT * FROM {table} WHERE n <> 0")}
        assert kept == {key: n for key, n in sums.items() if n}, table


def test_the_sums_are_those_of_all_marks(tables: Tables) -> None:
    same(tables.db)
    whats = {row[0] for row in tables.db.execute("SELECT DISTINCT what FROM tallied_days WHERE n <> 0")}
    assert {"again", "late", "running", "failed", "rated", "unverified", "promised", "petition_rated", "aid_granted", "prevented",
            "resolved", "took_part", "difficult", "amount"} <= whats


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: f"{period.start}-{period.end}")
@pytest.mark.parametrize("lineage", [FOUNDED, MOVED], ids=["founded", "moved"])
def test_a_second_opinion_comes_to_the_same_figures_and_tables(tables: Tables, period: Period, lineage: Lineage) -> None:
    everything = facts.load(tables.db, lineage)
    kept, anew = Kept(tables.db, period, lineage), everything.tally(period)
    for rules in (publication(), publication_of({"satisfied_from": 5, "repeat_months": 3})):
        assert compute(kept, rules) == compute(anew, rules) == counted_anew.figures(everything, period, rules)
    second = counted_anew.tables(everything, period)
    regions, months = region_by_category(kept, 1), by_month(kept, 1)
    assert regions is not None
    assert months is not None
    assert {key: n for key, n in regions.cells.items() if n} == second["where"]
    assert {month: n for month, n in months.items() if n} == second["months"]
    assert {row.level: (row.registered, row.mediated, row.local and row.local.numerator) for row in by_level(kept, 1)} == \
        second["levels"]
    assert {(row.block, row.code): row.value for row in form(kept, 1)}.items() >= second["form"].items()


@pytest.mark.parametrize("span", SPANS)
def test_a_report_of_kept_sums_is_the_one_of_all_facts_with_its_small_cells(tables: Tables, span: str) -> None:
    wanted, organisation, everything = parse(span), load_divisions(), facts.load(tables.db)
    for rules in (None, publication_of({"small_cell": 12})):
        made = [build(count, organisation, wanted.year, TODAY, span=wanted, rules=rules)
                for count in (everything.tally, lambda period: Kept(tables.db, period, FOUNDED))]
        assert made[0] == made[1]
    assert made[0]["small_cell"] == 12


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: f"{period.start}-{period.end}")
def test_what_a_figure_counts_needs_only_what_touches_its_days(tables: Tables, period: Period) -> None:
    everything, rules = facts.load(tables.db), publication()
    for key in indicators():
        second = counted_anew.members(everything, period, key, rules)
        for name, wanted in (("numerator", second.numerator), ("denominator", second.denominator)):
            part = part_of(key, name)
            if part is None:
                assert wanted is None
                continue
            some = facts.of_days(tables.db, part.whats, (period.start, period.end))
            assert set(some.cases) <= set(everything.cases)
            made: Counter[str] = Counter()
            for day, id, n in part.of(some, period, rules):
                assert day in period
                made[id] += n
            assert made == Counter(wanted), (key, name)


@pytest.mark.parametrize("period", PERIODS[:2], ids=lambda period: period.start)
@pytest.mark.parametrize("size", [1, 7, 500])
def test_page_by_page_everything_that_a_figure_counts_is_listed_once(tables: Tables, period: Period, size: int) -> None:
    everything, rules = facts.load(tables.db), publication()
    for key in ("disputes_handled", "late_actions", "repeat_rate", "satisfaction_rate", "online_person_times", "success_rate"):
        part, sums = part_of(key, "numerator"), Kept(tables.db, period, FOUNDED)
        assert part is not None
        wanted = Counter(counted_anew.members(everything, period, key, rules).numerator)
        listed: list[str] = []
        here = 0
        for skip in range(0, wanted.total() + 1, size):
            page = counted(tables.db, sums, part, rules, skip, size)
            assert page.total == wanted.total(), key
            listed, here = [*listed, *page.ids], here + page.here
        assert (set(listed), here) == (set(wanted), wanted.total()), key


@pytest.mark.parametrize("period", PERIODS[:5], ids=lambda period: f"{period.start}-{period.end}")
def test_a_number_of_a_table_counts_what_its_cell_leads_to(tables: Tables, period: Period) -> None:
    sums, rules = Kept(tables.db, period, FOUNDED), publication()
    told: dict[tuple[str, str, str], int | None] = {}
    for level in by_level(sums, 1):
        local = level.local.numerator if level.local else 0
        told |= {("levels", level.level, column): n
                 for column, n in (("registered", level.registered), ("mediated", level.mediated), ("local", local))}
    told |= {("channels", channel, unit): n for channel, units in petitions_by_channel(sums, 1).items()
             for unit, n in units.items()}
    told |= {("bureau", row.block, row.code): row.value for row in form(sums, 1)}
    del told["bureau", "total", "amount"]
    assert cell("bureau", "total", "amount") is None
    table = region_by_category(sums, 1)
    assert table is not None
    told |= {("regions", *where): n for where, n in table.cells.items()} | {("regions", ALL, ALL): table.total}
    told |= {("regions", row, ALL): n for row, n in table.row_totals.items()}
    told |= {("regions", ALL, column): n for column, n in table.column_totals.items()}
    assert sum(bool(n) for n in told.values()) > 15
    for which, n in told.items():
        found = cell(*which)
        assert found is not None, which
        listed = counted(tables.db, sums, found.part, rules, 0, 1000)
        assert (listed.total, listed.here) == (n, n), which


def test_the_days_of_a_month_load_a_part_alone(tables: Tables) -> None:
    some, everything = facts.of_days(tables.db, ["handled"], ("2025-06-01", "2025-06-30")), facts.load(tables.db)
    assert 0 < len(some.cases) < len(everything.cases) / 4
    assert facts.years(tables.db, TODAY) == sorted({int(case.registered_on[:4]) for case in everything.cases}, reverse=True)


def test_the_cases_of_the_test_are_of_every_sort(tables: Tables) -> None:
    made = compute(Kept(tables.db, Period("2024-01-01", TODAY), FOUNDED))
    for key in ("repeat_rate", "ratings_unverified", "success_rate", "performance_rate", "on_time_completion_rate",
                "late_actions", "satisfaction_rate", "participation_rate", "local_resolution_rate", "petition_satisfaction_rate",
                "legal_aid_cases"):
        assert made[key].numerator > 0, key
    cases = facts.load(tables.db).cases
    assert {"merged", "closed", "withdrawn"} <= {case.state for case in cases}
    assert Facts(cases).tally(Period("2024-01-01", TODAY)).by("again")
