"""Lying bars of a stated full length, each with its number; for paper (the console has its own, of the page)."""

from __future__ import annotations

from collections.abc import Sequence

from county_hub.report.charts.shapes import Chart, Rect, Shape, Text

WIDTH, _STEP, _NAME, _NUMBER = 720.0, 26.0, 190.0, 90.0


def bars(rows: Sequence[tuple[str, int | None, str]], top: float, label: str, tones: Sequence[str] = ()) -> Chart:
    """(name, value, its words); a bar of full length is `top`. What has no value gets no bar. `tones`: one a row."""
    wide = WIDTH - _NAME - _NUMBER
    shapes: list[Shape] = []
    for place, (name, value, words) in enumerate(rows):
        y = place * _STEP
        shapes += [Text(_NAME - 10, y + 17, name, 13, "end"), Rect(_NAME, y + 5, wide, 15, "line", 3)]
        if value and top:
            shapes.append(Rect(_NAME, y + 5, round(wide * min(1.0, value / top), 1), 15,
                               tones[place] if tones else "heat4", 3))
        shapes.append(Text(_NAME + wide + 8, y + 17, words, 13))
    return Chart(WIDTH, max(1, len(rows)) * _STEP + 4, label, shapes)
