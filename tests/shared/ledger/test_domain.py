"""What events mean is handed in: the floors name no kind, and a product without rules of its own is served all the same."""

from __future__ import annotations

import ast
import sqlite3
from pathlib import Path

import pytest

from shared.disputes.kinds import registry
from shared.ledger.audience import route
from shared.ledger.domain import Domain
from shared.ledger.judge import judge
from shared.ledger.published.receipts import Ranges, Receipt, build_receipt
from shared.ledger.published.refusals import Subject
from shared.ledger.tables import EventTables, Fresh
from tests.support.shared.shared_core import HUB_KEY, NEIGHBOUR, TOWN, VILLAGE, county, sealed

ROOT = Path(__file__).resolve().parents[3]
FLOORS = ("sync", "shared/ledger", "village_node/point", "county_hub/hub")
PLAIN = Domain()


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_names_no_kind_of_a_dispute(floor: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"
        for path in (ROOT / floor).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in registry.CURRENT
    ]
    assert not found


def test_without_rules_of_its_own_signature_office_and_staff_are_judged_still() -> None:
    unknown = {"kind": "case.something_new", "body": {"anything": 1}}
    assert judge(sealed(**unknown), county(), domain=PLAIN).accepted
    assert judge(sealed(**unknown, actor="nobody"), county(), domain=PLAIN).code == "actor_unknown"
    assert judge(sealed(**unknown, actor="s-wang", role="judicial_officer"), county(), domain=PLAIN).code == "actor_office"
    assert judge(sealed(**unknown, device="dev-2"), county(), domain=PLAIN).code == "bad_signature"


@pytest.mark.parametrize(("where", "body"), [
    ("to", {"to": NEIGHBOUR}), ("to", {"to": [NEIGHBOUR]}), (("shares", "more"), {"shares": [{"office": NEIGHBOUR}]}),
])
def test_a_domain_says_whom_an_event_names(where: str | tuple[str, ...], body: dict[str, object]) -> None:
    handed = sealed(kind="case.something_new", body=body)
    assert NEIGHBOUR not in route(handed, None, domain=PLAIN)["offices"]
    assert {VILLAGE, TOWN, NEIGHBOUR} <= set(route(handed, None, domain=Domain(names={"case.something_new": where}))["offices"])


class _Counting(EventTables):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[set[Subject], list[str]]] = []

    def more(self, db: sqlite3.Connection, touched: set[Subject], fresh: Fresh) -> None:
        self.told.append((touched, [event.kind for events in fresh.values() for event in events.values()]))


def test_tables_of_events_stand_without_a_product_and_tell_one_what_was_touched() -> None:
    db, tables, doc = sqlite3.connect(":memory:"), _Counting(), sealed()
    tables.create(db)
    tables.apply(db, [doc, {"_id": "chunk:x"}])
    receipt = Receipt("hub-1", "e1", "dev-1", 1, Ranges.of([]), {doc["_id"]: "not_permitted"})
    tables.apply(db, [build_receipt(receipt, HUB_KEY)])
    subject = ("case", doc["case"])
    assert tables.told == [({subject}, [doc["kind"]]), ({subject}, [])]
    assert db.execute("SELECT id, refused FROM events").fetchall() == [(doc["_id"], 1)]
