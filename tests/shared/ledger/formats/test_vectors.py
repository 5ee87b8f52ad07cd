"""Golden vectors: these exact bytes, ids, revisions and signatures are in the field. If this fails, the format was changed.

Never edit a vector to make this pass. A new format gets a new `alg` number and a new vector beside the old ones.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from shared.ledger.errors import BadSignature, Refused
from shared.ledger.formats import canonical, citizen_code, ids
from shared.ledger.formats.curve import is_prime_order
from shared.ledger.formats.documents import (
    check_chunk,
    check_sealed,
    check_signature,
    content,
    make_sealed,
    signing_bytes,
)
from shared.ledger.formats.enrolment_code import EnrolmentCode, HubKeys, read
from shared.ledger.formats.envelope import check_event, event_id, event_rev
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.formats.possession import identity_proof, proof_of, require_identity, require_proof
from shared.ledger.published.directory_heads import DirectoryHistory, check_head, head_hash
from shared.ledger.published.notices import notice_id, parse_notice
from shared.ledger.published.receipts import check_receipt, parse_grant, parse_withdraw, set_hash
from shared.ledger.published.statements import build_statement, check_statement
from tests.support.shared import sm2

VECTORS = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in (Path(__file__).parents[2] / "vectors").glob("*.json")}


def names(kind: str) -> list[str]:
    return sorted(name for name, vector in VECTORS.items() if vector["what"] == kind)


def test_all_vectors_are_here() -> None:
    assert set(VECTORS) >= {
        "canonical", "event-first", "event-second", "event-sealed", "event-talk-item", "chunk", "sealed-body", "directory-heads",
        "receipt", "grant", "withdraw", "platform-numbers", "nfc", "public-keys", "enrolment", "enrolment-code",
        "hub-identity", "citizen-code", "subject-ids", "statement", "event-sm2", "log-leaves", "notices",
    }


@pytest.mark.parametrize("name", names("event"))
def test_an_event_keeps_its_bytes_id_revision_and_signature(name: str) -> None:
    vector = VECTORS[name]
    doc, key = vector["doc"], DeviceKey(bytes.fromhex(vector["seed_hex"]))
    bare = {k: v for k, v in doc.items() if k not in ("_id", "_rev")}
    assert canonical.encode(bare).hex() == vector["canonical_hex"]
    assert event_id(bare) == doc["_id"] == vector["id"]
    assert event_rev(doc) == doc["_rev"] == vector["rev"]
    assert key.public == vector["public_key"]
    assert key.sign(signing_bytes(doc)) == doc["sig"]
    event = check_event(doc)
    assert event.signed_by(vector["public_key"])
    assert event.doc() == doc


@pytest.mark.parametrize("case", VECTORS["canonical"]["cases"], ids=lambda c: c["json"][:30])
def test_canonical_bytes_stay(case: dict[str, str]) -> None:
    assert canonical.encode(json.loads(case["json"])).hex() == case["canonical_hex"]


def test_a_directory_chain_stays_readable() -> None:
    vector = VECTORS["directory-heads"]
    for head, digest in zip(vector["docs"], vector["hashes"], strict=True):
        check_head(head)
        assert head_hash(head) == digest
    history = DirectoryHistory.load(vector["docs"], vector["public_key"])
    assert (list(history.newest or ()), history.problems) == (vector["newest"], ())


def test_receipts_grants_and_withdrawals_stay_readable() -> None:
    receipt = VECTORS["receipt"]
    assert check_receipt(receipt["doc"], receipt["public_key"]).accepted.json() == receipt["accepted"]
    for name, parse in (("grant", parse_grant), ("withdraw", parse_withdraw)):
        parse(VECTORS[name]["doc"])
        check_signature(VECTORS[name]["doc"], VECTORS[name]["public_key"])
    assert set_hash(VECTORS["grant"]["ids"]) == VECTORS["grant"]["doc"]["hash"]


def test_what_comes_later_has_its_bytes_now_and_is_refused_by_name_until_then() -> None:
    """SM2/SM3 (GB/T 32918, 32905) becomes one more suite: neither the document nor its id changes for it."""
    vector = VECTORS["event-sm2"]
    doc = vector["doc"]
    bare = {k: v for k, v in doc.items() if k not in ("_id", "_rev")}
    assert canonical.encode(bare).hex() == vector["canonical_hex"]
    h = base64.b32encode(sm2.sm3(canonical.encode(bare))).decode().lower()[:26]
    assert doc["_id"] == vector["id"] == f"case:{doc['case']}:{doc['hlc']}:{h}"
    assert doc["_rev"] == event_rev(doc)
    public, signature = base64.b64decode(vector["public_key"]), base64.b64decode(doc["sig"])
    assert public == sm2.public_of(int(vector["secret_hex"], 16))
    assert sm2.verify(public, signing_bytes(doc), signature)
    assert not sm2.verify(public, signing_bytes({**doc, "actor": "s-other"}), signature)
    with pytest.raises(Refused) as refusal:
        check_event(doc)
    assert refusal.value.code == "unknown_alg"


def test_notices_stay_readable() -> None:
    for doc in VECTORS["notices"]["docs"]:
        notice = parse_notice(doc)
        check_signature(doc, VECTORS["notices"]["public_key"])
        assert doc["_id"] == notice_id(notice.event, released=doc["kind"] == "released")


def test_leaves_of_a_log_are_made_of_ids_and_contents() -> None:
    """RFC 9162, 2.1.1: leaves and nodes are told apart by their first byte."""
    vector, made = VECTORS["log-leaves"], list[bytes]()
    for leaf in vector["leaves"]:
        doc = VECTORS[leaf["vector"]]["doc"]
        said = canonical.encode(["leaf/1", doc["_id"], hashlib.sha256(content(doc)).hexdigest()])
        made.append(hashlib.sha256(b"\x00" + said).digest())
        assert (said.decode(), made[-1].hex()) == (leaf["said"], leaf["leaf_hex"])
    left = hashlib.sha256(b"\x01" + made[0] + made[1]).digest()
    assert hashlib.sha256(b"\x01" + left + made[2]).hexdigest() == vector["root_hex"]


def test_a_statement_keeps_its_bytes_and_its_signature() -> None:
    vector = VECTORS["statement"]
    said = check_statement(vector["doc"], vector["public_key"])
    assert build_statement(said, DeviceKey(bytes.fromhex(vector["seed_hex"]))) == vector["doc"]


def test_chunks_and_sealed_bodies_stay_readable() -> None:
    assert check_chunk(VECTORS["chunk"]["doc"]).hex() == VECTORS["chunk"]["data_hex"]
    vector: dict[str, Any] = VECTORS["sealed-body"]
    assert check_sealed(vector["doc"]) == vector["body"]
    assert make_sealed(vector["body"], vector["doc"]["class"], bytes.fromhex(vector["doc"]["salt"]))[0] == vector["doc"]


@pytest.mark.parametrize("case", VECTORS["public-keys"]["cases"], ids=lambda c: c["name"])
def test_a_key_is_a_canonical_point_of_prime_order_or_none(case: dict[str, Any]) -> None:
    assert is_prime_order(base64.b64decode(case["public_key"])) == case["good"]


def test_the_proof_of_an_enrolment_stays() -> None:
    vector = VECTORS["enrolment"]
    key = DeviceKey(bytes.fromhex(vector["seed_hex"]))
    assert (key.public, proof_of(key, vector["code"])) == (vector["public_key"], vector["proof"])
    require_proof(vector["public_key"], vector["code"], vector["proof"], vector["alg"])


@pytest.mark.parametrize("case", VECTORS["enrolment-code"]["cases"], ids=lambda c: c["short"])
def test_enrolment_codes_on_paper_stay_readable(case: dict[str, Any]) -> None:
    hub = case["hub"]
    keys = HubKeys(hub["id"], hub["alg"], hub["public_key"], hub["recovery_key"])
    code = EnrolmentCode.of(keys, case["one_time"], tuple(case["addresses"]), tuple(case["tls"]))
    assert (list(code.lines()), code.short(), keys.fingerprint()) == (case["lines"], case["short"], case["fingerprint"])
    assert read("".join(case["lines"])) == code
    assert read(case["short"]) == EnrolmentCode(case["one_time"], case["fingerprint"])


@pytest.mark.parametrize("case", VECTORS["citizen-code"]["cases"], ids=lambda c: c["number"])
def test_codes_on_slips_stay_readable(case: dict[str, Any]) -> None:
    code = citizen_code.CitizenCode(case["number"], case["secret"])
    assert (code.typed(), code.text()) == (case["typed"], case["text"])
    assert citizen_code.read(case["text"]) == citizen_code.read_parts(case["number"], case["typed"]) == code
    kept = citizen_code.Kept(case["salt"], case["hash"])
    assert kept.fits(case["secret"])
    assert citizen_code.again(DeviceKey(bytes.fromhex(case["seed_hex"])), kept, case["number"]) == code


def test_the_proof_of_a_hubs_identity_stays() -> None:
    vector = VECTORS["hub-identity"]
    hub, key = vector["hub"], DeviceKey(bytes.fromhex(vector["seed_hex"]))
    keys = HubKeys(hub["id"], hub["alg"], hub["public_key"], hub["recovery_key"])
    assert identity_proof(key, keys, vector["epoch"], vector["challenge"]) == vector["sig"]
    require_identity(keys, vector["epoch"], vector["challenge"], vector["sig"])
    for epoch, challenge in ((vector["epoch"], "f" * 32), ("0002-0", vector["challenge"])):
        with pytest.raises(BadSignature):
            require_identity(keys, epoch, challenge, vector["sig"])


@pytest.mark.parametrize("case", VECTORS["platform-numbers"]["cases"], ids=lambda c: c["number"])
def test_numbers_on_paper_stay_valid(case: dict[str, Any]) -> None:
    number = ids.parse_number(case["number"])
    assert [number.office, number.year, number.slot, number.counter, number.provisional] == case["parts"]
    assert number.short("旧地村") == case["short"]
