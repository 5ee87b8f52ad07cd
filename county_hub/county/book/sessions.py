"""Questions of the mediation zone to the tables: sessions, judges who guide, confirmation, what goes to and comes from the court.
It must not write, and must not know HTTP or HTML.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from shared.disputes.tables.case_filter import WALKED

FROM_COURT = ("court", "court_preassigned", "court_entrusted", "court_entrusted_summary")     # table `entrusting_body`


@dataclass(frozen=True, slots=True)
class Held:
    """One session of a case."""

    case: str
    date: str
    place: str
    result: str
    names: str
    summary: str


_HELD = (" FROM events e JOIN cases c USING (case_id) WHERE e.kind = 'case.session_held' AND e.legal_date >= ?"
         " AND NOT coalesce(e.refused, 0)")
_APPLIED = " FROM events WHERE kind = 'case.confirmation_applied' AND legal_date >= ? AND NOT coalesce(refused, 0)"
_FROM_COURT = (f" FROM {WALKED} WHERE settled = 0 AND EXISTS (SELECT 1 FROM case_facts f WHERE f.case_id = cases.case_id"
               f" AND f.entrusting_body IN ({', '.join('?' * len(FROM_COURT))}))")
_FAILED = " FROM cases INDEXED BY cases_state WHERE state = 'terminated'"
# of each list its rows: (what is counted, where, values before a day)
_TOTALS = {"held": ("*", _HELD), "confirmations": ("DISTINCT case_id", _APPLIED), "from_court": ("*", _FROM_COURT),
           "failed": ("*", _FAILED)}


def total(db: sqlite3.Connection, name: str, since: str = "") -> int:
    """How long the list of this name is, from a day on where it begins at one."""
    what, where = _TOTALS[name]
    values = FROM_COURT if name == "from_court" else (since,) if since else ()
    return int(db.execute(f"SELECT count({what}){where}", tuple(values)).fetchone()[0])


def held(db: sqlite3.Connection, since: str, most: int, skip: int = 0) -> list[Held]:
    """Sessions from a day on, the newest first."""
    rows = db.execute(f"SELECT e.case_id, e.legal_date, e.json, c.party_names, c.summary{_HELD}"
                      " ORDER BY e.legal_date DESC, e.id LIMIT ? OFFSET ?", (since, most, skip))
    made = []
    for case, date, text, names, summary in rows:
        body = json.loads(text).get("body") or {}
        made.append(Held(case, date, str(body.get("place", "")), str(body.get("result", "")), names, summary))
    return made


def confirmations(db: sqlite3.Connection, since: str, most: int, skip: int = 0) -> list[tuple[str, str, str]]:
    """(case, asked on, what the court decided, "" while it waits) since a day, the newest first."""
    rows = db.execute(f"SELECT case_id, max(legal_date){_APPLIED} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ? OFFSET ?",
                      (since, most, skip)).fetchall()
    decided = {case: str((json.loads(text).get("body") or {}).get("status", "")) for case, text in db.execute(
        "SELECT case_id, json FROM events WHERE kind = 'case.confirmation_decided' AND legal_date >= ?"
        " AND NOT coalesce(refused, 0) ORDER BY hlc", (since,))}
    return [(case, day, decided.get(case, "")) for case, day in rows]


def from_court(db: sqlite3.Connection, most: int, skip: int = 0) -> list[str]:
    """What the court entrusted and is not ended."""
    return [row[0] for row in db.execute(f"SELECT case_id{_FROM_COURT} LIMIT ? OFFSET ?", [*FROM_COURT, most, skip])]


def failed(db: sqlite3.Connection, most: int, skip: int = 0) -> list[str]:
    """Mediation failed, and the parties may be sent to the court with the papers."""
    return [row[0] for row in db.execute(
        f"SELECT case_id{_FAILED} ORDER BY due_date DESC, registered_at DESC LIMIT ? OFFSET ?", (most, skip))]
