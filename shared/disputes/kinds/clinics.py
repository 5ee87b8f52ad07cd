"""Bodies of the diagnoses with a calendar or a meeting: appointments (D3), expert panels (D4), online consultation (D5),
public Q&A before projects (D6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.disputes.kinds.records import Answered, BecameCase, Closed, Noted
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
    WithFiles,
    Word,
)

Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9+\- ]{0,20}$")]
Link = Annotated[str, StringConstraints(max_length=500)]


class Quota(Body):
    """Seats that a village may confirm itself, offline."""

    office: OfficeId
    seats: Annotated[int, Field(ge=1, le=50)]


class DutyPublished(Body):
    """One duty post of a lawyer or judge: the county owns the calendar."""

    person: StaffId
    service: Code                       # table `clinic_service`
    date: IsoDate
    start: Clock
    end: Clock
    place: Word
    seats: Annotated[int, Field(ge=1, le=200)]
    quotas: Annotated[list[Quota], Field(max_length=200)] = Field(default_factory=list)
    offices: Annotated[list[OfficeId], Field(max_length=200)] = Field(default_factory=list)    # who else may see it and ask


class QuotasSet(Body):
    """Other quotas and other offices that may ask, from now on; seats already confirmed stand."""

    quotas: Annotated[list[Quota], Field(max_length=200)]
    offices: Annotated[list[OfficeId], Field(max_length=200)] = Field(default_factory=list)
    text: OptText = ""


class DutyCounted(Body):
    """What the county's calendar said when this was written: common seats still free."""

    free: Annotated[int, Field(ge=0, le=200)]


class AppointmentRequested(Body):
    asker: Word
    topic: Text
    service: Code = "lawyer"
    phone: Phone = ""
    duty: CaseId | None = None
    wanted: IsoDate | None = None
    case: CaseId | None = None


class AppointmentConfirmed(Body):
    """By the county; or by a village out of its quota (`seat` counts from 1)."""

    duty: CaseId
    date: IsoDate
    start: Clock
    seat: Annotated[int, Field(ge=1, le=200)] | None = None


class AppointmentOffered(Body):
    """The seat asked for is gone: another one is held for the asker until a day."""

    duty: CaseId
    date: IsoDate
    start: Clock
    until: IsoDate
    text: OptText = ""


class ConsultationRequested(WithFiles):
    case: CaseId
    summary: Text                       # de-identified
    questions: Annotated[list[Text], Field(min_length=1, max_length=20)]
    fields: Annotated[list[Word], Field(max_length=10)] = Field(default_factory=list)


class PanelFormed(Body):
    experts: Annotated[list[Word], Field(min_length=1, max_length=20)]
    judge: OptWord = ""
    date: IsoDate | None = None


class OpinionIssued(WithFiles):
    legal: OptText = ""
    policy: OptText = ""
    professional: OptText = ""
    signed_by: Annotated[list[Word], Field(min_length=1, max_length=20)]


class ConsultationAnswered(Body):
    adoption: Annotated[str, StringConstraints(pattern=r"^(adopted|partly|not_adopted)$")]
    reason: OptText = ""


class OnlineSubmitted(WithFiles):
    asker: Word
    text: Text
    place: Place
    phone: Phone = ""
    channel: Code = "app"


class OnlineVerified(Body):
    """The real-name check; how, never the number itself."""

    method: Word
    passed: bool = True


class OnlineScheduled(Body):
    date: IsoDate
    start: Clock
    join: Link
    offices: Annotated[list[OfficeId], Field(max_length=20)] = Field(default_factory=list)


class OnlineStarted(Body):
    """Consent to the session (and to its recording) comes before it."""

    consents: Consents
    recording: bool = False


class OnlineRecorded(WithFiles):
    minutes: Text
    signed_by: Annotated[list[Word], Field(min_length=1, max_length=50)]


class ProjectRegistered(WithFiles):
    title: Word
    kind: Code                          # table `project_kind`
    place: Place
    text: OptText = ""
    organiser: OptWord = ""
    cost_fen: Fen | None = None


class RiskAssessed(WithFiles):
    """社会稳定风险评估 (重大行政决策程序暂行条例 Arts 22-24)."""

    level: Annotated[str, StringConstraints(pattern=r"^(low|medium|high)$")]
    controllable: bool
    text: Text


class MeetingAnnounced(Body):
    date: IsoDate
    place: Word
    leaders: Annotated[list[Word], Field(max_length=50)] = Field(default_factory=list)


class MeetingHeld(WithFiles):
    date: IsoDate
    attendees: Annotated[int, Field(ge=1, le=100000)]
    minutes: Text


class QuestionAnswered(Body):
    question: Text
    answer: Text
    by: OptWord = ""
    commitment: OptText = ""
    due: IsoDate | None = None


class CommitmentKept(WithFiles):
    no: Annotated[int, Field(ge=0, le=500)]     # of the commitments in the order of the ledger
    text: Text


BODIES: dict[tuple[str, int], type[Body]] = {
    ("duty.published", 1): DutyPublished,
    ("duty.quotas_set", 1): QuotasSet,
    ("duty.counted", 1): DutyCounted,
    ("duty.withdrawn", 1): Answered,
    ("appointment.requested", 1): AppointmentRequested,
    ("appointment.confirmed", 1): AppointmentConfirmed,
    ("appointment.offered", 1): AppointmentOffered,
    ("appointment.accepted", 1): Noted,
    ("appointment.waitlisted", 1): Answered,
    ("appointment.checked_in", 1): Noted,
    ("appointment.advised", 1): Answered,
    ("appointment.closed", 1): Noted,
    ("appointment.no_show", 1): Noted,
    ("appointment.cancelled", 1): Answered,
    ("appointment.became_case", 1): BecameCase,
    ("consultation.requested", 1): ConsultationRequested,
    ("consultation.approved", 1): Noted,
    ("consultation.declined", 1): Answered,
    ("consultation.panel_formed", 1): PanelFormed,
    ("consultation.materials_shared", 1): Noted,
    ("consultation.session_held", 1): Answered,
    ("consultation.opinion_issued", 1): OpinionIssued,
    ("consultation.answered", 1): ConsultationAnswered,
    ("online_consultation.submitted", 1): OnlineSubmitted,
    ("online_consultation.verified", 1): OnlineVerified,
    ("online_consultation.became_case", 1): BecameCase,
    ("online_consultation.scheduled", 1): OnlineScheduled,
    ("online_consultation.started", 1): OnlineStarted,
    ("online_consultation.recorded", 1): OnlineRecorded,
    ("online_consultation.closed", 1): Closed,
    ("public_qa.registered", 1): ProjectRegistered,
    ("public_qa.risk_assessed", 1): RiskAssessed,
    ("public_qa.meeting_announced", 1): MeetingAnnounced,
    ("public_qa.meeting_held", 1): MeetingHeld,
    ("public_qa.question_answered", 1): QuestionAnswered,
    ("public_qa.commitment_kept", 1): CommitmentKept,
    ("public_qa.closed", 1): Closed,
}

CODED: dict[str, dict[str, str]] = {
    "duty.published": {"service": "clinic_service"},
    "appointment.requested": {"service": "clinic_service"},
    "public_qa.registered": {"kind": "project_kind"},
}
