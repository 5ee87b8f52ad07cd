"""The marks that figures count (`shared.disputes.figures.marks`), kept as sums of days and of months: a report adds up some
thousand rows instead of every case of two years.

    tallied_days, tallied_months    what, span (2026-03-02 | 2026-03), key, n
    came_again                      the case that came after another of the same people was closed, with its mark
`ReadModel` hands the rows that a case had and those that it has now, in its own transaction; the difference of their marks goes
into the sums. Whoever opens the tables sees the sums of exactly the rows that are there. It must not know what day it is.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.disputes.figures import facts, marks
from shared.disputes.figures.marks import Ended, Mark, Period
from shared.disputes.figures.single import ClockFact
from shared.ledger.days import later
from shared.ledger.published.lineage import Lineage
from shared.ledger.published.refusals import Subject
from shared.ledger.tables import Row

_SUMS = ("(what TEXT NOT NULL, span TEXT NOT NULL, key TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (what, span, key))"
         " WITHOUT ROWID")
TABLES = (
    f"CREATE TABLE tallied_days {_SUMS}",
    f"CREATE TABLE tallied_months {_SUMS}",
    "CREATE TABLE came_again (case_id TEXT PRIMARY KEY, day TEXT NOT NULL, key TEXT NOT NULL) WITHOUT ROWID",
)
Rows = Mapping[str, Sequence[Row]]
_Group = tuple[str, str, str]
# columns of `case_facts`
_PLACE, _CATEGORY, _CLOSED_ON, _NAMES, _REGISTERED_ON = 3, 4, 14, 16, 1


# --- keeping ------------------------------------------------------------------------------------------------------


class Change:
    """What a batch changes in the sums."""

    def __init__(self) -> None:
        self._by: Counter[Mark] = Counter()

    def come(self, found: Iterable[Mark], times: int = 1) -> None:
        for mark in found:
            if mark.n:
                self._by[mark._replace(n=1)] += times * mark.n

    def go(self, found: Iterable[Mark]) -> None:
        self.come(found, -1)

    def put(self, db: sqlite3.Connection) -> None:
        days = {(mark.what, mark.day, mark.key): n for mark, n in self._by.items() if n}
        months: Counter[tuple[str, str, str]] = Counter()
        for (what, day, key), n in days.items():
            months[what, day[:7], key] += n
        for table, sums in (("tallied_days", days), ("tallied_months", months)):
            db.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
                           [(*which, n) for which, n in sums.items() if n])


def keep_cases(db: sqlite3.Connection, were: tuple[Rows, Rows], now: tuple[Rows, Rows]) -> None:
    """`were`: by case, the rows of `case_facts` and of `deadlines` that have changed, as they were; `now`: the rows of all cases
    of the batch, which the tables already have."""
    change, touched = Change(), were[0].keys() | were[1].keys()
    for case in touched:
        facts_now, clocks_now = now[0][case], now[1][case]
        change.come(_marks_of(facts_now, clocks_now))
        change.go(_marks_of(were[0].get(case, facts_now), were[1].get(case, clocks_now)))
    met = {case: {group for row in (*rows, *now[0][case]) if (group := _group_of(row)) is not None}
           for case, rows in were[0].items()}
    _keep_again(db, change, [case for case, of in met.items() if of], {group for of in met.values() for group in of})
    change.put(db)


def _marks_of(facts_rows: Sequence[Row], clock_rows: Sequence[Row]) -> Iterator[Mark]:
    case = next((facts.case_of(row) for row in facts_rows if row[_REGISTERED_ON]), None)
    return marks.of_case(case, [ClockFact(row[0], row[1], row[3], row[6], row[7], row[9]) for row in clock_rows])


def _group_of(row: Row) -> _Group | None:
    """Of a closed case: whose closing or coming again it may be."""
    return (row[_NAMES], row[_PLACE], row[_CATEGORY]) if row[_NAMES] and row[_CLOSED_ON] and row[_REGISTERED_ON] else None


def _keep_again(db: sqlite3.Connection, change: Change, cases: Sequence[str], groups: Iterable[_Group]) -> None:
    """`cases`: those that changed in these groups or left them."""
    now: dict[str, Mark] = {}
    ids = set(cases)
    for group in groups:
        ended = [Ended(*row) for row in db.execute(
            "SELECT case_id, registered_on, closed_on, state = 'merged' FROM case_facts INDEXED BY case_facts_people"
            " WHERE names = ? AND place = ? AND category = ? AND closed_on IS NOT NULL AND names <> '' AND registered_on <> ''",
            group)]
        ids.update(one.id for one in ended)
        now.update(marks.again(ended))
    were = {}
    for case in ids:
        row = db.execute("SELECT day, key FROM came_again WHERE case_id = ?", (case,)).fetchone()
        if row is not None:
            were[case] = Mark("again", *row)
    changed = [case for case in ids if were.get(case) != now.get(case)]
    for case in changed:
        change.go([were[case]] if case in were else ())
        change.come([now[case]] if case in now else ())
    db.executemany("DELETE FROM came_again WHERE case_id = ?", [(case,) for case in changed if case in were])
    db.executemany("INSERT INTO came_again VALUES (?, ?, ?)",
                   [(case, now[case].day, now[case].key) for case in changed if case in now])


def marks_of_matter(db: sqlite3.Connection, subject: Subject) -> list[Mark]:
    """Of a petition or legal aid, as its rows are now."""
    aggregate, id = subject
    clocks = [ClockFact(*row) for row in db.execute(
        "SELECT subject, kind, due_date, stopped, '', late_from FROM matter_deadlines WHERE aggregate = ? AND subject = ?",
        (aggregate, id))]
    if aggregate == "petition":
        row = _matter(db, f"SELECT {facts.PETITION} FROM petitions WHERE petition_id = ?", id)
        return list(marks.of_petition(facts.petition_of(row) if row is not None else None, clocks))
    row = _matter(db, f"SELECT {facts.LEGAL_AID} FROM legal_aid WHERE aid_id = ?", id)
    return list(marks.of_legal_aid(facts.legal_aid_of(row))) if row is not None else []


def _matter(db: sqlite3.Connection, which: str, id: str) -> Row | None:
    row: Row | None = db.execute(f"{which} AND registered_on <> ''", (id,)).fetchone()
    return row


def keep_matter(db: sqlite3.Connection, were: Iterable[Mark], now: Iterable[Mark]) -> None:
    change = Change()
    change.come(now)
    change.go(were)
    change.put(db)


# --- asking -------------------------------------------------------------------------------------------------------


class Kept:
    """A `Tally` of the kept sums. Asked within one block of a reader, it is of one moment."""

    def __init__(self, db: sqlite3.Connection, period: Period, lineage: Lineage) -> None:
        self._db, self.period, self.lineage = db, period, lineage
        self._asked: dict[str, Counter[str]] = {}

    def by(self, what: str) -> Mapping[str, int]:
        known = self._asked.get(what)
        if known is None:
            known = self._asked[what] = self._sums(what, "key")
        return known

    def by_month(self, what: str) -> Mapping[str, int]:
        return self._sums(what, "substr(span, 1, 7)")

    def by_day(self, what: str, days: Period) -> Mapping[str, Mapping[str, int]]:
        """Day -> key -> sum, of these days of the period."""
        last = min(days.end, self.period.counted(what).end)
        return self._spans(what, "tallied_days", Period(days.start, last))

    def month_by_month(self, what: str) -> Mapping[str, Mapping[str, int]]:
        """2026-03 -> key -> sum."""
        made: dict[str, Counter[str]] = {}
        for table, first, last in self._pieces(what):
            for span, sums in self._spans(what, table, Period(first, last)).items():
                made.setdefault(span[:7], Counter()).update(sums)
        return made

    def _spans(self, what: str, table: str, period: Period) -> dict[str, dict[str, int]]:
        made: dict[str, dict[str, int]] = {}
        for span, key, n in self._db.execute(
                f"SELECT span, key, n FROM {table} WHERE what = ? AND span BETWEEN ? AND ? AND n <> 0",
                (what, period.start, period.end)):
            made.setdefault(span, {})[key] = n
        return made

    def _sums(self, what: str, by: str) -> Counter[str]:
        made: Counter[str] = Counter()
        for table, first, last in self._pieces(what):
            made.update(dict(self._db.execute(
                f"SELECT {by}, sum(n) FROM {table} WHERE what = ? AND span BETWEEN ? AND ? GROUP BY 1 HAVING sum(n) <> 0",
                (what, first, last))))
        return made

    def _pieces(self, what: str) -> Iterator[tuple[str, str, str]]:
        """(table, first span, last span): the whole months, and the days before and after them."""
        period = self.period.counted(what)
        first, last = _month_from(period.start), _month_up_to(period.end)
        if first > last:
            yield "tallied_days", period.start, period.end
            return
        yield "tallied_months", first, last
        if period.start[8:] != "01":
            yield "tallied_days", period.start, later(f"{first}-01", -1)
        if later(period.end, 1)[8:] != "01":
            yield "tallied_days", f"{period.end[:7]}-01", period.end


def _month_from(day: str) -> str:
    """The first month that lies wholly on or after the day."""
    return day[:7] if day[8:] == "01" else later(f"{day[:7]}-28", 4)[:7]


def _month_up_to(day: str) -> str:
    """The last month that lies wholly on or before the day."""
    return day[:7] if later(day, 1)[8:] == "01" else later(f"{day[:7]}-01", -1)[:7]
