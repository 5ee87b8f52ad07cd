"""A refused event stays in quarantine; its notice goes to the whole audience, so that honest children do not wait for it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shared.disputes.tables.read_model import ReadModel
from shared.ledger.published.directory_heads import change
from shared.ledger.published.notices import check_notice
from sync.router.router import quarantine_id
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, TOWN, VILLAGE, County, db
from tests.support.shared.case_of_tables import case_of_tables


@pytest.fixture
def county(tmp_path: Path):
    made = County(tmp_path)
    yield made
    made.close()


def folded(county: County, office: str, case: str):
    """The case as the read model of that office has it, from its database on the hub."""
    tables = sqlite3.connect(":memory:")
    model = ReadModel()
    model.create(tables)
    docs = [doc for prefix in ("case:", "receipt:", "refused:", "released:") for doc in county.docs(db(office), prefix)]
    model.apply(tables, docs)
    return case_of_tables(tables, case)


def a_child_of_a_refused_event(county: County):
    """A case with the neighbour, one refused note of the village's mediator, and the village's next, good event after it."""
    router = county.router()
    first = county.register()
    router.run_pending()
    bad = county.write(first.subject, "case.archived", {"documents": ["D03"]})      # a village may not archive
    child = county.note(first.subject)
    assert child.after == (bad.id,)
    router.run_pending()
    return router, first, bad, child


def test_a_child_of_a_refused_event_is_complete_at_every_other_office(county) -> None:
    _, first, bad, child = a_child_of_a_refused_event(county)
    for office in (TOWN, COUNTY):
        assert bad.id not in county.ids(db(office))
        [notice] = county.docs(db(office), "refused:")
        assert check_notice(notice, county.hub_key.public).after == (first.id,)
        state = folded(county, office, first.subject)
        assert (state.incomplete, state.missing, state.heads) == (0, (), (child.id,))


def test_the_author_sees_the_same_state_with_its_own_event_struck_through(county) -> None:
    _, first, bad, _ = a_child_of_a_refused_event(county)
    here, there = folded(county, VILLAGE, first.subject), folded(county, TOWN, first.subject)
    assert (here.state, here.heads, here.incomplete) == (there.state, there.heads, there.incomplete)
    assert [line.event for line in here.timeline if line.refused] == [bad.id]


def test_who_joins_later_gets_the_notices_with_the_grant(county) -> None:
    router, first, _, _ = a_child_of_a_refused_event(county)
    assert not county.docs(db(NEIGHBOUR), "refused:")
    county.assign(first.subject, NEIGHBOUR)
    router.run_pending()
    assert len(county.docs(db(NEIGHBOUR), "refused:")) == 1
    assert folded(county, NEIGHBOUR, first.subject).incomplete == 0


def test_a_released_event_counts_again_everywhere(county) -> None:
    router, first, bad, child = a_child_of_a_refused_event(county)
    router.release(quarantine_id(bad.doc()), "supervisor-7")
    router.run_pending()
    for office in (TOWN, COUNTY, VILLAGE):
        assert bad.id in county.ids(db(office))
        state = folded(county, office, first.subject)
        assert (state.incomplete, state.heads, state.refused) == (0, (child.id,), ())
    before = county.docs(db(TOWN), "re")
    router.run_pending()
    assert county.docs(db(TOWN), "re") == before


def test_notices_told_again_are_the_same_documents(county) -> None:
    _, _, _, _ = a_child_of_a_refused_event(county)
    before = {office: county.docs(db(office), "refused:") for office in (TOWN, COUNTY)}
    county.router("again.sqlite").run_pending()
    assert {office: county.docs(db(office), "refused:") for office in (TOWN, COUNTY)} == before


def test_a_refused_first_event_has_no_audience_but_the_county(county) -> None:
    county.directory.publish([change("device", f"{VILLAGE}-001", county.device_value(VILLAGE, status="lost"))])
    event = county.register()
    county.router().run_pending()
    assert len(county.docs(db(COUNTY), "refused:")) == 1
    assert not county.docs(db(TOWN), "refused:")
    assert event.id in county.ids(db(VILLAGE))
