"""The shapes of a chart. Units are those of the chart's own `width` and `height`, the origin at the top left; `tone` names a
colour (`TONES`; the console's style sheet has a class `k-<tone>` of each). It must not know SVG, PDF or what is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

# GUIDE of the console, 1 and 6; for paper, where there is no style sheet
TONES = {
    "ink": "#15202b", "soft": "#4a5663", "line": "#d3dae2", "now": "#0b5cad", "before": "#7b8794", "older": "#a9b8c7",
    "bad": "#b01e1a", "heat0": "#ffffff", "heat1": "#e6f0fa", "heat2": "#bbd6f0", "heat3": "#7fb2e3", "heat4": "#2e77c0",
    "heat5": "#084886", "white": "#ffffff",
}
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    tone: str
    radius: float = 0
    edge: str = ""          # tone of its outline
    href: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Through these points; closed and filled where `area`."""

    points: tuple[tuple[float, float], ...]
    tone: str
    width: float = 2
    dashed: bool = False
    area: bool = False
    href: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    radius: float
    tone: str
    href: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """`y` is the base line."""

    x: float
    y: float
    words: str
    size: float = 13
    anchor: Anchor = "start"
    tone: str = "ink"


Shape = Rect | Line | Dot | Text


@dataclass(frozen=True, slots=True)
class Chart:
    """`label` says in words what is to be seen."""

    width: float
    height: float
    label: str
    shapes: Sequence[Shape] = field(default_factory=tuple)


def full(top: int) -> int:
    """What a full measure stands for: the next of 10, 20, 50, 100, 200 ... that nothing goes beyond. Never the largest value
    itself, or five counts of 1 look like five full measures."""
    power = 10
    while power * 10 < top:
        power *= 10
    return next(power * step for step in (1, 2, 5, 10) if power * step >= top)


def heat(n: int, steps: Sequence[int]) -> int:
    """0 for none, else 1 to 5 by the least count of each shade."""
    return sum(n >= least for least in steps)


def steps_for(top: int) -> tuple[int, ...]:
    """The least counts of five shades up to `top`: 1 2 4 6 8, or 2 4 6 8 times the next of 1, 2, 5, 10, 20, 50 ..."""
    scale = next(step * 10 ** power for power in range(9) for step in (1, 2, 5) if top <= 10 * step * 10 ** power or power == 8)
    return (1, *(step * scale for step in (2, 4, 6, 8)))
