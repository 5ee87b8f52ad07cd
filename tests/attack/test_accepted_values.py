"""Values that the schema allows and a later step cannot digest, and typed ones that would mislead a reader for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import registry as bodies
from tests.support.attacks import refused
from tests.support.county_hub.hub_support import VILLAGE, found_county, opened, running_hub
from tests.support.shared.domain_events import World
from tests.support.shared.extremes import Writer

REGISTERED = {"number": "150822100203-2026-001-0012-7", "parties": [{"name": "演示甲"}], "place": {"office": VILLAGE},
              "summary": "DEMO", "category": "DC02", "risk": 4}


@refused("shown with the last day of the calendar")
def test_a_red_case_from_a_clock_of_the_year_10888_stops_no_page(tmp_path: Path) -> None:
    home, writer = found_county(tmp_path), Writer()
    event = writer.write("case.registered", REGISTERED, time=2**48 - 1, day="9999-12-31")
    writer.write("case.agreement_reached", {
        "form": "written", "facts": "DEMO", "items": [{"who": 0, "what": "长期", "due_date": "9999-12-31"}],
        "signatures": [{"signer": "party", "party": 0, "name": "演示甲", "signed_on": "9999-12-31"}]}, event.subject)
    with opened(home) as hub:
        hub.replica.bulk_docs([e.doc() for e in writer.events[event.subject]], new_edits=False)
    with running_hub(home) as running, running.console() as client:
        for path in ("/console/", "/console/cases", f"/console/cases/{event.subject}", "/console/figures"):
            assert client.get(path).status_code == 200, path


@refused("a step without effect")
@pytest.mark.parametrize("value", ["\u00b2", "\u2463", "\uff14\uff17", "151", "9" * 120])
def test_an_age_that_is_no_number_moves_nothing(value: str) -> None:
    world = World()
    case = world.register().subject
    world.event(case, "case.party_corrected", {"party": 0, "field": "age", "value": value}, schema=1)
    state = fold_case(world.events[case], today="2026-11-29")
    assert state.parties[0].age is None
    assert state.timeline[-1].effect == "none"


@refused("name_invisible, name_control")
@pytest.mark.parametrize("name", ["演示\u200b甲", "\u202e甲示演", "演示甲\ufeff", "演示\x1b[2K甲", "\u3164"])
def test_a_name_that_looks_like_anothers_is_registered(name: str) -> None:
    with pytest.raises(bodies.InvalidBody) as wrong:
        bodies.build("case.party_added", {"no": 2, "party": {"name": name}})
    assert wrong.value.reason in ("name_invisible", "name_control")


@refused("id_end")
def test_a_whole_id_number_is_slipped_in_by_a_correction() -> None:
    with pytest.raises(bodies.InvalidBody) as wrong:
        bodies.build("case.party_corrected", {"party": 0, "field": "id_last4", "value": "150822199001011234"})
    assert wrong.value.reason == "id_end"
    assert "150822199001011234" not in wrong.value.words
