"""Places as tiles in the order of their ids, or in their outlines where the county has given them; the more cases, the darker.

Tiles show no border and say so. Outlines come as rings of degrees and are laid flat around their middle, which at a county's size
is off by less than a line's width.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from county_hub.report.charts.shapes import Chart, Line, Rect, Shape, Text, heat, steps_for

_TILE, _GAP = 104.0, 8.0
Ring = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Place:
    """`marked`: with a frame of its own, for a warning."""

    id: str
    name: str
    n: int
    href: str = ""
    marked: bool = False


def _ink(shade: int) -> str:
    return "white" if shade >= 4 else "ink"


def _named(name: str) -> list[str]:
    """A name on at most two lines of a tile."""
    if len(name) <= 6:
        return [name]
    cut = min(6, (len(name) + 1) // 2)
    rest = name[cut:]
    return [name[:cut], rest if len(rest) <= 6 else rest[:5] + "…"]


def tiles(places: Sequence[Place], label: str, columns: int = 0) -> Chart:
    """Rows from left to right; `columns` 0: as many as make it about square, a little wider than high."""
    columns = columns or max(1, math.ceil(math.sqrt(len(places) * 1.3)))
    steps = steps_for(max((place.n for place in places), default=0))
    shapes: list[Shape] = []
    for number, place in enumerate(places):
        x, y = (number % columns) * (_TILE + _GAP) + 2, (number // columns) * (_TILE + _GAP) + 2
        shade = heat(place.n, steps)
        shapes.append(Rect(x, y, _TILE, _TILE, f"heat{shade}", 8, "bad" if place.marked else "before", place.href,
                           f"{place.name} {place.n}"))
        names = _named(place.name)
        for line, words in enumerate(names):
            shapes.append(Text(x + _TILE / 2, y + (42 if len(names) == 1 else 32) + 19 * line, words, 15, "middle", _ink(shade)))
        shapes.append(Text(x + _TILE / 2, y + 82, str(place.n) if place.n else "·", 24, "middle", _ink(shade)))
    rows = max(1, math.ceil(len(places) / columns))
    return Chart(columns * (_TILE + _GAP) - _GAP + 4, rows * (_TILE + _GAP) - _GAP + 4, label, shapes)


def outlines(places: Sequence[Place], rings: Mapping[str, Sequence[Ring]], label: str, width: float = 720.0) -> Chart:
    """`rings`: id -> rings of (longitude, latitude). Places without an outline are left out: the caller lists them."""
    points = [point for place in places for ring in rings.get(place.id, ()) for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    flat = math.cos(math.radians((south + north) / 2))
    scale = min((width - 8) / max((east - west) * flat, 1e-9), 560.0 / max(north - south, 1e-9))

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return round(4 + (point[0] - west) * flat * scale, 1), round(4 + (north - point[1]) * scale, 1)

    steps = steps_for(max((place.n for place in places), default=0))
    shapes: list[Shape] = []
    names: list[Shape] = []
    for place in places:
        shade = heat(place.n, steps)
        for ring in rings.get(place.id, ()):
            shapes.append(Line(tuple(map(at, ring)), f"heat{shade}", 1.2, area=True, href=place.href,
                               title=f"{place.name} {place.n}"))
        if rings.get(place.id):
            x, y = at(_middle(max(rings[place.id], key=len)))
            names += [Text(x, y - 2, place.name, 13, "middle", _ink(shade)),
                      Text(x, y + 18, str(place.n) if place.n else "·", 18, "middle", _ink(shade))]
    return Chart((east - west) * flat * scale + 8, (north - south) * scale + 8, label, [*shapes, *names])


def _middle(ring: Ring) -> tuple[float, float]:
    """The centre of its area; of a ring without area the mean of its points."""
    area = x = y = 0.0
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = ax * by - bx * ay
        area, x, y = area + cross, x + (ax + bx) * cross, y + (ay + by) * cross
    if abs(area) < 1e-12:
        return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
    return x / (3 * area), y / (3 * area)
