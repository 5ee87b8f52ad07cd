"""Bodies that only some devices may read: encrypted by the author's device for the keys of its audience. With `keys`, which
signs, and `ledger.vault`, which wraps a HOME's data key, what knows cryptographic algorithms; everything else names them by the
`scheme` text.

    sealed:<sha256>  {salt, class, body: {scheme, eph, nonce, keys: {device: wrapped key}, text}}     in office-<id>-closed
    event            {body: {sealed: sha256, class}}                                                  open to everybody

A random data key encrypts the padded body, bound to class, kind and subject, so it cannot be shown under another event. The
data key is wrapped for each device: X25519 of one fresh key with the device's, HKDF-SHA256, ChaCha20-Poly1305. A device's X25519
key is its Ed25519 key by the birational map between both curves (RFC 7748, 4.1), the way of libsodium and age: devices have one
key for life, and those enrolled before could be written to at once (docs/decisions/0006). `wrap` gives the data key
to more devices later; that, not the body, travels in an event. Nothing here decides who the audience is (`sealing_rules`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from shared.ledger.errors import Refused
from shared.ledger.formats import canonical, characters
from shared.ledger.formats.curve import PRIME
from shared.ledger.formats.documents import Doc, check_sealed, make_sealed, text
from shared.ledger.formats.ids import is_name
from shared.ledger.formats.keys import DeviceKey, check_public_key, from_base64, to_base64

SCHEME = "x25519-hkdf-sha256-chacha20poly1305/1"
Random = Callable[[int], bytes]
MAX_DEVICES = 200            # of one body: a county's case team is a dozen; each wrapped key is 80 bytes
_FIELDS = frozenset({"scheme", "eph", "nonce", "keys", "text"})
_KEY, _NONCE, _TAG = 32, 12, 16
_BLOCK = 256                 # texts are padded to whole blocks: their length tells next to nothing
_ONCE = bytes(_NONCE)        # nonce of a wrapped key: each wrapping key is made from a fresh X25519 key and used once


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key for some devices: the fresh public key, and by device the wrapped key, all base64."""

    eph: str
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class About:
    """What a sealed body is bound to."""

    sealed_class: str
    kind: str
    subject: str

    def bytes(self) -> bytes:
        return canonical.encode([SCHEME, self.sealed_class, self.kind, self.subject])


def seal_body(body: Mapping[str, Any], about: About, audience: Mapping[str, str], random: Random) -> tuple[Doc, Doc]:
    """(document for the closed database, `body` of the event). `audience`: device -> its public key (base64, Ed25519). Raises
    `Refused`, also when nobody could ever read it."""
    data_key, nonce = random(_KEY), random(_NONCE)
    wrapped = wrap(data_key, audience, random)
    sealed = ChaCha20Poly1305(data_key).encrypt(nonce, _padded(body), about.bytes())
    envelope = {"scheme": SCHEME, "eph": wrapped.eph, "nonce": to_base64(nonce), "keys": dict(wrapped.keys),
                "text": to_base64(sealed)}
    return make_sealed(envelope, about.sealed_class, random(16))


def wrap(data_key: bytes, audience: Mapping[str, str], random: Random) -> Wrapped:
    """The data key for each of these devices that has a usable key; one bad key does not stop it for the others. Raises
    `Refused` for none or too many."""
    if not 0 < len(audience) <= MAX_DEVICES:
        raise Refused("audience", len(audience), f"name 1 to {MAX_DEVICES} devices", code="no_audience")
    fresh = X25519PrivateKey.from_private_bytes(random(_KEY))
    public = fresh.public_key().public_bytes_raw()
    keys = {}
    for device, key in sorted(audience.items()):
        if not can_read(key):
            continue
        theirs = encryption_key(key)
        shared = _shared(fresh, theirs)
        keys[device] = to_base64(_wrapping(shared, public, theirs, device).encrypt(_ONCE, data_key, None))
    if not keys:
        raise Refused("audience", sorted(audience), "none of them has a usable key; enrol them again", code="no_audience")
    return Wrapped(to_base64(public), keys)


def can_read(public: str) -> bool:
    """Can something be sealed for this public key (base64)?"""
    try:
        check_public_key("public_key", public)
    except Refused:
        return False
    return True


def unwrap(wrapped: Wrapped, device: str, key: DeviceKey) -> bytes | None:
    """The data key, if this device's was among those it was wrapped for; None otherwise. Never raises."""
    given = wrapped.keys.get(device)
    if given is None:
        return None
    try:
        ephemeral = from_base64("eph", wrapped.eph)
        own = _private(key)
        wrapping = _wrapping(_shared(own, ephemeral), ephemeral, own.public_key().public_bytes_raw(), device)
        found = wrapping.decrypt(_ONCE, from_base64("key", given), None)
    except (InvalidTag, Refused, ValueError):
        return None
    return found if len(found) == _KEY else None


def open_body(doc: Mapping[str, Any], about: About, data_key: bytes) -> Doc:
    """The body inside. Raises `Refused` when the document or the key is not the right one."""
    envelope = check_envelope(doc)
    try:
        plain = ChaCha20Poly1305(data_key).decrypt(from_base64("nonce", envelope["nonce"]),
                                                   from_base64("text", envelope["text"]), about.bytes())
    except (InvalidTag, ValueError) as wrong:
        raise Refused("text", "...", "the key, or the event it is shown under, is not the right one", code="bad_seal") from wrong
    return dict(canonical.decode(plain)["body"])


def check_envelope(doc: Mapping[str, Any]) -> Doc:
    """The encrypted envelope inside a sealed document; what is written in the clear is refused, so that no plain text can come
    into a closed database. Raises `Refused`."""
    envelope = check_sealed(doc)
    if set(envelope) != _FIELDS or envelope["scheme"] != SCHEME:
        raise Refused("body", sorted(envelope), f"seal it for its readers by {SCHEME}", code="not_encrypted")
    if len(from_base64("eph", envelope["eph"])) != _KEY or len(from_base64("nonce", envelope["nonce"])) != _NONCE:
        raise Refused("eph", envelope["eph"], "give a fresh public key and a nonce", code="bad_sealed")
    if len(from_base64("text", text(envelope, "text"))) % _BLOCK != _TAG:
        raise Refused("text", "...", f"pad the text to blocks of {_BLOCK} bytes", code="bad_sealed")
    keys = envelope["keys"]
    if not isinstance(keys, dict) or not 0 < len(keys) <= MAX_DEVICES or not all(is_name(device) for device in keys):
        raise Refused("keys", keys, f"name 1 to {MAX_DEVICES} devices", code="bad_sealed")
    for device, key in keys.items():
        if len(from_base64(f"keys.{device}", key)) != _KEY + _TAG:
            raise Refused(f"keys.{device}", key, "give the wrapped key of 48 bytes", code="bad_sealed")
    return envelope


def wrapped_in(doc: Mapping[str, Any]) -> Wrapped:
    """The wrapped keys that came with the body. Raises `Refused`."""
    envelope = check_envelope(doc)
    return Wrapped(envelope["eph"], envelope["keys"])


def find_key(offers: Iterable[Wrapped], keys: Mapping[str, DeviceKey]) -> bytes | None:
    """The data key from the first of these that one of our device keys opens."""
    for wrapped in offers:
        for device, key in keys.items():
            found = unwrap(wrapped, device, key)
            if found is not None:
                return found
    return None


def passphrase_key(passphrase: str, salt: bytes) -> bytes:
    """A 32-byte key from words: scrypt with 32 MiB, about a tenth of a second, so that guessing costs."""
    return Scrypt(salt=salt, length=_KEY, n=2**15, r=8, p=1).derive(characters.nfc(passphrase).encode())


def seal_bytes(data: bytes, key: bytes, nonce: bytes, about: bytes) -> bytes:
    """`data` encrypted and bound to `about`. A nonce serves once under one key."""
    return ChaCha20Poly1305(key).encrypt(nonce, data, about)


def open_bytes(data: bytes, key: bytes, nonce: bytes, about: bytes) -> bytes:
    """What `seal_bytes` made. Raises `Refused`, code `bad_seal`, for another key or changed bytes."""
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, data, about)
    except (InvalidTag, ValueError) as wrong:
        raise Refused("key", "...", "the key is another one, or the bytes were changed", code="bad_seal") from wrong


def encryption_key(public: str) -> bytes:
    """The X25519 public key (32 bytes) of an Ed25519 public key: u = (1 + y) / (1 - y). Raises `Refused`."""
    check_public_key("public_key", public)
    y = int.from_bytes(from_base64("public_key", public), "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, -1, PRIME) % PRIME).to_bytes(32, "little")


def _private(key: DeviceKey) -> X25519PrivateKey:
    """RFC 8032, 5.1.5: the secret scalar is the first half of SHA-512 of the seed; X25519 clamps it the same way."""
    return X25519PrivateKey.from_private_bytes(hashlib.sha512(key.seed).digest()[:32])


def _shared(own: X25519PrivateKey, theirs: bytes) -> bytes:
    try:
        return own.exchange(X25519PublicKey.from_public_bytes(theirs))
    except ValueError as wrong:          # a point of low order: the secret would be no secret
        raise Refused("public_key", to_base64(theirs), "this is no key of a device") from wrong


def _wrapping(shared: bytes, ephemeral: bytes, theirs: bytes, device: str) -> ChaCha20Poly1305:
    info = canonical.encode([SCHEME, device])
    return ChaCha20Poly1305(HKDF(SHA256(), 32, salt=ephemeral + theirs, info=info).derive(shared))


def _padded(body: Mapping[str, Any]) -> bytes:
    value: Doc = {"body": canonical.normalised(dict(body)), "pad": ""}
    value["pad"] = " " * (-len(canonical.encode(value)) % _BLOCK)
    return canonical.encode(value)
