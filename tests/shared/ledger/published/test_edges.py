"""Edges: who answers for an office, whose signature counts, and what the receipts of several say together."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from county_hub.hub.ingress import validators_for
from county_hub.hub.routed.rules import newest_ms, number_of
from shared.ledger.formats.envelope import check_event
from shared.ledger.published.directory import EMPTY, Directory
from shared.ledger.published.directory_heads import change
from shared.ledger.published.edges import Signers, believed_keys, edge_of, ever_served, joined, serving
from shared.ledger.published.receipts import Ranges, Receipt, build_grant, build_receipt, build_withdraw
from shared.ledger.tables import EventTables
from sync.errors import Forbidden
from tests.support.shared.shared_core import CASE, DEVICE_KEY, HUB_KEY, NOW, OTHER_KEY, sealed

COUNTY, TOWN, VILLAGE, OTHER = "150822000000", "150822100000", "150822100203", "150822101000"
EDGE = f"{COUNTY}-007"


def directory(served: dict[str, list[str]] | None = None, **edges: Any) -> Directory:
    """Edges by slot: (offices, status, key); what they ever served, where that is said."""
    offices = [change("office", id, {"name": id, "level": level, "parent": parent}) for id, level, parent in (
        (COUNTY, "county", None), (TOWN, "township", COUNTY), (OTHER, "township", COUNTY), (VILLAGE, "village", TOWN))]
    devices = [
        change("device", f"{COUNTY}-{slot[1:]}", {
            "office": COUNTY, "slot": int(slot[1:]), "public_key": key.public, "alg": key.alg, "status": status, "role": "edge",
            "edge": {"name": slot, "offices": named, "urls": [], "tls": [], "author": "x",
                     **({"served": served[slot]} if slot in (served or {}) else {})}})
        for slot, (named, status, key) in edges.items()]
    return EMPTY.with_changes("e1", 1, "h", [*offices, *devices])


def test_the_edge_that_names_the_office_itself_answers_before_one_that_names_what_is_above() -> None:
    made = directory(s001=([TOWN], "active", HUB_KEY), s002=([VILLAGE], "active", OTHER_KEY),
                     s003=([COUNTY], "retired", DEVICE_KEY))
    assert [edge.id for edge in serving(made, VILLAGE)] == [f"{COUNTY}-002"]
    assert [edge.id for edge in serving(made, TOWN)] == [f"{COUNTY}-001"]
    assert serving(made, OTHER) == () == serving(EMPTY, VILLAGE)
    assert edge_of(made, f"{COUNTY}-003") is not None
    assert edge_of(made, "hub-1") is None


def receipt(issuer: str, accepted: list[int], head: int, **fields: Any) -> Receipt:
    event = check_event(sealed(device_seq=head))
    return replace(Receipt("hub-1", "e1", "dev-1", 1, Ranges.of(accepted), head=(head, event.h), received_at=NOW, issuer=issuer),
                   **fields)


def test_accepted_is_what_one_of_them_accepted_in_any_order() -> None:
    one, two = receipt("", [1, 2], 2, files=("a" * 64,)), receipt(EDGE, [2, 3, 5], 5, files=("b" * 64,), received_at=NOW + 5)
    both = joined([one, two])
    assert both == joined([two, one])
    assert both is not None
    assert (both.accepted.json(), both.head, both.received_at) == ([[1, 3], [5, 5]], two.head, NOW + 5)
    assert both.files == ("a" * 64, "b" * 64)
    assert joined([]) is None
    assert joined([one]) is one


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_refusal_counts_until_another_of_them_accepts_and_a_relay_refuses_nothing(order: tuple[int, ...]) -> None:
    bad, well = check_event(sealed(device_seq=4)), check_event(sealed(device_seq=5))
    docs = [build_receipt(one, HUB_KEY) for one in (
        receipt(EDGE, [1], 1, device=bad.device, refused={bad.id: "x", well.id: "x"}), receipt("", [5], 5, device=bad.device),
        receipt("150822100000-001", [1], 1, device=bad.device, refused={check_event(sealed(device_seq=9)).id: "y"}))]
    db = sqlite3.connect(":memory:")
    tables = EventTables(signers=Signers(lambda: directory(s007=([TOWN], "active", OTHER_KEY))))
    tables.create(db)
    tables.apply(db, [bad.doc(), well.doc()])
    for at in order:
        tables.apply(db, [docs[at]])
    assert db.execute("SELECT event_id FROM refused_now").fetchall() == [(bad.id,)]


def test_an_edge_signs_receipts_of_its_own_and_grants_and_never_a_head() -> None:
    made = [directory(s007=([TOWN], "active", OTHER_KEY))]
    [*_, only_hub] = validators_for(HUB_KEY.public, (), lambda office: believed_keys(made[0], office))(f"office-{VILLAGE}")
    own, foreign = build_receipt(receipt(EDGE, [1], 1), OTHER_KEY), build_receipt(receipt("", [1], 1), OTHER_KEY)
    grant = build_grant(CASE, 1, VILLAGE, [], NOW, OTHER_KEY)
    only_hub(own), only_hub(grant), only_hub(build_receipt(receipt("", [1], 1), HUB_KEY))
    for doc in (foreign, {**own, "_id": "directory:e1:00000001"}, build_receipt(receipt(EDGE, [1], 1), HUB_KEY)):
        with pytest.raises(Forbidden):
            only_hub(doc)
    made[0] = directory(s007=([TOWN], "retired", OTHER_KEY))
    only_hub(own)
    made[0] = directory(s007=([TOWN], "lost", OTHER_KEY))
    with pytest.raises(Forbidden):
        only_hub(own)


def test_the_receipts_of_an_edge_count_where_it_ever_answered_and_nowhere_else() -> None:
    made = directory({"s007": [TOWN]}, s007=([], "active", OTHER_KEY))      # all its offices were handed over
    own = build_receipt(receipt(EDGE, [1], 1), OTHER_KEY)

    def enters(office: str) -> None:
        [*_, only_hub] = validators_for(HUB_KEY.public, (), lambda of: believed_keys(made, of))(f"office-{office}")
        only_hub(own)

    enters(TOWN)
    enters(VILLAGE)
    for office in (OTHER, COUNTY):
        with pytest.raises(Forbidden):
            enters(office)
        assert believed_keys(made, office) == {}
    assert believed_keys(made) == {EDGE: OTHER_KEY.public}
    before = directory(s007=([TOWN], "active", OTHER_KEY))                  # a directory that does not say it
    assert believed_keys(before, OTHER) == {EDGE: OTHER_KEY.public}
    assert ever_served([before, directory(s007=([OTHER], "active", OTHER_KEY))], EDGE) == sorted([TOWN, VILLAGE, OTHER])


def test_an_edge_withdraws_from_offices_that_it_ever_answered_for_and_grants_to_any() -> None:
    made = directory({"s007": [TOWN]}, s007=([], "active", OTHER_KEY))

    def enters(office: str, doc: Any) -> None:
        [*_, only_hub] = validators_for(HUB_KEY.public, (), lambda of: believed_keys(made, of))(f"office-{office}")
        only_hub(doc)

    for office in (TOWN, VILLAGE, OTHER):
        enters(office, build_grant(CASE, 1, office, [], NOW, OTHER_KEY))
        enters(office, build_withdraw(CASE, 1, office, "moved", NOW, HUB_KEY))
    for office in (TOWN, VILLAGE):
        enters(office, build_withdraw(CASE, 1, office, "moved", NOW, OTHER_KEY))
    with pytest.raises(Forbidden):
        enters(OTHER, build_withdraw(CASE, 1, OTHER, "moved", NOW, OTHER_KEY))


def test_a_grant_is_named_by_its_set_alone() -> None:
    ids = [check_event(sealed(device_seq=n)).id for n in range(1, 6)]
    mixed = random.Random(7).sample(ids, len(ids))
    assert (number_of(ids), newest_ms(ids)) == (number_of(mixed), newest_ms(mixed))
    assert number_of(ids) != number_of(ids[1:])
    assert 1 <= number_of([]) <= 999_999
