"""The faces that papers are set in: one for the text, helpers for the characters that it lacks.

    Song type (宋体: Noto Serif SC, OFL) of the package that travels with the program, or the file that a person names
      -> HanaMin A, B (OFL, Debian fonts-hanazono): rare characters of GB 18030, CJK extensions B to F
      -> Noto Sans Mongolian (OFL, Debian fonts-noto-core): traditional Mongolian, joined by uharfbuzz
      -> the Sans of the package: a few characters that its Song type has not
A helper counts where it is installed and is read when the first character needs it. What no face has is marked by its code
(`wrap.printable`). Must not know pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import isnan, nan
from pathlib import Path

from shared.disputes.papers.kit.metrics import Metrics, metrics_of
from shared.disputes.papers.kit.wrap import JOINED

_DEBIAN = Path("/usr/share/fonts/truetype")
HELPERS = (_DEBIAN / "hanazono/HanaMinA.ttf", _DEBIAN / "hanazono/HanaMinB.ttf",
           _DEBIAN / "noto/NotoSansMongolian-Regular.ttf")
"""Where Debian puts them."""
_HELPED = re.compile("[\u1800-\u18af\u2e80-\U0003ffff]")       # letters and characters; marks and joiners are the text face's
Run = tuple[int, str]           # which face (0: the text's own), and what is set in it


def official() -> Path:
    """Song type for official papers. Raises ImportError where the package of fonts is not installed."""
    from pylopdf_fonts_zh_cn import serif_path

    return Path(serif_path())


def helpers() -> tuple[Path, ...]:
    """Those that are here, in the order in which they are asked."""
    found = [file for file in HELPERS if file.is_file()]
    try:
        from pylopdf_fonts_zh_cn import sans_path
    except ImportError:
        return tuple(found)
    return (*found, Path(sans_path()))


class Faces:
    """One text face and its helpers. Raises fontTools' `TTLibError` for a file that is no font."""

    def __init__(self, font: str | Path, more: tuple[Path, ...] | None = None) -> None:
        self._files = (Path(font), *(helpers() if more is None else more))
        self.main = _read(self._files[0])
        self.wrapped, self.remember = self.main.wrapped, self.main.remember
        self._places: dict[str, int | None] = {}
        self._widths: dict[str, float] = {}
        self._words: dict[str, float] = {}

    def file(self, place: int) -> Path:
        return self._files[place]

    def __contains__(self, code: object) -> bool:
        """Does some face have this code point?"""
        return isinstance(code, int) and (code in self.main.known or self._place(chr(code)) is not None)

    def _place(self, char: str) -> int | None:
        if char not in self._places:
            files = self._files if _HELPED.match(char) else self._files[:1]
            found = (place for place in range(len(files)) if ord(char) in _read(self._files[place]).known)
            self._places[char] = next(found, None)
        return self._places[char]

    def width(self, text: str) -> float:
        """Of one line, in parts of the em. A letter that joins has no width of its own (nan): a text with one is measured by
        words."""
        total = 0.0
        for char in text:
            wide = self._widths.get(char)
            total += self._measure(char) if wide is None else wide
        return total if not isnan(total) else sum(self._run(place, piece) for place, piece in self.runs(text))

    def _measure(self, char: str) -> float:
        place = self._place(char) or 0
        wide = nan if JOINED.match(char) and place else _read(self._files[place]).width(char)
        self._widths[char] = wide
        return wide

    def _run(self, place: int, text: str) -> float:
        if not (place and JOINED.match(text)):
            return sum(_read(self._files[place]).width(char) for char in text)
        if text not in self._words:
            self._words[text] = _joined(str(self._files[place]), text)
        return self._words[text]

    def runs(self, text: str) -> Iterator[Run]:
        """The text in pieces of one face each; words of joining letters are pieces of their own."""
        at = 0
        for word in JOINED.finditer(text):
            yield from self._plain(text[at:word.start()])
            place = self._place(word[0][0])
            yield (place or 0, word[0])
            at = word.end()
        yield from self._plain(text[at:])

    def _plain(self, text: str) -> Iterator[Run]:
        place, piece = 0, ""
        for char in text:
            here = 0 if ord(char) in self.main.known else self._place(char) or 0
            if piece and here != place:
                yield place, piece
                piece = ""
            place, piece = here, piece + char
        if piece:
            yield place, piece

    def is_joined(self, run: Run) -> bool:
        return bool(run[0]) and bool(JOINED.match(run[1]))


def _read(font: Path) -> Metrics:
    return metrics_of(font, font.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _shaper(font: str) -> tuple[object, float]:
    import uharfbuzz

    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(font))
    return uharfbuzz.Font(face), float(face.upem)


def _joined(font: str, word: str) -> float:
    """The width of a word whose letters join, in parts of the em."""
    import uharfbuzz

    shaper, em = _shaper(font)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(word)
    buffer.guess_segment_properties()
    uharfbuzz.shape(shaper, buffer)
    return float(sum(glyph.x_advance for glyph in buffer.glyph_positions)) / em
