"""Which characters a font has and how wide they are: all that laying out needs, read once for each font file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

Wrapped = tuple[str, float, float, float]       # text, width, size, indent
_MOST_WRAPPED = 20_000                          # of some hundred bytes each; a file of 200 parties has about 5,000


class Metrics:
    """Widths in parts of the em. Raises fontTools' `TTLibError` for a file that is no font."""

    def __init__(self, font: TTFont) -> None:
        self._cmap: dict[int, str] = font.getBestCmap() or {}
        self._advance, self._em = font["hmtx"].metrics, float(font["head"].unitsPerEm)
        self._widths: dict[str, float] = {}
        self.known = frozenset(self._cmap)
        self.wrapped: dict[Wrapped, tuple[tuple[str, ...], frozenset[str]]] = {}

    def remember(self, key: Wrapped, lines: tuple[str, ...], lacking: frozenset[str]) -> None:
        """Broken lines of a text and the characters it lacks. A paper is laid out up to eleven times: to count its pages, to set
        it closer, to print."""
        if len(self.wrapped) >= _MOST_WRAPPED:
            self.wrapped.clear()
        self.wrapped[key] = (lines, lacking)

    def width(self, char: str) -> float:
        found = self._widths.get(char)
        if found is None:
            glyph = self._cmap.get(ord(char), ".notdef")
            found = self._widths[char] = self._advance[glyph][0] / self._em if glyph in self._advance else 1.0
        return found


@lru_cache(maxsize=8)
def face_of(font: str | Path) -> int:
    """Which face of a collection (.ttc, as Noto Serif CJK comes) has the mainland's forms: the one named SC, else the first."""
    with Path(font).open("rb") as file:
        if file.read(4) != b"ttcf":
            return 0
    from fontTools.ttLib import TTCollection

    with TTCollection(str(font), lazy=True) as faces:
        names = [str(face["name"].getDebugName(4) or "") for face in faces]
    return next((place for place, name in enumerate(names) if " SC" in name), 0)


@lru_cache(maxsize=8)
def metrics_of(font: str | Path, changed_ns: int) -> Metrics:
    """`changed_ns`: when the file was last written, so that another font in its place is read anew."""
    del changed_ns
    from fontTools.ttLib import TTFont

    with TTFont(str(font), lazy=True, fontNumber=face_of(font)) as opened:
        return Metrics(opened)
