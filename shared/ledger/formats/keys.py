"""Device keys and signatures. With `sealing`, which encrypts, and `ledger.vault`, what knows a cryptographic algorithm (`curve`
is its arithmetic); everything else names it by its `alg` text.

`alg` is `signature/hash/format`: "ed25519/sha256/1". A later algorithm (SM2/SM3 for graded protection)
becomes one more `Suite` here; documents signed under the old name stay readable for ever. Keys and
signatures travel as standard base64. Where a private key is kept is the programs' business.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.ledger.errors import BadSignature, Refused
from shared.ledger.formats.curve import is_prime_order

ED25519 = "ed25519/sha256/1"
_KEYS = 1_000       # kept ready; beyond it the one not asked for longest is made anew
ALG = re.compile(r"[a-z0-9]{1,20}/[a-z0-9]{1,20}/[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Suite:
    """One algorithm. Sizes in bytes; `verify(public, message, signature)` answers True or False and never
    raises.
    """

    alg: str
    seed_size: int
    public_size: int
    signature_size: int
    public_of: Callable[[bytes], bytes]
    sign: Callable[[bytes, bytes], bytes]
    verify: Callable[[bytes, bytes, bytes], bool]
    is_public: Callable[[bytes], bool]      # a key that only the holder of its secret can sign for; remembered


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A private key. `seed` is the secret (32 bytes for Ed25519); it is left out of `repr`."""

    seed: bytes
    alg: str = ED25519

    def __post_init__(self) -> None:
        if len(self.seed) != suite(self.alg).seed_size:
            raise Refused("key", f"{len(self.seed)} bytes", f"give {suite(self.alg).seed_size} bytes")

    def __repr__(self) -> str:
        return f"DeviceKey(public={self.public!r})"

    @staticmethod
    def generate(random: Callable[[int], bytes], alg: str = ED25519) -> DeviceKey:
        """A fresh key from `random(n) -> n bytes` (`secrets.token_bytes` in the programs)."""
        return DeviceKey(random(suite(alg).seed_size), alg)

    @staticmethod
    def load(text: str, alg: str = ED25519) -> DeviceKey:
        """The key that `save()` wrote. Raises `Refused`."""
        return DeviceKey(from_base64("key", text), alg)

    def save(self) -> str:
        """The secret as base64, for a file of mode 600."""
        return to_base64(self.seed)

    @property
    def public(self) -> str:
        """The public key as base64."""
        return to_base64(suite(self.alg).public_of(self.seed))

    def sign(self, message: bytes) -> str:
        """Signature over `message` as base64."""
        return to_base64(suite(self.alg).sign(self.seed, message))


def verify(public: str, message: bytes, signature: str, alg: str = ED25519) -> bool:
    """True if `signature` (base64) over `message` was made by the holder of `public` (base64). Never
    raises.
    """
    try:
        chosen, key = suite(alg), _key_bytes(public) if isinstance(public, str) else from_base64("public_key", public)
        return chosen.is_public(key) and chosen.verify(key, message, from_base64("sig", signature))
    except Refused:
        return False


def require_signature(public: str, message: bytes, signature: str, alg: str = ED25519) -> None:
    """As `verify`, but raises `BadSignature`."""
    if not verify(public, message, signature, alg):
        raise BadSignature("sig", signature, "ask the author to send the original document again")


def suite(alg: str) -> Suite:
    """The registered algorithm. Raises `Refused` (code `unknown_alg`) for a name this version does not
    know.
    """
    found = _SUITES.get(alg) if isinstance(alg, str) else None
    if found is None:
        raise Refused("alg", alg, "update this program: it does not know the algorithm", code="unknown_alg")
    return found


def is_known(alg: str) -> bool:
    """Does this version know the algorithm?"""
    return alg in _SUITES


def check_public_key(field: str, text: object, alg: str = ED25519) -> str:
    """`text` if it is in base64 a public key that only the holder of its secret can sign for. Raises `Refused` naming `field`;
    code `weak_key` for the right size and no such key."""
    chosen, key = suite(alg), from_base64(field, text)
    if len(key) != chosen.public_size:
        raise Refused(field, text, f"give a public key of {chosen.public_size} bytes in base64")
    if not chosen.is_public(key):
        raise Refused(field, text, "give a key that the device generated: a canonical point of prime order", code="weak_key")
    assert isinstance(text, str)
    return text


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def from_base64(field: str, text: object) -> bytes:
    """Bytes of strict standard base64: one spelling per value, so nobody can respell a signature. Raises
    `Refused`.
    """
    if isinstance(text, str) and text.isascii():
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            data = None
        if data is not None and to_base64(data) == text:
            return data
    raise Refused(field, text, "give standard base64 with padding")


@lru_cache(maxsize=_KEYS)
def _key_bytes(public: str) -> bytes:
    """Raises `Refused`."""
    return from_base64("public_key", public)


@lru_cache(maxsize=_KEYS)
def _loaded(public: bytes) -> Ed25519PublicKey:
    """The key, made ready once: a county has some hundreds, each asked for thousands of records. Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(public)


def _ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        _loaded(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


_SUITES: dict[str, Suite] = {
    ED25519: Suite(
        alg=ED25519,
        seed_size=32,
        public_size=32,
        signature_size=64,
        public_of=lambda seed: Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw(),
        sign=lambda seed, message: Ed25519PrivateKey.from_private_bytes(seed).sign(message),
        verify=_ed25519_verify,
        is_public=is_prime_order,
    ),
}
