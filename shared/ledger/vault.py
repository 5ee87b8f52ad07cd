"""One random data key of a HOME, and the ways to come by it: the file `vault.json`, which may be read by anybody.

    {version: 1, id, databases: "sqlcipher" | "plain", slots: [{kind, who, salt, key, ...}]}
    alone    the secret lies in the slot: a HOME whose people have no PIN yet opens by itself
    file     a key file of 32 bytes: services, benches, the hub; `mark` names it (`shared.ledger.key_file`)
    pin      one person's PIN through argon2id, joined with a secret of the platform's keystore; never without one
    words    five start words through argon2id, where there is no keystore
    rescue   the county's offline rescue key (public half in the directory)
A slot holds the same data key, wrapped: changing a PIN writes a slot and encrypts nothing anew. `seal` and `unseal` encrypt small
files under the data key. Who may add a slot, and where the file lies, is the programs' business; the third and last module that
knows cryptographic algorithms, beside `formats.keys` and `formats.sealing`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.ledger.errors import Refused
from shared.ledger.formats import canonical, loose_json
from shared.ledger.formats.keys import DeviceKey, from_base64, to_base64
from shared.ledger.formats.sealing import Wrapped, unwrap, wrap
from shared.ledger.key_file import mark_of
from shared.paths import DATA

VERSION = 1
KEY_BYTES = 32
ALONE, FILE, PIN, WORDS, RESCUE = "alone", "file", "pin", "words", "rescue"
WORD_COUNT = 5

ARGON2 = (65536, 3, 4)
"""KiB, passes, lanes of argon2id: the second choice of RFC 9106, 4, for machines with little memory. What a guess costs on this
machine: docs/SECURITY.md."""

ARGON2_MOST = (1 << 20, 16, 16)
"""A vault written by somebody else must not choose what opening it costs."""

MOST_SLOTS = 200
_ONCE = bytes(12)        # nonce of a wrapped key: its wrapping key comes from a fresh salt and is used once
_SEALED = "chacha20poly1305/1"
_NOT_HAN = re.compile(r"[^\u4e00-\u9fff]")
Random = Callable[[int], bytes]
Slot = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Vault:
    """The file as a value; every change gives a new one."""

    id: str
    databases: str = "plain"
    slots: tuple[Slot, ...] = field(default=(), repr=False)
    moving: bool = False                # a HOME from before is being encrypted

    def has(self, kind: str, who: str | None = None) -> bool:
        return any(slot["kind"] == kind and who in (None, slot.get("who", "")) for slot in self.slots)

    def people(self) -> tuple[str, ...]:
        return tuple(slot["who"] for slot in self.slots if slot["kind"] == PIN)

    def without(self, kind: str, who: str | None = None) -> Vault:
        return replace(self, slots=tuple(s for s in self.slots if s["kind"] != kind or who not in (None, s.get("who", ""))))

    def _with(self, slot: Slot) -> Vault:
        return replace(self, slots=(*self.without(slot["kind"], slot.get("who", "")).slots, slot))

    # ---- adding a way in

    def with_alone(self, data_key: bytes, random: Random) -> Vault:
        secret = random(KEY_BYTES)
        return self._with(self._wrapped({"kind": ALONE, "secret": to_base64(secret)}, secret, data_key, random))

    def with_file(self, data_key: bytes, key: bytes, random: Random) -> Vault:
        return self._with(self._wrapped({"kind": FILE, "mark": mark_of(key)}, key, data_key, random))

    def with_pin(self, data_key: bytes, who: str, pin: str, device_secret: bytes, random: Random) -> Vault:
        """`device_secret`: what only this machine's keystore gives; a PIN alone has too few values to guard a copy."""
        return self._with(self._slow({"kind": PIN, "who": who}, pin, device_secret, data_key, random))

    def with_words(self, data_key: bytes, words: str, random: Random) -> Vault:
        return self._with(self._slow({"kind": WORDS}, plain_words(words), b"", data_key, random))

    def with_rescue(self, data_key: bytes, public_key: str, random: Random) -> Vault:
        """Raises `Refused` for a key that nothing can be sealed for."""
        made = wrap(data_key, {RESCUE: public_key}, random)
        return self._with({"kind": RESCUE, "public_key": public_key, "eph": made.eph, "key": made.keys[RESCUE]})

    # ---- opening: the data key, or None

    def open_alone(self) -> bytes | None:
        return self._first(ALONE, lambda slot: from_base64("secret", slot["secret"]))

    def open_file(self, key: bytes) -> bytes | None:
        return self._first(FILE, lambda slot: key)

    def open_pin(self, who: str, pin: str, device_secret: bytes) -> bytes | None:
        return self._first(PIN, lambda slot: _stretched(slot, pin) + device_secret, who)

    def open_words(self, words: str) -> bytes | None:
        return self._first(WORDS, lambda slot: _stretched(slot, plain_words(words)))

    def open_rescue(self, key: DeviceKey) -> bytes | None:
        for slot in (s for s in self.slots if s["kind"] == RESCUE):
            found = unwrap(Wrapped(str(slot.get("eph")), {RESCUE: str(slot.get("key"))}), RESCUE, key)
            if found is not None:
                return found
        return None

    # ---- inside

    def _slow(self, slot: dict[str, Any], secret: str, more: bytes, data_key: bytes, random: Random) -> Slot:
        slot |= {"argon2id": list(ARGON2), "stretch": to_base64(random(16))}
        return self._wrapped(slot, _stretched(slot, secret) + more, data_key, random)

    def _wrapped(self, slot: dict[str, Any], secret: bytes, data_key: bytes, random: Random) -> Slot:
        slot["salt"] = to_base64(random(16))
        key = ChaCha20Poly1305(self._wrapping(slot, secret)).encrypt(_ONCE, data_key, None)
        return {**slot, "key": to_base64(key)}

    def _wrapping(self, slot: Slot, secret: bytes) -> bytes:
        about = canonical.encode(["vault/1", self.id, slot["kind"], slot.get("who", "")])
        return HKDF(SHA256(), KEY_BYTES, from_base64("salt", slot["salt"]), about).derive(secret)

    def _first(self, kind: str, secret: Callable[[Slot], bytes], who: str | None = None) -> bytes | None:
        for slot in self.slots:
            if slot["kind"] != kind or who not in (None, slot.get("who", "")):
                continue
            try:
                wrapping = ChaCha20Poly1305(self._wrapping(slot, secret(slot)))
                return wrapping.decrypt(_ONCE, from_base64("key", slot["key"]), None)
            except (InvalidTag, Refused, KeyError, ValueError):
                continue
        return None

    # ---- the file

    def to_json(self) -> dict[str, Any]:
        return {"version": VERSION, "id": self.id, "databases": self.databases, "slots": [dict(s) for s in self.slots],
                **({"moving": True} if self.moving else {})}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Vault:
        """Raises `Refused` for what is no vault, and (`newer_version`) for one that a newer program wrote."""
        if value.get("version") != VERSION:
            raise Refused("version", value.get("version"), "open it with the newer program that wrote it", code="newer_version")
        slots, id = value.get("slots"), value.get("id")
        good = isinstance(slots, list) and len(slots) <= MOST_SLOTS and isinstance(id, str) and id
        if not good or not all(isinstance(s, dict) and isinstance(s.get("kind"), str) for s in slots or []):
            raise Refused("slots", "...", "restore vault.json from a copy", code="bad_vault")
        return Vault(str(id), str(value.get("databases") or "plain"), tuple(slots or ()), bool(value.get("moving")))


def new_vault(random: Random, *, databases: str) -> tuple[Vault, bytes]:
    """A vault without a way in yet, and its data key."""
    return Vault(random(16).hex(), databases), random(KEY_BYTES)


def _stretched(slot: Slot, secret: str) -> bytes:
    """32 bytes from what a person knows. Raises ValueError beyond `ARGON2_MOST`."""
    memory, passes, lanes = (int(n) for n in slot["argon2id"])
    if any(wanted > most for wanted, most in zip((memory, passes, lanes), ARGON2_MOST, strict=True)):
        raise ValueError("the vault asks for more work than a vault may")
    return argon2id(secret, from_base64("stretch", slot["stretch"]), (memory, passes, lanes))


def argon2id(secret: str, salt: bytes, cost: tuple[int, int, int] = ARGON2) -> bytes:
    memory, passes, lanes = cost
    made = Argon2id(salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory)
    return made.derive(secret.encode())


# ---- small files under the data key

def seal(data_key: bytes, name: str, plain: bytes, random: Random) -> dict[str, str]:
    """`plain` as an object for a JSON file; bound to `name`, so that one file cannot be put in another's place."""
    nonce = random(12)
    text = ChaCha20Poly1305(_for_file(data_key, name)).encrypt(nonce, plain, None)
    return {"sealed": _SEALED, "nonce": to_base64(nonce), "text": to_base64(text)}


def is_sealed(value: Mapping[str, Any]) -> bool:
    return value.get("sealed") == _SEALED


def unseal(data_key: bytes, name: str, value: Mapping[str, Any]) -> bytes:
    """Raises `Refused` when key, name or text is not the right one."""
    try:
        cipher = ChaCha20Poly1305(_for_file(data_key, name))
        return cipher.decrypt(from_base64("nonce", value.get("nonce")), from_base64("text", value.get("text")), None)
    except (InvalidTag, ValueError) as wrong:
        raise Refused(name, "...", "open it with the key of its own HOME", code="bad_seal") from wrong


def _for_file(data_key: bytes, name: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, canonical.encode(["vault/file/1", name])).derive(data_key)


# ---- five start words

@lru_cache(maxsize=1)
def word_characters() -> tuple[str, str]:
    """All first characters of a word, and all second ones."""
    table = tomllib.loads((DATA / "start_words.toml").read_text("utf-8"))
    return str(table["first"]), str(table["second"])


def word_bits() -> int:
    """Bits of guessing that all words together cost."""
    first, second = word_characters()
    return WORD_COUNT * ((len(first) * len(second)).bit_length() - 1)


def new_words(random: Random) -> str:
    """Five words of two characters, apart by spaces, each one of 2048."""
    first, second = word_characters()
    drawn = (int.from_bytes(random(2)) % (len(first) * len(second)) for _ in range(WORD_COUNT))   # 2048 divides 65536
    return " ".join(first[n // len(second)] + second[n % len(second)] for n in drawn)


def plain_words(text: str) -> str:
    """As they are compared: nothing but the characters, however they were set apart."""
    return _NOT_HAN.sub("", text)


def looks_like_words(text: str) -> bool:
    return len(plain_words(text)) == 2 * WORD_COUNT


def known_word_pairs(texts: Iterable[str]) -> list[str]:
    """Those of these words of two characters that are in no list: what was mistyped."""
    first, second = word_characters()
    return [text for text in texts if len(text) != 2 or text[0] not in first or text[1] not in second]


def read_vault(text: str) -> Vault:
    """Raises `Refused`."""
    try:
        value = loose_json.parsed(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused("vault", "...", "restore vault.json from a copy", code="bad_vault")
    return Vault.from_json(value)
