"""The whole case that the tables' own rows of `events` and refusals fold to."""

from __future__ import annotations

import sqlite3

from shared.disputes.case.state import CaseState
from shared.disputes.fold.fold import fold_case
from shared.ledger.published.refusals import refusals_of
from shared.ledger.tables import stored_events


def case_of_tables(db: sqlite3.Connection, case: str) -> CaseState | None:
    """None if there is no such case."""
    events = stored_events(db, case)
    if not events:
        return None
    refused, absent = refusals_of(db, ("case", case))
    return fold_case(events.values(), refused, absent=absent)
