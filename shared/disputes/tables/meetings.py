"""Sessions that are planned, by day, and who guides a case: a row for each case that has one ahead, and for each judge who was
named or has advised. `ReadModel` writes them from the state just folded.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from shared.disputes.case.state import CaseState

TABLES = (
    "CREATE TABLE meetings (case_id TEXT NOT NULL, date TEXT NOT NULL, time TEXT NOT NULL, place TEXT NOT NULL,"
    " mode TEXT NOT NULL, office TEXT NOT NULL, mediators TEXT NOT NULL, invited TEXT NOT NULL)",
    "CREATE INDEX meetings_case ON meetings (case_id)",
    "CREATE INDEX meetings_day ON meetings (date, time)",
    "CREATE TABLE guides (case_id TEXT NOT NULL, judge TEXT NOT NULL)",
    "CREATE INDEX guides_case ON guides (case_id)",
    "CREATE INDEX guides_judge ON guides (judge, case_id)",
)
MOST = 200
Row = tuple[str, str, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """`mode`: table `meeting_mode`; `office`: who called the parties together."""

    case: str
    date: str
    time: str
    place: str
    mode: str
    office: str
    mediators: tuple[str, ...]
    invited: tuple[str, ...]
    names: str
    summary: str


def rows(case: CaseState) -> list[Row]:
    m = case.meeting
    return [] if m is None else [(case.id, m.date, m.time, m.place, m.mode, m.office, json.dumps(m.mediators, ensure_ascii=False),
                                  json.dumps(m.invited, ensure_ascii=False))]


def guides(case: CaseState) -> list[tuple[str, str]]:
    """Of a case that goes on."""
    return [(case.id, who) for kind, who in case.levels.advised if kind == "judge"] if case.is_open else []


def guided(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """(guiding judge, cases that go on), the busiest first."""
    return list(db.execute("SELECT judge, count(*) AS n FROM guides GROUP BY judge ORDER BY n DESC, judge"))


def planned_total(db: sqlite3.Connection, since: str, until: str) -> int:
    return int(db.execute("SELECT count(*) FROM meetings m JOIN cases c USING (case_id) WHERE m.date BETWEEN ? AND ?",
                          (since, until)).fetchone()[0])


def planned(db: sqlite3.Connection, since: str, until: str, offices: Sequence[str] = (), most: int = MOST) -> list[Planned]:
    """From one day to another, both included, the earliest first; of these offices, or of all."""
    some = f" AND m.office IN ({', '.join('?' * len(offices))})" if offices else ""
    found = db.execute(
        "SELECT m.case_id, m.date, m.time, m.place, m.mode, m.office, m.mediators, m.invited, c.party_names, c.summary"
        f" FROM meetings m JOIN cases c USING (case_id) WHERE m.date BETWEEN ? AND ?{some}"
        " ORDER BY m.date, m.time, m.case_id LIMIT ?",
        (since, until, *offices, most))
    return [Planned(case, date, time, place, mode, office, tuple(json.loads(mediators)), tuple(json.loads(invited)), names,
                    summary)
            for case, date, time, place, mode, office, mediators, invited, names, summary in found]
