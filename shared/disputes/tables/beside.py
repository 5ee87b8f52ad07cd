"""Everything beside cases in the tables: folded again from the rows of `events` by its machine, written by its table's `put`."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable

from shared.disputes.records import aggregates
from shared.disputes.rules.county import CountyRules
from shared.disputes.tables import matters, records
from shared.ledger.published.refusals import Subject, any_refused, refusals_of
from shared.ledger.tables import Fresh, put_fault, stored_events
from shared.ledger.texts import t

log = logging.getLogger("shared.read_model")
TABLES = (*records.TABLES, *matters.TABLES)


def refold(db: sqlite3.Connection, subjects: Iterable[Subject], fresh: Fresh, ours: CountyRules) -> None:
    """Bring the rows of these subjects up to date; those of no machine are passed over."""
    ours_to_fold = sorted(subject for subject in subjects if subject[0] in aggregates.MACHINES)
    asked = bool(ours_to_fold) and any_refused(db)
    for subject in ours_to_fold:
        try:
            fault = _one(db, subject, fresh, ours, asked)
        except Exception:       # one of them must not stop the tables of all others
            log.exception("%s %s has no row", *subject)
            fault = t("finding.cannot_fold", what=t("common.whole_case"))
        put_fault(db, subject, fault)


def _one(db: sqlite3.Connection, subject: Subject, fresh: Fresh, ours: CountyRules, asked: bool) -> str:
    """The sentence of what could not be folded, "" when all could."""
    aggregate, id = subject
    table = matters if aggregate in aggregates.MATTERS else records
    found = {**stored_events(db, id), **fresh.get(subject, {})}
    if not found:
        table.drop(db, subject)
        return ""
    refused, absent = refusals_of(db, subject) if asked else ({}, {})
    state = aggregates.fold(aggregate, found.values(), ours, refused, absent=absent, history=False)
    table.put(db, subject, state)
    if not state.faults:
        return ""
    return "；".join(getattr(state, "findings", ())) or t("finding.cannot_fold", what=t("common.whole_case"))
