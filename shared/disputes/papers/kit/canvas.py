"""Pages of A4 and what is drawn on them: text of one font, lines, boxes, pictures, footer, watermark.

Millimetres from the top left, sizes in points. All of the PDF library is behind this module. Text passes
`wrap.printable`, so a character the font lacks shows as a clear mark, never as an empty box. No clock: the
date of creation is given, and equal calls make equal bytes. It must not know papers or cases.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fpdf import FPDF

from shared.disputes.papers.kit import embedded, wrap
from shared.disputes.papers.kit.fonts import Faces, Run
from shared.disputes.papers.kit.inserted import Insert, with_inserts
from shared.disputes.papers.kit.pictures import fit
from shared.ledger.days import SHANGHAI, date_of
from shared.ledger.formats.hidden import shown

WIDTH, HEIGHT = 210.0, 297.0
# Room for the binding on the left (DA/T archives practice: at least 25 mm), and for the footer below.
LEFT, RIGHT, TOP, BOTTOM = 28.0, 24.0, 26.0, 24.0
INNER = WIDTH - LEFT - RIGHT
MM_PER_POINT = 25.4 / 72
_CENTRE = 0.38           # of the em: from the baseline to the middle of a Chinese character
_FAMILY = "paper"


@dataclass(slots=True)
class Numbering:
    """How pages are numbered from now on. `next` None: without a number (cover, index, back). `total` adds
    共 N 页."""

    next: int | None = 1
    total: int | None = None
    left: str = ""                  # small text at the foot: which paper, which case


class _NoPdf:
    """Takes every drawing and keeps only the number of pages."""

    def __init__(self) -> None:
        self.page, self.c_margin = 0, 0.0

    def add_page(self, **_: object) -> None:
        self.page += 1

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_named: None


class Canvas:
    """One PDF under way. `y` is where the next thing goes. `counting`: only the pages matter, nothing is drawn; pictures,
    whose places have a size of their own, are not decoded."""

    def __init__(self, font: str | Path, created_on: str, *, watermark: str = "", counting: bool = False) -> None:
        self._faces = Faces(font)
        self._pdf: Any = _NoPdf() if counting else FPDF(unit="mm", format="A4")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0.0
        self._embedded: set[str] = set()
        self._pdf.set_creation_date(dt.datetime.combine(date_of(created_on), dt.time(), SHANGHAI))
        self._pdf.set_lang("zh-CN")
        self._pdf.set_producer("shuoshi")
        self.watermark, self._counting = watermark, counting
        self.numbering = Numbering()
        self.lacking: set[str] = set()  # characters met that the font lacks
        self.number: int | None = None  # of the present page
        self.y = TOP
        self._inserts: list[Insert] = []

    # ---- pages

    @property
    def pages(self) -> int:
        return int(self._pdf.page)

    @property
    def bottom(self) -> float:
        return HEIGHT - BOTTOM

    @property
    def room(self) -> float:
        return self.bottom - self.y

    def new_page(self) -> None:
        self.y, self.number = TOP, self.numbering.next
        if self.number is None:
            self._pdf.add_page(label_prefix=f"F{self.pages + 1}")
        else:
            self._pdf.add_page(label_style="D", label_start=self.number)
        if self.watermark and not self._counting:
            self._watermark()
        self._footer()
        if self.numbering.next is not None:
            self.numbering.next += 1

    def need(self, height: float) -> bool:
        """Turn the page unless so much room is left; True when it was turned."""
        if self.room >= height:
            return False
        self.new_page()
        return True

    def _footer(self) -> None:
        y = HEIGHT - BOTTOM + 9
        if self.numbering.left:
            shown = self.wrap(self.numbering.left, INNER * 0.7, 8)[0]
            self.text(LEFT, y, shown, 8, grey=110)
        if self.number is None:
            return
        total = f"　共 {self.numbering.total} 页" if self.numbering.total else ""
        said = f"第 {self.number} 页{total}"
        self.text(WIDTH - RIGHT - self.width(said, 9), y, said, 9, grey=60)

    def _watermark(self) -> None:
        size = 54.0
        width = self.width(self.watermark, size)
        for middle in (HEIGHT * 0.3, HEIGHT * 0.68):
            with self._pdf.rotation(35, WIDTH / 2, middle):
                self.text(WIDTH / 2 - width / 2, middle, self.watermark, size, grey=234)

    def edge(self, text: str) -> None:
        """Upright at the right edge, half a seal's circle around it."""
        middle = HEIGHT / 2
        self.circle(WIDTH, middle, 20.0)
        y = middle - len(text) * 2.2
        for char in text:
            self.text(WIDTH - 9, y, char, 8, grey=150)
            y += 4.4

    # ---- text

    def clean(self, text: str) -> str:
        cleaned, lacking = wrap.printable(shown(text), self._faces)
        self.lacking |= lacking
        return cleaned

    def width(self, text: str, size: float) -> float:
        """Of one line, in mm."""
        return self._faces.width(text) * size * MM_PER_POINT

    def wrap(self, text: str, width: float, size: float, indent: float = 0.0) -> list[str]:
        """Lines of cleaned text."""
        key = (text, width, size, indent)
        found = self._faces.wrapped.get(key)
        if found is None:
            cleaned, lacking = wrap.printable(shown(text), self._faces)
            found = tuple(wrap.wrap(cleaned, width, lambda line: self.width(line, size), indent)), frozenset(lacking)
            self._faces.remember(key, *found)
        self.lacking |= found[1]
        return list(found[0])

    def text(self, x: float, middle: float, text: str, size: float, *, bold: bool = False, grey: int = 0,
             fill: float | None = None) -> None:
        """One line whose middle is at height `middle`. The font has one weight: bold is a stroke around it. `fill`
        spreads the characters to that width."""
        if not text or self._counting:
            return
        pdf = self._pdf
        pdf.set_text_color(grey)
        spare = 0.0 if fill is None or len(text) < 2 else (fill - self.width(text, size)) / (len(text) - 1)
        pdf.set_char_spacing(spare / MM_PER_POINT)
        baseline = middle + _CENTRE * size * MM_PER_POINT
        for run in self._faces.runs(text):
            pdf.set_font(self._family(run[0]), size=size)
            if bold:
                pdf.set_draw_color(grey)
                with pdf.local_context(text_mode="FILL_STROKE", line_width=size * 0.011):
                    self._run(x, baseline, run, size)
            else:
                self._run(x, baseline, run, size)
            x += self.width(run[1], size) + len(run[1]) * spare
        pdf.set_char_spacing(0)

    def _run(self, x: float, baseline: float, run: Run, size: float) -> None:
        if not self._faces.is_joined(run):
            self._pdf.text(x, baseline, run[1])
            return
        height = size * MM_PER_POINT            # a cell as high as its letters has its baseline at four fifths
        self._pdf.set_text_shaping(True)
        self._pdf.set_xy(x, baseline - 0.8 * height)
        self._pdf.cell(self.width(run[1], size), height, run[1])
        self._pdf.set_text_shaping(False)

    def _family(self, place: int) -> str:
        """The face of this place, embedded when it is first needed."""
        name = f"{_FAMILY}{place}"
        if name not in self._embedded:
            self._embedded.add(name)
            embedded.embed(self._pdf, name, self._faces.file(place))
        return name

    # ---- lines and pictures

    def line(self, x1: float, y1: float, x2: float, y2: float, weight: float = 0.25, grey: int = 0) -> None:
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(weight)
        self._pdf.line(x1, y1, x2, y2)

    def box(self, x: float, y: float, w: float, h: float, weight: float = 0.25, *, grey: int = 0,
            dashed: bool = False) -> None:
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(weight)
        self._pdf.set_dash_pattern(*((1.2, 1.0) if dashed else (0, 0)))
        self._pdf.rect(x, y, w, h)
        self._pdf.set_dash_pattern()

    def squares(self, x: float, y: float, side: float, rows: Sequence[Sequence[int]]) -> None:
        """A QR code in a square of `side` mm; a row's values are 1 where it is dark."""
        self._pdf.set_fill_color(0)
        each = side / len(rows)
        for down, row in enumerate(rows):
            across = 0
            while across < len(row):                 # one rectangle for dark neighbours: no hairlines between them
                end = next((n for n in range(across, len(row)) if not row[n]), len(row))
                if end > across:
                    self._pdf.rect(x + across * each, y + down * each, (end - across) * each, each, style="F")
                across = end + 1

    def area(self, points: Sequence[tuple[float, float]], fill: str, edge: str = "") -> None:
        """A shape filled with a colour (#rrggbb), with a thin line of another around it."""
        self._pdf.set_fill_color(fill)
        if edge:
            self._pdf.set_draw_color(edge)
            self._pdf.set_line_width(0.2)
        self._pdf.polygon(list(points), style="DF" if edge else "F")

    def strokes(self, points: Sequence[tuple[float, float]], colour: str, weight: float, *, dashed: bool = False) -> None:
        """A line of a colour (#rrggbb) through these points."""
        self._pdf.set_draw_color(colour)
        self._pdf.set_line_width(weight)
        self._pdf.set_dash_pattern(*((1.2, 1.0) if dashed else (0, 0)))
        self._pdf.polyline(list(points))
        self._pdf.set_dash_pattern()

    def circle(self, x: float, y: float, radius: float, *, grey: int = 150) -> None:
        """Dashed, around (x, y): where a seal goes."""
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(0.25)
        self._pdf.set_dash_pattern(1.6, 1.4)
        self._pdf.circle(x, y, radius)
        self._pdf.set_dash_pattern()

    def picture(self, data: bytes, x: float, y: float, w: float, h: float) -> float:
        """Drawn upright within w x h, centred across; the height used, 0 when these bytes are no picture."""
        if self._counting:
            return h
        made = fit(data, w, h)
        if made is None:
            return 0.0
        self._pdf.image(io.BytesIO(made.data), x + (w - made.w) / 2, y, made.w, made.h)
        return made.h

    def foreign_page(self, data: bytes, number: int) -> None:
        """A page (from 0) of an attached PDF into all the room that is left on this page."""
        if not self._counting:
            self._inserts.append(Insert(self.pages - 1, data, number, LEFT, self.y, INNER, self.room))
        self.y = self.bottom

    # ---- the whole

    def bookmark(self, title: str) -> None:
        self._pdf.start_section(self.clean(title))

    def link(self, x: float, y: float, w: float, h: float, page: int) -> None:
        """A click there leads to that page of the file (1 is the first)."""
        self._pdf.link(x, y, w, h, self._pdf.add_link(page=page))

    def entitle(self, title: str) -> None:
        self._pdf.set_title(title)

    def output(self) -> bytes:
        if not self._counting:
            embedded.cut(self._pdf)
        return with_inserts(bytes(self._pdf.output()), self._inserts)
