"""What the figures count: one frozen fact per case, petition, legal-aid matter and clock, read from the read model's tables.

`load(db)` is the only function that knows SQL; everything that computes takes `Facts`, so figures are pure.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.disputes.rules.clocks import default_rules
from shared.ledger.days import LAST_DAY
from shared.ledger.published.lineage import FOUNDED, Lineage

# The clocks by which a rate is judged.
ACCEPTANCE = frozenset({"acceptance"})
MEDIATION = default_rules().mediation_kinds()
PETITION_ACCEPTANCE = frozenset({"petition_accept"})
PETITION_HANDLING = frozenset({"petition_handle"})
_decode = msgspec.json.Decoder().decode


class CaseFact(msgspec.Struct, frozen=True, gc=False):
    """Dates are ISO texts or None. `ratings` are (party, score, date) that count, `unverified` the dates of those that a handler
    entered and nobody else has confirmed; `names` the sorted names of both sides."""

    id: str
    registered_on: str
    origin: str
    place: str
    category: str
    holder: str
    state: str
    outcome: str = ""
    accepted_on: str | None = None
    sessions: int = 0
    agreed_on: str | None = None
    failed_on: str | None = None
    promises_due: str | None = None
    performed: bool = False
    closed_on: str | None = None
    sides: int = 0
    names: str = ""
    ratings: tuple[tuple[int, int, str], ...] = ()
    unverified: tuple[str, ...] = ()
    # what the statistical form asks: `people` 0 and `amount_fen` 0 where nobody said; `form` written | oral | ""
    source: str = ""
    entrusting_body: str = ""
    difficulty: str = ""
    form: str = ""
    people: int = 0
    amount_fen: int = 0
    prevented: tuple[str, ...] = ()

    @property
    def merged(self) -> bool:
        return self.state == "merged"


@dataclass(frozen=True, slots=True)
class PetitionFact:
    id: str
    registered_on: str
    place: str
    origin: str
    channel: str
    batches: int = 1
    person_times: int = 1
    repeat: bool = False
    abnormal_visit: bool = False
    skip_level_visit: bool = False
    score: int | None = None
    rated_on: str | None = None


@dataclass(frozen=True, slots=True)
class LegalAidFact:
    id: str
    registered_on: str
    place: str
    decided_on: str | None = None
    granted: bool = False


class ClockFact(msgspec.Struct, frozen=True, gc=False):
    """One legal clock of one matter; `stopped` None while it runs."""

    subject: str
    kind: str
    due_date: str
    stopped: str | None
    late: str = ""                      # action | report | ""
    late_from: str = ""                 # first day on which it is missed; "" = the day after `due_date`

    @property
    def in_time(self) -> bool:
        if self.stopped is None:
            return False
        return self.stopped < self.late_from if self.late_from else self.stopped <= self.due_date


@dataclass(frozen=True, slots=True)
class Facts:
    cases: tuple[CaseFact, ...] = ()
    petitions: tuple[PetitionFact, ...] = ()
    legal_aid: tuple[LegalAidFact, ...] = ()
    clocks: tuple[ClockFact, ...] = ()
    lineage: Lineage = FOUNDED


_CASE = ("case_id, registered_on, origin, place, category, holder, state, outcome, accepted_on, sessions, agreed_on, failed_on,"
         " promises_due, performed, closed_on, sides, names, ratings, unverified, source, entrusting_body, difficulty, form,"
         " people, amount_fen, prevented")


def load(db: sqlite3.Connection, lineage: Lineage = FOUNDED, within: Sequence[tuple[str, str]] | None = None) -> Facts:
    """The facts of the read model, and who is over whom today. Matters whose registration has not arrived are left out: nothing
    is known of them. `within`: only the cases that a figure of these days (first, last) may count or look at, and perhaps some
    more; figures of these days are the same as of all."""
    which, values = _within(within) if within is not None else ("", [])
    cases = tuple(
        CaseFact(*[*row[:13], bool(row[13]), *row[14:17], tuple((p, s, d) for p, s, d in _listed(row[17])), _listed(row[18]),
                   *row[19:25], _listed(row[25])])
        for row in db.execute(f"SELECT {_CASE} FROM case_facts WHERE registered_on <> ''{which}", values)
    )
    petitions = tuple(
        PetitionFact(*[*row[:7], *map(bool, row[7:10]), *row[10:]])
        for row in db.execute(
            "SELECT petition_id, registered_on, place, origin, channel, batches, person_times, repeat_of <> '', abnormal_visit,"
            " skip_level_visit, score, rated_on FROM petitions WHERE registered_on <> ''")
    )
    aid = tuple(
        LegalAidFact(*[*row[:4], bool(row[4])])
        for row in db.execute("SELECT aid_id, registered_on, place, decided_on, granted FROM legal_aid WHERE registered_on <> ''")
    )
    clocks = _clocks(db, within or [("", LAST_DAY.isoformat())])
    clocks += [ClockFact(*row) for row in db.execute(
        "SELECT subject, kind, due_date, stopped, '', late_from FROM matter_deadlines")]
    return Facts(cases, petitions, aid, tuple(clocks), lineage)


def _clocks(db: sqlite3.Connection, spans: Sequence[tuple[str, str]]) -> list[ClockFact]:
    """Those of intake and mediation that are due on these days."""
    kinds = sorted(ACCEPTANCE | MEDIATION)
    due = (f"SELECT rowid FROM deadlines INDEXED BY deadlines_due WHERE kind IN ({', '.join('?' * len(kinds))})"
           " AND due_date BETWEEN ? AND ?")
    which, values = " UNION ALL ".join(due for _ in spans), [value for span in spans for value in (*kinds, *span)]
    return [ClockFact(*row) for row in db.execute(
        f"SELECT case_id, kind, due_date, stopped, late, late_from FROM deadlines NOT INDEXED WHERE rowid IN ({which})", values)]


def _within(spans: Sequence[tuple[str, str]]) -> tuple[str, list[str]]:
    """Cases whose days touch one of the spans, and those that ended before among the same people: a repeat is told by them."""
    touch, values = _days("first_day", "last_day", spans)
    again, ends = _days("closed_on", "closed_on", spans)
    return (f" AND rowid IN (SELECT rowid FROM case_facts WHERE {touch} UNION ALL"
            " SELECT e.rowid FROM case_facts c JOIN case_facts e USING (names, place, category)"
            f" WHERE c.rowid IN (SELECT rowid FROM case_facts WHERE {again} AND names <> '')"
            " AND e.closed_on IS NOT NULL AND e.names <> '' AND e.rowid <> c.rowid)"), [*values, *ends]


def _listed(text: str) -> tuple[Any, ...]:
    return () if text == "[]" else tuple(_decode(text))


def _days(first: str, last: str, spans: Sequence[tuple[str, str]]) -> tuple[str, list[str]]:
    """The condition that (first, last) of a row touches one of the spans."""
    sql = " OR ".join(f"({last} >= ? AND {first} <= ?)" for _ in spans)
    return sql or "0", [day for span in spans for day in span]


def years(db: sqlite3.Connection, today: str) -> list[int]:
    """Years in which anything was registered, up to today, the newest first."""
    found = {row[0] for row in db.execute(
        "SELECT DISTINCT substr(month, 1, 4) FROM counted WHERE what = 'registered' AND dim = '' AND n > 0 AND month <= ?"
        " UNION SELECT DISTINCT substr(registered_on, 1, 4) FROM petitions WHERE registered_on BETWEEN '0' AND ?"
        " UNION SELECT DISTINCT substr(registered_on, 1, 4) FROM legal_aid WHERE registered_on BETWEEN '0' AND ?",
        (today[:7], today, today))}
    return sorted((int(year) for year in found if year.isascii() and year.isdigit()), reverse=True)


def many(db: sqlite3.Connection, most: int) -> bool:
    """Are there more cases than this?"""
    return db.execute("SELECT 1 FROM case_facts LIMIT 1 OFFSET ?", (most,)).fetchone() is not None
