"""Bodies of the small aggregates: hazards and sweeps, the five small services, talk-room items (DOMAIN.md 1.6, 1.8, 3.4)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import ALL, CARRY, STAFF, UPPER, at
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


@kind("hazard.became_case", who=ALL)
@kind("talk_item.became_case", who=ALL)
class BecameCase(Body):
    """A case was opened from it; `case` is its ULID."""

    case: CaseId
    number: OptWord = ""
    text: OptText = ""


@kind("hazard.closed", who=CARRY)
@kind("small_service.closed", who=ALL)
@kind("talk_item.done", who=ALL)
class Closed(WithFiles):
    result: Text


# --- hazards: 定性定量分析, 分级预警


# the small aggregates (1.6, 1.8): the grid finds, notes and serves; clinics, panels and assessment are the county's
@kind("hazard.reported", who=ALL, codes={"category": "category", "source": "hazard_source", "items": "risk_item"})
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


@kind("hazard.assessed", who=ALL, codes={"trend": "trend", "items": "risk_item"}, newer={"people_concerned": 2})
class HazardAssessed(Body):
    """定性: type, cause, how many people it concerns, trend; 定量: items and the level that follows. (Until schema 1 the number
    stood under `key_persons`: a matter is graded, never a person.)"""

    level: RiskLevel
    text: Text
    items: Codes = Field(default_factory=list)
    cause: OptText = ""
    people_concerned: Annotated[int, Field(ge=0, le=100000)] = 0
    trend: OptCode = ""


@kind("hazard.checked", who=ALL, codes={"trend": "trend"})
class HazardChecked(WithFiles):
    text: Text
    trend: OptCode = ""


# --- sweeps: the task list


@kind("sweep.planned", who=UPPER, names="offices")
class SweepPlanned(Body):
    title: Word
    offices: Annotated[list[OfficeId], Field(min_length=1, max_length=200)]
    due: IsoDate
    grids: Grids = Field(default_factory=list)
    text: OptText = ""


@kind("sweep.item_done", who=ALL)
class SweepItemDone(WithFiles):
    grid: Word
    households: Annotated[int, Field(ge=0, le=100000)] = 0
    hazards: Annotated[list[CaseId], Field(max_length=100)] = Field(default_factory=list)
    officers: Annotated[list[StaffId], Field(max_length=5)] = Field(default_factory=list)
    text: OptText = ""


# --- five small services, talk room


@kind("small_service.recorded", who=ALL, codes={"type": "five_small"})
class SmallRecorded(WithFiles):
    type: Code                          # table `five_small`
    text: Text
    place: Place
    grid: OptWord = ""
    household: OptWord = ""
    done: bool = False                  # settled with the recording: one tap


@kind("small_service.became", who=ALL)
class Became(Body):
    """It goes on as something else: `what` = hazard | case | referral."""

    what: Annotated[str, StringConstraints(pattern=r"^(hazard|case|referral)$")]
    id: CaseId
    text: OptText = ""


@kind("talk_item.told", who=ALL)
class TalkTold(WithFiles):
    title: Word
    text: Text
    place: Place
    teller: OptWord = ""


@kind("talk_item.discussed", who=ALL)
class TalkDiscussed(WithFiles):
    minutes: Text
    attendees: Annotated[list[Word], Field(min_length=1, max_length=200)]
    decision: OptText = ""
    due: IsoDate | None = None


@kind("talk_item.escalated", who=ALL, names="to")
class Escalated(Body):
    to: OfficeId
    reason: Text


# --- referrals (F22), mediator assessment (F19, D7)


@kind("referral.made", who=CARRY, codes={"service": "referral_service"}, names="to")
class ReferralMade(WithFiles):
    service: Code                       # table `referral_service`
    to: OfficeId
    text: Text
    case: CaseId | None = None
    person: OptWord = ""
    due: IsoDate | None = None


@kind("referral.answered", who=ALL, sealable=True)
@kind("referral.declined", who=ALL)
@kind("assessment.contested", who=CARRY)
class Answered(WithFiles):
    text: Text


class Score(Body):
    indicator: Code                     # table `assessment_indicator`
    points: Annotated[int, Field(ge=0, le=100)]
    text: OptText = ""


@kind("assessment.opened", who=at(county=STAFF), names="office")
class AssessmentOpened(Body):
    mediator: StaffId
    start: IsoDate
    end: IsoDate
    office: OfficeId | None = None      # the mediator's: it gets the score and may contest it


@kind("assessment.scored", who=at(county=STAFF))
class AssessmentScored(Body):
    scores: Annotated[list[Score], Field(min_length=1, max_length=20)]
    cases: Annotated[int, Field(ge=0, le=100000)]
    vetoes: Codes = Field(default_factory=list)
    text: OptText = ""


# Kinds that share a body.
kind("hazard.watched", who=ALL)(Noted)
kind("sweep.closed", who=UPPER)(Noted)
kind("small_service.followed", who=ALL)(Noted)
kind("referral.received", who=ALL)(Noted)
kind("referral.closed", who=ALL)(Noted)
kind("assessment.confirmed", who=at(county=STAFF))(Noted)
