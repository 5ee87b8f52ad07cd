"""Ranges, receipts, grants: what may be called accepted is what a signed receipt says of this very chain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.errors import BadSignature, Refused
from shared.ledger.formats.documents import with_rev
from shared.ledger.formats.envelope import check_document, check_event
from shared.ledger.published import receipts
from shared.ledger.published.receipts import Ranges, Receipt
from tests.support.shared.shared_core import CASE, HUB_KEY, NOW, OTHER_KEY, TOWN, sealed

sets = st.sets(st.integers(1, 60), max_size=30)


@given(sets, sets)
def test_ranges_are_sets(a: set[int], b: set[int]) -> None:
    left, right = Ranges.of(a), Ranges.of(b)
    assert left.merge(right) == right.merge(left) == Ranges.of(a | b)
    assert left.without(right) == Ranges.of(a - b)
    assert left.count == len(a)
    assert all((n in left) == (n in a) for n in range(70))
    assert left.missing() == Ranges.of(set(range(1, max(a, default=0) + 1)) - a)
    assert left.missing(40) == Ranges.of(set(range(1, 41)) - a)
    assert Ranges.parse(left.json()) == left
    made = Ranges()
    for n in b:
        made = made.add(n)
    assert made == right


@pytest.mark.parametrize("value", [
    None, {}, [[1]], [[2, 1]], [[0, 1]], [[1, 2], [3, 4]], [[3, 4], [1, 2]], [["1", 2]], [[True, 2]], [[1, 2**40]], [5],
])
def test_ranges_have_one_spelling(value: object) -> None:
    with pytest.raises(Refused):
        Ranges.parse(value)


def receipt(**fields: Any) -> Receipt:
    event = check_event(sealed(device_seq=3))
    return replace(Receipt("hub-1", "e1", "dev-1", 1, Ranges.of([1, 2, 3]), {}, {}, Ranges(), (3, event.h), NOW), **fields)


def test_a_receipt_is_built_signed_and_read_back() -> None:
    refused = check_event(sealed(device_seq=4)).id
    held = {check_event(sealed(device_seq=5)).id: "device_unknown"}
    made = receipt(refused={refused: "role_not_held"}, held=held, files=("a" * 64, "b" * 64), missing=Ranges.of([7]))
    doc = receipts.build_receipt(made, HUB_KEY)
    check_document(doc, "office")
    assert doc["_id"] == "receipt:dev-1:hub-1:0000000001"
    assert receipts.check_receipt(doc, HUB_KEY.public) == made
    with pytest.raises(BadSignature):
        receipts.check_receipt(doc, OTHER_KEY.public)
    with pytest.raises(BadSignature):
        receipts.check_receipt(with_rev({**doc, "accepted": [[1, 9]]}), HUB_KEY.public)


@pytest.mark.parametrize("wrong", [
    {"hub": "hub-1"}, {"n": 0}, {"n": 2}, {"accepted": [[2, 1]]}, {"refused": []}, {"refused": {"x": "y"}}, {"held": "x"},
    {"held": []}, {"issuer": "other"},
    {"issuer": ""}, {"files": ["x"]}, {"files": ["b" * 64, "a" * 64]}, {"files": {}},
    {"held": {"x": "y"}}, {"head": {"seq": 0, "hash": "x"}}, {"head": 3}, {"received_at": -1}, {"device": "dev-2"}, {"more": 1},
])
def test_a_receipt_of_a_wrong_shape_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        receipts.parse_receipt(with_rev({**receipts.build_receipt(receipt(), HUB_KEY), **wrong}))


def test_a_receipt_covers_what_it_accepted_and_nothing_else() -> None:
    events = {n: check_event(sealed(device_seq=n)) for n in range(1, 6)}
    answer = receipt(refused={events[2].id: "bad_body"}, held={events[5].id: "device_unknown"})
    assert {n: receipts.state_of(answer, e) for n, e in events.items()} == {
        1: "accepted", 2: "refused", 3: "accepted", 4: "unknown", 5: "held"}
    assert not receipts.covers(None, events[1])
    assert not receipts.covers(answer, check_event(sealed(device="dev-2")))


def test_a_receipt_does_not_cover_another_event_of_the_same_number() -> None:
    clone = check_event(sealed(device_seq=3, body={"text": "on the cloned tablet"}))
    assert not receipts.covers(receipt(), clone)


def test_the_newest_receipt_of_the_current_epoch_counts() -> None:
    old, newer, relay = receipt(n=9), receipt(n=2, epoch="e2"), receipt(n=99, hub_id="dev-7")
    assert receipts.newest([old, newer, relay], "hub-1", "e2") == newer
    assert receipts.newest([old, newer, relay], "hub-1", "e1") == old
    assert receipts.newest([old, relay], "hub-1", "e2") is None, "after a restore everything falls back to sent"


def test_a_restored_or_cloned_device_is_noticed_from_the_receipt() -> None:
    head = receipt().head
    assert head is not None
    right = {3: head[1]}
    answers = [
        receipts.compare_chain(receipt(), "dev-1", 3, right.get), receipts.compare_chain(receipt(), "dev-1", 8, right.get),
        receipts.compare_chain(receipt(), "dev-1", 2, right.get), receipts.compare_chain(receipt(), "dev-1", 3, {3: "x"}.get),
        receipts.compare_chain(receipt(head=None), "dev-1", 0, right.get),
    ]
    assert answers == ["same", "ahead", "behind", "forked", "same"]


def test_a_grant_says_when_the_whole_case_has_come() -> None:
    doc = receipts.build_grant(CASE, 1, TOWN, ["b", "a"], NOW, HUB_KEY)
    check_document(doc, "office")
    grant = receipts.parse_grant(doc)
    assert grant.complete({"a", "b"})
    assert not grant.complete({"a"})
    assert not grant.complete({"a", "c"})
    with pytest.raises(Refused):
        receipts.parse_grant(with_rev({**doc, "count": -1}))


def test_a_withdrawal_is_read_back() -> None:
    doc = receipts.build_withdraw(CASE, 2, TOWN, "not accepted", NOW, HUB_KEY)
    check_document(doc, "office")
    assert receipts.parse_withdraw(doc).office == TOWN
    with pytest.raises(Refused):
        receipts.parse_withdraw(with_rev({**doc, "office": "1"}))
