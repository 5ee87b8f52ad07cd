"""What a device signs to enrol (for ever): that it holds the secret of the key it brings, for this code alone.

    proof = signature over canonical(["enrol/1", alg, public key, code as it is sent])
"""

from __future__ import annotations

from shared.ledger.errors import BadSignature
from shared.ledger.formats import canonical
from shared.ledger.formats.keys import ED25519, DeviceKey, verify


def proof_of(key: DeviceKey, code: str) -> str:
    """Base64, for the enrolment request."""
    return key.sign(_bytes(key.alg, key.public, code))


def require_proof(public: str, code: str, proof: str, alg: str = ED25519) -> None:
    """Raises `BadSignature`, code `not_its_key`; `NotCanonical` for a code that no text may be."""
    if not verify(public, _bytes(alg, public, code), proof, alg):
        raise BadSignature("proof", proof, "sign the code with the key that is to be enrolled", code="not_its_key")


def _bytes(alg: str, public: str, code: str) -> bytes:
    return canonical.encode(["enrol/1", alg, public, code])
