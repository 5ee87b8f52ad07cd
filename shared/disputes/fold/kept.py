"""Drafts of the cases that were folded a moment ago, so that one more event is folded on from where its case stood.

    kept draft (every event folded, nothing asked yet) -- the new event --> kept again
                                                               \\-- copy -> what is asked at the end -> `CaseState`

Only an event that comes last can be taken so: its author had seen all that is here, nothing of the case is refused, and its
kind is none that earlier events are folded by. For everything else (`grown` says None) the case is folded anew. The tables rest
on it giving exactly what a whole fold gives (`tests/shared/disputes/fold/test_kept.py`).
Not thread-safe: whoever fills tables has a lock already.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping

from shared.disputes.case.state import CaseState
from shared.disputes.fold.draft import Draft
from shared.disputes.fold.faults import CODE
from shared.disputes.fold.fold import drafted, finished, take
from shared.disputes.rules.county import CountyRules
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.order import order

# Events of all kept cases together: about 8 MB. A county's busy cases of one hour, or what one person works on in a day.
EVENTS = 2000
# Read ahead of their turn: decisions on findings, dates that count instead of the written ones, and complaints that a visit made
# at another place leaves open.
READ_AHEAD = frozenset({"case.review_resolved", "case.date_corrected", "case.performance_disputed"})


class Drafts:
    """See the module. The cases used longest ago are dropped when all together have more than `most` events."""

    def __init__(self, most: int = EVENTS) -> None:
        self._most, self._count = most, 0
        self._kept: OrderedDict[str, Draft] = OrderedDict()
        self._ours: CountyRules | None = None

    def grown(self, case: str, ids: Collection[str], fresh: Mapping[str, Event], ours: CountyRules) -> CaseState | None:
        """The state of a case whose events are these `ids`, none of them refused, where it is kept and only the `fresh` ones
        among them are new and come last; else None."""
        draft = self._kept.get(case) if ours is self._ours else None
        if draft is None:
            return None
        here = draft.order.index
        new = sorted((event for id, event in fresh.items() if id not in here), key=lambda event: (event.hlc, event.id))
        if len(ids) != len(here) + len(new) or not all(id in here or id in fresh for id in ids):
            return None
        for event in new:
            ordered = draft.order.followed_by(event) if event.kind not in READ_AHEAD else None
            if ordered is None:
                self.drop(case)         # it may have taken some of them
                return None
            draft.order = ordered
            take(draft, event)
            self._count += 1
        return self._finished(case, draft)

    def fold(self, case: str, events: Iterable[Event], ours: CountyRules) -> CaseState:
        """The state of a case of which nothing is refused, folded anew and kept. Raises ValueError without events."""
        if ours is not self._ours:
            self.clear()
            self._ours = ours
        self.drop(case)
        draft = drafted(order(events, {}), None, ours.rules, ours.calendar)
        self._count += len(draft.order.events)
        self._kept[case] = draft
        return self._finished(case, draft)

    def drop(self, case: str) -> None:
        """What was kept of a case is no longer so."""
        draft = self._kept.pop(case, None)
        self._count -= len(draft.order.events) if draft is not None else 0

    def clear(self) -> None:
        self._kept.clear()
        self._count = 0

    def _finished(self, case: str, draft: Draft) -> CaseState:
        self._kept.move_to_end(case)
        state = finished(draft.copy())
        if any(finding.code == CODE for finding in draft.findings):
            self.drop(case)             # a fault of ours is met anew each time, so that it is told as a whole fold tells it
        while self._count > self._most:
            self.drop(next(iter(self._kept)))
        return state
