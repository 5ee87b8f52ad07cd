"""Bodies of the diagnoses with a calendar or a meeting: appointments (D3), expert panels (D4), online consultation (D5),
public Q&A before projects (D6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.disputes.kinds.declare import kind
from shared.disputes.kinds.records import Answered, BecameCase, Closed, Noted
from shared.disputes.rules.roles import ADVISERS, ALL, ALL_AND_PARTY, CARRY, STAFF, UPPER, at, everywhere
from shared.ledger.formats.fields import (
    Body,
    CaseId,
    Code,
    Consents,
    Fen,
    IsoDate,
    OfficeId,
    OptText,
    OptWord,
    Place,
    StaffId,
    Text,
    Time,
    WithFiles,
    Word,
)

Phone = Annotated[str, StringConstraints(pattern=r"^[0-9+\- ]{0,20}$")]
Link = Annotated[str, StringConstraints(max_length=500)]


class Quota(Body):
    """Seats that a village may confirm itself, offline."""

    office: OfficeId
    seats: Annotated[int, Field(ge=1, le=50)]


@kind("duty.published", who=at(county=STAFF), codes={"service": "clinic_service"}, names=("quotas", "offices"))
class DutyPublished(Body):
    """One duty post of a lawyer or judge: the county owns the calendar."""

    person: StaffId
    service: Code                       # table `clinic_service`
    date: IsoDate
    start: Time
    end: Time
    place: Word
    seats: Annotated[int, Field(ge=1, le=200)]
    quotas: Annotated[list[Quota], Field(max_length=200)] = Field(default_factory=list)
    offices: Annotated[list[OfficeId], Field(max_length=200)] = Field(default_factory=list)    # who else may see it and ask


@kind("duty.quotas_set", who=at(county=STAFF), names=("quotas", "offices"))
class QuotasSet(Body):
    """Other quotas and other offices that may ask, from now on; seats already confirmed stand."""

    quotas: Annotated[list[Quota], Field(max_length=200)]
    offices: Annotated[list[OfficeId], Field(max_length=200)] = Field(default_factory=list)
    text: OptText = ""


@kind("duty.counted", who=at(county=STAFF))
class DutyCounted(Body):
    """What the county's calendar said when this was written: common seats still free."""

    free: Annotated[int, Field(ge=0, le=200)]


@kind("appointment.requested", who=ALL_AND_PARTY, codes={"service": "clinic_service"})
class AppointmentRequested(Body):
    asker: Word
    topic: Text
    service: Code = "lawyer"
    phone: Phone = ""
    duty: CaseId | None = None
    wanted: IsoDate | None = None
    case: CaseId | None = None


@kind("appointment.confirmed", who=CARRY)
class AppointmentConfirmed(Body):
    """By the county; or by a village out of its quota (`seat` counts from 1)."""

    duty: CaseId
    date: IsoDate
    start: Time
    seat: Annotated[int, Field(ge=1, le=200)] | None = None


@kind("appointment.offered", who=at(county=STAFF))
class AppointmentOffered(Body):
    """The seat asked for is gone: another one is held for the asker until a day."""

    duty: CaseId
    date: IsoDate
    start: Time
    until: IsoDate
    text: OptText = ""


@kind("consultation.requested", who=CARRY)
class ConsultationRequested(WithFiles):
    case: CaseId
    summary: Text                       # de-identified
    questions: Annotated[list[Text], Field(min_length=1, max_length=20)]
    fields: Annotated[list[Word], Field(max_length=10)] = Field(default_factory=list)


@kind("consultation.panel_formed", who=at(county=STAFF))
class PanelFormed(Body):
    experts: Annotated[list[Word], Field(min_length=1, max_length=20)]
    judge: OptWord = ""
    date: IsoDate | None = None


@kind("consultation.opinion_issued", who=at(county=STAFF | ADVISERS))
class OpinionIssued(WithFiles):
    legal: OptText = ""
    policy: OptText = ""
    professional: OptText = ""
    signed_by: Annotated[list[Word], Field(min_length=1, max_length=20)]


@kind("consultation.answered", who=CARRY)
class ConsultationAnswered(Body):
    adoption: Annotated[str, StringConstraints(pattern=r"^(adopted|partly|not_adopted)$")]
    reason: OptText = ""


@kind("online_consultation.submitted", who=ALL_AND_PARTY, newer={"case": 2, "appointment": 2})
class OnlineSubmitted(WithFiles):
    """`case`, `appointment`: what the meeting is about, where it was made from one."""

    asker: Word
    text: Text
    place: Place
    phone: Phone = ""
    channel: Code = "app"
    case: CaseId | None = None
    appointment: CaseId | None = None


@kind("online_consultation.verified", who=CARRY)
class OnlineVerified(Body):
    """The real-name check; how, never the number itself."""

    method: Word
    passed: bool = True


@kind("online_consultation.scheduled", who=CARRY, names="offices")
class OnlineScheduled(Body):
    date: IsoDate
    start: Time
    join: Link
    offices: Annotated[list[OfficeId], Field(max_length=20)] = Field(default_factory=list)


@kind("online_consultation.started", who=ALL, newer={"files": 2})
class OnlineStarted(WithFiles):
    """Consent to the session (and to its recording) comes before it. Again for each who comes later; `party` counts the people of
    the meeting, and `text` holds the words consented to."""

    consents: Consents
    recording: bool = False


@kind("online_consultation.recorded", who=ALL)
class OnlineRecorded(WithFiles):
    minutes: Text
    signed_by: Annotated[list[Word], Field(min_length=1, max_length=50)]


@kind("public_qa.registered", who=UPPER, codes={"kind": "project_kind"})
class ProjectRegistered(WithFiles):
    title: Word
    kind: Code                          # table `project_kind`
    place: Place
    text: OptText = ""
    organiser: OptWord = ""
    cost_fen: Fen | None = None


@kind("public_qa.risk_assessed", who=UPPER)
class RiskAssessed(WithFiles):
    """社会稳定风险评估 (重大行政决策程序暂行条例 Arts 22-24)."""

    level: Annotated[str, StringConstraints(pattern=r"^(low|medium|high)$")]
    controllable: bool
    text: Text


@kind("public_qa.meeting_announced", who=UPPER)
class MeetingAnnounced(Body):
    date: IsoDate
    place: Word
    leaders: Annotated[list[Word], Field(max_length=50)] = Field(default_factory=list)


@kind("public_qa.meeting_held", who=UPPER)
class MeetingHeld(WithFiles):
    date: IsoDate
    attendees: Annotated[int, Field(ge=1, le=100000)]
    minutes: Text


@kind("public_qa.question_answered", who=UPPER)
class QuestionAnswered(Body):
    question: Text
    answer: Text
    by: OptWord = ""
    commitment: OptText = ""
    due: IsoDate | None = None


@kind("public_qa.commitment_kept", who=UPPER)
class CommitmentKept(WithFiles):
    no: Annotated[int, Field(ge=0, le=500)]     # of the commitments in the order of the ledger
    text: Text


# Kinds that share a body.
kind("duty.withdrawn", who=at(county=STAFF))(Answered)
kind("appointment.accepted", who=ALL_AND_PARTY)(Noted)
kind("appointment.waitlisted", who=at(county=STAFF))(Answered)
kind("appointment.checked_in", who=CARRY)(Noted)
kind("appointment.advised", who=everywhere(STAFF | ADVISERS), sealable=True)(Answered)
kind("appointment.closed", who=CARRY)(Noted)
kind("appointment.no_show", who=CARRY)(Noted)
kind("appointment.cancelled", who=ALL_AND_PARTY)(Answered)
kind("appointment.became_case", who=CARRY)(BecameCase)
kind("consultation.approved", who=at(county=STAFF))(Noted)
kind("consultation.declined", who=at(county=STAFF))(Answered)
kind("consultation.materials_shared", who=at(county=STAFF))(Noted)
kind("consultation.session_held", who=at(county=STAFF))(Answered)
kind("online_consultation.became_case", who=CARRY)(BecameCase)
kind("online_consultation.closed", who=CARRY)(Closed)
kind("public_qa.closed", who=UPPER)(Closed)
