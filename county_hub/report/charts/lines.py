"""Lines of twelve months, one a year: the year that is looked at last and in colour, with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from county_hub.report.charts.shapes import Chart, Dot, Line, Shape, Text, full

WIDTH, HEIGHT = 1080.0, 260.0
_LEFT, _RIGHT, _TOP, _FOOT = 40.0, 70.0, 24.0, 28.0
_STYLES = ("older", "before", "now")


@dataclass(frozen=True, slots=True)
class Series:
    """`values`: one a label; None where there is none yet or none may be told. `hrefs`: where each is listed."""

    name: str
    values: Sequence[int | None]
    hrefs: Sequence[str] = ()


def lines(series: Sequence[Series], labels: Sequence[str], label: str, width: float = WIDTH) -> Chart:
    """At most three series, the newest last."""
    series = series[-3:]
    top = full(max((n for one in series for n in one.values if n), default=0))
    wide, high = width - _LEFT - _RIGHT, HEIGHT - _TOP - _FOOT

    def x(place: int) -> float:
        return round(_LEFT + wide * place / max(1, len(labels) - 1), 1)

    def y(n: int) -> float:
        return round(_TOP + high * (1 - n / top), 1)

    shapes: list[Shape] = []
    ends: list[tuple[float, float, str, str]] = []
    for n in (0, top // 2, top):
        shapes += [Line(((_LEFT, y(n)), (_LEFT + wide, y(n))), "line", 1), Text(_LEFT - 8, y(n) + 4, str(n), 13, "end", "soft")]
    shapes += [Text(x(place), HEIGHT - 8, words, 13, "middle", "soft") for place, words in enumerate(labels)]
    for one, tone in zip(series, _STYLES[-len(series):] if series else (), strict=True):
        points = [(place, n) for place, n in enumerate(one.values) if n is not None]
        if not points:
            continue
        shapes.append(Line(tuple((x(place), y(n)) for place, n in points), tone, 2.5 if tone == "now" else 1.5, tone == "older"))
        for place, n in points:
            href = one.hrefs[place] if one.hrefs else ""
            shapes.append(Dot(x(place), y(n), 4 if tone == "now" else 3, tone, href, f"{one.name} {labels[place]}: {n}"))
            if tone == "now":
                shapes.append(Text(x(place), y(n) - 9, str(n), 13, "middle", "now"))
        ends.append((x(points[-1][0]) + 10, y(points[-1][1]) + 4, one.name, tone if tone != "older" else "soft"))
    lowest = 0.0
    for left, base, name, tone in sorted(ends, key=lambda end: (end[0], end[1])):
        base = max(base, lowest) if left >= width - _RIGHT else base        # names at the edge stand below each other
        lowest = base + 15 if left >= width - _RIGHT else lowest
        shapes.append(Text(left, base, name, 13, "start", tone))
    return Chart(width, HEIGHT, label, shapes)
