"""A resident identity number: what it says of its holder, and its check character (GB 11643-1999: weights modulo 11).

The whole number is read and asked for what it says. In the clear only its last four characters are ever kept; the whole one,
where a court's paper wants it, goes into a sealed body (`shared.disputes.acts.identities`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.ledger.days import date_of, is_day
from shared.ledger.entry import BadEntry
from shared.ledger.formats.characters import is_digits

LENGTH = 18
_WHOLE = re.compile(r"[1-9][0-9]{16}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_NARROW = {**{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}, 0x3000: " "}


@dataclass(frozen=True, slots=True)
class Identity:
    """`gender`: male | female; `born`: ISO day."""

    last4: str
    gender: str
    born: str

    def age_on(self, day: str) -> int:
        """Whole years on that ISO day (民法典 Art 1259: 周岁), none below zero."""
        birth, then = date_of(self.born), date_of(day)
        return max(then.year - birth.year - ((then.month, then.day) < (birth.month, birth.day)), 0)


def plain(text: str) -> str:
    """As typed -> digits and X, without spaces."""
    return re.sub(r"[\s-]", "", text.translate(_NARROW)).upper()


def is_whole(text: str) -> bool:
    """Does it look like a whole number, right or wrong?"""
    return len(plain(text)) == LENGTH and is_digits(plain(text)[:-1])


def masked(number: str) -> str:
    """A number as a screen shows it: its last four characters."""
    return "*" * max(len(number) - 4, 0) + number[-4:]


_WITHIN = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")


def without(text: str) -> str:
    """The text with every whole identity number in it masked."""
    return _WITHIN.sub(lambda found: masked(found[0]) if _is_right(found[0].upper()) else found[0], text)


def within(text: str) -> bool:
    """Does a whole identity number stand in this text?"""
    return any(_is_right(found[0].upper()) for found in _WITHIN.finditer(text))


def _is_right(number: str) -> bool:
    return is_day(f"{number[6:10]}-{number[10:12]}-{number[12:14]}") and check(number) == number[-1]


def read(text: str) -> Identity:
    """What a whole number says. Raises `BadEntry` `identity` without telling the number back."""
    number = plain(text)
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    if not _WHOLE.fullmatch(number) or not is_day(born) or check(number) != number[-1]:
        raise BadEntry("identity", value="…" + number[-2:])
    return Identity(number[-4:], "male" if int(number[16]) % 2 else "female", born)


def fault_at(text: str) -> tuple[int, int] | None:
    """Which characters of a whole number (`is_whole`) cannot be right, as places (first, one past the last); None when none."""
    number = plain(text)
    if number[0] == "0":
        return 0, 1
    if not is_day(f"{number[6:10]}-{number[10:12]}-{number[12:14]}"):
        return 6, 14
    return None if check(number) == number[-1] else (LENGTH - 1, LENGTH)


def check(number: str) -> str:
    """The check character that the first seventeen digits want."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True)) % 11]
