"""A policy that became stricter judges what is new, never again what was accepted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from county_hub.hub.routed.rules import HubRules
from shared.disputes.domain import DISPUTES
from sync.router import Router
from tests.support.county_hub.hub_routing_support import COUNTY, TOWN, VILLAGE, County, db

UNTOLD = {"place": "DEMO", "mediators": ["m1"], "rights_told": False}


def test_what_was_accepted_before_the_policy_became_stricter_stays_accepted(tmp_path: Path) -> None:
    county = County(tmp_path)
    case = county.register().subject
    old = county.write(case, "case.session_held", UNTOLD)
    lenient = HubRules(
        COUNTY, county.databases, county.directory, county.hub_key, county.receipts, hub=lambda: county.hub,
        clock=lambda: county.now, domain=replace(DISPUTES, permits=lambda event, directory: None),
        chains=county.chain_book("old.sqlite"))
    router = Router(county.databases, lenient, county.root / "old.sqlite", clock=lambda: county.now / 1000)
    county.routers.append(router)
    router.run_pending()
    assert old.id in county.ids(db(TOWN))
    new = county.write(case, "case.session_held", UNTOLD)
    county.router("made-anew.sqlite").run_pending()
    assert old.id in county.ids(db(COUNTY))
    assert new.id not in county.ids(db(COUNTY))
    refused = county.docs("quarantine", "quarantine:")
    assert [(doc["doc_id"], doc["source"]) for doc in refused] == [(new.id, db(VILLAGE))]
    assert "rights_not_told" in refused[0]["reason"]
    county.close()
