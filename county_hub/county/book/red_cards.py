"""督办（红牌）that wait for their answer: which, by whom to answer (DOMAIN.md 7.6). What the tables do not hold of a
supervision, its level and who must answer, is read from the folded case. It must not write, and must not know HTTP or HTML.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.disputes.case.state import CaseState

RED = "supervise"
MOST = 40           # of cases that are folded for one page


@dataclass(frozen=True, slots=True)
class Asked:
    """One supervision without an answer; `to` is the office that must give it, `due` the day, "" where none is set."""

    case: str
    title: str
    level: str
    to: str
    due: str


def among_due(db: sqlite3.Connection, asked: Sequence[Asked], today: str) -> int:
    """Of how many of these the clock of the answer has come to its warning date: a list of what is due has them already."""
    return sum(db.execute(
        "SELECT EXISTS (SELECT 1 FROM deadlines WHERE case_id = ? AND kind = 'supervision_reply' AND stopped IS NULL"
        " AND due_date = ? AND warn_date <= ?)", (one.case, one.due, today)).fetchone()[0] for one in asked)


def waiting(db: sqlite3.Connection, case_of: Callable[[str], CaseState | None]) -> list[Asked]:
    """Of at most `MOST` cases those whose answer is due first, in that order. Walks over running clocks alone."""
    cases = [row[0] for row in db.execute(
        "SELECT case_id FROM deadlines INDEXED BY deadlines_asked WHERE stopped IS NULL AND kind = 'supervision_reply'"
        " GROUP BY case_id ORDER BY min(due_date), case_id LIMIT ?", (MOST,))]
    found: list[Asked] = []
    for state in filter(None, map(case_of, cases)):
        due = {clock.event: clock.due_date for clock in state.clocks if clock.kind == "supervision_reply"}
        found += [Asked(state.id, state.summary, order.level, order.to, due.get(order.event) or order.due or "")
                  for order in state.supervisions if order.replied_on is None]
    return sorted(found, key=lambda asked: (asked.due == "", asked.due, asked.case))
