"""A chart on a page of paper, as wide as the text: words in black, colours of `shapes.TONES`, legible in grey too."""

from __future__ import annotations

from county_hub.report.charts.shapes import TONES, Chart, Dot, Line, Rect, Shape, Text
from shared.disputes.papers.kit.canvas import INNER, LEFT, MM_PER_POINT
from shared.disputes.papers.kit.page import Page

_GREY = {"soft": 60, "before": 60, "white": 255}


def draw(page: Page, chart: Chart) -> None:
    """Whole on this page or the next."""
    scale = INNER / chart.width
    page.keep(chart.height * scale + 4)
    top = page.y
    for shape in chart.shapes:
        _shape(page, shape, scale, top)
    page.y = top + chart.height * scale + 2


def _shape(page: Page, shape: Shape, scale: float, top: float) -> None:
    if isinstance(shape, Rect):
        x, y, w, h = LEFT + shape.x * scale, top + shape.y * scale, shape.width * scale, shape.height * scale
        page.area(((x, y), (x + w, y), (x + w, y + h), (x, y + h)), TONES[shape.tone], TONES[shape.edge] if shape.edge else "")
    elif isinstance(shape, Dot):
        x, y, r = LEFT + shape.x * scale, top + shape.y * scale, shape.radius * scale
        page.area(((x - r, y), (x, y - r), (x + r, y), (x, y + r)), TONES[shape.tone])
    elif isinstance(shape, Line):
        points = [(LEFT + x * scale, top + y * scale) for x, y in shape.points]
        if shape.area:
            page.area(points, TONES[shape.tone], TONES["before"])
        elif len(points) > 1:
            page.strokes(points, TONES[shape.tone], shape.width * scale, dashed=shape.dashed)
    else:
        _text(page, shape, scale, top)


def _text(page: Page, shape: Text, scale: float, top: float) -> None:
    size = shape.size * scale / MM_PER_POINT
    words = page.clean(shape.words)
    wide = page.width(words, size)
    x = LEFT + shape.x * scale - (wide if shape.anchor == "end" else wide / 2 if shape.anchor == "middle" else 0)
    page.text(x, top + (shape.y - shape.size * 0.36) * scale, words, size, grey=_GREY.get(shape.tone, 0))
