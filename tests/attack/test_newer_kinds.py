"""Kinds of a newer version: what nobody here can judge must not pass for that, now or after an update."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.disputes.domain import DISPUTES
from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import Directory
from tests.support.attacks import refused
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, VILLAGE, County, db
from tests.support.county_hub.newer import NEWER_KIND, shared_case, teleported, updated


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path)
    yield made
    made.close()


@refused("held unjudged")
def test_an_act_that_no_policy_knows_is_sent_to_everybody_in_a_case(county: County) -> None:
    router = county.router()
    case = shared_case(county, router)
    unknown = teleported(county, case)
    router.run_pending()
    assert unknown.id not in county.ids(db(NEIGHBOUR))
    receipt = county.receipt()
    assert receipt is not None
    assert list(receipt.held) == [unknown.id]


@refused("held not_in_audience")
def test_a_stranger_brings_a_case_to_his_own_line_by_a_kind_that_nobody_knows(county: County) -> None:
    router = county.router()
    case = county.register().subject
    router.run_pending()
    stray = teleported(county, case, NEIGHBOUR)
    router.run_pending()
    assert county.ids(db(NEIGHBOUR)) == [stray.id]
    assert stray.id not in county.ids(db(COUNTY))
    assert county.docs(db(VILLAGE), "refused:") == []


@refused("quarantine not_permitted")
@pytest.mark.parametrize("store", ["router.sqlite", "lost.sqlite"])
def test_what_was_sent_before_the_update_passes_because_it_lies_in_the_county_already(county: County, store: str) -> None:
    def permits(event: Event, directory: Directory) -> str | None:
        return "no" if event.kind == NEWER_KIND else None

    router = county.router()
    case = shared_case(county, router)
    unknown = teleported(county, case)
    router.run_pending()
    assert unknown.id in county.ids(db(COUNTY))
    updated(county, replace(DISPUTES, schemas={**DISPUTES.schemas, NEWER_KIND: 1}, permits=permits), store).run_pending()
    [kept] = county.docs("quarantine", "quarantine:")
    assert (kept["doc_id"], kept["reason"].partition(":")[0]) == (unknown.id, "not_permitted")
    assert unknown.id not in county.ids(db(NEIGHBOUR))
    assert len(county.docs(db(NEIGHBOUR), "refused:")) == 1, "what was told of it stays"
    assert county.docs(db(NEIGHBOUR), "released:") == []
