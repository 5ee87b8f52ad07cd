"""The code of a demand: made on the telephone that hands it in, so that sending it again is known for the same one.

    F3K7Q-2M9X4-TBVC5-H1Z8R      `F`, 18 characters secret (90 bits), a check character; typed as a citizen's code is
The hub keeps its SHA-256 alone. It is longer than the code of a case, so no field has to ask which of the two is typed.
"""

from __future__ import annotations

import hashlib
import os

from shared.ledger.formats import spelling

_MARK, _SECRET = "F", 18
TYPED = len(_MARK) + _SECRET + 1


def new() -> str:
    secret = "".join(spelling.ALPHABET[byte % 32] for byte in os.urandom(_SECRET))
    return _MARK + secret + spelling.checks(_MARK + secret)


def read(text: str) -> str | None:
    """The code in plain form; None when it is none, or a character was mistaken."""
    plain = spelling.typed(text[:200])
    if len(plain) != TYPED or not plain.startswith(_MARK) or not set(plain) <= set(spelling.ALPHABET):
        return None
    return plain if spelling.checks(plain[:-1]) == plain[-1] else None


def looks_like_one(text: str) -> bool:
    """Meant as a code of this kind, mistyped perhaps: not to be taken for that of a case."""
    plain = spelling.typed(text[:200])
    return plain.startswith(_MARK) and abs(len(plain) - TYPED) <= 2


def printed(code: str) -> str:
    return spelling.grouped(code, 5)


def kept(code: str) -> str:
    """What the file holds of it."""
    return hashlib.sha256(f"demand/1 {code}".encode()).hexdigest()
