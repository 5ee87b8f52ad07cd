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


def held(db: sqlite3.Connection, since: str, most: int = 60) -> list[Held]:
    """Sessions from a day on, the newest first."""
    rows = db.execute(
        "SELECT e.case_id, e.legal_date, e.json, c.party_names, c.summary FROM events e JOIN cases c USING (case_id)"
        " WHERE e.kind = 'case.session_held' AND e.legal_date >= ? AND NOT coalesce(e.refused, 0)"
        " ORDER BY e.legal_date DESC, e.id LIMIT ?", (since, most))
    made = []
    for case, date, text, names, summary in rows:
        body = json.loads(text).get("body") or {}
        made.append(Held(case, date, str(body.get("place", "")), str(body.get("result", "")), names, summary))
    return made


def confirmations(db: sqlite3.Connection, since: str, most: int) -> list[tuple[str, str, str]]:
    """(case, asked on, what the court decided, "" while it waits) since a day, the newest first."""
    rows = db.execute(
        "SELECT case_id, max(legal_date) FROM events WHERE kind = 'case.confirmation_applied' AND legal_date >= ?"
        " AND NOT coalesce(refused, 0) GROUP BY 1 ORDER BY 2 DESC LIMIT ?", (since, most)).fetchall()
    decided = {case: str((json.loads(text).get("body") or {}).get("status", "")) for case, text in db.execute(
        "SELECT case_id, json FROM events WHERE kind = 'case.confirmation_decided' AND legal_date >= ?"
        " AND NOT coalesce(refused, 0) ORDER BY hlc", (since,))}
    return [(case, day, decided.get(case, "")) for case, day in rows]


def from_court(db: sqlite3.Connection, most: int) -> list[str]:
    """What the court entrusted and is not ended."""
    marks = ", ".join("?" * len(FROM_COURT))
    return [row[0] for row in db.execute(
        f"SELECT case_id FROM {WALKED} WHERE settled = 0 AND EXISTS (SELECT 1 FROM case_facts f WHERE f.case_id = cases.case_id"
        f" AND f.entrusting_body IN ({marks})) LIMIT ?", [*FROM_COURT, most])]


def failed(db: sqlite3.Connection, most: int) -> list[str]:
    """Mediation failed, and the parties may be sent to the court with the papers."""
    return [row[0] for row in db.execute(
        "SELECT case_id FROM cases INDEXED BY cases_state WHERE state = 'terminated'"
        " ORDER BY due_date DESC, registered_at DESC LIMIT ?", (most,))]
