"""What is signed for ever: texts that two readers would read differently."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from shared.disputes.domain import DISPUTES
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import ingress_validator
from shared.ledger.formats.ids import base32_hash
from shared.ledger.judge import judge
from tests.support.attacks import refused
from tests.support.shared.shared_core import DEVICE_KEY, county, sealed


def raw(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signed_anyhow(**fields: Any) -> Doc:
    """An event as a program that checks nothing would sign it: every hash and signature fits."""
    doc = {**{k: v for k, v in sealed().items() if k not in ("_id", "_rev", "sig")}, **fields}
    doc["sig"] = DEVICE_KEY.sign(raw(doc))
    doc["_id"] = f"case:{doc['case']}:{doc['hlc']}:{base32_hash(raw(doc))}"
    return {**doc, "_rev": "1-" + hashlib.md5(raw(doc), usedforsecurity=False).hexdigest()}


@refused("unknown_character")
@pytest.mark.parametrize("text", ["a\U00010efd\u0301", "\U0001e4ee", "\U000105d2\u0307", "\U0001fae8", "\u0378", "\ufdd0"])
def test_a_text_is_signed_whose_normal_form_depends_on_the_readers_version_of_unicode(text: str) -> None:
    assert judge(signed_anyhow(), county(), domain=DISPUTES).accepted
    doc = signed_anyhow(body={**sealed()["body"], "summary": text})
    verdict = judge(doc, county(), domain=DISPUTES)
    assert (verdict.decision, verdict.code) == ("refuse", "unknown_character")
    with pytest.raises(ValueError, match="unknown_character"):
        ingress_validator(ValueError, "office")(doc)
