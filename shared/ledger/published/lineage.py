"""Which level an office has, what lies above it, what ever lay above it: asked of the directory, for every office in one place.

Two questions are kept apart.

    covers(upper, lower)    did `upper` ever lie above `lower`? Asked of what is signed: by folds, and by who is heard.
    is_over(upper, lower)   does it today? Asked of what is to be written and of who decides: by the counter, tasks, figures.

A directory only adds periods to an office, so what `covers` once allowed it allows for ever: a village that a reform moved to
another town keeps what it had handed to the old one, and its tablet, which learns of the reform late, loses no hand-over. Levels
are those of the founding period; a later one changes name, code and parent, never the level.

An office that a directory does not name (a newer one, or no directory is at hand) is answered from its id, the division code with
which it was founded. That is the base case, and the only place where digits are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

LEVELS = ("village", "township", "county")         # from the bottom up
_RANK = {level: rank for rank, level in enumerate(LEVELS)}
_ORGAN = "9"                                        # no division code begins so: departments have ids of their own


@dataclass(frozen=True, slots=True)
class Placed:
    """One office: its level, its parent today (None: nothing above), and all offices that ever lay above it."""

    level: str
    parent: str | None
    ever: frozenset[str]


@dataclass(frozen=True)
class Lineage:
    """The offices of a directory as seen on one day."""

    offices: Mapping[str, Placed] = field(default_factory=dict, repr=False)

    __hash__ = object.__hash__

    def level_of(self, office: str) -> str:
        """county | township | village."""
        known = self.offices.get(office)
        return known.level if known is not None else _founding_level(office)

    def rank_of(self, office: str) -> int:
        """0 village, 1 township, 2 county."""
        return _RANK[self.level_of(office)]

    def is_organ(self, office: str) -> bool:
        """Is it a department or merged centre: of the county's level, below the county?"""
        return self.level_of(office) == "county" and self.parent_of(office) is not None

    def parent_of(self, office: str) -> str | None:
        known = self.offices.get(office)
        return known.parent if known is not None else _founding_parent(office)

    def ancestors_of(self, office: str) -> tuple[str, ...]:
        """From the parent up to the county, as it is today; a mistake that made a circle ends where it closes."""
        found: list[str] = []
        here = self.parent_of(office)
        while here is not None and here != office and here not in found:
            found.append(here)
            here = self.parent_of(here)
        return tuple(found)

    def is_over(self, upper: str, lower: str) -> bool:
        """Does `upper` lie above `lower` today, or is it the same office?"""
        return upper == lower or upper in self.ancestors_of(lower)

    def ever_above(self, office: str) -> frozenset[str]:
        known = self.offices.get(office)
        return known.ever if known is not None else frozenset(self.ancestors_of(office))

    def covers(self, upper: str, lower: str) -> bool:
        """Did `upper` ever lie above `lower`, or is it the same office?"""
        return upper == lower or upper in self.ever_above(lower)

    def at_level(self, office: str, level: str) -> str:
        """The office of this level over this one (or itself); the same office where there is none, or it is of a higher level."""
        return next((one for one in (office, *self.ancestors_of(office)) if self.level_of(one) == level), office)

    @cached_property
    def text(self) -> str:
        """What caches remember of it: equal texts give equal answers."""
        return json.dumps({id: [one.level, one.parent, sorted(one.ever)] for id, one in sorted(self.offices.items())})

    def changed(self, before: str) -> frozenset[str]:
        """Offices of which this lineage answers otherwise than the one with this text."""
        was = of_text(before)
        return frozenset(id for id in {*self.offices, *was.offices} if self._answers(id) != was._answers(id))

    def _answers(self, office: str) -> tuple[str, tuple[str, ...], frozenset[str]]:
        return self.level_of(office), self.ancestors_of(office), self.ever_above(office)


FOUNDED = Lineage()         # every office as it was founded: for who has no directory


def of_text(text: str) -> Lineage:
    return Lineage({id: Placed(level, parent, frozenset(ever)) for id, (level, parent, ever) in json.loads(text).items()})


def lineage_of(history: Mapping[str, Sequence[Mapping[str, Any]]], standing: Mapping[str, Mapping[str, Any]]) -> Lineage:
    """`history`: office id -> its values of the directory, the oldest first; `standing`: the value of the day."""
    made = {id: Placed(level_at(id, values[0]), _text(standing[id].get("parent")), ever_above(id, history))
            for id, values in history.items() if values}
    return Lineage(made) if made else FOUNDED


def level_at(office: str, value: Mapping[str, Any]) -> str:
    """The level that a founding value gives; of one that gives none, that of the id."""
    level = value.get("level")
    return level if isinstance(level, str) and level in _RANK else _founding_level(office)


def ever_above(office: str, history: Mapping[str, Iterable[Mapping[str, Any]]]) -> frozenset[str]:
    """All offices that this one ever lay under, by any path through time."""
    found, todo = set[str](), [office]
    while todo:
        here = todo.pop()
        parents = [_text(value.get("parent")) for value in history[here]] if here in history else [_founding_parent(here)]
        above = {parent for parent in parents if parent is not None} - found - {office}
        todo += above
        found |= above
    return frozenset(found)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _founding_level(office: str) -> str:
    if office.startswith(_ORGAN) or office.endswith("000000"):
        return "county"
    return "township" if office.endswith("000") else "village"


def _founding_parent(office: str) -> str | None:
    level = _founding_level(office)
    if office.startswith(_ORGAN):
        return office[1:7] + "000000"
    if level == "county":
        return None
    return office[:9] + "000" if level == "village" else office[:6] + "000000"
