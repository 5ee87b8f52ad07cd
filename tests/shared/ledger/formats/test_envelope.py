"""The signed event: nothing of it can be changed unnoticed, and every ingress refuses what is not exactly what its id says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disputes.domain import DISPUTES
from shared.ledger.errors import NotCanonical, Refused
from shared.ledger.formats import documents
from shared.ledger.formats.envelope import (
    FAMILIES,
    Event,
    check_document,
    check_event,
    event_id,
    event_rev,
    family_of,
    ingress_validator,
    seal,
    split_event_id,
    subject_range,
)
from shared.ledger.formats.sealing import About, seal_body
from shared.ledger.judge import judge
from shared.ledger.tables import event_of
from tests.support.shared.shared_core import (
    CASE,
    DEVICE_KEY,
    HUB_KEY,
    NEIGHBOUR,
    NOW,
    OTHER_CASE,
    OTHER_KEY,
    VILLAGE,
    county,
    draft,
    first_head,
    rehashed,
    sealed,
)


def test_a_sealed_event_is_read_back_whole() -> None:
    doc = sealed()
    event = check_event(doc)
    assert event.doc() == doc
    assert (event.id, event.rev) == (event_id(doc), event_rev(doc))
    assert event.h == event.id.split(":")[3]
    assert event.signed_by(DEVICE_KEY.public)
    assert not event.signed_by(OTHER_KEY.public)
    assert split_event_id(event.id) == ("case", event.subject, event.hlc, event.h)
    start, end = subject_range("case", event.subject)
    assert start < event.id < end


def test_texts_are_normalised_before_they_are_signed() -> None:
    assert check_event(sealed(body={"name": "e\u0301"})).body == {"name": "é"}


json_values = st.none() | st.booleans() | st.integers(-5, 2**31) | st.text("abc旧01:-", max_size=30) | st.lists(
    st.text("ab", max_size=3), max_size=2) | st.dictionaries(st.text("ab", max_size=3), st.integers(0, 3), max_size=2)
FIELDS = [f for f in sealed() if f not in ("_id", "_rev")]


@settings(max_examples=300)
@given(st.sampled_from(["_id", "_rev", *FIELDS]), json_values)
def test_any_other_value_of_any_field_is_refused(field: str, value: Any) -> None:
    doc = sealed()
    if doc[field] == value and type(doc[field]) is type(value):
        return
    with pytest.raises(Refused):
        check_event({**doc, field: value})


@settings(max_examples=300)
@given(st.sampled_from(FIELDS), json_values)
def test_a_forger_who_recomputes_id_and_revision_is_refused_by_the_judge(field: str, value: Any) -> None:
    doc = sealed()
    if doc[field] == value and type(doc[field]) is type(value):
        return
    try:
        forged = rehashed({**doc, field: value})
    except Refused:
        return
    assert judge(forged, county(), domain=DISPUTES).decision != "accept"


@given(st.sampled_from(FIELDS))
def test_an_event_without_one_of_its_fields_is_refused(field: str) -> None:
    with pytest.raises(Refused):
        check_event({k: v for k, v in sealed().items() if k != field})


@pytest.mark.parametrize("extra", [
    {"_attachments": {}}, {"_deleted": True}, {"_deleted": False}, {"_conflicts": []}, {"note": 1}, {"hazard": CASE},
    {"_revisions": {"start": 2, "ids": ["a", "b"]}}, {"_local_seq": 3},
])
def test_an_event_with_anything_more_is_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        check_event({**sealed(), **extra})
    with pytest.raises(Refused):
        check_event({**rehashed({**sealed(), **extra}), **extra})


def test_what_a_replicator_adds_is_allowed_if_it_says_the_same() -> None:
    doc = sealed()
    assert check_event({**doc, "_revisions": {"start": 1, "ids": [doc["_rev"][2:]]}}).rev == doc["_rev"]


def test_another_generation_is_refused() -> None:
    doc = sealed()
    with pytest.raises(Refused) as refusal:
        check_event({**doc, "_rev": "2" + doc["_rev"][1:]})
    assert refusal.value.code == "bad_rev"


def test_the_signature_is_part_of_the_id_so_two_contents_never_share_one() -> None:
    one, (other, _) = sealed(), seal(draft(), OTHER_KEY)
    assert one["_id"] != other["_id"]
    with pytest.raises(Refused) as refusal:
        check_event({**one, "sig": other["sig"]})
    assert refusal.value.code == "bad_id"


@pytest.mark.parametrize("wrong", [
    {"kind": "registered"}, {"kind": "Case.registered"}, {"kind": "receipt.made"}, {"kind": "device.made"}, {"schema": 0},
    {"subject": "x"}, {"office": "150822"}, {"actor": "李"}, {"actor": ""}, {"role": "Mediator"}, {"custody_epoch": -1},
    {"custody_epoch": True}, {"device": "a:b"}, {"device_seq": 0}, {"prev": "x"}, {"hlc": "019AC8F3B2C10001"},
    {"directory": ("e1", -1, "a" * 64)}, {"directory": ("", 1, "a" * 64)}, {"directory": ("e1", 1)},
    {"directory": ("e1", 1, "")}, {"directory": ("e1", 0, "a" * 64)}, {"directory": ("e1", 1, "A" * 64)},
    {"device_time": -1}, {"device_time": 2**48}, {"legal_date": "2025-02-30"},
    {"legal_date": "20251123"}, {"legal_date": "2025-W47-7"}, {"app": ""}, {"after": ("x",)}, {"body": {"sealed": "x"}},
    {"after": (f"case:{OTHER_CASE}:019ac8f3b2c10001:4oymiquy7qobjgx36tejs35zeq",)}, {"body": {"amount": 1.5}},
    {"body": {"sealed": "0" * 64, "class": "open"}}, {"body": {"sealed": "0" * 64, "class": "closed", "text": 1}},
])
def test_a_field_out_of_its_range_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="refused; "):
        sealed(**wrong)


def test_causes_are_sorted_and_given_once() -> None:
    ids = [f"case:{CASE}:019ac8f3b2c1000{n}:4oymiquy7qobjgx36tejs35zeq" for n in (1, 2)]
    doc = sealed(after=(ids[1], ids[0]))
    assert doc["after"] == ids
    for wrong in ([ids[1], ids[0]], [ids[0], ids[0]]):
        with pytest.raises(Refused):
            check_event(rehashed({**doc, "after": wrong}))


def test_other_aggregates_have_their_own_prefix_and_field() -> None:
    doc = sealed(kind="talk_item.raised", subject=CASE, device_seq=2)
    assert doc["_id"].startswith(f"talk_item:{CASE}:")
    assert doc["talk_item"] == CASE
    check_document(doc, "office")


def test_an_event_too_large_for_a_poor_line_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        sealed(body={"text": "x" * documents.MAX_DOCUMENT_BYTES})
    assert refusal.value.code == "too_large"


def test_deep_nesting_is_refused_not_crashed() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(NotCanonical):
        check_event({**sealed(), "body": deep})


# --- other documents ------------------------------------------------------------------------------


def test_a_chunk_is_its_bytes_and_nothing_else() -> None:
    doc = documents.make_chunk(b"ditch")
    assert documents.check_chunk(doc) == b"ditch"
    check_document(doc, "files")
    for wrong in ({**doc, "name": "x"}, {**doc, "data": "AAAA"}, {**doc, "_id": "chunk:" + "0" * 64}, {**doc, "_rev": "1-0"},
                  {**doc, "data": doc["data"] + "\n"}, {"_id": doc["_id"], "_rev": doc["_rev"]}, {**doc, "_deleted": True}):
        with pytest.raises(Refused):
            check_document(wrong, "files")
    for size in (0, documents.MAX_CHUNK_BYTES + 1):
        with pytest.raises(Refused):
            documents.make_chunk(b"x" * size)
    documents.check_chunk(documents.make_chunk(b"x" * documents.MAX_CHUNK_BYTES))


def test_a_sealed_body_is_salted_and_bound_to_its_hash() -> None:
    doc, body = documents.make_sealed({"text": "不公开"}, "closed", b"s" * 16)
    again, other = documents.make_sealed({"text": "不公开"}, "closed", b"t" * 16)
    assert body["sealed"] != other["sealed"], "equal texts must not be seen to be equal"
    assert documents.check_sealed(doc) == {"text": "不公开"}
    assert check_event(sealed(body=body)).sealed == body["sealed"]
    with pytest.raises(Refused, match="seal it"):
        check_document(again, "closed")         # what is not encrypted goes nowhere
    for wrong in ({**doc, "body": {"text": "公开"}}, {**doc, "salt": "0" * 32}, {**doc, "class": "open"}, {**doc, "more": 1}):
        with pytest.raises(Refused):
            documents.check_sealed(documents.with_rev(wrong))
    with pytest.raises(Refused):
        documents.make_sealed({}, "closed", b"short")


def test_each_database_takes_only_what_belongs_there() -> None:
    event, chunk, head = sealed(), documents.make_chunk(b"x"), first_head()
    audience = {"dev-1": DEVICE_KEY.public}
    closed, _ = seal_body({}, About("reporter", "case.note_added", "x"), audience, lambda n: b"s" * n)
    for family, fitting in (("office", event), ("files", chunk), ("directory", head), ("closed", closed)):
        for doc in (event, chunk, head, closed):
            if doc is fitting:
                check_document(doc, family)
            else:
                with pytest.raises(Refused) as refusal:
                    check_document(doc, family)
                assert refusal.value.code == "wrong_place"
            check_document(doc, "any")


@pytest.mark.parametrize("id", ["x", "_design/x", "case:x", "receipt:dev-1:1", "receipt:dev-1:0000000001",
                                "grant:x:000001", "withdraw:", "", None, 5])
def test_unknown_documents_are_refused(id: object) -> None:
    for family in FAMILIES:
        with pytest.raises(Refused):
            check_document({"_id": id, "kind": str(id).partition(":")[0], "_rev": "1-x"}, family)


def test_a_changed_head_is_refused_at_the_ingress() -> None:
    with pytest.raises(Refused):
        check_document({**first_head(), "issued_at": NOW + 1}, "directory")


def test_a_validator_raises_what_its_library_expects() -> None:
    class Forbidden(Exception):
        pass

    validate = ingress_validator(Forbidden, "office")
    validate(sealed())
    with pytest.raises(Forbidden, match=r"^bad_rev: _rev"):
        validate({**sealed(), "_rev": "1-x"})


def test_the_family_of_a_database_is_known_by_its_name() -> None:
    assert [family_of(n) for n in (
        f"office-{NEIGHBOUR}", f"office-{NEIGHBOUR}-files", f"office-{NEIGHBOUR}-closed", "directory", "quarantine", "office-1",
    )] == ["office", "files", "closed", "directory", None, None]


def test_what_the_hub_publishes_carries_its_signature() -> None:
    documents.check_signature(first_head(), HUB_KEY.public)
    with pytest.raises(Refused):
        documents.check_signature(first_head(), OTHER_KEY.public)


def test_from_doc_looks_at_the_shape_only() -> None:
    assert Event.from_doc({**sealed(), "_rev": "1-other"}).rev == "1-other"


def test_a_trusted_document_gives_the_event_that_a_checked_one_gives() -> None:
    doc, event = seal(draft(), DEVICE_KEY)
    assert event == Event.trusted(doc) == check_event(doc)
    assert event.doc() == doc


@pytest.mark.parametrize("broken", [
    {}, {"kind": None}, {"directory": ["e"]}, {"directory": 3}, {"after": None}, {"kind": "other.kind"},
])
def test_a_trusted_document_of_another_shape_is_no_event(broken: dict[str, Any]) -> None:
    doc, _ = seal(draft(), DEVICE_KEY)
    assert event_of({**doc, **broken} if broken else {}) is None


def test_a_trial_is_the_newest_of_its_subject_and_signed_by_nobody() -> None:
    _, sealed_event = seal(draft(), DEVICE_KEY)
    trial = Event.trial(
        "case.note_added", sealed_event.subject, {"text": "记"}, after=[sealed_event.id], office=VILLAGE, actor="s-li",
        role="mediator", device="dev-1", directory=("e1", 1, "1" * 64), legal_date="2026-03-02", now=5)
    assert trial.hlc > sealed_event.hlc
    assert trial.id > sealed_event.id
    assert split_event_id(trial.id)[:2] == ("case", sealed_event.subject)
    assert not trial.signed_by(DEVICE_KEY.public)
