"""States that were folded a moment ago, by what they were made of: a person who acts on the case that they see, and looks at it
again, has it folded once for each new record.

An event's id is made of its content, so a set of ids, what is refused of them, the day and the county's numbers say all that a
fold depends on. It keeps the last few states, and knows neither database nor clock. Thread-safe: states are frozen.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence

from shared.disputes.case.state import CaseState
from shared.disputes.fold.fold import fold_case
from shared.disputes.rules.clocks import ClockRules
from shared.ledger.formats.envelope import Event
from shared.ledger.workdays import Calendar

SIZE = 8        # the case on the screen before and after an act, and those it names; a large one takes about a megabyte


class Folds:
    """`fold_case`, remembered for the last `size` different questions. One per program: its cases are of one county."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._states: OrderedDict[Hashable, CaseState] = OrderedDict()
        self._guard = threading.Lock()

    def case(
        self, events: Sequence[Event], refused: Mapping[str, str], today: str, *, rules: ClockRules, calendar: Calendar,
        cited: Hashable, history: bool = True, absent: Mapping[str, Sequence[str]] | None = None,
    ) -> CaseState:
        """`cited`: the version of the directory that `rules` and `calendar` were published in; `refused` may name events of other
        cases, which are left out. Raises ValueError without events."""
        prefix = events[0].id[:events[0].id.index(events[0].subject)] + events[0].subject if events else ""
        ours = {id: reason for id, reason in refused.items() if id.startswith(prefix)}
        key = (frozenset(event.id for event in events), frozenset(ours.items()), today, cited, history,
               frozenset((id, tuple(parents)) for id, parents in (absent or {}).items()))
        with self._guard:
            known = self._states.get(key)
            if known is not None:
                self._states.move_to_end(key)
                return known
        state = fold_case(events, ours, today, rules=rules, calendar=calendar, history=history, absent=absent)
        with self._guard:
            self._states[key] = state
            while len(self._states) > self._size:
                self._states.popitem(last=False)
        return state
