"""What was checked once is not checked again, and nothing else is taken for it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from shared.ledger.errors import Refused
from shared.ledger.formats.checked import CHECKED, Marks, mark_of
from shared.ledger.formats.envelope import check_event
from sync.replica.incoming import StoredDoc, encode_body
from tests.support.shared.domain_events import World


@pytest.fixture
def doc() -> dict[str, Any]:
    """Known to this process: it was written here, and read."""
    made = World().register().doc()
    assert check_event(made)
    return made


def test_a_known_document_is_the_event_that_it_says(doc: dict[str, Any]) -> None:
    assert CHECKED.has(mark_of(doc))
    assert CHECKED.has(mark_of(dict(reversed(doc.items()))))
    assert check_event(copy.deepcopy(doc)).doc() == doc


@pytest.mark.parametrize("change", [
    lambda doc: doc["body"].update(risk=True), lambda doc: doc["body"].update(risk=2.0), lambda doc: doc.update(schema=True),
    lambda doc: doc["body"].update(summary="DEMO"), lambda doc: doc.update(_rev="1-" + "0" * 32), lambda doc: doc.update(x=1),
    lambda doc: doc.update(_deleted=True), lambda doc: doc.update(sig=doc["sig"][::-1]), lambda doc: doc.update(after=["a"]),
    lambda doc: doc.pop("_rev"), lambda doc: doc.update(_revisions={"start": 2, "ids": ["0" * 32, "1" * 32]}),
])
def test_whatever_differs_is_looked_at(doc: dict[str, Any], change: Any) -> None:
    """Also what Python takes for equal: true for 1, and 2.0 for 2."""
    other = copy.deepcopy(doc)
    change(other)
    assert not CHECKED.has(mark_of(other))
    for _ in range(2):
        with pytest.raises(Refused):
            check_event(other)


def test_a_document_that_was_changed_after_it_was_checked_is_looked_at_again(doc: dict[str, Any]) -> None:
    doc["body"]["summary"] = "DEMO"
    with pytest.raises(Refused):
        check_event(doc)


def test_what_is_no_json_has_no_mark() -> None:
    assert mark_of({"a": object()}) is None
    assert not CHECKED.has(None)
    deep: list[Any] = []
    deep.append(deep)
    assert mark_of({"a": deep}) is None


def test_so_many_marks_are_kept_and_no_more() -> None:
    marks = Marks(most=2)
    for mark in (b"1", b"2"):
        marks.add(mark)
    assert marks.has(b"1")
    marks.add(b"3")
    assert [marks.has(mark) for mark in (b"1", b"2", b"3")] == [True, False, True]
    marks.keep(1)
    assert [marks.has(mark) for mark in (b"1", b"3")] == [False, True]


def test_a_document_that_cannot_be_changed_keeps_what_was_found_of_it(doc: dict[str, Any]) -> None:
    content = {name: value for name, value in doc.items() if name not in ("_id", "_rev")}
    stored = StoredDoc(doc["_id"], doc["_rev"], False, content, encode_body(content))
    assert mark_of(stored) == mark_of(stored) == mark_of(doc)
    assert check_event(stored) is check_event(stored)
    assert check_event(stored) == check_event(doc)


def test_a_stored_document_that_does_not_fit_is_refused_each_time(doc: dict[str, Any]) -> None:
    content = {name: value for name, value in doc.items() if name not in ("_id", "_rev")}
    content["sig"] = content["sig"][::-1]
    stored = StoredDoc(doc["_id"], doc["_rev"], False, content, encode_body(content))
    for _ in range(2):
        with pytest.raises(Refused):
            check_event(stored)
