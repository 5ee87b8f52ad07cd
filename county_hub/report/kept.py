"""Reports kept for pages: what has not changed is not added up again for whoever looks. What was asked for last is kept.

It must not know where sums come from.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from county_hub.report.report import Report
from shared.ledger.periods import Span

MOST = 24


@dataclass(frozen=True, slots=True)
class Kept:
    """`at`: the moment of the report in ms."""

    report: Report
    at: int


class KeptReports:
    """`make(span, internal)` makes one; `stamp()` changes when anything that it counts does. Any thread."""

    def __init__(self, make: Callable[[Span, bool], Report], stamp: Callable[[], Hashable], clock: Callable[[], int]) -> None:
        self._make, self._stamp, self._clock = make, stamp, clock
        self._guard = threading.Lock()
        self._kept: OrderedDict[tuple[str, bool], tuple[Hashable, Kept]] = OrderedDict()

    def report(self, span: Span, *, internal: bool = False) -> Kept:
        key, stamp = (span.text, internal), self._stamp()      # asked before counting: what comes meanwhile is counted again
        with self._guard:
            known = self._kept.get(key)
            if known is not None and known[0] == stamp:
                self._kept.move_to_end(key)
                return known[1]
        made = Kept(self._make(span, internal), self._clock())
        with self._guard:
            self._kept[key] = stamp, made
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made
