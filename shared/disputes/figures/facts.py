"""All that figures count: the facts of every case, petition, legal-aid matter and clock, read from the read model's tables.

`load(db)` is the only function that knows SQL. Counting anew from facts (`Facts.tally`) and what the tables keep counted
(`shared.disputes.tables.tallied`) give the same: both count the marks of `marks`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.disputes.figures import marks
from shared.disputes.figures.marks import Mark, Period, Tally
from shared.disputes.figures.single import ACCEPTANCE, MEDIATION, CaseFact, ClockFact, LegalAidFact, PetitionFact
from shared.ledger.days import LAST_DAY
from shared.ledger.published.lineage import FOUNDED, Lineage

_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Facts:
    cases: tuple[CaseFact, ...] = ()
    petitions: tuple[PetitionFact, ...] = ()
    legal_aid: tuple[LegalAidFact, ...] = ()
    clocks: tuple[ClockFact, ...] = ()
    lineage: Lineage = FOUNDED

    def marks(self) -> Iterator[tuple[str, Mark]]:
        """(id of the case or matter, mark): everything that figures count."""
        clocks: dict[str, list[ClockFact]] = {}
        for clock in self.clocks:
            clocks.setdefault(clock.subject, []).append(clock)
        for case in self.cases:
            yield from ((case.id, mark) for mark in marks.of_case(case, clocks.get(case.id, ())))
        for petition in self.petitions:
            yield from ((petition.id, mark) for mark in marks.of_petition(petition, clocks.get(petition.id, ())))
        for aid in self.legal_aid:
            yield from ((aid.id, mark) for mark in marks.of_legal_aid(aid))
        known = {fact.id for group in (self.cases, self.petitions) for fact in group}
        for subject in clocks.keys() - known:       # whose registration has not arrived
            yield from ((subject, mark) for mark in marks.of_case(None, clocks[subject]))
            yield from ((subject, mark) for mark in marks.of_petition(None, clocks[subject]))
        for group in marks.groups(self.cases):
            yield from marks.again(group)

    def tally(self, period: Period) -> Tally:
        """Counted anew."""
        made = marks.Summed(period, self.lineage)
        for _, mark in self.marks():
            made.add(mark)
        return made


_CASE = ("case_id, registered_on, origin, place, category, holder, state, outcome, accepted_on, sessions, agreed_on, failed_on,"
         " promises_due, performed, closed_on, sides, names, ratings, unverified, source, entrusting_body, difficulty, form,"
         " people, amount_fen, prevented")
PETITION = ("petition_id, registered_on, place, origin, channel, batches, person_times, repeat_of <> '', abnormal_visit,"
            " skip_level_visit, score, rated_on")
LEGAL_AID = "aid_id, registered_on, place, decided_on, granted"


def load(db: sqlite3.Connection, lineage: Lineage = FOUNDED, within: Sequence[tuple[str, str]] | None = None) -> Facts:
    """The facts of the read model, and who is over whom today. Matters whose registration has not arrived are left out: nothing
    is known of them. `within`: only the cases that a figure of these days (first, last) may count or look at, and perhaps some
    more; figures of these days are the same as of all."""
    which, values = _within(within) if within is not None else ("", [])
    cases = tuple(map(case_of, db.execute(f"SELECT {_CASE} FROM case_facts WHERE registered_on <> ''{which}", values)))
    petitions = tuple(map(petition_of, db.execute(f"SELECT {PETITION} FROM petitions WHERE registered_on <> ''")))
    aid = tuple(map(legal_aid_of, db.execute(f"SELECT {LEGAL_AID} FROM legal_aid WHERE registered_on <> ''")))
    clocks = _clocks(db, within or [("", LAST_DAY.isoformat())])
    clocks += [ClockFact(*row) for row in db.execute(
        "SELECT subject, kind, due_date, stopped, '', late_from FROM matter_deadlines")]
    return Facts(cases, petitions, aid, tuple(clocks), lineage)


def case_of(row: Sequence[Any]) -> CaseFact:
    """Of the columns of `case_facts` as far as a figure asks."""
    return CaseFact(*[*row[:13], bool(row[13]), *row[14:17], tuple((p, s, d) for p, s, d in _listed(row[17])), _listed(row[18]),
                      *row[19:25], _listed(row[25])])


def petition_of(row: Sequence[Any]) -> PetitionFact:
    """Of the columns `PETITION`."""
    return PetitionFact(*[*row[:7], *map(bool, row[7:10]), *row[10:]])


def legal_aid_of(row: Sequence[Any]) -> LegalAidFact:
    """Of the columns `LEGAL_AID`."""
    return LegalAidFact(*[*row[:4], bool(row[4])])


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
