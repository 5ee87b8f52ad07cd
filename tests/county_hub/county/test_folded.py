"""What was folded is kept as long as nothing that it is made of has changed, and not longer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from county_hub.county.folded import FoldedCases
from shared.disputes.rules.county import RulesBook
from shared.ledger.published.directory_heads import change
from tests.support.county_hub.hub_routing_support import COUNTY, County, db

TODAY = "2026-11-30"


def docs_of(county: County, case: str) -> list[dict[str, Any]]:
    with county.databases.lease(db(COUNTY)) as replica:
        rows = replica.all_docs(startkey=f"case:{case}:", endkey=f"case:{case};", include_docs=True)
        return [row.doc for row in rows if row.doc is not None]


def test_a_case_is_folded_once_until_a_record_a_refusal_a_day_or_a_rule_changes(tmp_path: Path) -> None:
    county = County(tmp_path)
    case = county.register().subject
    router = county.router()
    router.run_pending()
    kept = FoldedCases(RulesBook(county.directory.latest), most=2)
    docs = docs_of(county, case)
    first = kept.fold(docs, {}, {}, TODAY)
    assert kept.fold(docs_of(county, case), {}, {}, TODAY) is first
    assert kept.fold(docs, {}, {}, "2026-12-01") is not first, "a day may change what it says"
    assert kept.fold(docs, {docs[0]["_id"]: "DEMO"}, {}, TODAY) != first
    assert kept.fold(docs, {}, {}, TODAY) == first, "only the newest two are kept"
    county.write(case, "case.note_added", {"text": "DEMO"})
    router.run_pending()
    more = docs_of(county, case)
    assert len(more) == len(docs) + 1
    assert len(kept.fold(more, {}, {}, TODAY).timeline) == len(first.timeline) + 1
    now = kept.fold(docs, {}, {}, TODAY)
    row = {"amount": 70, "unit": "day", "source": "DEMO"}
    county.directory.publish([change("table", "clocks", {"handle_village": row})])
    assert kept.fold(docs, {}, {}, TODAY).clocks != now.clocks
    county.close()
