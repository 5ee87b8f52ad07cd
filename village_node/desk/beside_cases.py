"""The desk's use cases of what is no case: records of every kind, petitions, legal aid, appointments, and what is due of them.

A part of `Desk`, which makes what it works with. Must not know: Kivy, argparse, HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.disputes.records.aggregates import State as RecordState
from shared.ledger.formats.envelope import Event
from village_node.desk.acts import Acts
from village_node.desk.appointments import Appointments
from village_node.desk.cases import Cases
from village_node.desk.matters import Matters
from village_node.desk.records import Records
from village_node.desk.words import in_words
from village_node.point.files import FileDraft

Draft = Mapping[str, Any]


class BesideCases:
    """The part of the desk that needs no case."""

    _cases: Cases
    _acts: Acts
    _records: Records
    _appointments: Appointments
    _matters: Matters

    @in_words
    def records(self, aggregate: str = "", *, open_only: bool = False, limit: int = 200, offset: int = 0,
                case: str = "") -> list[dict[str, Any]]:
        """Hazards, talk items, petitions and all else beside cases (`shared.disputes.records.aggregates`): rows of the read
        model. `case`: only what names this case."""
        known = self._cases.resolve(case) if case else ""
        return self._records.rows(aggregate, open_only=open_only, limit=limit, offset=offset, case=known)

    @in_words
    def records_page(self, aggregate: str, limit: int) -> tuple[list[dict[str, Any]], int]:
        """The first `limit` rows of one aggregate, and how many there are in all."""
        return self._records.page(aggregate, limit)

    @in_words
    def record(self, record: str) -> RecordState:
        """One of them with its history. Raises NotHere."""
        return self._records.show(record, self._cases.today())

    @in_words
    def due(self, today: str | None = None) -> list[dict[str, Any]]:
        """Deadlines of cases, petitions, legal aid and records, at or past their warning date, the most overdue first."""
        return self._records.due(today or self._cases.today(), None if today else self._cases.now())

    @in_words
    def due_beside_cases(self, today: str | None = None) -> list[dict[str, Any]]:
        """The same of all but cases, of which no row is read."""
        return self._records.due(today or self._cases.today(), None if today else self._cases.now(), most_cases=0)

    @in_words
    def matters_due(self, most: int) -> tuple[list[list[dict[str, Any]]], int]:
        """The same by matter, each with all of its clocks: the first so many, and how many there are in all."""
        return self._records.matters_due(self._cases.today(), self._cases.now(), most)

    @in_words
    def matter(self, aggregate: str, record: str) -> RecordState:
        """A petition or legal-aid matter. Raises NotHere, also for a record of another kind."""
        return self._matters.show(aggregate, record)

    @in_words
    def matter_events(self, record: str) -> list[Event]:
        return self._records.events(record)[1]

    @in_words
    def opened(self, record: str, staff_id: str) -> dict[str, Any]:
        """Bodies of sealed steps of a record that this person may read on this device, by event."""
        return self._records.opened(record, self._acts.person(staff_id))

    @in_words
    def came_again(self, aggregate: str, record: str) -> dict[str, Any]:
        """{same_person: ids of other petitions of the same person, findings: sentences}; nothing of other matters."""
        return self._records.came_again(aggregate, record)

    @in_words
    def left_out(self, record: str) -> str:
        """One sentence about devices that get no key of this record's sealed steps until somebody here answers; "" for none."""
        return self._records.left_out(record, self._cases.today())

    @in_words
    def record_warnings(self) -> list[dict[str, Any]]:
        """Those that are due or overdue today, the worst colour first (分级预警)."""
        return self._records.warnings(self._cases.today(), self._cases.now())

    @in_words
    def calendar(self, since: str | None = None) -> list[dict[str, Any]]:
        """Duty posts that are known here, with this office's own seats and what the county last said of the others."""
        return self._appointments.calendar(since)

    @in_words
    def appointments(self, *, open_only: bool = False) -> list[dict[str, Any]]:
        """Each with the sentence that is true of it now."""
        return self._appointments.listed(open_only=open_only)

    @in_words
    def appointment(self, verb: str, staff_id: str, record: str | None, draft: Draft, *,
                    legal_date: str | None = None) -> dict[str, Any]:
        """A step of an appointment (`village_node.desk.appointments.STEPS`); a request has no id yet."""
        return self._appointments.step(verb, staff_id, record, draft, legal_date)

    @in_words
    def write_record(self, kind: str, staff_id: str, record: str | None = None, draft: Draft | None = None, *,
                     files: Sequence[FileDraft] = (), legal_date: str | None = None) -> RecordState:
        """Open a record (its first kind, no id) or take a step on it."""
        return self._records.write(kind, staff_id, record, draft or {}, files=files, legal_date=legal_date,
                                   today=self._cases.today())

    @in_words
    def write_matter(self, aggregate: str, kind: str, staff_id: str, record: str | None, draft: Draft, *, case: str = "",
                     files: Sequence[FileDraft] = (), legal_date: str | None = None) -> tuple[RecordState, str]:
        """A step of a petition or legal-aid matter; with `case`, the case is told too. Returns what else happened, in words."""
        return self._matters.write(aggregate, kind, staff_id, record, draft, case, files, legal_date)
