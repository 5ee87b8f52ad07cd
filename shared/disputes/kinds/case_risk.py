"""Risk, supervision and human decisions (DOMAIN.md 3.4, 7.4, 7.6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import ALL, CARRY, GRID, STAFF, UPPER, at
from shared.ledger.formats.fields import (
    Body,
    Code,
    EventId,
    IsoDate,
    OfficeId,
    OptCode,
    OptOffice,
    OptText,
    OptWord,
    RiskLevel,
    Text,
    WithFiles,
    Word,
)


# a human may raise at will (3.4)
@kind("case.risk_raised", who=ALL, verb="raise_risk", own_fact=True, codes={"trend": "trend", "items": "risk_item"},
      line={"level": "risk"})
class RiskRaised(Body):
    level: RiskLevel
    reason: Text
    items: Annotated[list[Code], Field(max_length=20)] = Field(default_factory=list)
    trend: OptCode = ""


# by level: see limits.toml
@kind("case.risk_lowered", who=CARRY, verb="lower_risk", line={"level": "risk"})
class RiskLowered(Body):
    level: RiskLevel
    reason: Text


# re-assess (3.4)
@kind("case.risk_assessed", who=ALL, verb="assess_risk", own_fact=True, codes={"trend": "trend", "items": "risk_item"})
class RiskAssessed(WithFiles):
    """Looked at again (定性 and 定量) without another colour; what is newly ticked may raise it (DOMAIN.md 3.4, re-assess)."""

    text: Text
    items: Annotated[list[Code], Field(max_length=20)] = Field(default_factory=list)
    trend: OptCode = ""


# Art 25
@kind("case.risk_reported", who=ALL, verb="report_risk", own_fact=True)
class RiskReported(Body):
    """Art 25: likely escalation told to the police or another body."""

    to: Word
    text: OptText = ""


# supervise: village to grid, township to village, county to all
@kind("case.supervision_issued", who=UPPER, verb="supervise", codes={"level": "supervision_level"},
      line=("level",), names="to")
class SupervisionIssued(WithFiles):
    level: Code
    text: Text
    to: OfficeId
    due: IsoDate | None = None
    letter_no: OptWord = ""             # number of the letter (E07)


# the grid what its village asked
@kind("case.supervision_replied", who=at(village=GRID | STAFF, township=STAFF, county=STAFF), verb="supervise_reply",
      own_fact=True)
class SupervisionReplied(WithFiles):
    of: EventId
    text: Text


# whoever asked
@kind("case.supervision_judged", who=CARRY, verb="judge_supervision")
class SupervisionJudged(Body):
    of: EventId
    accepted: bool
    text: OptText = ""


# lowest level that covers all (7.4 P5); in the village the committee's chair alone, by name (`authority`; 7.4 #18)
@kind("case.review_resolved", who=CARRY, verb="resolve_review")
class ReviewResolved(Body):
    """A human decision on a finding (`Finding.code` and its events)."""

    finding: Code
    events: Annotated[list[EventId], Field(min_length=1, max_length=50)]
    decision: Code
    text: Text
    # the committee (its office) whose chair decides: asked where a dismissed mediator's agreement is confirmed (7.4 #18)
    chair_of: OptOffice = ""
