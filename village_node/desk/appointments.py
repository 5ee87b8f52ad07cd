"""Duty posts and appointments at the desk: the calendar as it is known here, requests that wait, own seats.

The county owns the calendar (DOMAIN.md D3). What is said of an appointment rests on receipts: a request that is only on this
device is called just that. Only numbered seats of this office's quota are confirmed here, offline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.disputes.records.appointments import Seats, seats, words
from shared.disputes.records.machine import RecordState
from shared.ledger.texts import t
from village_node.point.errors import Refused, UsageError

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.desk.records import Records
    from village_node.point.node import Node

# `village-node appointment VERB` -> the step it takes.
STEPS = {
    "request": "appointment.requested", "confirm": "appointment.confirmed", "accept": "appointment.accepted",
    "cancel": "appointment.cancelled", "attended": "appointment.checked_in", "absent": "appointment.no_show",
    "advise": "appointment.advised", "close": "appointment.closed",
}


class Appointments:
    """One per desk."""

    def __init__(self, node: Node, cases: Cases, records: Records) -> None:
        self._node, self._cases, self._records = node, cases, records

    def calendar(self, since: str | None = None) -> list[dict[str, Any]]:
        """Duties that are here, from a day on: {duty, date, start, end, service, person, place, own, own_free, sentence}."""
        first, office = since or self._cases.today(), self._node.config.office
        known = self._all("appointment")
        duties = [d for d in self._all("duty") if str(d.data.get("date", "")) >= first and d.state == "published"]
        duties.sort(key=lambda d: (str(d.data["date"]), str(d.data["start"]), d.id))
        return [self._post(duty, seats(duty, known, office)) for duty in duties]

    def _post(self, duty: RecordState, left: Seats) -> dict[str, Any]:
        told = next((s.legal_date for s in reversed(duty.steps) if s.kind == "duty.counted" and s.effect == "yes"), None)
        common = t("appointments.calendar_free", free=duty.data.get("free"), date=told) if told else t(
            "appointments.calendar_unknown", seats=left.common)
        names = ("date", "start", "end", "service", "person", "place")
        return {"duty": duty.id, **{name: duty.data.get(name) for name in names}, "own": left.own,
                "own_free": list(left.own_free), "common": left.common, "told_free": duty.data.get("free"), "sentence": common}

    def listed(self, *, open_only: bool = False) -> list[dict[str, Any]]:
        """Appointments that are here, each with the sentence that is true of it now."""
        known, office = self._all("appointment"), self._node.config.office
        clashes = {id for duty in self._all("duty") for id in seats(duty, known, office).clashes}
        rows = sorted(known, key=lambda a: (a.ended_on is not None, a.opened_on, a.id))
        return [self.row(a, clash=a.id in clashes) for a in rows if a.is_open or not open_only]

    def row(self, a: RecordState, *, clash: bool = False) -> dict[str, Any]:
        names = ("asker", "topic", "service", "duty", "date", "start", "seat", "until")
        return {"id": a.id, "state": a.state, **{name: a.data.get(name) for name in names}, "delivery": self._delivery(a),
                "sentence": words(a, self._delivery(a), clash=clash), "clash": clash}

    def step(self, verb: str, staff: str, record: str | None, draft: Mapping[str, Any], date: str | None) -> dict[str, Any]:
        """Take a step; `confirm` takes the first free seat of this office's quota. Raises Refused when there is none."""
        kind, today = STEPS[verb], self._cases.today()
        filled = dict(draft)
        if verb == "confirm":
            filled = {**self._own_seat(str(record), str(draft.get("duty") or "")), **draft}
        elif verb == "request" and filled.get("duty"):
            filled = {"service": self._duty(str(filled["duty"])).data.get("service"), **filled}
        state = self._records.write(kind, staff, record, filled, legal_date=date, today=today)
        assert isinstance(state, RecordState)
        return self.row(state)

    def _own_seat(self, record: str, duty: str) -> dict[str, Any]:
        state = self._records.show(record, self._cases.today())
        wanted = duty or str(getattr(state, "data", {}).get("duty") or "")
        if not wanted:
            raise UsageError(t("appointments.no_duty"))
        post = self._duty(wanted)
        free = seats(post, self._all("appointment"), self._node.config.office).own_free
        if not free:
            raise Refused(t("appointments.no_own_seat"))
        return {"duty": post.id, "date": post.data["date"], "start": post.data["start"], "seat": free[0]}

    def _duty(self, id: str) -> RecordState:
        state = self._records.show(id, self._cases.today())
        if not isinstance(state, RecordState) or state.aggregate != "duty":
            raise UsageError(t("appointments.no_duty"))
        if state.state != "published":
            raise Refused(t("appointments.not_published"))
        return state

    def _all(self, aggregate: str) -> list[RecordState]:
        rows = self._records.rows(aggregate, limit=10_000)
        made = (self._records.show(row["record_id"], self._cases.today()) for row in rows)
        return [state for state in made if isinstance(state, RecordState)]

    def _delivery(self, a: RecordState) -> str:
        """Of the newest step that counted: where is it proven to be?"""
        last = next((s.event for s in reversed(a.steps) if s.effect == "yes"), "")
        _, events = self._records.events(a.id)
        found = next((e for e in events if e.id == last), None)
        if found is None:
            return "received"
        return self._cases.book().of_id(found.id, found.device, found.device_seq).state
