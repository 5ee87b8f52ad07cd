"""All that figures count: the facts of every case, petition, legal-aid matter and clock, read from the read model's tables.

`load(db)` is the only function that knows SQL. Counting anew from facts (`Facts.tally`) and what the tables keep counted
(`shared.disputes.tables.tallied`) give the same: both count the marks of `marks`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
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
_EITHER = "registered_on <> '' AND (registered_on BETWEEN ? AND ? OR {} BETWEEN ? AND ?)"


def load(db: sqlite3.Connection, lineage: Lineage = FOUNDED) -> Facts:
    """The facts of the read model, and who is over whom today. Matters whose registration has not arrived are left out: nothing
    is known of them."""
    return Facts(
        tuple(map(case_of, db.execute(f"SELECT {_CASE} FROM case_facts WHERE registered_on <> ''"))),
        tuple(map(petition_of, db.execute(f"SELECT {PETITION} FROM petitions WHERE registered_on <> ''"))),
        tuple(map(legal_aid_of, db.execute(f"SELECT {LEGAL_AID} FROM legal_aid WHERE registered_on <> ''"))),
        tuple(_clocks(db, [("", LAST_DAY.isoformat())]) + _matter_clocks(db, ("", LAST_DAY.isoformat()))), lineage)


def of_days(db: sqlite3.Connection, whats: Collection[str], days: tuple[str, str], lineage: Lineage = FOUNDED) -> Facts:
    """Only what makes marks of these names on these days (first, last), and perhaps some more."""
    which, values = _cases_of(whats, days)
    of_petitions, of_aid = not _PETITION_WHATS.isdisjoint(whats), not {"aid", "aid_granted"}.isdisjoint(whats)
    cases = db.execute(f"SELECT {_CASE} FROM case_facts NOT INDEXED WHERE registered_on <> '' AND rowid IN ({which})",
                       values) if which else ()
    petitions = db.execute(f"SELECT {PETITION} FROM petitions WHERE {_EITHER.format('rated_on')}", (*days, *days))
    aid = db.execute(f"SELECT {LEGAL_AID} FROM legal_aid WHERE {_EITHER.format('decided_on')}", (*days, *days))
    clocks = _clocks(db, [days]) if not _CLOCK_WHATS.isdisjoint(whats) else []
    return Facts(
        tuple(map(case_of, cases)), tuple(map(petition_of, petitions)) if of_petitions else (),
        tuple(map(legal_aid_of, aid)) if of_aid else (), (*clocks, *(_matter_clocks(db, days) if of_petitions else ())), lineage)


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
    due = " UNION ALL ".join(_DUE.format(what="rowid") for _ in spans)
    values = [value for span in spans for value in (*_JUDGED, *span)]
    return [ClockFact(*row) for row in db.execute(
        f"SELECT case_id, kind, due_date, stopped, late, late_from FROM deadlines NOT INDEXED WHERE rowid IN ({due})", values)]


def _matter_clocks(db: sqlite3.Connection, days: tuple[str, str]) -> list[ClockFact]:
    return [ClockFact(*row) for row in db.execute(
        "SELECT subject, kind, due_date, stopped, '', late_from FROM matter_deadlines WHERE due_date BETWEEN ? AND ?", days)]


_JUDGED = sorted(ACCEPTANCE | MEDIATION)
_DUE = (f"SELECT {{what}} FROM deadlines INDEXED BY deadlines_due WHERE kind IN ({', '.join('?' * len(_JUDGED))})"
        " AND due_date BETWEEN ? AND ?")
# of which day of a case marks are; of ratings every day, and of clocks those when they are due
_DAY = {**dict.fromkeys(("registered", "handled", "resolved"), "registered_on"),
        **dict.fromkeys(("accepted", "accepted_where", "mediated", "difficult", "people", "source", "prevented"), "accepted_on"),
        **dict.fromkeys(("agreed", "amount", "performed"), "agreed_on"), "failed": "failed_on", "promised": "promises_due",
        **dict.fromkeys(("closed", "asked", "took_part", "again"), "closed_on")}
_RATING_WHATS = frozenset({"rated", "unverified"})
_CLOCK_WHATS = frozenset({"acceptance_due", "mediation_due", "late", marks.RUNNING})
_PETITION_WHATS = frozenset({"petitions", "batches", "person_times", "repeat", "abnormal_visit", "skip_level_visit",
                             "petition_rated", "petition_accept_due", "petition_handle_due"})


def _cases_of(whats: Collection[str], days: tuple[str, str]) -> tuple[str, list[str]]:
    """A question for the rowids of cases that make marks of these names on these days, "" for none."""
    touch = ("SELECT rowid FROM case_facts NOT INDEXED WHERE rowid IN (SELECT rowid FROM case_facts INDEXED BY case_facts_days"
             " WHERE last_day >= ? AND first_day <= ?)")
    parts, values = list[str](), list[str]()
    for column in sorted({_DAY[what] for what in whats if what in _DAY}):
        parts.append(f"{touch} AND {column} BETWEEN ? AND ?")
        values += [*days, *days]
    if not _RATING_WHATS.isdisjoint(whats):
        parts.append(f"{touch} AND ratings || unverified <> '[][]'")
        values += days
    if "again" in whats:                # a repeat is told by those that ended before among the same people
        parts.append("SELECT e.rowid FROM case_facts c JOIN case_facts e USING (names, place, category)"
                     " WHERE c.rowid IN (SELECT rowid FROM case_facts WHERE closed_on BETWEEN ? AND ? AND names <> '')"
                     " AND e.closed_on IS NOT NULL AND e.names <> ''")
        values += days
    if not _CLOCK_WHATS.isdisjoint(whats):
        parts.append(f"SELECT rowid FROM case_facts WHERE case_id IN ({_DUE.format(what='case_id')})")
        values += [*_JUDGED, *days]
    return " UNION ALL ".join(parts), values


def _listed(text: str) -> tuple[Any, ...]:
    return () if text == "[]" else tuple(_decode(text))


def years(db: sqlite3.Connection, today: str) -> list[int]:
    """Years in which anything was registered, up to today, the newest first."""
    found = {row[0] for row in db.execute(
        "SELECT DISTINCT substr(month, 1, 4) FROM counted WHERE what = 'registered' AND dim = '' AND n > 0 AND month <= ?"
        " UNION SELECT DISTINCT substr(registered_on, 1, 4) FROM petitions WHERE registered_on BETWEEN '0' AND ?"
        " UNION SELECT DISTINCT substr(registered_on, 1, 4) FROM legal_aid WHERE registered_on BETWEEN '0' AND ?",
        (today[:7], today, today))}
    return sorted((int(year) for year in found if year.isascii() and year.isdigit()), reverse=True)
