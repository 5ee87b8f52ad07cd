"""Bodies of the small aggregates: hazards and sweeps, the five small services, talk-room items (DOMAIN.md 1.6, 1.8, 3.4)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.ledger.formats.fields import (
    Body,
    CaseId,
    Code,
    IsoDate,
    OfficeId,
    OptCode,
    OptText,
    OptWord,
    Place,
    RiskLevel,
    StaffId,
    Text,
    WithFiles,
    Word,
)

Codes = Annotated[list[Code], Field(max_length=20)]
Grids = Annotated[list[Word], Field(max_length=400)]


class Noted(WithFiles):
    """A step that only says something."""

    text: OptText = ""


class BecameCase(Body):
    """A case was opened from it; `case` is its ULID."""

    case: CaseId
    number: OptWord = ""
    text: OptText = ""


class Closed(WithFiles):
    result: Text


# --- hazards: 定性定量分析, 分级预警


class HazardReported(WithFiles):
    title: Word
    place: Place
    text: OptText = ""
    grid: OptWord = ""
    category: OptCode = ""              # table `category`
    level: RiskLevel = 1
    items: Codes = Field(default_factory=list)      # table of risk.toml: the quantitative half
    source: Code = "sweep"              # table `hazard_source`
    sweep: CaseId | None = None


class HazardAssessed(Body):
    """定性: type, cause, key persons, trend; 定量: items and the level that follows."""

    level: RiskLevel
    text: Text
    items: Codes = Field(default_factory=list)
    cause: OptText = ""
    key_persons: Annotated[int, Field(ge=0, le=100000)] = 0
    trend: OptCode = ""


class HazardChecked(WithFiles):
    text: Text
    trend: OptCode = ""


# --- sweeps: the task list


class SweepPlanned(Body):
    title: Word
    offices: Annotated[list[OfficeId], Field(min_length=1, max_length=200)]
    due: IsoDate
    grids: Grids = Field(default_factory=list)
    text: OptText = ""


class SweepItemDone(WithFiles):
    grid: Word
    households: Annotated[int, Field(ge=0, le=100000)] = 0
    hazards: Annotated[list[CaseId], Field(max_length=100)] = Field(default_factory=list)
    officers: Annotated[list[StaffId], Field(max_length=5)] = Field(default_factory=list)
    text: OptText = ""


# --- five small services, talk room


class SmallRecorded(WithFiles):
    type: Code                          # table `five_small`
    text: Text
    place: Place
    grid: OptWord = ""
    household: OptWord = ""
    done: bool = False                  # settled with the recording: one tap


class Became(Body):
    """It goes on as something else: `what` = hazard | case | referral."""

    what: Annotated[str, StringConstraints(pattern=r"^(hazard|case|referral)$")]
    id: CaseId
    text: OptText = ""


class TalkTold(WithFiles):
    title: Word
    text: Text
    place: Place
    teller: OptWord = ""


class TalkDiscussed(WithFiles):
    minutes: Text
    attendees: Annotated[list[Word], Field(min_length=1, max_length=200)]
    decision: OptText = ""
    due: IsoDate | None = None


class Escalated(Body):
    to: OfficeId
    reason: Text


# --- referrals (F22), mediator assessment (F19, D7)


class ReferralMade(WithFiles):
    service: Code                       # table `referral_service`
    to: OfficeId
    text: Text
    case: CaseId | None = None
    person: OptWord = ""
    due: IsoDate | None = None


class Answered(WithFiles):
    text: Text


class Score(Body):
    indicator: Code                     # table `assessment_indicator`
    points: Annotated[int, Field(ge=0, le=100)]
    text: OptText = ""


class AssessmentOpened(Body):
    mediator: StaffId
    start: IsoDate
    end: IsoDate
    office: OfficeId | None = None      # the mediator's: it gets the score and may contest it


class AssessmentScored(Body):
    scores: Annotated[list[Score], Field(min_length=1, max_length=20)]
    cases: Annotated[int, Field(ge=0, le=100000)]
    vetoes: Codes = Field(default_factory=list)
    text: OptText = ""


BODIES: dict[tuple[str, int], type[Body]] = {
    ("hazard.reported", 1): HazardReported,
    ("hazard.assessed", 1): HazardAssessed,
    ("hazard.watched", 1): Noted,
    ("hazard.checked", 1): HazardChecked,
    ("hazard.became_case", 1): BecameCase,
    ("hazard.closed", 1): Closed,
    ("sweep.planned", 1): SweepPlanned,
    ("sweep.item_done", 1): SweepItemDone,
    ("sweep.closed", 1): Noted,
    ("small_service.recorded", 1): SmallRecorded,
    ("small_service.followed", 1): Noted,
    ("small_service.became", 1): Became,
    ("small_service.closed", 1): Closed,
    ("talk_item.told", 1): TalkTold,
    ("talk_item.discussed", 1): TalkDiscussed,
    ("talk_item.done", 1): Closed,
    ("talk_item.became_case", 1): BecameCase,
    ("talk_item.escalated", 1): Escalated,
    ("referral.made", 1): ReferralMade,
    ("referral.received", 1): Noted,
    ("referral.answered", 1): Answered,
    ("referral.declined", 1): Answered,
    ("referral.closed", 1): Noted,
    ("assessment.opened", 1): AssessmentOpened,
    ("assessment.scored", 1): AssessmentScored,
    ("assessment.contested", 1): Answered,
    ("assessment.confirmed", 1): Noted,
}

CODED: dict[str, dict[str, str]] = {
    "hazard.reported": {"category": "category", "source": "hazard_source", "items": "risk_item"},
    "hazard.assessed": {"trend": "trend", "items": "risk_item"},
    "hazard.checked": {"trend": "trend"},
    "small_service.recorded": {"type": "five_small"},
    "referral.made": {"service": "referral_service"},
}
