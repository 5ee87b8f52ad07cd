"""Identifiers (for ever): ULID, base32 hash, office id, platform number. Pure rules on text.

    ULID             01J9ZK3V7Q8W9X0Y1Z2A3B4C5D      26 of upper-case Crockford base32: 48 bits ms, 80 random
    hash `h`         26 of lower-case RFC 4648 base32: the first 130 bits of SHA-256
    office id        150822100203                    division code at founding, padded to 12; never changes
    platform number  150822100203-2026-001-0012-3    office, year, slot, counter (4 digits up), check digit
      provisional    150822100203-2026-P001-0012-0   after a suspected restore, until a fresh slot (临)
      printed        旧地村〔2026〕001-0012-3        旧地村〔2026〕临001-0012-0

The check digit is Damm's (2004): it finds every single wrong digit and every swap of neighbours.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from shared.ledger.errors import Refused
from shared.ledger.formats.characters import DASHES, NARROW, is_digits

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
_HASH = re.compile(r"[a-z2-7]{26}", re.ASCII)
_OFFICE = re.compile(r"[0-9]{12}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_NUMBER = re.compile(r"([0-9]{12})-([0-9]{4})-(P?)([0-9]{3})-([0-9]{4,9})-([0-9])", re.ASCII)

HASH_LENGTH = 26
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"        # RFC 4648, in lower case
_PAIRS = [one + other for one in _BASE32 for other in _BASE32]
_SHIFTS = tuple(range(5 * HASH_LENGTH - 10, -1, -10))

# H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004, order 10.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)


def new_ulid(ms: int, random: bytes) -> str:
    """ULID of `ms` (since 1970 UTC) and ten random bytes."""
    if not 0 <= ms < 2**48:
        raise Refused("ms", ms, "give milliseconds since 1970 that fit 48 bits")
    if len(random) != 10:
        raise Refused("random", len(random), "give exactly 10 random bytes")
    value = (ms << 80) | int.from_bytes(random, "big")
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def is_ulid(text: object) -> bool:
    return isinstance(text, str) and _ULID.fullmatch(text) is not None


def ulid_ms(ulid: str) -> int:
    """Milliseconds since 1970 that the ULID carries. Raises `Refused` if it is not one."""
    if not is_ulid(ulid):
        raise Refused("ulid", ulid, "give 26 characters of upper-case Crockford base32")
    value = 0
    for character in ulid[:10]:
        value = value * 32 + _CROCKFORD.index(character)
    return value


def base32_hash(data: bytes) -> str:
    """`h`: first 26 characters of lower-case base32 of SHA-256 over `data`."""
    # 26 characters are 130 bits; two at a time, which costs a fifth of `base64.b32encode`
    bits = int.from_bytes(hashlib.sha256(data).digest()[:17], "big") >> 6
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def is_hash(text: object) -> bool:
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def is_name(text: object) -> bool:
    """True for an id that a person or a program chose (device, staff, epoch, hub): 1-64 of letters,
    digits, `.`, `_`, `-`.
    """
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def office_id(code: str) -> str:
    """The permanent office id of a division code: zero-padded on the right to 12 digits (150822 ->
    150822000000).

    Raises `Refused` for anything but 2 to 12 ASCII digits.
    """
    if not (isinstance(code, str) and is_digits(code) and 2 <= len(code) <= 12):
        raise Refused("office", code, "give the division code: 2 to 12 digits")
    return code.ljust(12, "0")


def is_office_id(text: object) -> bool:
    return isinstance(text, str) and _OFFICE.fullmatch(text) is not None


def check_digit(digits: str) -> int:
    """Damm check digit of a string of ASCII digits."""
    state = 0
    for digit in digits:
        state = int(_DAMM[state][int(digit)])
    return state


@dataclass(frozen=True, slots=True)
class PlatformNumber:
    """A case's platform number. `counter` starts at 1 and counts per (office, year, slot)."""

    office: str
    year: int
    slot: int
    counter: int
    provisional: bool = False

    def __post_init__(self) -> None:
        if not is_office_id(self.office):
            raise Refused("office", self.office, "give the 12 digits of the office id")
        for field, value, low, high in (
            ("year", self.year, 1970, 9999),
            ("slot", self.slot, 0, 999),
            ("counter", self.counter, 1, 999_999_999),
        ):
            if type(value) is not int or not low <= value <= high:
                raise Refused(field, value, f"give a whole number from {low} to {high}")

    @property
    def check(self) -> int:
        # A provisional number starts from another state, so it never has the check digit of the final one.
        mark = "9" if self.provisional else ""
        return check_digit(f"{mark}{self.office}{self.year:04d}{self.slot:03d}{self.counter:04d}")

    def __str__(self) -> str:
        """Machine form: `150822100203-2026-001-0012-3`."""
        return f"{self.office}-{self.year:04d}-{'P' if self.provisional else ''}{self._tail()}"

    def short(self, office_name: str) -> str:
        """Printed form: `旧地村〔2026〕001-0012-3`; a provisional one carries 临."""
        return f"{office_name}〔{self.year:04d}〕{'临' if self.provisional else ''}{self._tail()}"

    def _tail(self) -> str:
        return f"{self.slot:03d}-{self.counter:04d}-{self.check}"


_BRACKETS = str.maketrans("[](){}【】〖〗〘〙", "〔〕" * 6)


def as_printed(text: str) -> str:
    """What was typed of a number, in the signs of the printed form: digits and hyphens of any width, brackets of any shape."""
    return text.translate(DASHES).translate(NARROW).translate(_BRACKETS)


_PRINTED = re.compile(r"(.+)〔([0-9]{4})〕(临?)([0-9-]*)")


def printed_numbers(text: str, offices: Iterable[tuple[str, Iterable[str]]]) -> tuple[str, ...] | None:
    """Beginnings of machine numbers for a number as it is printed, 旧地村〔2026〕001-0012-3, one for each office that bears the
    name; `offices` gives (id, its names), text is taken `as_printed`. None when it has not this form; a whole number has a whole
    tail."""
    found = _PRINTED.fullmatch(as_printed(text))
    if found is None:
        return None
    name, year, mark, tail = found.groups()
    return tuple(f"{id}-{year}-{'P' if mark else ''}{tail}" for id, names in offices if name in names)


def parse_number(text: str) -> PlatformNumber:
    """The platform number in machine form. Raises `Refused` (code `bad_number` or `bad_check_digit`)."""
    found = _NUMBER.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise Refused("number", text, "write it as 150822100203-2026-001-0012-3", code="bad_number")
    office, year, mark, slot, counter, check = found.groups()
    if len(counter) > 4 and counter[0] == "0":
        raise Refused("number", text, "pad the counter to four digits only", code="bad_number")
    number = PlatformNumber(office, int(year), int(slot), int(counter), provisional=bool(mark))
    if number.check != int(check):
        remedy = "compare it with the paper; the check digit does not fit"
        raise Refused("number", text, remedy, code="bad_check_digit")
    return number
