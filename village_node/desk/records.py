"""Hazards, sweeps, talk items, appointments and all else beside cases at the desk, petitions and legal aid among them.

The steps and their rules are `shared.disputes.records.aggregates`; a step is asked of the counter and written as an act of a
case is (`village_node.desk.acts`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.disputes.records import aggregates
from shared.disputes.tables import due as read_model_matters
from shared.disputes.tables import same_person
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.ids import is_ulid
from shared.ledger.texts import t
from village_node.desk.sealed import SealedDesk
from village_node.point.errors import NotHere, UsageError, after_saving
from village_node.point.files import FileDraft

log = logging.getLogger("village_node.records")

if TYPE_CHECKING:
    from shared.ledger.published.directory_heads import Staff
    from village_node.desk.acts import Acts
    from village_node.point.node import Node


class Records:
    """One per desk."""

    def __init__(self, node: Node, acts: Acts) -> None:
        self._node, self._acts, self._sealed = node, acts, SealedDesk(acts.place)

    # ---- reads

    def rows(self, aggregate: str = "", *, open_only: bool = False, limit: int = 200, offset: int = 0,
             case: str = "") -> list[dict[str, Any]]:
        if aggregate and aggregate not in aggregates.NAMES:
            raise UsageError(t("recordcli.no_aggregate", value=aggregate, known="、".join(aggregates.NAMES)))
        with self._node.tables.reader() as db:
            return read_model_matters.rows(db, aggregate, open_only=open_only, limit=limit, offset=offset, case=case)

    def page(self, aggregate: str, limit: int) -> tuple[list[dict[str, Any]], int]:
        """The first `limit` rows of one aggregate, and how many there are."""
        with self._node.tables.reader() as db:
            return read_model_matters.rows(db, aggregate, limit=limit), read_model_matters.count(db, aggregate)

    def due(self, today: str, now: int | None, *, most_cases: int = -1) -> list[dict[str, Any]]:
        """Everything that is due, clocks of cases included (at most so many, -1: all)."""
        with self._node.tables.reader() as db:
            return read_model_matters.all_due(db, today, now=now, most_cases=most_cases)

    def matters_due(self, today: str, now: int, most: int) -> tuple[list[list[dict[str, Any]]], int]:
        with self._node.tables.reader() as db:
            return read_model_matters.matters_due(db, today, now, most)

    def warnings(self, today: str, now: int) -> list[dict[str, Any]]:
        with self._node.tables.reader() as db:
            return read_model_matters.warnings(db, today, now)

    def show(self, record: str, today: str) -> aggregates.State:
        aggregate, events = self.events(record)
        return self.fold(aggregate, events, today)

    def events(self, record: str) -> tuple[str, list[Event]]:
        """(aggregate, every event of the record that is here). Raises NotHere."""
        for aggregate in aggregates.NAMES if is_ulid(record) else ():
            events = self._acts.place.events(aggregate, record)
            if events:
                return aggregate, events
        raise NotHere(t("recordcli.unknown", id=record))

    def opened(self, record: str, person: Staff) -> dict[str, Any]:
        """See `Desk.opened`. Who asked is written to the log of this HOME."""
        _, events = self.events(record)
        found = self._sealed.open_events(record, events, person)
        if found:
            log.warning("%s has opened %d sealed steps of %s", person.id, len(found), record)
        return found

    def left_out(self, record: str, today: str) -> str:
        """See `SealedDesk.left_out`."""
        aggregate, events = self.events(record)
        return self._sealed.left_out(self.fold(aggregate, events, today), record, events)

    def came_again(self, aggregate: str, record: str) -> dict[str, Any]:
        if aggregate != "petition":
            return {"same_person": []}
        key = same_person.key_of(self._node.directory)
        with self._node.tables.reader() as db:
            return {"same_person": same_person.same_person(db, record, key),
                    "findings": same_person.came_again(db, record, key)}

    def fold(self, aggregate: str, events: list[Event], today: str) -> aggregates.State:
        return self._acts.place.fold_record(aggregate, events, today)

    # ---- writes

    def write(self, kind: str, staff_id: str, record: str | None, draft: Mapping[str, Any], *,
              files: Sequence[FileDraft] = (), legal_date: str | None = None, today: str) -> aggregates.State:
        """Open a record (`record` None) or take a step on one that is here. Raises UsageError, NotHere, InvalidDraft, Refused."""
        subject = self._acts.record(kind, staff_id, record, draft, files, legal_date)
        with after_saving(subject):
            return self.show(subject, today)
