"""The documents of a `{"docs": [...]}` body one by one, for when the body cannot be read as a whole.

One document that no parser takes (nested too deeply, a number beyond all range, half a surrogate pair) must not keep its
neighbours out: the text of each is cut from the body, and each is read by itself. Pure: bytes in, bytes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:]', re.DOTALL)
_OPENING, _CLOSING = b"[{", b"]}"
MAX_NAME_BYTES = 8_000


@dataclass(frozen=True, slots=True)
class Cut:
    """`rest` is the body with an empty array in place of the documents."""

    rest: bytes
    documents: list[bytes]


def cut_apart(body: bytes, member: str = "docs") -> Cut | None:
    """The elements of the array `member` of the object `body`; None when there is no such array, or it does not end."""
    wanted, key = b'"' + member.encode() + b'"', b""
    depth, start, begun = 0, -1, -1
    documents: list[bytes] = []
    for token in _TOKEN.finditer(body):
        word = token[0]
        if depth == 1 and word[:1] == b'"' and start < 0:
            key = word
        elif word in _OPENING:
            depth += 1
            if depth == 2 and start < 0 and word == b"[" and key == wanted:
                start = begun = token.end()
        elif word in _CLOSING:
            depth -= 1
            if depth == 1 and begun >= 0:
                documents.append(body[begun : token.start()])
                rest = body[:start] + body[token.start() :]
                return Cut(rest, [] if len(documents) == 1 and not documents[0].strip() else documents)
        elif word == b"," and depth == 2 and begun >= 0:
            documents.append(body[begun : token.start()])
            begun = token.end()
    return None


def names_of(document: bytes) -> tuple[str | None, str | None]:
    """`_id` and `_rev` of the text of a document, as far as they can be read."""
    found: dict[bytes, str] = {}
    depth, key, after_colon = 0, b"", False
    for token in _TOKEN.finditer(document):
        word = token[0]
        if word[:1] == b'"' and depth == 1:
            if after_colon and key in (b'"_id"', b'"_rev"') and len(word) < MAX_NAME_BYTES:
                found[key] = _text(word) or found.get(key, "")
            key, after_colon = word, False
            continue
        depth += (word in _OPENING) - (word in _CLOSING)
        after_colon = word == b":" and depth == 1
    return found.get(b'"_id"') or None, found.get(b'"_rev"') or None


def _text(token: bytes) -> str | None:
    try:
        return msgspec.json.decode(token, type=str)
    except ValueError:          # msgspec's error, or bytes that are no UTF-8
        return None
