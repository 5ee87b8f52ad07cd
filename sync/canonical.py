"""RFC 8785 (JSON Canonicalization Scheme): one value, one sequence of bytes.

Lives here: the encoding alone. It knows nothing of documents, revisions or hashes, and refuses nothing but
what JSON itself cannot say. Object keys are sorted by UTF-16 code units (section 3.2.3), numbers are
written as ECMAScript writes them
(section 3.2.2.3). Integers beyond 2^53 are outside I-JSON; they are written with all their digits, so that
two different integers never share one encoding.
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

_FAST = msgspec.json.Encoder(order="sorted")
_quote = json.encoder.encode_basestring      # JSON escapes exactly as section 3.2.2.2 wants them


def encode(value: Any) -> bytes:
    """Canonical bytes (UTF-8) of a JSON value. Raises ValueError for what JSON cannot say (NaN, lone
    surrogates, other types)."""
    if _plain(value):
        return _FAST.encode(value)           # same bytes, an order of magnitude faster
    return _slow(value).encode("utf-8")


def _plain(root: Any) -> bool:
    """Whether the fast encoder is sure to be canonical: no floats, and keys whose order is the same in
    UTF-16 and UTF-8."""
    stack = [root]
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind is str:
            if not value.isascii() and not _encodable(value):
                return False
        elif kind is dict:
            for key in value:
                if type(key) is not str or not (key.isascii() or max(key) < "\ud800"):
                    return False
            stack.extend(value.values())
        elif kind is list or kind is tuple:
            stack.extend(value)
        elif not (kind is int or kind is bool or value is None):
            return False
    return True


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _slow(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        value.encode("utf-8")                # UnicodeEncodeError is a ValueError
        return _quote(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_slow(item) for item in value) + "]"
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("an object key is not a string")
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{_slow(key)}:{_slow(value[key])}" for key in keys) + "}"
    raise ValueError(f"JSON has no {type(value).__name__}")


def number(value: float) -> str:
    """A double as ECMAScript's Number::toString writes it (ECMA-262 section 6.1.6.1.20)."""
    if not math.isfinite(value):
        raise ValueError("JSON has no NaN and no infinity")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    """`digits` times 10^(point - len(digits)), in the notation that ECMAScript chooses."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"
