"""三单两函: what an office gave out in writing and what came back. From the events alone; it must not write.

交办单 (assigned), 督办单 (reminder, yellow card), 移送单 (transferred out); 督办函 (red card, circular), 交接函 (handed up).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# kind of slip -> the paper that is printed of it (shared/disputes/case/papers.py)
PAPER = {"supervision_letter": "E07", "supervision": "E07", "transfer": "E06"}
_KINDS = ("case.assigned", "case.supervision_issued", "case.transferred_out", "case.escalate_requested")
_ANSWERS = {
    "case.assignment_acknowledged": "taken", "case.assignment_returned": "returned", "case.supervision_replied": "replied",
    "case.transfer_received": "received", "case.escalate_accepted": "taken", "case.escalate_returned": "returned",
}
_REFERS = ("assignment", "of", "request")


@dataclass(frozen=True, slots=True)
class Slip:
    """`kind`: assign | supervision | supervision_letter | transfer | escalate. `to`: an office, or a code of `outcome`.
    `answer`: "" (waits) | taken | returned | replied | received."""

    case: str
    kind: str
    to: str
    on: str
    due: str
    text: str
    names: str
    answer: str
    answered_on: str


_GIVEN = (f" FROM events e JOIN cases c USING (case_id) WHERE e.kind IN ({', '.join('?' * len(_KINDS))})"
          " AND e.legal_date >= ? AND e.office = ? AND NOT coalesce(e.refused, 0)")


def total(db: sqlite3.Connection, office: str, since: str) -> int:
    return int(db.execute(f"SELECT count(*){_GIVEN}", [*_KINDS, since, office]).fetchone()[0])


def given(db: sqlite3.Connection, office: str, since: str, most: int, skip: int = 0) -> list[Slip]:
    """The newest first; `office` gave them."""
    rows = db.execute(f"SELECT e.id, e.case_id, e.kind, e.legal_date, e.json, c.party_names{_GIVEN}"
                      " ORDER BY e.legal_date DESC, e.id DESC LIMIT ? OFFSET ?", [*_KINDS, since, office, most, skip]).fetchall()
    answers = _answers(db, since)
    made = []
    for id, case, kind, day, text, names in rows:
        body = json.loads(text).get("body") or {}
        word, on = answers.get(id) or answers.get(case if kind == "case.transferred_out" else "") or ("", "")
        made.append(Slip(case, _name(kind, body), str(body.get("to", "")), day, str(body.get("due") or ""),
                         str(body.get("text") or body.get("reason") or ""), names, word, on))
    return made


def _answers(db: sqlite3.Connection, since: str) -> dict[str, tuple[str, str]]:
    """By the event that they answer; a receipt of a transfer by its case."""
    marks, found = ", ".join("?" * len(_ANSWERS)), dict[str, tuple[str, str]]()
    sql = f"SELECT case_id, kind, legal_date, json FROM events WHERE kind IN ({marks}) AND legal_date >= ?"
    for case, kind, day, text in db.execute(sql, [*_ANSWERS, since]):
        body = json.loads(text).get("body") or {}
        to = next((str(body[name]) for name in _REFERS if body.get(name)), case)
        found[to] = (_ANSWERS[kind], day)
    return found


def _name(kind: str, body: Mapping[str, Any]) -> str:
    if kind == "case.supervision_issued":
        return "supervision_letter" if body.get("level") in ("supervise", "circular") else "supervision"
    return {"case.assigned": "assign", "case.transferred_out": "transfer"}.get(kind, "escalate")
