"""What is signed for ever: texts that two readers would read differently, keys for which others can sign."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.disputes.domain import DISPUTES
from shared.disputes.kinds import registry
from shared.ledger.errors import BadSignature, Refused
from shared.ledger.formats import curve
from shared.ledger.formats.curve import PRIME
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import ingress_validator
from shared.ledger.formats.ids import PlatformNumber, base32_hash
from shared.ledger.formats.keys import ED25519, DeviceKey, check_public_key, from_base64, to_base64, verify
from shared.ledger.formats.possession import proof_of, require_proof
from shared.ledger.judge import judge
from shared.ledger.published.directory_heads import build_head, change
from tests.support.attacks import refused
from tests.support.county_hub.hub_support import enrol, enrolment, found_county, new_code, running_hub
from tests.support.shared.shared_core import DEVICE_KEY, HUB_KEY, NEIGHBOUR, NOW, VILLAGE, county, sealed


def raw(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signed_anyhow(**fields: Any) -> Doc:
    """An event as a program that checks nothing would sign it: every hash and signature fits."""
    base = sealed(kind=fields.get("kind", "case.remarked"))
    doc = {**{k: v for k, v in base.items() if k not in ("_id", "_rev", "sig")}, **fields}
    doc["sig"] = DEVICE_KEY.sign(raw(doc))
    doc["_id"] = f"case:{doc['case']}:{doc['hlc']}:{base32_hash(raw(doc))}"
    return {**doc, "_rev": "1-" + hashlib.md5(raw(doc), usedforsecurity=False).hexdigest()}


@refused("unknown_character")
@pytest.mark.parametrize("text", ["a\U00010efd\u0301", "\U0001e4ee", "\U000105d2\u0307", "\U0001fae8", "\u0378", "\ufdd0"])
def test_a_text_is_signed_whose_normal_form_depends_on_the_readers_version_of_unicode(text: str) -> None:
    assert judge(signed_anyhow(), county(), domain=DISPUTES).decision != "refuse"
    doc = signed_anyhow(body={**sealed()["body"], "summary": text})
    verdict = judge(doc, county(), domain=DISPUTES)
    assert (verdict.decision, verdict.code) == ("refuse", "unknown_character")
    with pytest.raises(ValueError, match="unknown_character"):
        ingress_validator(ValueError, "office")(doc)


# --- keys ----------------------------------------------------------------------------------------------------------

# The eight points of small order have these y, in canonical form and beyond the prime; then a point with a part of small order.
ODD_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022
SMALL = {"neutral": 1, "order 2": PRIME - 1, "order 4": 0, "order 8": ODD_Y, "other order 8": PRIME - ODD_Y}
WEAK = {
    name + sign: (y | bit << 255).to_bytes(32, "little")
    for sign, bit in (("", 0), (" negative", 1)) for name, y in {**SMALL, "0 + p": PRIME, "1 + p": PRIME + 1}.items()
}


def with_small_part(key: DeviceKey) -> bytes:
    """The key's point plus the point of order two: every signature library takes it."""
    point = curve._point(from_base64("key", key.public))
    assert point is not None
    x, y, z, _ = curve._add(point, (0, PRIME - 1, 1, 0))
    inverse = pow(z, -1, PRIME)
    return (y * inverse % PRIME | (x * inverse % PRIME & 1) << 255).to_bytes(32, "little")


@refused("weak_key")
@pytest.mark.parametrize("name", [*WEAK, "with a small part", "no point"])
def test_a_device_has_a_key_for_which_anybody_can_sign(name: str) -> None:
    made = {**WEAK, "with a small part": with_small_part(DEVICE_KEY), "no point": (2).to_bytes(32, "little")}[name]
    public = to_base64(made)
    with pytest.raises(Refused) as refusal:
        check_public_key("public_key", public)
    assert refusal.value.code == "weak_key"
    value = {"office": VILLAGE, "slot": 2, "public_key": public, "alg": ED25519, "status": "active"}
    with pytest.raises(Refused, match="public_key"):
        build_head(county().latest, [change("device", "dev-9", value)], key=HUB_KEY, epoch="e1", issued_at=NOW)


@refused("weak_key")
def test_one_signature_fits_every_message_under_the_key_of_small_order() -> None:
    neutral, constant = WEAK["neutral"], bytes([1, *[0] * 63])
    Ed25519PublicKey.from_public_bytes(neutral).verify(constant, b"any message")     # what the library says
    assert not verify(to_base64(neutral), b"any message", to_base64(constant))
    with pytest.raises(BadSignature, match="proof") as refusal:
        require_proof(to_base64(neutral), "ABCDE-FGHJK", to_base64(constant))
    assert refusal.value.code == "not_its_key"


@refused("400 weak_key, 400 not_its_key, 409 key_taken")
def test_a_stranger_enrols_with_a_key_that_is_not_his(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub, hub.client() as client:
        clerk = enrol(hub, home, VILLAGE)
        code, own = new_code(home, VILLAGE)["code"], DeviceKey(b"s" * 32)
        asked = enrolment(code, own)
        weak = {"public_key": to_base64(WEAK["neutral"]), "proof": to_base64(bytes([1, *[0] * 63]))}
        tried = ((weak, "weak_key"), ({"public_key": clerk.key.public}, "not_its_key"),
                 ({"proof": proof_of(own, "AAAAA-AAAAA")}, "not_its_key"), (enrolment(code, clerk.key), "key_taken"))
        for change_of, word in tried:
            assert client.post("/_hub/enrol", json={**asked, **change_of}).json()["error"] == word
        assert client.post("/_hub/enrol", json=asked).status_code == 201, "none of it used the code up"


# --- numbers -------------------------------------------------------------------------------------------------------

OWN = PlatformNumber(VILLAGE, 2025, 1, 12)
FOREIGN = {
    "a neighbour's": str(PlatformNumber(NEIGHBOUR, 2025, 1, 12)), "a colleague's": str(PlatformNumber(VILLAGE, 2025, 2, 12)),
    "another year's": str(PlatformNumber(VILLAGE, 2024, 1, 12)), "a mistyped": f"{str(OWN)[:-1]}{(OWN.check + 1) % 10}",
    "a formula": '=HYPERLINK("http://evil.example","0012")', "full width": str(OWN).replace("2025", "２０２５"),
    "provisional": str(replace(OWN, provisional=True)),
}


def registration(number: str) -> Doc:
    body = registry.build("case.registered", {
        "number": number, "place": {"office": VILLAGE, "text": "DEMO"}, "summary": "DEMO", "category": "DC02",
        "parties": [{"name": "演示甲", "role": "applicant"}],
    })
    return signed_anyhow(kind="case.registered", body=body)


@refused("number_not_own, bad_check_digit, bad_number")
@pytest.mark.parametrize("name", FOREIGN)
def test_a_case_takes_a_number_that_is_not_of_its_devices_series(name: str) -> None:
    assert judge(registration(str(OWN)), county(), domain=DISPUTES).accepted
    verdict = judge(registration(FOREIGN[name]), county(), domain=DISPUTES)
    assert (verdict.decision, verdict.code) in (("refuse", code) for code in ("number_not_own", "bad_check_digit", "bad_number"))
    assert "编号" in verdict.text()


# --- what nobody sees ----------------------------------------------------------------------------------------------

HIDDEN = "\x1b[2J\x1b]0;x\x07甲\u202e乙\u200b\ufeff"


@refused("□ where it is shown")
def test_a_text_with_controls_and_overrides_is_accepted_and_shown_harmless() -> None:
    doc = signed_anyhow(kind="case.note_added", body={"text": HIDDEN})
    assert judge(doc, county(), domain=DISPUTES).accepted, "an old record must stay readable"
    body = registry.parse("case.note_added", 1, doc["body"])
    assert body.text == "□[2J□]0;x□甲□乙□□"     # type: ignore[union-attr]
    assert doc["body"]["text"] == HIDDEN, "what is signed stays"


@refused("name_invisible, name_control, name_blank")
def test_a_name_is_made_of_characters_that_nobody_sees() -> None:
    for name in ("\u200b", "\u202e\u2066", "\ufe0f", "\u3164", "\u2800", " \u3000\u200d", "\x1b"):
        said = r"parties\.0\.name: (name_(invisible|control|blank)|String should have at least 1)"
        with pytest.raises(registry.InvalidBody, match=said):
            registry.build("case.registered", {**registration(str(OWN))["body"], "parties": [{"name": name}]})
