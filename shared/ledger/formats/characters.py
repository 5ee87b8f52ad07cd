"""Which characters a text may hold, and its normal form C (for ever). Pure rules on text, the same on every interpreter.

A signed text must be in Unicode's normal form C, and every reader checks it, with whatever Unicode tables its interpreter has.
The form of a character that is assigned never changes again (Unicode's stability policy), that of one not yet assigned may. So a
text holds only what Unicode 14.0 assigns, and a few blocks of ideographs that came later and never change when normalised; every
interpreter that this program runs on knows those. All else is refused by name (docs/decisions/0017). The table is
`data/unicode.toml`; `tests/support/shared/unicode_table.py` makes it.

Rules on text here ask nothing of the interpreter's tables but that form: what a digit or a space is stands below.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata

from shared.ledger.errors import NotCanonical
from shared.paths import DATA

# The same characters in full width, as a Chinese keyboard gives them, and the strokes that stand for a hyphen.
NARROW = {0x3000: " ", **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}}
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\ufe63\uff0d\uff70\u2500"), "-")
INSTEAD = "□"            # stands in a name of a file or in imported text for a character that no text may hold
# What is cut off at both ends of a text: control characters that are white space, and Unicode's White_Space as of 14.0.
_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" \
    "\u2028\u2029\u202f\u205f\u3000"


def _table() -> re.Pattern[str]:
    with (DATA / "unicode.toml").open("rb") as file:
        table = tomllib.load(file)
    ranges = (part.split("-") for name in ("assigned", "ideographs") for part in table[name])
    return re.compile("[^" + "".join(f"\\U{first:0>8}-\\U{last:0>8}" for first, last in ranges) + "]")


_UNKNOWN = _table()
_ASCII, _BEYOND_16_BITS = bytes(range(0x80)), bytes(range(0xF0, 0x100))


def unknown(text: str) -> str | None:
    """The first character that no text may hold: unassigned in Unicode 14.0 (too new), or half of a surrogate pair."""
    found = None if text.isascii() else _UNKNOWN.search(text)
    return found.group() if found is not None else None


def called(character: str) -> str:
    """U+1FAE8."""
    return f"U+{ord(character):04X}"


def is_nfc(text: str) -> bool:
    """True if `text` may be signed: known characters in normal form C."""
    return text.isascii() or (_UNKNOWN.search(text) is None and unicodedata.is_normalized("NFC", text))


def is_nfc_within(made: bytes) -> bool:
    """True if all strings of this JSON text may be signed, and none has a character beyond 16 bits (there the order of names by
    bytes is not that of UTF-16 units). A text with escapes may be told False all the same."""
    wide = made.translate(None, _ASCII)
    if len(wide.translate(None, _BEYOND_16_BITS)) < len(wide) or _UNKNOWN.search(wide.decode()) is not None:
        return False
    # A string begins after `"`, with which nothing is composed: so the whole is in normal form if every string is, but for a
    # letter of an escape with a combining character behind it.
    return unicodedata.is_normalized("NFC", made.decode())


def nfc(text: str, field: str = "text") -> str:
    """`text` as it must be before it is signed. Raises `NotCanonical` naming `field` for a character that no text may hold."""
    if text.isascii():
        return text
    require_known(text, field)
    return unicodedata.normalize("NFC", text)


def require_known(text: str, field: str) -> None:
    """Raises `NotCanonical`, code `unknown_character` (too new) or `not_canonical` (half of a surrogate pair)."""
    found = unknown(text)
    if found is None:
        return
    if "\ud800" <= found <= "\udfff":
        raise NotCanonical(field, text, f"remove the lone surrogate {called(found)}")
    raise NotCanonical(field, text, f"remove {called(found)}: no character of Unicode 14.0", code="unknown_character")


def replaced(text: str) -> str:
    """`text` in normal form C with a box for every character that no text may hold: what comes in with a file's name or in
    an imported file must not stop it. Never raises."""
    return text if text.isascii() else unicodedata.normalize("NFC", _UNKNOWN.sub(INSTEAD, text))


def tidy(text: str, field: str = "text") -> str:
    """What was typed: `nfc`, without spaces at both ends."""
    return nfc(text, field).strip(_SPACES)


def is_digits(text: str) -> bool:
    """At least one of 0-9 and nothing else. `²`, `④` and `２` are no digits here, whatever the interpreter says."""
    return text.isascii() and text.isdigit()
