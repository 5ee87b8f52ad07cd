"""Reports kept for pages: a county of many cases is not counted anew for whoever looks.

A small county's report is made when it is asked for. Of a large one a report that was made before is shown at once with the time
it is of, while a newer one is made behind the page; whoever asks next sees that. What was asked for last is kept.
It must not know where facts come from.
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
    """`at`: the moment of the report in ms; `old`: something has changed since, and a newer one is being made."""

    report: Report
    at: int
    old: bool = False


class KeptReports:
    """`make(span, internal)` counts; `stamp()` changes when anything that it counts does; `large()`: does counting take long?
    Any thread."""

    def __init__(self, make: Callable[[Span, bool], Report], stamp: Callable[[], Hashable], large: Callable[[], bool],
                 clock: Callable[[], int]) -> None:
        self._make, self._stamp, self._large, self._clock = make, stamp, large, clock
        self._guard, self._one = threading.Lock(), threading.Lock()
        self._kept: OrderedDict[tuple[str, bool], tuple[Hashable, Kept]] = OrderedDict()
        self._under_way: set[tuple[str, bool]] = set()

    def report(self, span: Span, *, internal: bool = False) -> Kept:
        key, stamp = (span.text, internal), self._stamp()
        with self._guard:
            known = self._kept.get(key)
            if known is not None and known[0] == stamp:
                self._kept.move_to_end(key)
                return known[1]
        if known is None or not self._large():
            return self._made(span, key)
        self._behind(span, key)
        return Kept(known[1].report, known[1].at, old=True)

    def _made(self, span: Span, key: tuple[str, bool]) -> Kept:
        with self._one:                             # a year takes memory: one at a time
            stamp, at = self._stamp(), self._clock()
            with self._guard:
                known = self._kept.get(key)
            if known is not None and known[0] == stamp:     # made while this one waited
                return known[1]
            made = Kept(self._make(span, key[1]), at)
        with self._guard:
            self._kept[key] = stamp, made
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made

    def _behind(self, span: Span, key: tuple[str, bool]) -> None:
        with self._guard:
            if key in self._under_way:
                return
            self._under_way.add(key)

        def work() -> None:
            try:
                self._made(span, key)
            finally:
                with self._guard:
                    self._under_way.discard(key)

        threading.Thread(target=work, name="figures", daemon=True).start()
