"""The county's calendar of duty posts: who has which seat, and the answers to what villages asked (D3).

The hub owns the calendar, so one process at a time answers: a lock file in HOME holds while seats are counted and the answers
written. Rules are in `shared.disputes.records.appointments`; every answer is one signed event of an officer. It must not
know argument parsing.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator

from county_hub.county.acts import CountyActs
from shared.disputes.records.appointments import Answer, Seats, answers, seats
from shared.disputes.records.machine import RecordState
from shared.disputes.rules.county import county_rules
from shared.ledger.formats.envelope import Event
from shared.ledger.tables import events_in

LOCK = "appointments.lock"


class AppointmentOffice:
    """`acts` writes; its read model was brought up to date when it was made."""

    def __init__(self, acts: CountyActs) -> None:
        self.acts = acts

    def duties(self) -> list[RecordState]:
        """Every duty post, by date."""
        return sorted(self._all("duty"), key=lambda d: (d.data.get("date", ""), d.data.get("start", ""), d.id))

    def appointments(self) -> list[RecordState]:
        return self._all("appointment")

    def calendar(self, since: str) -> list[tuple[RecordState, Seats]]:
        """Duties from a day on, each with its seats."""
        known = self.appointments()
        return [(duty, seats(duty, known)) for duty in self.duties() if str(duty.data.get("date", "")) >= since]

    def settle(self, staff: str) -> list[Answer]:
        """Answer every request that waits, the oldest first, and tell the villages what is left. Returns what was written."""
        with self.alone():
            hold = county_rules(self.acts.hub.directory.latest()).rules.rule("appointment_offer").amount
            found = answers(self.duties(), self.appointments(), self.acts.today(), hold)
            for answer in found:
                self.acts.record(answer.kind, answer.appointment, staff, answer.body)
            self.tell(staff)
        return found

    def confirm(self, appointment: str, staff: str, duty: str) -> RecordState | None:
        """One request from the common seats of a duty; None when none is free."""
        with self.alone():
            known = self.appointments()
            post = next((d for d in self.duties() if d.id == duty and d.state == "published"), None)
            if post is None or not seats(post, known).common_free:
                return None
            body = {"duty": post.id, "date": post.data["date"], "start": post.data["start"]}
            made = self.acts.record("appointment.confirmed", appointment, staff, body)
            self.tell(staff)
        assert isinstance(made, RecordState)
        return made

    def tell(self, staff: str) -> None:
        """Publish the free common seats of each duty ahead whose number has changed."""
        for duty, left in self.calendar(self.acts.today()):
            if duty.state == "published" and duty.data.get("free") != left.common_free:
                self.acts.record("duty.counted", duty.id, staff, {"free": left.common_free})

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with (self.acts.hub.home.root / LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.acts.hub.projector.catch_up()
            yield

    def _all(self, aggregate: str) -> list[RecordState]:
        """Folded with their history (the order of the requests is in it)."""
        self.acts.catch_up()
        by_subject: dict[str, list[Event]] = {}
        with self.acts.hub.projector.reader() as db:
            rows = db.execute("SELECT json FROM events WHERE id >= ? AND id < ?", (f"{aggregate}:", f"{aggregate};"))
            for event in events_in(rows):
                by_subject.setdefault(event.subject, []).append(event)
        made = (self.acts.fold(aggregate, events) for events in by_subject.values())
        return [state for state in made if isinstance(state, RecordState)]
