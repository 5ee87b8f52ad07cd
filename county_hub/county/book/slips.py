"""三单两函: what an office gave out in writing and what came back. From the events alone; it must not write.

交办单 (assigned), 督办单 (reminder, yellow card), 移送单 (transferred out); 督办函 (red card, circular), 交接函 (handed up).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST = 100
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


def given(db: sqlite3.Connection, office: str, since: str) -> list[Slip]:
    """The newest first; `office` gave them."""
    marks = ", ".join("?" * len(_KINDS))
    rows = db.execute(
        f"SELECT e.id, e.case_id, e.kind, e.legal_date, e.json, c.party_names FROM events e JOIN cases c USING (case_id)"
        f" WHERE e.kind IN ({marks}) AND e.legal_date >= ? AND e.office = ? AND NOT coalesce(e.refused, 0)"
        " ORDER BY e.legal_date DESC, e.id DESC LIMIT ?", [*_KINDS, since, office, MOST]).fetchall()
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
