"""The cases that were folded last, for pages that look into the same forty of them again and again (what waits for an officer).

A fold is a function of its documents, of what was refused and is absent of them, of the rules and of the day, and of nothing
else. All of these are asked for every time and compared, so what is kept cannot be stale; events never change under their id.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from shared.disputes.case.state import CaseState
from shared.disputes.fold.fold import fold_case
from shared.disputes.rules.county import CountyRules
from shared.ledger.formats.envelope import Event

MOST = 200          # cases, some tens of kilobytes each


class FoldedCases:
    """Thread-safe. `rules`: those of the directory as it is now, the same object while nothing of it has changed."""

    def __init__(self, rules: Callable[[], CountyRules], most: int = MOST) -> None:
        self._rules, self._most, self._guard = rules, most, threading.Lock()
        self._by: CountyRules | None = None
        self._kept: OrderedDict[Hashable, CaseState] = OrderedDict()

    def fold(self, docs: Sequence[Mapping[str, Any]], refused: Mapping[str, str], absent: Mapping[str, Sequence[str]], today: str
             ) -> CaseState:
        """The case of these documents of the county's database; ids were checked at ingress."""
        ours = self._rules()
        key = (today, tuple((doc["_id"], doc["_rev"]) for doc in docs), tuple(sorted(refused.items())),
               tuple(sorted((id, tuple(names)) for id, names in absent.items())))
        with self._guard:
            if self._by is not ours:
                self._by = ours
                self._kept.clear()
            state = self._kept.get(key)
            if state is not None:
                self._kept.move_to_end(key)
                return state
        events = [Event.trusted(doc) for doc in docs]
        state = fold_case(events, refused, today, rules=ours.rules, calendar=ours.calendar, absent=absent)
        with self._guard:
            if self._by is ours:
                self._kept[key] = state
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return state
