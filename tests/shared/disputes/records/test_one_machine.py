"""Petitions and legal aid are folded by the machine of all records: what its table says is what happens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.disputes.kinds import registry as bodies
from shared.disputes.records import aggregates, petition
from shared.disputes.records.machine import STAY, run
from tests.support.shared.domain_events import COUNTY, VILLAGE, World

REGISTERED = {"number": "150822000000-2019-000-0001-0", "channel": "letter_visit", "form": "visit", "category": "agriculture",
              "place": {"office": VILLAGE}, "summary": "DEMO 反映灌溉问题"}


def test_a_row_of_the_petitions_table_changed_changes_what_the_fold_does() -> None:
    world = World()
    first = world.event(None, "petition.registered", REGISTERED, office=COUNTY, role="window_clerk", date="2019-03-04")
    for kind, body in (("declined", {"reason": "DEMO"}), ("accepted", {})):
        world.event(first.subject, f"petition.{kind}", body, office=COUNTY, role="window_clerk", date="2019-03-05")
    events = world.events[first.subject]
    assert petition.fold_petition(events).state == "declined"
    steps = {**petition.MACHINE.steps, "petition.accepted": (frozenset({"declined"}), "accepted")}
    folded = run(replace(petition.MACHINE, steps=steps), events, rules=petition.statutory.default_rules())
    assert petition.petition_view(folded).state == "accepted"


@pytest.mark.parametrize("aggregate", aggregates.NAMES)
def test_every_step_guard_branch_and_kept_field_of_a_machine_belongs_to_a_declared_kind(aggregate: str) -> None:
    machine = aggregates.MACHINES[aggregate]
    kinds = {machine.opens, *machine.steps}
    assert kinds == {kind for kind in bodies.CURRENT if kind.startswith(f"{aggregate}.")}
    assert set(machine.guards) | set(machine.branches) | set(machine.lists) | set(machine.keeps or ()) <= kinds
    for kind, (name, ways) in machine.branches.items():
        before, after = machine.steps[kind]
        assert name in bodies.BODIES[kind, bodies.CURRENT[kind]].model_fields
        assert before == frozenset().union(*(way[0] for way in ways.values()))
        assert after in (STAY, *(way[1] for way in ways.values()))
    for kind, names in (machine.keeps or {}).items():
        assert set(names) <= set(bodies.BODIES[kind, bodies.CURRENT[kind]].model_fields)
