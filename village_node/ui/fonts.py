"""Characters that the Chinese font lacks are drawn with another font, 〓 stands for what none here has: never an empty box.

    text   演示𠮷😀   ->   runs  演示 (NotoSansSC) · 𠮷 (a font of the system, else 〓) · 😀 (DejaVuSans of Kivy)
Kivy gives a label one font. The provider of its texts asks for the extents of a text and draws it; here both go run by run. What
a person typed stays as it is: this is drawing alone. After the fonts that travel with the program come those of the system, asked
for by character. Fonts of coloured pictures cannot be drawn by SDL_ttf and are passed over.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared.disputes.papers.kit.wrap import wrap

GETA = "〓"             # 下駄: what a printer puts where a type is missing
# What the font of the app has for certain, so that nothing is looked up for nearly every text.
_PLAIN = re.compile("[\\s\\x20-\\x7e\\u3001-\\u3015\\u4e00-\\u9fa5\\uff01-\\uff5e·…“”‘’—〓□■●✓↑↓–−×]*")
# Joiners and variation selectors have no glyph of their own.
_UNSEEN = re.compile("[\\u200b-\\u200f\\ufe00-\\ufe0f\\U000e0100-\\U000e01ef]")
_OF_WINDOWS = ("seguisym.ttf", "simsunb.ttf", "msyh.ttc", "simsun.ttc")
_OF_ANDROID = ("NotoSansCJK-Regular.ttc", "NotoSansSymbols-Regular-Subsetted.ttf", "DroidSansFallback.ttf")
_LOOKING_S = 5
MOST_WIDTHS = 20_000    # widths of characters and words that are remembered; beyond it they are measured anew


@lru_cache(maxsize=16)
def characters(font: str) -> frozenset[int]:
    """Code points that a font file can draw as outlines; none of a file that cannot be read or has only coloured pictures."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(font, fontNumber=0, lazy=True) as opened:
            if "glyf" not in opened and "CFF " not in opened:
                return frozenset()
            # numbers for names: nobody asks for them, and unpacking those of a Chinese font takes a second and 40 MB
            opened.setGlyphOrder(range(opened["maxp"].numGlyphs))
            return frozenset(opened.getBestCmap() or ())
    except (OSError, TTLibError):
        return frozenset()


@lru_cache(maxsize=512)
def of_system(character: str) -> str:
    """A font of the system that has it, "" for none."""
    for font in _candidates(character):
        if font and ord(character) in characters(font):
            return font
    return ""


def _candidates(character: str) -> Iterator[str]:
    if sys.platform == "win32":
        folder = Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        yield from (str(folder / name) for name in _OF_WINDOWS if (folder / name).is_file())
    folder = Path("/system/fonts")
    yield from (str(folder / name) for name in _OF_ANDROID if (folder / name).is_file())
    program = shutil.which("fc-match")
    if program is None:
        return
    words = [program, "--format=%{file}", f":charset={ord(character):x}:outline=true"]
    try:
        yield subprocess.run(words, capture_output=True, text=True, timeout=_LOOKING_S, check=False).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return


class Choice:
    """Which font draws which part of a text. `main` first, then `others`, then `system(character)`, then 〓 in `main`."""

    def __init__(self, main: str, others: Sequence[str], system: Callable[[str], str] = of_system) -> None:
        self.main, self._others, self._system = main, [font for font in others if Path(font).is_file()], system
        self._known: dict[str, tuple[str, str]] = {}

    def runs(self, text: str) -> list[tuple[str, str]]:
        """[(font, characters to draw)]; one run for nearly every text."""
        if _PLAIN.fullmatch(text):
            return [(self.main, text)]
        made: list[tuple[str, str]] = []
        for character in _UNSEEN.sub("", text):
            font, drawn = self._of(character)
            if made and made[-1][0] == font:
                made[-1] = (font, made[-1][1] + drawn)
            else:
                made.append((font, drawn))
        return made or [(self.main, "")]

    def _of(self, character: str) -> tuple[str, str]:
        found = self._known.get(character)
        if found is None:
            found = self._known[character] = self._look(character)
        return found

    def _look(self, character: str) -> tuple[str, str]:
        code = ord(character)
        if character.isspace() or code < 0x20 or code in characters(self.main):
            return self.main, character
        for font in self._others:
            if code in characters(font):
                return font, character
        font = self._system(character)
        return (font, character) if font else (self.main, GETA)


class Widths:
    """Of characters and words, by the size of the letters; most of a page was measured before."""

    def __init__(self) -> None:
        self._known: dict[tuple[float, str], int] = {}

    def of(self, label: Any, unit: str) -> int:
        known = (label.options["font_size"], unit)
        found = self._known.get(known)
        if found is None:
            if len(self._known) > MOST_WIDTHS:
                self._known.clear()
            found = self._known[known] = label.get_extents(unit)[0]
        return found


def install(name: str, choice: Choice) -> None:
    """Every text of the font registered as `name` is drawn so. Before the first widget is imported."""
    from kivy.core import text as core

    provider: Any = core.Label
    widths = Widths()

    class FallbackLabel(provider):
        def render(self, real: bool = False) -> Any:
            """Kivy parts a text anywhere; it is given lines that end where Chinese lets them, as on paper."""
            width, height = self._text_size
            if real or width is None or height is not None or self.options["shorten"]:
                return super().render(real)
            kept, left = self._text, self.options["padding"]
            self._text = "\n".join(wrap(kept, width - left[0] - left[2], lambda unit: widths.of(self, unit)))
            try:
                return super().render(real)
            finally:
                self._text = kept

        def _render_end(self) -> Any:
            """Kivy keeps the picture that it has handed on until the next one: once more what every text on the screen takes."""
            try:
                return super()._render_end()
            finally:
                self._surface = None

        def _with(self, font: str, act: Callable[[], Any]) -> Any:
            kept = self.options["font_name_r"]
            self.options["font_name_r"] = font
            try:
                return act()
            finally:
                self.options["font_name_r"] = kept

        def _parts(self, text: str) -> list[tuple[str, str]]:
            return choice.runs(text) if self.options["font_name"] == name else [(self.options["font_name_r"], text)]

        def get_extents(self, text: str) -> tuple[int, int]:
            parts = self._parts(text)
            if len(parts) == 1 and parts[0][1] == text:
                return super().get_extents(text)
            outer = super()
            sizes = [self._with(font, lambda part=part: outer.get_extents(part)) for font, part in parts]
            return sum(width for width, _ in sizes), max(height for _, height in sizes)

        def _render_text(self, text: str, x: float, y: float) -> None:
            parts = self._parts(text)
            outer = super()
            if len(parts) == 1 and parts[0][1] == text:
                outer._render_text(text, x, y)
                return
            base = self._with(choice.main, self.get_ascent)
            for font, part in parts:
                down = base - self._with(font, self.get_ascent)        # all stand on one line
                self._with(font, lambda part=part, x=x, down=down: outer._render_text(part, x, y + max(down, 0)))
                x += self._with(font, lambda part=part: outer.get_extents(part))[0]

    core.Label = FallbackLabel
