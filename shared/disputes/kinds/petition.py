"""Bodies of a petition (信访): its own object with its own statutory clocks, beside any mediation case (DOMAIN.md 2.5, 7.7).

A petition may name a case and a case may name a petition; neither moves the other. Who came is named (信访工作条例 2022
Art 19), so that the letters can address him; where Art 30 protects (accusations, or who asks for it) the record is marked
`protected` and his name goes into a sealed step beside it (`petition.petitioner_named`; data/sealing.toml), which only devices of
the office that registered and of the one that handles can open.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.disputes.kinds.declare import kind
from shared.disputes.kinds.particulars import OtherNumber
from shared.disputes.rules.roles import PARTY, STAFF, UPPER, at
from shared.ledger.formats.fields import (
    Body,
    CaseId,
    Code,
    EventId,
    IsoDate,
    Number,
    OfficeId,
    OptCode,
    OptText,
    OptWord,
    Phone,
    Place,
    Text,
    WithFiles,
    Word,
)

# A crowd larger than this is written as several petitions; far above any group visit of a county.
MAX_PERSONS = 100_000
Count = Annotated[int, Field(ge=1, le=MAX_PERSONS)]
Persons = Annotated[list[Word], Field(max_length=200)]
IdEnd = Annotated[str, StringConstraints(pattern=r"^([0-9]{3}[0-9X])?$")]
Stage = Annotated[str, StringConstraints(pattern=r"^(review|final_review)$")]      # 复查 (Art 35) | 复核 (Art 36)


# petitions: organs of township and county (信访工作条例 2022 Arts 22-36)
@kind("petition.registered", who=UPPER,
      codes={"channel": "petition_channel", "form": "petition_form", "category": "petition_category"},
      newer={"elsewhere": 2})
class Registered(WithFiles):
    """One matter (件). `batches` 批次: how many letters or visits it came in; `person_times` 人次: persons over all of them.
    `repeat_of` is an earlier petition about the same facts (重信重访)."""

    number: Number
    number_provisional: bool = False
    channel: Code                       # table `petition_channel`: letter_visit | online
    form: Code                          # table `petition_form`
    category: Code                      # table `petition_category`; not the mediation list (DOMAIN.md 3.1)
    place: Place
    summary: Text
    received_on: IsoDate | None = None  # when another day than the legal date
    batches: Count = 1
    person_times: Count = 1
    representatives: Annotated[int, Field(ge=1, le=5)] | None = None      # of a group visit: at most five (Art 20)
    repeat_of: CaseId | None = None
    abnormal_visit: bool = False        # 非访
    skip_level_visit: bool = False      # 越级访
    case: CaseId | None = None          # the mediation case about the same matter
    oral: bool = False
    persons: Persons = Field(default_factory=list)      # who came or wrote, the first speaks
    phone: Phone = ""                   # of the first
    id_last4: IdEnd = ""
    address: OptWord = ""
    protected: bool = False             # Art 30: who it is stands in a sealed step, not here
    elsewhere: Annotated[list[OtherNumber], Field(max_length=20)] = Field(default_factory=list)


@kind("petition.petitioner_named", who=UPPER, sealable=True)
class PetitionerNamed(Body):
    """Who petitions (Art 19): said later, put right, or, where Art 30 protects, sealed when it was registered."""

    persons: Annotated[list[Word], Field(min_length=1, max_length=200)]
    phone: Phone = ""
    id_last4: IdEnd = ""
    address: OptWord = ""


@kind("petition.repeat_noted", who=UPPER)
class RepeatNoted(Body):
    """Found later: the same person about the same facts (重信重访). The last one said counts; none takes it back."""

    repeat_of: CaseId | None = None
    text: OptText = ""


@kind("petition.forwarded", who=UPPER, names="to")
class Forwarded(Body):
    """The petition office passes the matter to the organ that must handle it (Art 22)."""

    to: OfficeId
    text: OptText = ""


@kind("petition.objected", who=UPPER)
class Objected(WithFiles):
    """"Not ours": within five working days, with reasons, papers returned (Art 23)."""

    of: EventId                         # the forwarding
    reason: Text


@kind("petition.accepted", who=UPPER)
class Accepted(WithFiles):
    """Written notice to the petitioner that the organ has accepted (Art 23); the 60 days start."""

    text: OptText = ""


@kind("petition.declined", who=UPPER, codes={"channel": "outcome"})
class Declined(WithFiles):
    """Not accepted, with the reason and where to go instead (Arts 19, 23, 28)."""

    reason: Text
    channel: OptCode = ""               # table `outcome`


@kind("petition.extended", who=UPPER)
class Extended(WithFiles):
    """Once, by at most 30 days, approved by the head of the organ, the petitioner told why (Art 34)."""

    until: IsoDate
    approved_by: Text
    reason: Text


@kind("petition.answered", who=UPPER, codes={"answer": "petition_answer"})
class Answered(WithFiles):
    """What ends the handling: an opinion, or a mediation agreement within the petition (Arts 32-33)."""

    answer: Code                        # table `petition_answer`
    text: OptText = ""


# the petitioner's own acts
@kind("petition.review_requested", who=at(township=STAFF | PARTY, county=STAFF | PARTY))
class ReviewRequested(WithFiles):
    stage: Stage
    text: OptText = ""


@kind("petition.review_answered", who=UPPER)
class ReviewAnswered(WithFiles):
    stage: Stage
    upheld: bool
    text: OptText = ""


@kind("petition.hearing_held", who=UPPER)
class HearingHeld(WithFiles):
    """A hearing of the final review; its days are not counted into the thirty (Art 36)."""

    start: IsoDate
    end: IsoDate
    text: OptText = ""


@kind("petition.rated", who=at(township=STAFF | PARTY, county=STAFF | PARTY))
class Rated(Body):
    """The petitioner's rating (Art 21)."""

    score: Annotated[int, Field(ge=1, le=5)]
    channel: OptCode = ""
    text: OptText = ""


@kind("petition.noted", who=UPPER)
class Noted(WithFiles):
    text: Text
