"""The citizen's code of one case (一案一码, for ever), version 1: what a party brings to ask for progress and to rate.

    printed   number 旧地村〔2026〕001-0012-3 and 1K7Q-F2M9-X4TB-VC5H: version, 14 characters secret (70 bits), a check character
    QR code   <address of the portal>#<machine number>-<the sixteen characters>, without an address where the county has none.
              What follows # is never sent to a server by a browser, so no log of the way there holds it
    event     {"v": 1, "salt": 32 hex, "hash": 64 hex}, hash = SHA-256(canonical(["citizen-code/1", salt, secret]))

The check character covers version, secret and the number (its first 20 bits of SHA-256(canonical(["citizen-code/1", number]))),
so the secret of one case beside the number of another is noticed where it is typed. The event holds no more than the hash: who
reads the case cannot ask in a party's name. The secret is made without a network from the device's key and the salt, so nothing
beside the key has to be kept for it to be printed again there; a reader needs to know nothing of that.
One module for portal, tablet and hub. Must not know: cases, offices' names beyond what it is given, words for people.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats import canonical, spelling
from shared.ledger.formats.ids import parse_number, printed_numbers
from shared.ledger.formats.keys import DeviceKey

VERSION = "1"
SECRET = 14                        # characters of five bits: 70 bits
TYPED = len(VERSION) + SECRET + 1
SALT_BYTES = 16
_FORMAT = "citizen-code/1"
_MOST_TYPED = 600                  # a scanned address and a code; more is something else
_NUMBER = re.compile(r"([0-9]{12})([0-9]{4})(P?[0-9]{3})([0-9]{4,9})([0-9])", re.ASCII)
_FIELD = "code"


@dataclass(frozen=True, slots=True)
class CitizenCode:
    """`number`: the platform number in machine form. `secret` is left out of `repr`."""

    number: str
    secret: str

    def __repr__(self) -> str:
        return f"CitizenCode({self.number})"

    def typed(self) -> str:
        """Four groups of four, as printed beside the number."""
        return spelling.grouped(VERSION + self.secret + _check(self.number, self.secret), 4)

    def text(self) -> str:
        """Number and code in one, as it is scanned and copied."""
        return f"{self.number}-{VERSION}{self.secret}{_check(self.number, self.secret)}"

    def qr(self, portal: str = "") -> str:
        """What the QR code holds; `portal`: the county's address for citizens, "" for none."""
        return f"{portal}#{self.text()}" if portal else self.text()


@dataclass(frozen=True, slots=True)
class Kept:
    """What the event holds of a code."""

    salt: str
    hash: str

    @staticmethod
    def of_value(value: Mapping[str, Any]) -> Kept | None:
        """Of an event's body; None for a version that this program does not know."""
        return Kept(str(value["salt"]), str(value["hash"])) if value.get("v") == 1 else None

    def value(self) -> dict[str, Any]:
        return {"v": 1, "salt": self.salt, "hash": self.hash}

    def fits(self, secret: str) -> bool:
        return hmac.compare_digest(_hash(self.salt, secret), self.hash)


def make(key: DeviceKey, salt: bytes) -> Kept:
    """A new code, made on the device of `key`; `salt`: 16 fresh random bytes."""
    if len(salt) != SALT_BYTES:
        raise Refused("salt", len(salt), f"give {SALT_BYTES} random bytes")
    return Kept(salt.hex(), _hash(salt.hex(), _derived(key, salt.hex())))


def again(key: DeviceKey, kept: Kept, number: str) -> CitizenCode | None:
    """The code once more, on the device that made it; None on every other."""
    secret = _derived(key, kept.salt)
    return CitizenCode(number, secret) if kept.fits(secret) else None


def read(text: str) -> CitizenCode:
    """A code as it was scanned or pasted: with or without an address before it. Raises `Refused`: bad_number, bad_check_digit (of
    the number), code_character (the character), code_version, code_checks."""
    plain = _plain(text)
    if len(plain) <= TYPED:
        raise Refused(_FIELD, len(plain), "give number and code", code="code_short")
    return _code(_numbers(plain[:-TYPED], ()), plain[-TYPED:])


def read_parts(number: str, code: str, offices: Iterable[tuple[str, Iterable[str]]] = ()) -> CitizenCode:
    """Number and code from two fields. The number as it is printed (`offices` gives (id, its names)) or in machine form. Raises
    `Refused` as `read`, and code_short or code_long (how many characters there are)."""
    plain = _plain(code)
    if len(plain) != TYPED:
        word = "code_short" if len(plain) < TYPED else "code_long"
        raise Refused(_FIELD, len(plain), f"a code has {TYPED} characters", code=word)
    return _code(_numbers(_printable(number), offices), plain)


def _plain(text: str) -> str:
    if len(text) > _MOST_TYPED:
        raise Refused(_FIELD, len(text), "give the code and nothing else", code="code_long")
    plain = spelling.typed(text.rpartition("#")[2])
    spelling.require_alphabet(_FIELD, plain)
    return plain


def _printable(number: str) -> str:
    """The number as people write it: other brackets and dashes, full-width digits, spaces."""
    text = "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in number[:_MOST_TYPED])
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    return re.sub(r"\s", "", re.sub(r"[\[(【﹝]([0-9]{4})[\])】﹞]", r"〔\1〕", text))


def _numbers(text: str, offices: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """The machine forms that this can be: several where offices share a name. Raises `Refused` when there is none."""
    candidates = printed_numbers(text, offices) if "〔" in text else None
    if candidates is None:
        found = _NUMBER.fullmatch(spelling.typed(text))
        candidates = ("-".join(found.groups()),) if found is not None else (text,)
    fitting = [number for number in candidates if _is_number(number)]
    return fitting or [str(parse_number(candidates[0] if candidates else text))]


def _is_number(text: str) -> bool:
    try:
        parse_number(text)
    except Refused:
        return False
    return True


def _code(numbers: list[str], plain: str) -> CitizenCode:
    if plain[0] != VERSION:
        raise Refused(_FIELD, plain[0], "update this program, or compare the first character", code="code_version")
    for number in numbers:
        if _check(number, plain[1:-1]) == plain[-1]:
            return CitizenCode(number, plain[1:-1])
    raise Refused(_FIELD, plain, "compare it with the slip; its check character does not fit", code="code_checks")


def _check(number: str, secret: str) -> str:
    return spelling.checks(spelling.digest(canonical.encode([_FORMAT, number]), 4) + VERSION + secret)


def _hash(salt: str, secret: str) -> str:
    return hashlib.sha256(canonical.encode([_FORMAT, salt, secret])).hexdigest()


def _derived(key: DeviceKey, salt: str) -> str:
    made = hmac.new(key.seed, f"{_FORMAT} {salt}".encode("ascii"), hashlib.sha256).digest()
    return spelling.of_bytes(made)[:SECRET]
