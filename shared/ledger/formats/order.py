"""The order in which the events of one case are folded: a function of the set, never of arrival.

Topological by `after`; between events that could both be next, the smaller (hlc, id). Refused events are
set apart, and a child of a refused event counts as citing the refused one's parents. What is cited but
not here is `missing`.

        a --- b --- d        past(d) = {a, b}, past(c) = {a}: b and c are concurrent, their authors had
          \\-- c              not seen each other; verdicts on concurrent events (DOMAIN.md 7.4) ask `saw`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.ledger.formats.envelope import Event


@dataclass(frozen=True, slots=True)
class Order:
    """Accepted events in fold order. `past[i]` has bit j set when event j is among the ancestors of event
    i."""

    events: tuple[Event, ...]
    past: tuple[int, ...]
    index: Mapping[str, int]
    heads: tuple[str, ...]
    missing: tuple[str, ...]
    refused: tuple[Event, ...]

    def saw(self, later: str, earlier: str) -> bool:
        """Had the author of `later` seen `earlier`? Both are ids of accepted events; an unknown `earlier`
        is not seen."""
        i, j = self.index.get(later), self.index.get(earlier)
        return i is not None and j is not None and bool(self.past[i] >> j & 1)

    def concurrent(self, one: str, other: str) -> bool:
        return one != other and not self.saw(one, other) and not self.saw(other, one)

    def followed_by(self, event: Event) -> Order | None:
        """The order with one more event, where that comes last and changes nothing before it: its author had seen every event
        that is here. None where it does not, or where something was refused: then the order is to be made anew."""
        if self.refused or event.id in self.index or event.id in self.missing:
            return None
        mask = 0
        for parent in event.after:
            place = self.index.get(parent)
            if place is None:
                return None
            mask |= self.past[place] | 1 << place
        count = len(self.events)
        if mask != (1 << count) - 1:
            return None
        return Order((*self.events, event), (*self.past, mask), {**self.index, event.id: count}, (event.id,), self.missing, ())


_NONE: Mapping[str, Sequence[str]] = {}


def order(
    events: Iterable[Event], refused: Mapping[str, str], absent: Mapping[str, Sequence[str]] = _NONE
) -> Order:
    """See the module. `absent`: parents of refused events that are not here. Cycles cannot occur (an id is a
    hash over `after`); damaged input that has one is put last."""
    found = {event.id: event for event in events}
    apart = {key: event for key, event in found.items() if key in refused}
    accepted = [event for event in found.values() if event.id not in refused]
    parents = {event.id: _parents(event, apart, refused, absent) for event in accepted}
    accepted.sort(key=lambda event: (event.hlc, event.id))
    here = {event.id for event in accepted}
    if not _is_topological(accepted, parents, here):
        accepted = _kahn(accepted, parents, here)
    index = {event.id: place for place, event in enumerate(accepted)}
    past: list[int] = []
    cited: set[str] = set()
    missing: set[str] = set()
    for event in accepted:
        mask = 0
        for parent in parents[event.id]:
            place = index.get(parent)
            if place is None:
                missing.add(parent)
            elif place < len(past):
                mask |= past[place] | 1 << place
                cited.add(parent)
        past.append(mask)
    return Order(
        tuple(accepted), tuple(past), index,
        tuple(sorted(event.id for event in accepted if event.id not in cited)),
        tuple(sorted(missing)),
        tuple(sorted(apart.values(), key=lambda event: (event.hlc, event.id))),
    )


def _parents(
    event: Event, apart: Mapping[str, Event], refused: Mapping[str, str], absent: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """What an event cites once refused ancestors are replaced by their own parents."""
    if not any(cited in refused for cited in event.after):
        return event.after
    found: set[str] = set()
    seen: set[str] = set()
    todo = list(event.after)
    while todo:
        cited = todo.pop()
        if cited in seen:
            continue
        seen.add(cited)
        if cited in refused:
            todo.extend(apart[cited].after if cited in apart else absent.get(cited, ()))
        else:
            found.add(cited)
    return tuple(sorted(found))


def _is_topological(events: list[Event], parents: Mapping[str, tuple[str, ...]], here: set[str]) -> bool:
    """Sorted by (hlc, id) is already the order unless a clock bound made a child look older than its
    parent."""
    done: set[str] = set()
    for event in events:
        for parent in parents[event.id]:
            if parent not in done and parent in here:
                return False
        done.add(event.id)
    return True


def _kahn(events: list[Event], parents: Mapping[str, tuple[str, ...]], here: set[str]) -> list[Event]:
    waiting = {event.id: sum(p in here for p in set(parents[event.id])) for event in events}
    children: dict[str, list[Event]] = {}
    for event in events:
        for parent in set(parents[event.id]):
            children.setdefault(parent, []).append(event)
    ready = [(event.hlc, event.id, event) for event in events if not waiting[event.id]]
    heapq.heapify(ready)
    done: list[Event] = []
    while ready:
        event = heapq.heappop(ready)[2]
        done.append(event)
        for child in children.get(event.id, ()):
            waiting[child.id] -= 1
            if not waiting[child.id]:
                heapq.heappush(ready, (child.hlc, child.id, child))
    if len(done) < len(events):
        placed = {event.id for event in done}
        done.extend(event for event in events if event.id not in placed)
    return done
