"""An office that moves: what it touches is folded again, and the tables are then those of a rebuild."""

from __future__ import annotations

import random
import sqlite3

import pytest

from shared.disputes.rules.county import RulesBook
from shared.disputes.tables.read_model import ReadModel
from tests.shared.disputes.tables.test_calendar_change import histories, rows
from tests.shared.ledger.published.test_lineage import BUREAU, COUNTY, OTHER, VILLAGE, directory, moved
from tests.support.shared.domain_events import NEIGHBOUR, World


@pytest.mark.parametrize("seed", range(3))
def test_the_tables_after_a_reform_are_those_of_a_rebuild(seed: int) -> None:
    now = [directory()]
    model = ReadModel(county=RulesBook(lambda: now[0]))
    db = sqlite3.connect(":memory:")
    model.create(db)
    world, chance = World(), random.Random(seed)
    world.event(world.register(VILLAGE).subject, "case.escalate_requested", {"to": OTHER, "reason": "DEMO"})
    for _ in range(12):
        office = chance.choice((VILLAGE, NEIGHBOUR, BUREAU))
        case = world.register(office).subject
        if chance.random() < 0.7:
            world.event(case, "case.escalate_requested", {"to": chance.choice((OTHER, COUNTY)), "reason": "DEMO"}, office=office)
    docs = [event.doc() for events in world.events.values() for event in events] + histories(seed)
    model.apply(db, docs)
    before = rows(db)
    now[0] = directory(*moved(), today="2026-12-30")
    again = model.refresh(db)
    assert 0 < again < len({doc["_id"].split(":")[1] for doc in docs}), f"seed {seed}"
    fresh = sqlite3.connect(":memory:")
    model.create(fresh)
    model.apply(fresh, docs)
    assert rows(db) == rows(fresh), f"seed {seed}"
    assert rows(db) != before
    assert model.refresh(db) == 0


def test_the_day_on_which_a_period_begins_is_a_change_and_a_new_office_without_records_is_none() -> None:
    now = [directory(*moved(), today="2026-12-31")]
    model = ReadModel(county=RulesBook(lambda: now[0]))
    db = sqlite3.connect(":memory:")
    model.create(db)
    world = World()
    world.register(VILLAGE)
    world.register(NEIGHBOUR)
    model.apply(db, [event.doc() for events in world.events.values() for event in events])
    now[0] = directory(*moved(), today="2027-01-01")
    assert model.refresh(db) == 1
    now[0] = directory(*moved(), ("150822102001", {"name": "演示新村", "level": "village", "parent": OTHER}), today="2027-01-01")
    assert model.refresh(db) == 0
