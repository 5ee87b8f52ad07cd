"""What this version cannot judge: kept with its author and those above, told of to the others, judged after an update."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from county_hub.hub.published.notice_office import NoticeOffice
from shared.disputes.domain import DISPUTES
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.formats.envelope import check_event
from shared.ledger.judge import UNJUDGED
from shared.ledger.published.edges import Signers
from shared.ledger.published.leaves import leaves_of
from shared.ledger.published.notices import build_refused, check_notice
from sync.databases import Databases
from sync.router.rules import Outcome
from tests.shared.ledger.published.test_edges import directory
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, OTHER_TOWN, TOWN, VILLAGE, County, db
from tests.support.county_hub.newer import shared_case, teleported, updated
from tests.support.shared.case_of_tables import case_of_tables
from tests.support.shared.shared_core import HUB_KEY, OTHER_KEY, sealed

NEWER = replace(DISPUTES, schemas={**DISPUTES.schemas, "case.teleported": 1})


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path)
    yield made
    made.close()


def folded(county: County, office: str, case: str) -> Any:
    tables = sqlite3.connect(":memory:")
    model = ReadModel()
    model.create(tables)
    prefixes = ("case:", "receipt:", "refused:", "released:")
    model.apply(tables, [doc for prefix in prefixes for doc in county.docs(db(office), prefix)])
    return case_of_tables(tables, case)


def test_it_goes_up_the_line_only_and_the_others_are_told_its_parents(county: County) -> None:
    router = county.router()
    case = shared_case(county, router)
    unknown = teleported(county, case)
    child = county.note(case)
    assert child.after == (unknown.id,)
    router.run_pending()
    for office in (VILLAGE, TOWN, COUNTY):
        assert unknown.id in county.ids(db(office)), office
    assert unknown.id not in county.ids(db(NEIGHBOUR))
    [notice] = [check_notice(doc, county.hub_key.public) for doc in county.docs(db(NEIGHBOUR), "refused:")]
    assert (notice.event, notice.reason, notice.after) == (unknown.id, "unjudged", unknown.after)
    for office in (VILLAGE, TOWN):
        assert county.docs(db(office), "refused:") == []
    receipt = county.receipt()
    assert receipt is not None
    assert (list(receipt.held), dict(receipt.refused), receipt.accepted.json()) == ([unknown.id], {}, [[1, 2], [4, 4]])
    for office in (VILLAGE, TOWN, COUNTY, NEIGHBOUR):
        state = folded(county, office, case)
        assert (state.incomplete, state.heads) == (0, (child.id,)), office
    assert router.sweep().repairs == 0


@pytest.mark.parametrize("store", ["router.sqlite", "lost.sqlite"])
def test_after_an_update_it_is_judged_and_the_notice_is_lifted(county: County, store: str) -> None:
    router = county.router()
    case = shared_case(county, router)
    unknown = teleported(county, case)
    router.run_pending()
    after = updated(county, NEWER, store)
    after.run_pending()
    assert unknown.id in county.ids(db(NEIGHBOUR))
    assert len(county.docs(db(NEIGHBOUR), "released:")) == 1
    receipt = county.receipt()
    assert receipt is not None
    assert (list(receipt.held), receipt.accepted.json()) == ([], [[1, 3]])
    assert after.status().waiting == []


def test_who_is_not_heard_is_not_heard_with_a_newer_kind_either(county: County) -> None:
    router = county.router()
    case = county.register().subject
    router.run_pending()
    stray = teleported(county, case, NEIGHBOUR)
    router.run_pending()
    assert stray.id not in county.ids(db(COUNTY))
    assert [w.reason.partition(":")[0] for w in router.status().waiting] == ["not_in_audience"]
    assert county.docs(db(VILLAGE), "refused:") == []
    county.assign(case, NEIGHBOUR)
    router.run_pending()
    assert stray.id in county.ids(db(COUNTY)), "and with the naming it is kept"
    assert stray.id not in county.ids(db(VILLAGE))


def test_that_nobody_can_judge_an_event_may_be_said_by_the_hub_and_the_edges_of_its_office(tmp_path: Path) -> None:
    """Else an edge's key in wrong hands would undo what was accepted of a revoked device of any office (decision 0153)."""
    event = check_event(sealed())
    for offices, key, believed in (([TOWN], OTHER_KEY, True), ([OTHER_TOWN], OTHER_KEY, False), ([OTHER_TOWN], HUB_KEY, True)):
        known = directory({"s007": offices}, s007=([], "active", OTHER_KEY))
        databases = Databases(tmp_path / f"{key.public[:4]}-{believed}".replace("/", "-"))
        databases.create(db(COUNTY))
        with databases.lease(db(COUNTY)) as replica:
            assert replica.bulk_docs([build_refused(event, UNJUDGED, key)], new_edits=False) == []
        office = NoticeOffice(databases, HUB_KEY, consolidated=db(COUNTY), audience=lambda *_: (), line=lambda _: (),
                              signers=Signers(lambda known=known: known))    # type: ignore[misc]
        assert office.unjudged(event.id, event.office) is believed
        databases.close()


def test_the_hub_tells_of_a_refusal_though_an_edges_key_stands_under_the_name_of_its_notice(tmp_path: Path) -> None:
    """Whichever of the two wins there: who did not get the refused event would else wait for it for ever."""
    event = check_event(sealed())
    known = directory({"s007": [OTHER_TOWN]}, s007=([], "active", OTHER_KEY))
    databases = Databases(tmp_path)
    for office in (COUNTY, VILLAGE, TOWN):
        databases.create(db(office))
    office = NoticeOffice(databases, HUB_KEY, consolidated=db(COUNTY), line=lambda _: (), signers=Signers(lambda: known),
                          audience=lambda *_: [db(VILLAGE)])
    hubs = build_refused(event, "bad", HUB_KEY)
    others = [build_refused(event, f"bad{n}", OTHER_KEY) for n in range(9)]
    with databases.lease(db(COUNTY)) as replica:
        assert replica.bulk_docs(others, new_edits=False) == []
    for _ in range(2):
        assert office.tell([Outcome(db(event.office), event.doc(), "refuse", "bad")]) == 1
    for office_id in (COUNTY, VILLAGE):
        with databases.lease(db(office_id)) as replica:
            assert hubs in leaves_of(replica, [hubs["_id"]])
            assert len(leaves_of(replica, [hubs["_id"]])) == (10 if office_id == COUNTY else 1)
    office.bring(event.subject, db(TOWN))
    with databases.lease(db(TOWN)) as replica:
        assert hubs in leaves_of(replica, [hubs["_id"]])
    databases.close()
