"""What the schema allows is shown at the service point: lists, cases, records, alarms, tasks, figures, screens."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from shared.commands.output import plain as as_json
from shared.ledger.formats.envelope import Event
from tests.support.shared.extremes import AGGREGATES, DAYS, histories, the_seed, with_every_kind
from tests.support.village_node.node_world import World
from village_node.desk.desk import Desk
from village_node.view_models import case_page

SEED = the_seed()


def look(desk: Desk, events: list[Event], today: str) -> None:
    assert desk.node.office.bulk_docs([event.doc() for event in events], new_edits=False) == []
    subject, aggregate = events[0].subject, events[0].aggregate
    if aggregate == "case":
        view = desk.case(subject)
        as_json(view)
        [case_page.entry_model(entry, "village", today) for entry in view.timeline]
    else:
        desk.record(subject)
    as_json(desk.list_cases(text="甲"))
    as_json(desk.list_cases())
    as_json(desk.alarms(today))
    desk.due(today)
    desk.tasks()
    desk.duplicates()
    desk.figures(None)
    desk.calendar(today)
    desk.appointments()


def test_whatever_the_schema_allows_is_shown_at_the_desk(tmp_path: Path) -> None:
    print(f"EXTREMES_SEED={SEED}")
    world = World(tmp_path)
    quiet = settings(max_examples=25, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
    drawn = st.sampled_from(AGGREGATES).flatmap(lambda name: st.one_of(histories(name), with_every_kind(name)))
    with world.desk(world.home()) as desk:
        seed(SEED)(quiet(given(drawn, st.sampled_from(DAYS))(lambda events, today: look(desk, events, today))))()
