"""Codes as people copy them (for ever): their 32 characters, how they are typed, and their check characters.

The alphabet is Crockford's base 32: no I, L, O, U, so that a code read aloud or copied from paper has no twins. What is typed is
taken in any case, with spaces, hyphens and full-width forms; O is read as 0, I and L as 1. Check characters are a Reed-Solomon
code over GF(32) (x^5 + x^2 + 1, roots a, a^2 ...): one character finds every single wrong character and every two that changed
places, two find any two wrong ones, in texts of up to 31 characters with their checks.
"""

from __future__ import annotations

import hashlib

from shared.ledger.errors import Refused

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST = 31                       # characters that one set of check characters may cover, they among them
_FIELD, _MODULUS = 32, 0b100101
_TWINS = str.maketrans("OIL", "011")
_PASSED_OVER = frozenset(" \t\r\n-_.\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u3000")


def _tables() -> tuple[tuple[int, ...], dict[int, int]]:
    powers, value = [], 1
    for _ in range(_FIELD - 1):
        powers.append(value)
        value = value << 1 ^ (_MODULUS if value & 16 else 0)
    return tuple(powers), {value: place for place, value in enumerate(powers)}


_POWERS, _LOGS = _tables()


def _times(a: int, b: int) -> int:
    return _POWERS[(_LOGS[a] + _LOGS[b]) % (_FIELD - 1)] if a and b else 0


def checks(text: str, count: int = 1) -> str:
    """The `count` check characters of `text`, which is of the alphabet: the remainder of text * x^count by (x - a)(x - a^2)..."""
    assert len(text) + count <= LONGEST, "longer texts have blind spots"
    divisor = [1]                                     # highest power first
    for root in range(1, count + 1):
        divisor = [high ^ _times(low, _POWERS[root]) for high, low in zip([*divisor, 0], [0, *divisor], strict=True)]
    rest = [0] * count
    for character in text:
        lead = ALPHABET.index(character) ^ rest[0]
        rest = [after ^ _times(lead, factor) for after, factor in zip([*rest[1:], 0], divisor[1:], strict=True)]
    return "".join(ALPHABET[value] for value in rest)


def typed(text: str) -> str:
    """A code as it is compared: upper case without what separates groups, twins read as digits. Characters that no code has stay
    in it, for `require_alphabet` to name."""
    plain = "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in text)
    upper = "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in plain)
    return "".join(c for c in upper if c not in _PASSED_OVER).translate(_TWINS)


def require_alphabet(field: str, text: str) -> None:
    """Raises `Refused`, code `code_character`, whose value is the first character that no code has."""
    for character in text:
        if character not in ALPHABET:
            raise Refused(field, character, "a code has digits and the letters A-Z without I, L, O, U", code="code_character")


def of_bytes(data: bytes) -> str:
    """Five bits a character, the highest first; the last one is filled up with zeros."""
    bits = len(data) * 8
    value = int.from_bytes(data, "big") << (-bits % 5)
    return "".join(ALPHABET[value >> shift & 31] for shift in range((bits + 4) // 5 * 5 - 5, -1, -5))


def to_bytes(text: str) -> bytes:
    """The whole bytes in `text`, which is of the alphabet; bits that are left over are dropped."""
    value = 0
    for character in text:
        value = value << 5 | ALPHABET.index(character)
    size = len(text) * 5 // 8
    return (value >> len(text) * 5 - size * 8).to_bytes(size, "big")


def digest(data: bytes, length: int) -> str:
    """The first `length` characters (five bits each) of SHA-256."""
    return of_bytes(hashlib.sha256(data).digest())[:length]


def grouped(text: str, size: int, between: str = "-") -> str:
    """In groups, as it is printed."""
    return between.join(text[start : start + size] for start in range(0, len(text), size))
