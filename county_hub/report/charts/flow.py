"""What came and what was done, day by day or week by week: two lines to be read from across a hall, each with its name and its
last number."""

from __future__ import annotations

from collections.abc import Sequence

from county_hub.report.charts.shapes import Anchor, Chart, Dot, Line, Shape, Text, full

WIDTH, HEIGHT = 560.0, 190.0
_LEFT, _RIGHT, _TOP, _FOOT, _SIZE = 44.0, 118.0, 20.0, 36.0, 24.0
_TONES = ("now", "before")


def flow(lines: Sequence[tuple[str, Sequence[int]]], labels: Sequence[tuple[int, str]], label: str) -> Chart:
    """Two lines of equal length, (name, values), the oldest value first; `labels`: (place, words) below the ground line."""
    top = full(max((n for _, values in lines for n in values), default=0))
    wide, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _FOOT

    def x(place: int, of: int) -> float:
        return round(_LEFT + wide * place / max(1, of - 1), 1)

    def y(n: int) -> float:
        return round(_TOP + high * (1 - n / top), 1)

    shapes: list[Shape] = []
    for n in dict.fromkeys((0, top // 2, top)):
        shapes += [Line(((_LEFT, y(n)), (_LEFT + wide, y(n))), "line", 1),
                   Text(_LEFT - 10, y(n) + 8, str(n), _SIZE, "end", "soft")]
    ends: list[tuple[float, str, str]] = []
    for (name, values), tone in zip(lines, _TONES, strict=True):
        points = tuple((x(place, len(values)), y(n)) for place, n in enumerate(values))
        shapes += [Line(points, tone, 4, tone == "before"), Dot(*points[-1], 7, tone)]
        ends.append((points[-1][1], f"{name} {values[-1]}", tone))
    lowest = _SIZE
    for at, words, tone in sorted(ends):
        lowest = max(at + 8, lowest)
        shapes.append(Text(_LEFT + wide + 16, lowest, words, _SIZE, "start", tone))
        lowest += _SIZE + 6
    many = len(lines[0][1]) if lines else 0
    for place, words in labels:
        anchor: Anchor = "end" if place == many - 1 else "middle" if place else "start"
        shapes.append(Text(x(place, many), HEIGHT - 6, words, _SIZE, anchor, "soft"))
    return Chart(WIDTH, HEIGHT, label, shapes)
