"""约律师、约法官: with the code of a case a party asks for a seat at a duty post, and sees what the county answered.

The request is an appointment like any other, in the party's name and telephone as the case has them: nobody types them here, and
nothing of them is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from county_hub.county.acts import CountyActs
from county_hub.county.appointment_office import AppointmentOffice
from county_hub.portal.progress import day_words
from shared.disputes.case.state import CaseState
from shared.disputes.records.machine import RecordState
from shared.ledger import codes
from shared.ledger.texts import t

OPEN = frozenset({"requested", "waitlisted", "offered", "confirmed"})
MOST = 40


@dataclass(frozen=True, slots=True)
class Post:
    """A duty post with seats that the county gives out."""

    id: str
    service: str
    when: str
    place: str
    free: int


@dataclass(frozen=True, slots=True)
class Booked:
    """`open`: no second one is asked for beside it."""

    service: str
    state: str
    when: str
    open: bool


def posts(acts: CountyActs, today: str) -> list[Post]:
    """Of today and later, the next first; one more than `MOST` where there are more."""
    found = [
        Post(duty.id, _service(duty), _when(duty), str(duty.data["place"]), seats.common_free)
        for duty, seats in AppointmentOffice(acts).calendar(today) if duty.state == "published" and seats.common_free > 0]
    return found[:MOST + 1]


def booked(acts: CountyActs, case: str) -> list[Booked]:
    """What was asked for in this case, by whomever."""
    office = AppointmentOffice(acts)
    duties = {duty.id: duty for duty in office.duties()}
    made = []
    for appointment in office.appointments():
        if case in appointment.cases or appointment.data.get("case") == case:
            duty = duties.get(str(appointment.data.get("duty", "")))
            made.append(Booked(
                _service(appointment),
                t(f"recordstates.appointment.{appointment.state}"),
                f"{_when(duty)} {duty.data['place']}" if duty is not None else "", appointment.state in OPEN))
    return made


def book(acts: CountyActs, staff: str, case: CaseState, party: int, duty: str, topic: str) -> None:
    """Raises `HubProblem`."""
    of = next(each for each in case.parties if each.no == party)
    post = acts.show(duty)
    assert isinstance(post, RecordState)
    draft = {"asker": of.name, "phone": of.phone, "topic": topic, "service": post.data["service"], "duty": duty, "case": case.id}
    acts.record("appointment.requested", None, staff, draft)


def _service(record: RecordState) -> str:
    return codes.name("clinic_service", str(record.data.get("service", "lawyer")))


def _when(duty: RecordState) -> str:
    return f"{day_words(str(duty.data['date']))} {duty.data['start']}–{duty.data['end']}"
