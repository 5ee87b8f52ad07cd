"""What a case asks of an office before anything else: a table that lists and their counts are made from.

    unread     a hand-over or a supervision that no person there has opened
    asked      a hand-over that waits for the office's answer
    returned   what the office handed on came back, and it has not acted since
`by` is the office that asks or gave back, `due` the day of the answer. Pure rows of a folded case; must not know labels.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from shared.disputes.case.state import CaseState
from shared.disputes.case.unread import unread

TABLES = (
    "CREATE TABLE attention (case_id TEXT NOT NULL, kind TEXT NOT NULL, office TEXT NOT NULL, by TEXT NOT NULL,"
    " reason TEXT NOT NULL, due TEXT)",
    "CREATE INDEX attention_case ON attention (case_id)",
    "CREATE INDEX attention_office ON attention (office, kind)",
)
Row = tuple[str, str, str, str, str, str | None]
ACK = {"escalate": "escalation_ack", "assign": "assignment_ack"}     # pending request -> the clock of its answer


def rows(case: CaseState) -> list[Row]:
    """All of one case."""
    pending, found = case.custody.pending, list[Row]()
    offices = {case.holder, *(s.to for s in case.supervisions), *([pending.to_office] if pending else [])}
    for office in sorted(offices):
        if unread(case, office):
            by = pending.from_office if pending and pending.to_office == office else ""
            found.append((case.id, "unread", office, by, "", None))
    if pending is not None and case.is_open:
        found.append((case.id, "asked", pending.to_office, pending.from_office, pending.reason, answer_due(case)))
    other = case.choice.type_asked
    if other is not None and case.is_open and other.to != case.holder:
        found.append((case.id, "asked", other.to, other.by, "", None))
    last = case.hand_overs[-1] if case.hand_overs else None
    if (last is not None and last.answer == "returned" and last.office == case.holder and pending is None
            and case.is_open and case.last_actor_office != case.holder):
        found.append((case.id, "returned", case.holder, last.to, last.answer_reason, None))
    return found


def answer_due(case: CaseState) -> str | None:
    """By when the hand-over under way must be answered."""
    pending = case.custody.pending
    if pending is None:
        return None
    kind = ACK.get(pending.kind, "")
    return next((c.due_date for c in case.clocks if c.kind == kind and c.event == pending.event), pending.due)


@dataclass(frozen=True, slots=True)
class Asked:
    kind: str
    office: str
    by: str
    reason: str
    due: str


def of_cases(db: sqlite3.Connection, cases: Sequence[str]) -> dict[str, list[Asked]]:
    """What each of these cases asks, of any office."""
    found: dict[str, list[Asked]] = {}
    marks = ", ".join("?" * len(cases))
    for case, kind, office, by, reason, due in db.execute(
            f"SELECT case_id, kind, office, by, reason, due FROM attention WHERE case_id IN ({marks})", list(cases)):
        found.setdefault(case, []).append(Asked(kind, office, by, reason, due or ""))
    return found
