"""Breaking text into lines by the rules of Chinese: no stop opens a line, no opening bracket ends one, words and
numbers stay whole. Pure text; widths come from a callable.

    units("他说：“好。”OK 12") -> ["他", "说：", "“好。”", "OK", " ", "12"]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container

NO_START = frozenset("，。、；：？！）》」』】〕〉’”…—·％%℃,.;:?!)]}")
NO_END = frozenset("（《「『【〔〈‘“([{￥¥")
# A date, written or to be written in, stays on one line.
# A word of traditional Mongolian: its letters take their forms from their neighbours.
JOINED = re.compile("[\u1800-\u18af][\u1800-\u18af\u200c\u200d\u202f]*")
_JOINING, _JOINERS = re.compile("[\u1800-\u18af\u200c\u200d\u202f]"), "\u200c\u200d\u202f"
_PIECE = re.compile(JOINED.pattern + r"|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|"
                    r"　+年　+月　+日(?:　+时　+分)?|[0-9A-Za-z_.,:/@#&+\-]*[0-9A-Za-z]|.", re.DOTALL)
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Mn"})         # controls, joiners, variation selectors
_SHOWN_RUN = 2       # so many lacking characters in a row are named one by one; more are only counted

_HAIR = 1e-9         # mm: what adding up widths may differ from measuring a whole line

Measure = Callable[[str], float]


def units(text: str) -> list[str]:
    """Pieces that must not be broken, in order."""
    found: list[str] = []
    opening = ""
    for piece in _PIECE.findall(text):
        if piece in NO_END:
            opening += piece
        elif piece in NO_START and not opening and found and found[-1] != " ":
            found[-1] += piece
        else:
            found.append(opening + piece)
            opening = ""
    if opening:
        found.append(opening)
    return found


def wrap(text: str, width: float, measure: Measure, indent: float = 0.0) -> list[str]:
    """Lines of at most `width`; the first one starts `indent` further right. A line feed ends a line (and the
    next is not indented). Always at least one line."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _one(paragraph, width, measure, indent if not lines else 0.0)
    return lines


def _one(text: str, width: float, measure: Measure, indent: float) -> list[str]:
    lines: list[str] = []
    line, used, room = "", 0.0, width - indent
    for unit in units(text):
        wide = measure(unit)
        if used + wide <= room + _HAIR:
            line, used = line + unit, used + wide
            continue
        if line:
            lines.append(line.rstrip(" "))
            line, used, room = "", 0.0, width
        if unit == " ":
            continue
        while wide > room and len(unit) > 1:
            fits = next((n for n in range(len(unit) - 1, 1, -1) if measure(unit[:n]) <= room), 1)
            lines.append(unit[:fits])
            unit, room = unit[fits:], width
            wide = measure(unit)
        line, used = unit, wide
    return [*lines, line.rstrip(" ")] if line or not lines else lines


def printable(text: str, known: Container[int]) -> tuple[str, set[str]]:
    """The text with every character that the font lacks replaced by a mark, and which those were.
    `known` holds the code points the font has."""
    out: list[str] = []
    run: list[str] = []
    lacking: set[str] = set()

    def close() -> None:
        if run:
            shown = len(run) <= _SHOWN_RUN
            out.append("".join(f"〔缺字U+{ord(c):04X}〕" for c in run) if shown else f"〔缺字{len(run)}个〕")
            run.clear()

    for char in text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "):
        if char == "\n" or ord(char) in known or (char in _JOINERS and not run and out and _JOINING.fullmatch(out[-1])):
            close()
            out.append(char)
        elif unicodedata.category(char) in _DROPPED:
            continue
        else:
            lacking.add(char)
            run.append(char)
    close()
    return "".join(out), lacking
