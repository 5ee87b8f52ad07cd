"""Canonical JSON (for ever): RFC 8785 restricted to what two machines can never disagree about.

Allowed: NFC strings without lone surrogates, booleans, null, arrays, objects, integers |n| < 2^53. Never
floats; money is in fen. Object keys are ordered by their UTF-16 code units, nothing is padded, only `"`,
`\\` and control characters are escaped. This module knows nothing of events. The same bytes are hashed and
signed, so nothing here may ever change its output.

Strings hold only characters whose normal form no later version of Unicode can change (`characters`), so what
one interpreter signed no other one refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec

from shared.ledger.errors import NotCanonical
from shared.ledger.formats.characters import is_nfc, is_nfc_within, nfc, require_known

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64  # far above any body; below the recursion limit of every decoder in use
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode = msgspec.json.Encoder(order="sorted").encode
_QUICK_DEPTH = 6  # of `_quick`: bodies are three deep; each level costs the start of a program


def _plain_json() -> Any:
    """The type of what `_quick` reads again: JSON without floats, integers within bounds, of few levels."""
    integer = Annotated[int, msgspec.Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
    found: Any = None | bool | integer | str
    for _ in range(_QUICK_DEPTH):
        found = None | bool | integer | str | list[found] | dict[str, found]
    return found


_decode = msgspec.json.Decoder(_plain_json()).decode
_MAX_DIGITS = 16  # digits of MAX_INTEGER: longer literals are refused before Python builds a huge integer


def encode(value: Any) -> bytes:
    """Canonical bytes (UTF-8) of a JSON value. Raises `NotCanonical` naming the place, for example
    `body.amount`.
    """
    made = _quick(value)
    return made if made is not None else _dump(_ordered(value, (), 0)).encode("utf-8")


def _quick(value: Any) -> bytes | None:
    """The same bytes by a compiled encoder, for what every writer of ours makes; None for all that is not surely it. What the
    bytes say is read again and must be the value: so nothing but plain JSON passes, and no float."""
    try:
        made = _encode(value)
        again = _decode(made)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        return None
    if again != value or _encode(again) != made:
        return None
    return made if made.isascii() or is_nfc_within(made) else None


def decode(data: bytes | str, *, canonical: bool = True) -> Any:
    """The JSON value in `data`. Raises `NotCanonical` for anything outside the restriction, duplicate keys
    included.

    With `canonical=False` the bytes need not be in canonical form (order, spaces, escapes), but the value
    must be allowed.
    """
    text = _text_of(data)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object_without_duplicates,
            parse_float=_no_float,
            parse_int=_integer,
            parse_constant=_no_float,
        )
    except NotCanonical:
        raise
    except RecursionError:
        raise NotCanonical("document", "nested too deep", f"nest at most {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise NotCanonical("document", text[:40], f"send JSON ({error})") from None
    encoded = encode(value)
    if canonical and encoded.decode("utf-8") != text:
        raise NotCanonical("document", text[:40], "send it in canonical form (RFC 8785)")
    return value


Path = tuple["str | int", ...]


def normalised(value: Any, path: Path = ()) -> Any:
    """A copy of a JSON value with every string, keys included, in normal form C. For writers, before sealing. Raises
    `NotCanonical` naming the place of a character that no text may hold."""
    if isinstance(value, str):
        return value if value.isascii() else nfc(value, _place(path))
    if isinstance(value, dict):
        return {nfc(k, _place(path)) if isinstance(k, str) else k: normalised(v, (*path, k)) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [normalised(v, (*path, i)) for i, v in enumerate(value)]
    return value


def _ordered(value: Any, path: Path, depth: int) -> Any:
    """`value` checked, with the keys of its objects in canonical order."""
    if value is None or value is True or value is False:
        return value
    if type(value) is str:
        return _string(value, path)
    if type(value) is int:
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return value
        raise NotCanonical(_place(path), value, "use an integer below 2^53 in size")
    if depth >= MAX_DEPTH:
        raise NotCanonical(_place(path), "nested too deep", f"nest at most {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {k: _ordered(value[k], (*path, k), depth + 1) for k in _keys(value, path)}
    if isinstance(value, (list, tuple)):
        return [_ordered(v, (*path, i), depth + 1) for i, v in enumerate(value)]
    if isinstance(value, float):
        raise NotCanonical(_place(path), value, "use an integer (money in fen, degrees in millionths)")
    raise NotCanonical(_place(path), type(value).__name__, "use only what JSON has, without floats")


def _string(text: str, path: Path) -> str:
    if not is_nfc(text):
        require_known(text, _place(path))
        raise NotCanonical(_place(path), text, "normalise the text to NFC")
    return text


def _keys(value: Mapping[str, Any], path: Path) -> list[str]:
    keys = [_key(k, path) for k in value]
    # For ASCII the order of characters is the order of UTF-16 units, and sorting is several times faster.
    keys.sort(key=None if all(map(str.isascii, keys)) else _utf16)
    return keys


def _key(key: Any, path: Path) -> str:
    if type(key) is not str:
        raise NotCanonical(_place(path), key, "use strings as keys")
    return _string(key, (*path, key))


def _utf16(key: str) -> bytes:
    # Code units compare as numbers, so big-endian bytes compare the same (RFC 8785, 3.2.3).
    return key.encode("utf-16-be")


def _place(path: Path) -> str:
    return ".".join(str(part) for part in path) or "document"


def _text_of(data: bytes | str) -> str:
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise NotCanonical("document", data[:20], "send UTF-8") from None


def _object_without_duplicates(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise NotCanonical(key, "twice in one object", "send each key once")
        made[key] = value
    return made


def _integer(literal: str) -> int:
    if len(literal.lstrip("-")) > _MAX_DIGITS:
        raise NotCanonical("number", literal, "use an integer below 2^53 in size")
    return int(literal)


def _no_float(literal: str) -> Any:
    raise NotCanonical("number", literal, "use an integer (money in fen, degrees in millionths)")
