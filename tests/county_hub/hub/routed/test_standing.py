"""Who is heard on a case: the same events in the end, whatever came first, by whatever way, and with a router that forgot all."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.disputes.domain import DISPUTES
from shared.ledger.audience import is_heard, route
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import Draft, seal
from shared.ledger.formats.hlc import make_hlc
from shared.ledger.formats.ids import PlatformNumber
from sync.router import Router
from sync.router.values import revision_key
from tests.support.county_hub.hub_routing_support import (
    COUNTY,
    FAR_VILLAGE,
    NEIGHBOUR,
    OFFICES,
    OTHER_TOWN,
    START_MS,
    TOWN,
    VILLAGE,
    County,
    db,
    key_of,
)
from tests.support.shared.founding import founded

UPPER = (COUNTY, TOWN, OTHER_TOWN)
REGISTERED = {
    "place": {"office": VILLAGE}, "summary": "DEMO", "category": "DC02",
    "parties": [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}],
}


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path)
    yield made
    made.close()


class Story:
    """Events of all offices on a few cases, signed and not yet anywhere. Who writes does not ask whether he is heard."""

    def __init__(self, seed: int) -> None:
        self.chance, self.docs = random.Random(seed), list[Doc]()
        self._seqs = dict.fromkeys(OFFICES, 0)

    def write(self, office: str, kind: str, body: Mapping[str, Any], after: tuple[Doc, ...] = ()) -> Doc:
        self._seqs[office] += 1
        if not after:
            body = {**body, "number": str(PlatformNumber(office, 2026, 1, self._seqs[office]))}
        now = START_MS + 1000 * len(self.docs)
        draft = Draft(
            kind=kind, subject=after[0]["case"] if after else "", body=body, office=office, actor=f"s{office}",
            role="dispatcher" if kind == "case.assigned" else "mediator", device=f"{office}-001", device_seq=self._seqs[office],
            prev=None, after=tuple(doc["_id"] for doc in after), directory=("none", 0, ""), hlc=make_hlc(now), device_time=now,
            clock_offset_ms=0, legal_date="2026-06-01", app="shuoshi/0.1.0")
        self.docs.append(seal(founded(draft), key_of(f"{office}-001"))[0])
        return self.docs[-1]

    def act(self, case: list[Doc]) -> None:
        office, to = self.chance.choice(sorted(OFFICES)), self.chance.choice(sorted(OFFICES))
        kind, body = self.chance.choice([
            ("case.note_added", {"text": "DEMO"}), ("case.co_handler_added", {"office": to}), ("case.assigned", {"to": to})])
        if kind == "case.assigned" and office not in UPPER:
            kind, body = "case.note_added", {"text": "DEMO"}
        case.append(self.write(office, kind, body, after=(self.chance.choice(case),)))

    def tell(self) -> None:
        cases = [[self.write(self.chance.choice(sorted(OFFICES)), "case.registered", REGISTERED)] for _ in range(3)]
        for _ in range(24):
            self.act(self.chance.choice(cases))
        # of the last case the founding never comes: its device was burnt
        self.docs.remove(cases[-1][0])
        self.chance.shuffle(self.docs)


def heard(docs: list[Doc], released: set[str] = frozenset(), refused: set[str] = frozenset()) -> tuple[set[str], dict[str, Any]]:
    """(ids of what is accepted, row of each case): the rule alone, applied until nothing moves."""
    rows: dict[str, Any] = {}
    accepted, moved = set[str](), True
    while moved:
        moved = False
        for doc in docs:
            fit = doc["_id"] in released or (doc["_id"] not in refused and is_heard(doc, rows.get(doc["case"])))
            if fit and doc["_id"] not in accepted:
                rows[doc["case"]] = route(doc, rows.get(doc["case"]), domain=DISPUTES)
                accepted.add(doc["_id"])
                moved = True
    return accepted, rows


def put(county: County, office: str, doc: Doc) -> None:
    with county.databases.lease(db(office)) as replica:
        assert replica.bulk_docs([doc], new_edits=False) == []


def bring(county: County, doc: Doc, chance: random.Random) -> set[str]:
    """Into the author's database, or by a relay into that of his township, or both; the databases it is in."""
    own, parent = db(doc["office"]), OFFICES[doc["office"]][1]
    ways = [{own}, {own, db(parent)}, {db(parent)}] if parent and parent != COUNTY else [{own}]
    chosen = chance.choice(ways)
    for name in chosen:
        put(county, name.removeprefix("office-"), doc)
    return chosen


def check(county: County, router: Router, docs: list[Doc], lain: dict[str, set[str]], **decided: set[str]) -> None:
    accepted, rows = heard(docs, **decided)
    known = router.store.known([revision_key(doc["_id"], doc["_rev"]) for doc in docs], settled=True)
    assert {doc["_id"] for doc in docs if revision_key(doc["_id"], doc["_rev"]) in known} == accepted
    refused = decided.get("refused", set())
    waiting = {w.doc["_id"]: w.reason for w in router.status().waiting}
    assert set(waiting) == {doc["_id"] for doc in docs} - accepted - refused
    assert {reason.partition(":")[0] for reason in waiting.values()} <= {"not_in_audience"}
    for office in OFFICES:
        brought = {id for id, names in lain.items() if db(office) in names}
        wanted = {d["_id"] for d in docs if d["_id"] in accepted and office in (*rows[d["case"]]["offices"], COUNTY)}
        assert set(county.ids(db(office))) == wanted | brought, office
    told = [receipt for office in OFFICES if (receipt := county.receipt(office)) is not None]
    own = {doc["_id"]: db(doc["office"]) in lain[doc["_id"]] for doc in docs}
    assert {id for receipt in told for id in receipt.held} == {id for id in waiting if own[id]}
    assert {id for receipt in told for id in receipt.refused} == {id for id in refused if own[id]}


@pytest.mark.parametrize("seed", range(8))
def test_the_same_is_accepted_in_any_order_over_relays_and_after_the_router_lost_its_file(county: County, seed: int) -> None:
    story = Story(seed)
    story.tell()
    chance, lain = story.chance, dict[str, set[str]]()
    router = county.router("0.sqlite")
    for count, doc in enumerate(story.docs):
        lain[doc["_id"]] = bring(county, doc, chance)
        if chance.random() < 0.3:
            router.run_pending()
        if chance.random() < 0.1:
            router = county.router(f"{count + 1}.sqlite")       # the file is gone, everything is read again
    router.run_pending()
    check(county, router, story.docs, lain)
    # What persons decide is a document: it outlives the file.
    held = sorted(w.doc["_id"] for w in router.status().waiting)
    released, refused = set(chance.sample(held, min(2, len(held)))), set[str]()
    for id in sorted(released):
        router.release(id, "supervisor-7")
    router.run_pending()
    still = sorted({w.doc["_id"] for w in router.status().waiting})
    refused = set(chance.sample(still, min(2, len(still))))
    for id in sorted(refused):
        router.refuse(id, "supervisor-7")
    router.run_pending()
    check(county, router, story.docs, lain, released=released, refused=refused)
    again = county.router("again.sqlite")
    again.run_pending()
    check(county, again, story.docs, lain, released=released, refused=refused)
    assert again.sweep().repairs == 0


def test_what_another_worker_holds_while_the_row_grows_is_judged_again_at_once(county: County) -> None:
    story = Story(0)
    first = story.write(TOWN, "case.registered", REGISTERED)
    stray = story.write(VILLAGE, "case.note_added", {"text": "DEMO"}, after=(first,))
    naming = story.write(TOWN, "case.assigned", {"to": VILLAGE}, after=(first,))
    put(county, TOWN, first)
    put(county, VILLAGE, stray)
    armed: list[bool] = []

    def meanwhile(step: str) -> None:
        """The first worker has judged the stray and not written it down yet: a second one brings what names its office."""
        if step == "told" and armed:
            armed.clear()
            put(county, TOWN, naming)
            county.router("shared.sqlite", on_step=lambda step: None).step(db(TOWN))

    router = county.router("shared.sqlite", on_step=meanwhile)
    router.step(db(TOWN))
    armed.append(True)
    router.step(db(VILLAGE))
    assert not armed
    assert stray["_id"] not in county.ids(db(COUNTY)), "the second worker could not know of it"
    router.run_pending()
    assert router.status().waiting == []
    assert stray["_id"] in county.ids(db(COUNTY))


def test_the_right_to_be_heard_stays_when_the_case_has_gone_on_to_others(county: County) -> None:
    router = county.router()
    case = county.register().subject
    router.run_pending()
    for to in (NEIGHBOUR, VILLAGE):
        county.assign(case, to)
        router.run_pending()
    late = county.note(case, office=NEIGHBOUR)
    router.run_pending()
    assert late.id in county.ids(db(VILLAGE))


def test_a_held_event_stands_in_the_receipt_and_is_nobodys_until_somebody_names_its_office(county: County) -> None:
    router = county.router()
    case = county.register().subject
    router.run_pending()
    stray = county.note(case, office=FAR_VILLAGE)
    router.run_pending()
    for office in (VILLAGE, TOWN, COUNTY, OTHER_TOWN):
        assert stray.id not in county.ids(db(office))
    receipt = county.receipt(FAR_VILLAGE)
    assert receipt is not None
    assert (list(receipt.held), dict(receipt.refused), receipt.accepted.json()) == ([stray.id], {}, [])
    county.assign(case, FAR_VILLAGE)
    router.step(db(TOWN))
    assert stray.id in county.ids(db(COUNTY)), "judged again in the step that names it"
    router.run_pending()
    assert stray.id in county.ids(db(VILLAGE))
    receipt = county.receipt(FAR_VILLAGE)
    assert receipt is not None
    assert (list(receipt.held), receipt.accepted.json()) == ([], [[1, 1]])
