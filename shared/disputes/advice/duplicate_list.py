"""The list of suggested duplicates for a person: candidates from the tables, each looked at again in the folded cases; dismissed
and merged ones stay away. What a merge writes into both cases. Nothing is merged here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from shared.disputes.acts.counter import Counter
from shared.disputes.acts.decided import Decided
from shared.disputes.acts.refusal import Refusal
from shared.disputes.advice.duplicates import duplicates
from shared.disputes.case.state import CaseState
from shared.disputes.tables.pairs import MAX_PAIRS, Pair, each_pair
from shared.ledger.published.lineage import Lineage
from shared.ledger.texts import t


@dataclass(frozen=True, slots=True)
class Line:
    """Two cases that look alike. `primary` would keep its number (the earlier acceptance); `adjudicator`: the lowest office over
    both (DOMAIN.md 7.4 P5)."""

    primary: str
    primary_number: str
    other: str
    other_number: str
    parties: tuple[str, ...]
    place: str
    category: str
    days_apart: int
    task: str
    adjudicator: str


def listing(db: sqlite3.Connection, state: Callable[[str], CaseState], days: int, case: str = "", *, lines: Lineage,
            ) -> list[Line]:
    """Suggestions for `case`, or for all cases that are here; the closest in time first."""
    return list(listed(db, state, islice(each_pair(db, days, case), MAX_PAIRS), lines))


def listed(db: sqlite3.Connection, state: Callable[[str], CaseState], pairs: Iterable[Pair], lines: Lineage) -> Iterator[Line]:
    """The suggestions of these pairs, one after the other: each costs the folding of two cases."""
    known: dict[str, CaseState] = {}

    def folded(id: str) -> CaseState:
        if id not in known:
            known[id] = state(id)
        return known[id]

    for pair in pairs:
        for s in duplicates(folded(pair.one), [folded(pair.other)], lines):
            primary, other = folded(s.primary), folded(s.other)
            yield Line(
                s.primary, primary.number, s.other, other.number, s.parties, primary.place.office, primary.category, pair.days,
                s.task, s.adjudicator)


def merge_bodies(primary: CaseState, other: CaseState, text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, case, body) of what a merge writes: the primary goes on for both, the other ends and its number is an alias."""
    evidence = [line.event for line in other.timeline if line.kind == "case.evidence_added" and line.effect == "yes"][:500]
    return [
        ("case.absorbed", primary.id, {"case": other.id, "number": other.number, "evidence": evidence, "text": text}),
        ("case.merged", other.id, {"into": primary.id, "number": primary.number, "text": text}),
    ]


def decide_merge(counter: Counter, staff: str, primary: str, other: str, text: str) -> list[Decided]:
    """Both cases learn of it: write all of it or nothing. Raises `Refusal`."""
    kept, gone = counter.state(primary), counter.state(other)
    if kept.id == gone.id:
        raise Refusal("usage", "own_case", t("effect.own_case"))
    return [counter.act(kind, staff, case, body) for kind, case, body in merge_bodies(kept, gone, text)]
