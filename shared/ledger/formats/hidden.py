"""Characters that nobody sees and that change what is seen: controls, bidirectional overrides, zero widths, fillers.

A judge refuses none of them, for an old record must stay readable. They are refused or left out where a person types
(`shared.ledger.entry`), and show as a box wherever a text of somebody else is shown (`shown`): screens, papers, terminal. What a
script needs is no such character: joiners beside Mongolian and Tibetan letters, variation selectors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared.ledger.formats.characters import INSTEAD

_JOINED = "\u1800-\u18af\u0f00-\u0fff"     # Mongolian and Tibetan: beside these letters a joiner is spelling
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"                                  # controls, but not tab and line feed
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f"                    # without width or looks, tags
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"                 # bidirectional marks and overrides, separators
    f"|(?<![{_JOINED}])[\u180e\u200c\u200d](?![{_JOINED}])"
)


def shown(text: str) -> str:
    """A text of somebody else as it may be shown: a box for every hidden character."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(INSTEAD, text.replace("\r\n", "\n"))


def shown_in(value: Any) -> Any:
    """A JSON value with `shown` of every text in it."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Mapping):
        return {shown(str(key)): shown_in(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown_in(item) for item in value]
    return value


def escaped(json_text: str) -> str:
    """JSON with hidden characters written as escapes: the same value, and a terminal obeys none of it."""
    return _HIDDEN.sub(lambda found: "".join(f"\\u{unit:04x}" for unit in _units(found.group())), json_text)


def _units(character: str) -> list[int]:
    data = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[at:at + 2], "big") for at in range(0, len(data), 2)]


class Terminal:
    """A text stream that shows nothing hidden: what the two programs print goes through it. A lone carriage return passes, by
    which a line of progress is written over."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return int(self._stream.write(text if text == "\r" else shown(text)))

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
