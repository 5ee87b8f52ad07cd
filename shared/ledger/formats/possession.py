"""What both sides of an enrolment sign (for ever): that each holds the secret of the key it names.

    device   proof = signature over canonical(["enrol/1", alg, public key, code as it is sent])
    hub      sig = signature over canonical(["hub-identity/1", hub id, epoch, alg, public key, recovery key or null, challenge]);
             the device chose the challenge, and asks before it gives the code away
"""

from __future__ import annotations

import re

from shared.ledger.errors import BadSignature, Refused
from shared.ledger.formats import canonical
from shared.ledger.formats.enrolment_code import HubKeys
from shared.ledger.formats.keys import ED25519, DeviceKey, verify

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


def proof_of(key: DeviceKey, code: str) -> str:
    """Base64, for the enrolment request."""
    return key.sign(_bytes(key.alg, key.public, code))


def require_proof(public: str, code: str, proof: str, alg: str = ED25519) -> None:
    """Raises `BadSignature`, code `not_its_key`; `NotCanonical` for a code that no text may be."""
    if not verify(public, _bytes(alg, public, code), proof, alg):
        raise BadSignature("proof", proof, "sign the code with the key that is to be enrolled", code="not_its_key")


def _bytes(alg: str, public: str, code: str) -> bytes:
    return canonical.encode(["enrol/1", alg, public, code])


def identity_proof(key: DeviceKey, hub: HubKeys, epoch: str, challenge: str) -> str:
    """Base64, by the hub's key. Raises `Refused` for a challenge that is not 16 to 64 characters of base64url."""
    if _CHALLENGE.fullmatch(challenge) is None:
        raise Refused("challenge", challenge, "give 16 to 64 characters of base64url")
    return key.sign(_identity(hub, epoch, challenge))


def require_identity(hub: HubKeys, epoch: str, challenge: str, sig: str) -> None:
    """Raises `BadSignature`, code `not_its_key`."""
    if not verify(hub.public_key, _identity(hub, epoch, challenge), sig, hub.alg):
        raise BadSignature("sig", sig, "the hub does not hold the key that it names", code="not_its_key")


def _identity(hub: HubKeys, epoch: str, challenge: str) -> bytes:
    said = ["hub-identity/1", hub.hub_id, epoch, hub.alg, hub.public_key, hub.recovery_key, challenge]
    return canonical.encode(said)
