"""A fault of ours met by one record: the record stays and is named, the rest of the case, and all other cases, go on.

No accepted event is known that makes our code fail: it would be mended. So the fault is put in by hand."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.disputes.fold import clocks as fold_clocks
from shared.disputes.fold import fold as folding
from shared.disputes.fold.fold import fold_case
from shared.disputes.records import aggregates, machines, petition
from shared.disputes.rules.clocks import default_rules
from shared.disputes.rules.county import CountyRules
from shared.disputes.tables import records
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.tables import faults
from shared.ledger.workdays import DEFAULT
from tests.support.shared.domain_events import VILLAGE, World
from tests.support.shared.extremes import Writer

OURS = CountyRules(default_rules(), DEFAULT)
PETITION = {"number": "DEMO", "channel": "visit", "form": "individual", "category": "land", "summary": "DEMO",
            "place": {"office": VILLAGE}}


class OurFault(Exception):
    """What no code expects."""


def broken(*_: Any, **__: Any) -> Any:
    raise OurFault("DEMO")


@contextmanager
def tables(*events: Any) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:")
    model = ReadModel()
    model.create(db)
    model.apply(db, [event.doc() for event in events])
    yield db
    db.close()


def test_an_event_that_cannot_be_folded_is_named_and_the_others_have_their_effect(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(folding.HANDLERS, "case.evidence_added", broken)
    world = World()
    case, other = world.mediating().subject, world.register().subject
    event = world.event(case, "case.evidence_added", {"title": "DEMO"})
    world.agree(case)
    with caplog.at_level(logging.ERROR):
        state = fold_case(world.events[case], today="2026-04-20")
    assert (state.state, state.agreement is not None, state.needs_review) == ("agreed", True, True)
    line = next(line for line in state.timeline if line.event == event.id)
    assert (line.effect, line.note) == ("none", "程序处理不了这一条：已原样保存，未生效")
    (finding,) = [f for f in state.findings if f.code == "cannot_fold"]
    assert (finding.events, finding.review) == ((event.id,), True)
    assert event.id in caplog.text
    assert "OurFault" in caplog.text
    with tables(*world.events[case], *world.events[other]) as db:
        assert {row[0]: row[1] for row in db.execute("SELECT case_id, needs_review FROM cases")} == {case: 1, other: 0}
        assert [(kind, subject) for kind, subject, _ in faults(db)] == [("case", case)]
        monkeypatch.undo()
        ReadModel().apply(db, [event.doc()])
        assert faults(db) == []


def test_a_part_of_the_state_that_cannot_be_made_is_empty_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_clocks, "clocks", broken)
    world = World()
    case = world.mediating().subject
    state = fold_case(world.events[case], today="2026-04-20")
    assert (state.state, state.clocks, len(state.timeline)) == ("mediating", (), 4)
    assert [f.text for f in state.findings if f.code == "cannot_fold"] == [
        "程序处理不了“整件事项”：记录已原样保存，其余照常，请报告县级管理员"]


def test_a_step_of_a_record_or_a_matter_that_cannot_be_folded_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer()
    first = writer.write("hazard.reported", {"title": "DEMO", "place": {"office": VILLAGE}, "category": "DC02"})
    writer.write("hazard.assessed", {"level": 3, "text": "DEMO"}, first.subject)
    asked = writer.write("petition.registered", PETITION)
    writer.write("petition.accepted", {}, asked.subject)
    monkeypatch.setitem(machines.MACHINES["hazard"].guards, "hazard.assessed", broken)      # type: ignore[index]
    monkeypatch.setitem(petition.MACHINE.guards, "petition.accepted", broken)      # type: ignore[index]
    for aggregate, subject in (("hazard", first.subject), ("petition", asked.subject)):
        events = writer.events[subject]
        state = aggregates.fold(aggregate, events, OURS, today="2026-11-29")
        assert state.faults == (events[1].id,)
        assert "程序处理不了" in aggregates.why_not(state, events[1].id)
    with tables(*writer.events[first.subject], *writer.events[asked.subject]) as db:
        assert {kind for kind, _, _ in faults(db)} == {"hazard", "petition"}
        assert [db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("records", "petitions")] == [(1,), (1,)]


def test_what_fails_as_a_whole_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer()
    first = writer.write("hazard.reported", {"title": "DEMO", "place": {"office": VILLAGE}, "category": "DC02"})
    asked = writer.write("petition.registered", PETITION)
    other = writer.write("talk_item.told", {"title": "DEMO", "text": "DEMO"})
    monkeypatch.setitem(aggregates.MATTERS, "petition", broken)
    row = records._row
    monkeypatch.setattr(records, "_row", lambda state: broken() if state.aggregate == "hazard" else row(state))
    with tables(first, asked, other) as db:
        assert db.execute("SELECT record_id FROM records").fetchall() == [(other.subject,)]
        assert {kind for kind, _, _ in faults(db)} == {"hazard", "petition"}
