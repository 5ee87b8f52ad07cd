"""Sealed bodies: who has a key reads, nobody else does, and nothing can be shown under another event."""

from __future__ import annotations

import random

import pytest

from shared.ledger.errors import Refused
from shared.ledger.formats import sealing
from shared.ledger.formats.documents import make_sealed, with_rev
from shared.ledger.formats.envelope import check_document
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.formats.sealing import About, encryption_key, find_key, open_body, seal_body, unwrap, wrap, wrapped_in

RANDOM = random.Random(20260302)
ABOUT = About("closed", "case.record_added", "01J00000000000000000000000")
SECRET = {"text": "DEMO 演示甲承认欠款"}


def keys(*names: str) -> dict[str, DeviceKey]:
    return {name: DeviceKey.generate(RANDOM.randbytes) for name in names}


def public(of: dict[str, DeviceKey]) -> dict[str, str]:
    return {name: key.public for name, key in of.items()}


def test_every_device_of_the_audience_opens_it_and_no_other_does() -> None:
    team, others = keys("v-001", "v-002"), keys("x-001")
    doc, body = seal_body(SECRET, ABOUT, public(team), RANDOM.randbytes)
    assert body == {"sealed": doc["_id"].removeprefix("sealed:"), "class": "closed"}
    assert "演示".encode() not in str(doc).encode()
    for name, key in team.items():
        found = find_key([wrapped_in(doc)], {name: key})
        assert found is not None
        assert open_body(doc, ABOUT, found) == SECRET
    assert find_key([wrapped_in(doc)], others) is None
    assert unwrap(wrapped_in(doc), "v-001", others["x-001"]) is None
    assert unwrap(wrapped_in(doc), "v-001", team["v-002"]) is None, "a key is wrapped for one device by name"


def test_the_key_can_be_given_to_a_later_device() -> None:
    team, later = keys("v-001"), keys("v-003")
    doc, _ = seal_body(SECRET, ABOUT, public(team), RANDOM.randbytes)
    data_key = find_key([wrapped_in(doc)], team)
    assert data_key is not None
    more = wrap(data_key, public(later), RANDOM.randbytes)
    assert find_key([wrapped_in(doc), more], later) == data_key


@pytest.mark.parametrize("about", [
    About("reporter", ABOUT.kind, ABOUT.subject), About("closed", "case.note_added", ABOUT.subject),
    About("closed", ABOUT.kind, "01J00000000000000000000001"),
])
def test_it_cannot_be_shown_under_another_class_kind_or_case(about: About) -> None:
    team = keys("v-001")
    doc, _ = seal_body(SECRET, ABOUT, public(team), RANDOM.randbytes)
    data_key = find_key([wrapped_in(doc)], team)
    assert data_key is not None
    with pytest.raises(Refused):
        open_body(doc, about, data_key)


def test_length_tells_little_and_equal_texts_differ() -> None:
    team = public(keys("v-001"))
    docs = [seal_body({"text": "甲" * n}, ABOUT, team, RANDOM.randbytes)[0] for n in (1, 30, 30)]
    assert len({len(doc["body"]["text"]) for doc in docs}) == 1
    assert len({doc["_id"] for doc in docs}) == 3


def test_a_closed_database_takes_no_plain_text_and_no_half_made_envelope() -> None:
    team = keys("v-001")
    doc, _ = seal_body(SECRET, ABOUT, public(team), RANDOM.randbytes)
    check_document(doc, "closed")
    plain, _ = make_sealed(SECRET, "closed", b"s" * 16)
    with pytest.raises(Refused, match="seal it"):
        check_document(plain, "closed")
    envelope = doc["body"]
    wrong = [{**envelope, "keys": {}}, {**envelope, "text": envelope["text"][:-8]}, {**envelope, "eph": "AA=="},
             {**envelope, "keys": {"v-001": "AA=="}}, {**envelope, "note": "x"}, {**envelope, "scheme": "rot13"}]
    for body in wrong:
        made, _ = make_sealed(body, "closed", b"s" * 16)
        with pytest.raises(Refused):
            check_document(made, "closed")
    with pytest.raises(Refused):
        check_document(with_rev({**doc, "body": {**envelope, "nonce": "A" * 16}}), "closed")


def test_nobody_is_no_audience_and_a_point_of_low_order_is_no_key() -> None:
    with pytest.raises(Refused):
        seal_body(SECRET, ABOUT, {}, RANDOM.randbytes)
    for y in (0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18):
        with pytest.raises(Refused):
            encryption_key(sealing.to_base64((y % 2**256).to_bytes(32, "little")))


def test_one_bad_key_does_not_stop_sealing_for_the_others() -> None:
    team = keys("v-001", "v-002")
    bad = sealing.to_base64(bytes([1, *[0] * 31]))
    doc, _ = seal_body(SECRET, ABOUT, {**public(team), "v-003": bad, "v-004": "no key"}, RANDOM.randbytes)
    assert sorted(wrapped_in(doc).keys) == ["v-001", "v-002"]
    with pytest.raises(Refused) as refusal:
        seal_body(SECRET, ABOUT, {"v-003": bad}, RANDOM.randbytes)
    assert refusal.value.code == "no_audience"


def test_the_map_between_the_curves_agrees_with_the_secret_scalar() -> None:
    """What is computed from the public key is the public key of what is computed from the secret."""
    for _ in range(50):
        key = DeviceKey.generate(RANDOM.randbytes)
        assert sealing._private(key).public_key().public_bytes_raw() == encryption_key(key.public)


def test_known_answer_of_the_map() -> None:
    """The pair of libsodium's own test (test/default/ed25519_convert.c)."""
    seed = bytes.fromhex("421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee")
    key = DeviceKey(seed)
    assert key.public == sealing.to_base64(bytes.fromhex("b5076a8474a832daee4dd5b4040983b6623b5f344aca57d4d6ee4baf3f259e6e"))
    assert encryption_key(key.public).hex() == "f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50"
    assert sealing._private(key).private_bytes_raw().hex()[2:62] == \
        "8052030376d47112be7f73ed7a019293dd12ad910b654455798b4667d73de166"[2:62]
