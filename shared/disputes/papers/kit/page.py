"""The layout kit of official papers: titles, paragraphs, filled lines, ruled tables, small notes, pictures.

Papers call it from top to bottom and never touch coordinates. Whatever does not fit goes on over the page:
paragraphs by lines, table rows by pieces with their label repeated, tables with their head (`table`). What nearly
fits on a sheet is set closer (`fit`). Signatures and seals are in `signing`. It must not know cases.

    page.row(label("纠纷简要情况"), value(text), height=40)
    +--------+---------------------------+
    | 纠纷   | 2026年3月2日，……          |      labels centred, values from the left; a row grows
    | 简要   |                           |      with its text and splits at the foot of the page
    | 情况   |                           |
    +--------+---------------------------+
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from shared.disputes.papers.kit.canvas import INNER, LEFT, MM_PER_POINT, TOP, Canvas, Numbering
from shared.disputes.papers.kit.codes import qr
from shared.ledger.texts import t

BODY = 12.0              # 小四
SMALL = 9.0
TITLE = 22.0             # 二号
LEADING = 8.0            # mm between lines of running text
CELL = 11.0
CELL_LEADING = 6.4
_PAD = 1.8               # inside a cell
_LABEL_SHARE = 0.16      # of the width, for the label of a two-cell row
_ENOUGH = 0.6            # of the height a row asks for, when its text needs less
_CLOSER = (0.94, 0.88, 0.82, 0.76)     # of the room between lines, where that saves a sheet; the last stands as books do

SEAM = "骑缝章处"
_GAPS = 40               # codes of lacking characters that a note names
_WORTH = 8               # sheets: of a longer paper, one less is not worth lines that stand close


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table row; `share` of the width (0: what is left, in equal parts)."""

    text: str
    share: float = 0.0
    is_label: bool = False
    centred: bool = False


def label(text: str, share: float = _LABEL_SHARE) -> Cell:
    return Cell(text, share, True, True)


def value(text: str, share: float = 0.0, *, centred: bool = False) -> Cell:
    return Cell(text, share, False, centred)


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a paper begins: `page` in the file (1 is the first), `number` as printed."""

    title: str
    page: int
    number: int | None


class Page(Canvas):
    """A PDF under way, seen by the papers."""

    def __init__(self, font: str | Path, created_on: str, *, watermark: str = "", counting: bool = False) -> None:
        super().__init__(font, created_on, watermark=watermark, counting=counting)
        self.opened: list[Opened] = []
        self._made_of = (font, created_on)
        self._seam = False
        self._tight = 1.0                          # how close lines and rows stand; signatures keep their room
        self._head: tuple[tuple[Cell, ...], float] | None = None

    # ---- papers

    def fit(self, draw: Callable[[Page], None]) -> None:
        """Draw so that the fewest sheets are used: as it is, or set closer where that saves one."""
        if self._tight == 1.0:
            fewest = self._sheets(draw, 1.0)
            for tight in _CLOSER if 1 < fewest <= _WORTH else ():
                sheets = self._sheets(draw, tight)
                if sheets < fewest:
                    fewest, self._tight = sheets, tight
        try:
            draw(self)
        finally:
            self._tight = 1.0

    @contextmanager
    def seam(self, draw: Callable[[Page], None]) -> Iterator[None]:
        """Sheets of one paper that `draw` would make more than one of bear the place of the seal over their edges (骑缝章)."""
        self._seam = self._sheets(draw, 1.0) > 1
        try:
            yield
        finally:
            self._seam = False

    def _sheets(self, draw: Callable[[Page], None], tight: float) -> int:
        trial = Page(*self._made_of, counting=True)
        trial.y, trial._tight = self.bottom, tight
        draw(trial)
        return trial.pages

    def open(self, title: str, *, heading: str | None = None, left: str = "") -> None:
        """Begin a paper on a fresh page; `heading` (default the title) is written large, "" writes none."""
        self.numbering.left, self._head = left, None
        self.new_page()
        self.opened.append(Opened(title, self.pages, self.number))
        self.bookmark(title)
        if heading is None or heading:
            self.title(heading or title)

    def count_from(self, number: int | None, total: int | None = None) -> None:
        """Printed page numbers from the next page on; None: pages without a number."""
        self.numbering = Numbering(number, total)

    # ---- running text

    def title(self, text: str, size: float = TITLE) -> None:
        """Centred and bold; a short one is set wide."""
        lines = self.wrap(text, INNER, size)
        for line in lines:
            width = self.width(line, size)
            wide = width + (len(line) - 1) * size * 0.12 * MM_PER_POINT if len(lines) == 1 and width < INNER * 0.7 else width
            self.text(LEFT + (INNER - wide) / 2, self.y + size * 0.25, line, size, bold=True, fill=wide)
            self.y += size * 0.52
        self.y += 4

    def aligned(self, text: str, align: str = "R", size: float = BODY, *, bold: bool = False, leading: float = LEADING) -> None:
        """One or more lines at the left (L), the middle (C) or the right (R)."""
        leading *= self._tight
        for line in self.wrap(text, INNER, size):
            self.need(leading)
            spare = INNER - self.width(line, size)
            x = LEFT + {"L": 0.0, "C": spare / 2, "R": spare}[align]
            self.text(x, self.y + leading / 2, line, size, bold=bold)
            self.y += leading

    def paragraph(self, text: str, *, indent: int = 2, size: float = BODY, leading: float = LEADING, bold: bool = False,
                  grey: int = 0) -> None:
        """Justified; each line feed begins a paragraph, which starts `indent` characters in. Neither its first nor its last
        line stands alone on a sheet."""
        em, leading = size * MM_PER_POINT, leading * self._tight
        for part in text.split("\n"):
            lines = self.wrap(part, INNER, size, indent * em)
            for place, line in enumerate(lines):
                start = indent * em if place == 0 else 0.0
                left = len(lines) - place
                self.need(leading * (2 if left > 1 and (place == 0 or left == 2) else 1))
                self.text(LEFT + start, self.y + leading / 2, line, size, bold=bold, grey=grey,
                          fill=self._justified(line, INNER - start, size, place == len(lines) - 1))
                self.y += leading

    def _justified(self, line: str, width: float, size: float, is_last: bool) -> float | None:
        spare = width - self.width(line, size)
        return width if not is_last and 0 < spare < 3 * size * MM_PER_POINT else None

    def heading(self, text: str) -> None:
        self.need(3.2 * LEADING)                   # never alone at the foot of a page
        self.paragraph(text, indent=0, bold=True)

    def gap_note(self) -> None:
        """At the foot of a paper: which characters no face has, by their codes."""
        codes = sorted(f"U+{ord(char):04X}" for char in self.lacking)
        shown = "、".join(codes[:_GAPS]) + ("…" if len(codes) > _GAPS else "")
        self.note(t("forms.common.gap_note", n=len(codes), codes=shown))

    def note(self, text: str) -> None:
        """Small print."""
        self.paragraph(text, indent=0, size=SMALL, leading=5.2, grey=60)

    def space(self, height: float) -> None:
        self.y += height * self._tight

    def keep(self, height: float, *, least: float = 0.0) -> None:
        """What follows belongs together: turn the page if it would be parted; where no page holds it, if not even its
        beginning of `least` height fits."""
        self.need(height if height <= self.bottom - TOP else least)

    def height_of(self, text: str, *, indent: int = 2, size: float = BODY, leading: float = LEADING) -> float:
        """Of a paragraph, before it is written."""
        em = size * MM_PER_POINT
        return sum(len(self.wrap(part, INNER, size, indent * em)) for part in text.split("\n")) * leading * self._tight

    # ---- lines to fill

    def filled(self, name: str, text: str = "", *, lines: int = 1, size: float = BODY, leading: float = LEADING + 1) -> None:
        """`name` and what stands behind it on ruled lines, at least so many; an empty text leaves them to be written."""
        em, leading = size * MM_PER_POINT, leading * self._tight
        lead = self.width(self.clean(name), size)
        wrapped = self.wrap(text, INNER - 0.5 * em, size, lead) if text else [""]
        wrapped += [""] * (lines - len(wrapped))
        for place, line in enumerate(wrapped):
            self.need(leading)
            start = lead if place == 0 else 0.0
            if place == 0:
                self.text(LEFT, self.y + leading / 2, self.clean(name), size)
            self.line(LEFT + start, self.y + leading - 0.8, LEFT + INNER, self.y + leading - 0.8)
            self.text(LEFT + start + 0.25 * em, self.y + leading / 2, line, size)
            self.y += leading

    def filled_row(self, *fields: tuple[str, str, float], size: float = BODY, leading: float = LEADING + 1) -> None:
        """Several short fields on one line, each (name, text, share of the width). A text that is too long for its
        field gets a line of its own."""
        if any(self.width(self.clean(n + x), size) > share * INNER - 4 for n, x, share in fields):
            for name, text, _ in fields:
                self.filled(name, text, size=size, leading=leading)
            return
        leading *= self._tight
        self.need(leading)
        x = LEFT
        for name, text, share in fields:
            width, lead = share * INNER, self.width(self.clean(name), size)
            last = x + width >= LEFT + INNER - 0.1
            self.text(x, self.y + leading / 2, self.clean(name), size)
            self.line(x + lead, self.y + leading - 0.8, x + width - (0 if last else 2.5), self.y + leading - 0.8)
            self.text(x + lead + 1, self.y + leading / 2, self.clean(text), size)
            x += width
        self.y += leading

    def ruled(self, text: str, *, at_least: int = 8, size: float = BODY, leading: float = LEADING + 1) -> None:
        """A record on ruled paper: each paragraph indented; with a text one more line is ruled for the hand, without one
        `at_least` so many."""
        em, leading = size * MM_PER_POINT, leading * self._tight
        written: list[tuple[float, str]] = []
        for part in text.split("\n") if text else []:
            wrapped = self.wrap(part, INNER, size, 2 * em)
            written += [(2 * em if n == 0 else 0.0, line) for n, line in enumerate(wrapped)]
        written += [(0.0, "")] * (1 if written else at_least)
        for start, line in written:
            self.need(leading)
            self.text(LEFT + start, self.y + leading / 2, line, size)
            self.line(LEFT, self.y + leading - 0.8, LEFT + INNER, self.y + leading - 0.8, 0.2, grey=90)
            self.y += leading

    # ---- tables

    @contextmanager
    def table(self, *heads: Cell, height: float = 11.0) -> Iterator[None]:
        """A head that stands again on every sheet its rows go on to."""
        self.need(height + 3 * CELL_LEADING)       # never alone at the foot of a page
        self.row(*heads, height=height)
        self._head = (heads, height)
        try:
            yield
        finally:
            self._head = None

    def new_page(self) -> None:
        super().new_page()
        if self._seam:
            self.edge(SEAM)
        if self._head is not None:
            (heads, height), self._head = self._head, None
            self.row(*heads, height=height)
            self._head = (heads, height)

    def row(self, *cells: Cell, height: float = 9.0, left: float = 0.0, size: float = CELL) -> None:
        """One ruled row, at least `height` high, starting `left` mm inside the margin; it splits over pages."""
        widths = self._widths_of(cells, INNER - left)
        texts = [self._cell_lines(c, w, size) for c, w in zip(cells, widths, strict=True)]
        step, pad = CELL_LEADING * self._tight, _PAD * self._tight
        written = max(len(t) for t in texts) * step + 2 * pad
        tall = max(height * self._tight, written)
        if written <= self.room < tall:        # only empty room is lacking: a little less will do, else over the page
            if self.room < _ENOUGH * tall:
                self.new_page()
            tall = min(tall, self.room)
        elif tall > self.room and (self.room < 4 * step or tall <= 5 * step):
            self.new_page()
        while tall > self.room:
            part = int((self.room - 2 * pad) / step)
            most = max(len(t) for c, t in zip(cells, texts, strict=True) if not c.is_label)
            part -= 1 if part > 2 and most == part + 1 else 0          # no single line goes over the page
            self._draw_row(cells, widths, [t if c.is_label else t[:part] for c, t in zip(cells, texts, strict=True)],
                           self.room, left, size)
            texts = [t if c.is_label else t[part:] for c, t in zip(cells, texts, strict=True)]
            if most <= part:
                return
            self.new_page()
            tall = max(9.0, max(len(t) for t in texts) * step + 2 * pad)
        self._draw_row(cells, widths, texts, tall, left, size)

    def height_of_row(self, *cells: Cell, height: float = 9.0, size: float = CELL) -> float:
        """Of a row, before it is drawn."""
        lines = max(len(self._cell_lines(c, w, size)) for c, w in zip(cells, self._widths_of(cells, INNER), strict=True))
        return max(height, lines * CELL_LEADING + 2 * _PAD) * self._tight

    def _draw_row(self, cells: tuple[Cell, ...], widths: list[float], texts: list[list[str]], tall: float, left: float,
                  size: float) -> None:
        x, step = LEFT + left, CELL_LEADING * self._tight
        for cell, width, lines in zip(cells, widths, texts, strict=True):
            self.box(x, self.y, width, tall)
            used = len(lines) * step
            y = self.y + ((tall - used) / 2 if cell.centred or (len(lines) <= 1 and tall < 20) else _PAD * self._tight)
            for place, line in enumerate(lines):
                inside, spare = width - 2 * _PAD, width - 2 * _PAD - self.width(line, size)
                start = spare / 2 if cell.centred else 0.0
                fill = None if cell.centred else self._justified(line, inside, size, place == len(lines) - 1)
                self.text(x + _PAD + start, y + step / 2, line, size, fill=fill)
                y += step
            x += width
        self.y += tall

    def _cell_lines(self, cell: Cell, width: float, size: float) -> list[str]:
        """Lines of a cell; those of a label are made about equally long."""
        lines = self.wrap(cell.text, width - 2 * _PAD, size)
        text = "".join(lines)
        if not cell.is_label or len(lines) < 2 or "\n" in cell.text or not text.isalpha():
            return lines
        cuts = [round(len(text) * n / len(lines)) for n in range(len(lines) + 1)]
        return [text[a:b] for a, b in pairwise(cuts)]

    @staticmethod
    def _widths_of(cells: tuple[Cell, ...], total: float) -> list[float]:
        given = sum(c.share for c in cells) * total
        free = sum(1 for c in cells if not c.share)
        return [c.share * total if c.share else (total - given) / free for c in cells]

    def side(self, text: str, rows: list[tuple[Cell, ...]], *, width: float = 12.0, height: float = 9.0) -> None:
        """Rows with one upright label at their left, kept on one page."""
        inner, leading, pad = INNER - width, CELL_LEADING * self._tight, _PAD * self._tight
        tall = 0.0
        for cells in rows:
            widths = self._widths_of(cells, inner)
            count = max(len(self._cell_lines(c, w, CELL)) for c, w in zip(cells, widths, strict=True))
            tall += max(height * self._tight, count * leading + 2 * pad)
        self.need(tall)
        top = self.y
        for cells in rows:
            self.row(*cells, left=width, height=height)
        self.box(LEFT, top, width, self.y - top)
        shown = self.clean(text)
        step = min(CELL_LEADING, (self.y - top - 2) / max(1, len(shown)))
        y = top + (self.y - top - step * len(shown)) / 2
        for char in shown:
            self.text(LEFT + (width - self.width(char, CELL)) / 2, y + step / 2, char, CELL)
            y += step

    # ---- pictures

    def code(self, text: str, left: float, top: float, size: float, caption: str) -> None:
        """A QR code of `size` mm, `left` in parts of the width; without its library the place and the caption stay."""
        x = LEFT + left * INNER
        matrix = qr(text)
        if matrix:
            self.squares(x, top, size, matrix)
        else:
            self.box(x, top, size, size, grey=140, dashed=True)
        self.text(x + (size - self.width(caption, SMALL)) / 2, top + size + 4, caption, SMALL, grey=60)

    def in_cell(self, data: bytes, left: float, share: float, top: float, bottom: float) -> None:
        """A picture into a cell already drawn: `left` and `share` in parts of the width."""
        self.picture(data, LEFT + left * INNER + 1, top + 0.8, share * INNER - 2, bottom - top - 1.6)

    def framed(self, data: bytes | None, w: float, h: float, caption: str, absent: str, *, x: float = 0.0) -> None:
        """A dashed place for a picture, `x` mm inside the margin; `absent` is written where there is none. Does not move on."""
        left, shown = LEFT + x, 0.0
        if data is not None:
            shown = self.picture(data, left, self.y, w, h)
        if not shown:
            self.box(left, self.y, w, h, grey=140, dashed=True)
            lines = self.wrap(absent, w - 6, CELL)
            y = self.y + (h - len(lines) * CELL_LEADING) / 2
            for line in lines:
                self.text(left + (w - self.width(line, CELL)) / 2, y + CELL_LEADING / 2, line, CELL, grey=110)
                y += CELL_LEADING
        for place, line in enumerate(self.wrap(caption, w, SMALL)[:2]):
            self.text(left + (w - self.width(line, SMALL)) / 2, self.y + h + 3.2 + place * 4.4, line, SMALL, grey=40)
