"""Nothing that the schema allows breaks a fold, a row, a list or a figure: every kind with its fields at their bounds."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from shared.disputes.acts import supervision, tasks
from shared.disputes.advice import duplicate_list
from shared.disputes.case.case_notice import notices
from shared.disputes.case.checklist import six_haves
from shared.disputes.case.state import CaseState
from shared.disputes.figures import facts as figures_facts
from shared.disputes.figures import own
from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import registry
from shared.disputes.records import aggregates
from shared.disputes.rules.clocks import default_rules
from shared.disputes.rules.county import CountyRules
from shared.disputes.tables import cases, due, pairs
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.formats.envelope import Event
from shared.ledger.workdays import DEFAULT
from tests.support.shared.domain_events import COUNTY
from tests.support.shared.extremes import AGGREGATES, DAYS, histories, opened_then, the_seed, with_every_kind

SEED = the_seed()
OURS = CountyRules(default_rules(), DEFAULT)
QUIET = settings(max_examples=8, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
FEW = settings(QUIET, max_examples=2)
TODAYS = (None, *DAYS)


def tables_of(events: list[Event]) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    model = ReadModel()
    model.create(db)
    model.apply(db, [event.doc() for event in events])
    return db


def whole(state: CaseState) -> CaseState:
    """Nothing of it was a fault of ours."""
    assert [f.code for f in state.findings if f.code == "cannot_fold"] == []
    assert [line.note for line in state.timeline if line.effect == "none" and not line.note] == []
    return state


def ask_everything(db: sqlite3.Connection, today: str) -> None:
    """Every question that a screen, a list or a report puts to the tables."""
    moment = cases.Moment(today)
    found = cases.find(db, cases.Filter(text="甲 ² =1+1"), moment, limit=9)
    for alarm in ("ok", "warn", "overdue"):
        cases.find(db, cases.Filter(alarm=alarm), moment, limit=9)
    assert cases.alarms(db, moment) is not None
    assert cases.totals(db, moment).open >= 0
    cases.mediator_loads(db)
    cases.task_cases(db)
    due.all_due(db, today)
    due.warnings(db, today)
    for aggregate in ("", *aggregates.NAMES):
        due.rows(db, aggregate)
    pairs.pairs(db, 30)
    own.view(figures_facts.load(db), COUNTY, int(today[:4]), today)
    assert len(found) <= 1


def look_at(state: CaseState, today: str) -> None:
    """What is said of a case beside its fields."""
    notices(state)
    six_haves(state, str)
    supervision.age(state, today)
    supervision.watch(state, today, default_rules(), str)
    tasks.tasks(state, "")
    duplicate_list.merge_bodies(state, state, "DEMO")


@pytest.mark.parametrize("kind", sorted(registry.CURRENT))
def test_every_kind_at_its_bounds_is_folded_told_and_listed(kind: str) -> None:
    print(f"EXTREMES_SEED={SEED}")
    aggregate = kind.partition(".")[0]

    @seed(SEED)
    @FEW
    @given(st.data())
    def property(data: st.DataObject) -> None:
        check(data.draw(opened_then(kind)), aggregate, data.draw(st.sampled_from(TODAYS)))

    property()


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_any_history_at_the_bounds_is_folded_told_and_listed(aggregate: str) -> None:
    print(f"EXTREMES_SEED={SEED}")

    @seed(SEED)
    @QUIET
    @given(st.one_of(histories(aggregate), with_every_kind(aggregate)), st.sampled_from(TODAYS))
    def property(events: list[Event], today: str | None) -> None:
        check(events, aggregate, today)

    property()


def check(events: list[Event], aggregate: str, today: str | None) -> None:
    if aggregate == "case":
        look_at(whole(fold_case(events, today=today)), today or "2026-11-29")
    else:
        state = aggregates.fold(aggregate, events, OURS, today=today)
        assert all(aggregates.why_not(state, event.id) is not None for event in events)
    ask_everything(tables_of(events), today or "2026-11-29")
