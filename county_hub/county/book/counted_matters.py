"""What a figure counts, page by page: the newest days first. It must not write, and must not know HTTP or HTML.

How many there are is added up from the kept sums, months first; only the days that a page shows are read case by case.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from shared.disputes.figures import facts
from shared.disputes.figures.figures import Part, Publication
from shared.disputes.figures.marks import Period
from shared.disputes.tables.feed import record
from shared.disputes.tables.tallied import Kept


@dataclass(frozen=True, slots=True)
class Matter:
    """A petition, legal aid or another record."""

    id: str
    title: str
    opened_on: str


@dataclass(frozen=True, slots=True)
class Counted:
    """`total`: how often anything counts; `ids`: the cases and matters of the page, each once, though `here` of the total are
    theirs."""

    total: int
    here: int
    ids: tuple[str, ...]


def counted(db: sqlite3.Connection, sums: Kept, part: Part, rules: Publication, skip: int, limit: int) -> Counted:
    """`limit` of what the part counts in the period, without the first `skip`."""
    total, left, found = part.total(sums, rules), skip, list[str]()
    for day, n in _days(sums, part, rules, skip):
        if day is None:
            left -= n
            continue
        if left >= n:
            left -= n
            continue
        some = facts.of_days(db, part.whats, (day, day), sums.lineage)
        counts = sorted((id, times) for when, id, times in part.of(some, sums.period, rules) if when == day)
        found += _between(counts, left, limit - len(found))
        left = 0
        if len(found) >= limit:
            break
    return Counted(total, len(found), tuple(dict.fromkeys(found)))


def _between(counts: Sequence[tuple[str, int]], skip: int, limit: int) -> Iterator[str]:
    """Each id as often as it counts, without the first `skip`, at most `limit`. How often says an event, which may say anything:
    nothing is made so often."""
    for id, times in counts:
        some = min(max(times - skip, 0), limit)
        yield from repeat(id, some)
        skip, limit = max(skip - times, 0), limit - some


def _days(sums: Kept, part: Part, rules: Publication, skip: int) -> Iterator[tuple[str | None, int]]:
    """(day, how many), the newest first; of months that are passed over whole (None, how many)."""
    months = _spans(part, rules, sums, [sums.month_by_month(what) for what in part.whats])
    for month, n in sorted(months.items(), reverse=True):
        if skip >= n:
            skip -= n
            yield None, n
            continue
        skip = 0
        whole = Period(max(sums.period.start, f"{month}-01"), min(sums.period.end, f"{month}-31"))
        days = _spans(part, rules, sums, [sums.by_day(what, whole) for what in part.whats])
        yield from sorted(days.items(), reverse=True)


def _spans(part: Part, rules: Publication, sums: Kept, of_whats: list[Mapping[str, Mapping[str, int]]]) -> dict[str, int]:
    made: dict[str, int] = {}
    for spans in of_whats:
        for span, keys in spans.items():
            n = sum(n for key, n in keys.items() if part.counts(key, rules, sums.lineage))
            if n:
                made[span] = made.get(span, 0) + n
    return made


def matters(db: sqlite3.Connection, ids: tuple[str, ...]) -> list[Matter]:
    """Those of the ids that are no case."""
    found = (record(db, id) for id in ids)
    return [Matter(one["record_id"], one["title"], one["opened_on"]) for one in found if one is not None]
