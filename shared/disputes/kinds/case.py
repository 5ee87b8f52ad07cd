"""Bodies of the lifecycle, the agreement, the visit, the risk (DOMAIN.md 7.2): one frozen model per
kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.ledger.formats.fields import (
    Asked,
    Body,
    CaseId,
    Code,
    Consents,
    EventId,
    Fen,
    IsoDate,
    Item,
    Mandate,
    Number,
    OfficeId,
    OptCode,
    OptOffice,
    OptStaffId,
    OptText,
    OptTime,
    OptWord,
    Participant,
    Party,
    PartyNo,
    Place,
    RiskLevel,
    Signatures,
    StaffId,
    Text,
    WithFiles,
    Word,
)


class Registered(WithFiles):
    """D03: a dispute gets its platform number. Source codes: table `case_source`."""

    number: Number
    number_provisional: bool = False
    parties: Annotated[list[Party], Field(min_length=1, max_length=200)]
    place: Place
    summary: Text
    category: Code
    subcategory: OptCode = ""
    source: Code = "by_application"
    entrusting_body: OptCode = ""
    claims: Annotated[list[Text], Field(max_length=10)] = Field(default_factory=list)
    difficulty: Code = "simple"
    risk: RiskLevel = 1
    risk_items: Annotated[list[Code], Field(max_length=20)] = Field(default_factory=list)
    occurred: IsoDate | None = None
    confidentiality: Code = "open"
    grid: OptWord = ""
    oral: bool = False                  # an oral application, written down on the spot
    hidden_reporter: bool = False       # 反家庭暴力法 Art 14


class PartyAdded(Body):
    """`no` continues the numbering the author saw."""

    no: PartyNo
    party: Party


class PartyCorrected(Body):
    """A corrected detail; the latest legal date wins per field, both stay visible (DOMAIN.md 7.4 #13). With the field `mandate`
    the agent's new powers come in `mandate`, and `value` may say why."""

    party: PartyNo
    field: Annotated[str, StringConstraints(
        pattern=r"^(name|phone|address|id_last4|gender|age|occupation|representative|guardian|post|ethnicity|mandate)$")]
    value: OptWord
    mandate: Mandate | None = None


class EvidenceAdded(WithFiles):
    title: Word
    text: OptText = ""
    document: OptCode = "D08"           # table `document`
    provided_by: PartyNo | None = None
    original: bool = False
    kind: OptCode = ""                  # table `evidence_kind` (民事诉讼法 Art 66)
    count: Annotated[int, Field(ge=1, le=9999)] = 1
    pages: Annotated[int, Field(ge=1, le=99999)] | None = None
    source: OptWord = ""                # who gave it, if not a party
    collected_by: OptStaffId = ""       # "" = who recorded it


class NoteAdded(WithFiles):
    text: Text
    about: OptCode = ""                 # e.g. judge_guidance, expert_opinion, counselling
    adviser: OptWord = ""               # whose guidance was noted, when the author is not that person


class SettledOnSpot(WithFiles):
    """Simple matters, risk at most yellow, every party says yes."""

    text: Text
    agreed_by: Annotated[list[PartyNo], Field(min_length=1, max_length=200)]
    # those without full capacity for whom the guardian named at them said yes
    by_guardian: Annotated[list[PartyNo], Field(max_length=200)] = Field(default_factory=list)


class Triaged(Body):
    category: Code
    difficulty: Code
    risk: RiskLevel
    subcategory: OptCode = ""
    mediation_type: Code = "people"
    text: OptText = ""


class Accepted(WithFiles):
    """Formal acceptance by a committee; the mediation clock starts at the legal date (or at receipt of
    court papers)."""

    file_no: Number | None = None       # 卷号
    committee: Word
    mediators: Annotated[list[StaffId], Field(min_length=1, max_length=9)]
    rights_told: bool
    parties_willing: bool               # the other party does not refuse
    received_on: IsoDate | None = None  # court-invited mediation counts from the signed receipt
    text: OptText = ""
    entrust_no: OptWord = ""            # number of the court's letter (E08)


class AcceptanceRejected(WithFiles):
    reason: Text
    channel: Code                       # table `outcome`: where the person can go


class SessionHeld(WithFiles):
    """One mediation session (D09). A confidential record travels sealed beside it, in
    `case.record_added`."""

    place: Word
    mediators: Annotated[list[StaffId], Field(min_length=1, max_length=9)]
    rights_told: bool
    participants: Annotated[list[Participant], Field(max_length=200)] = Field(default_factory=list)
    summary: OptText = ""
    result: OptText = ""
    closed: bool = False                # no audience (Art 23(3))
    started_at: OptTime = ""
    ended_at: OptTime = ""
    host: OptStaffId = ""               # "" = the first of `mediators`
    recorder: OptWord = ""              # staff id or name
    identities_checked: bool = False
    risk_told: bool = False             # what may follow from agreeing, not agreeing, not performing
    remedies_told: bool = False         # Art 26, when it failed


class RecordAdded(WithFiles):
    """The written record of a session or survey (D07, D09): each one a separate signed document. What is only said
    in the room belongs here, for this body can travel sealed."""

    document: OptCode = "D09"
    of: EventId | None = None
    text: Text
    # of a survey (D07)
    started_at: OptTime = ""
    ended_at: OptTime = ""
    place: OptWord = ""
    topic: OptWord = ""                 # "" = the case
    present: Annotated[list[Word], Field(max_length=50)] = Field(default_factory=list)
    asked: Asked | None = None
    investigators: Annotated[list[StaffId], Field(max_length=9)] = Field(default_factory=list)   # [] = who recorded it
    recorder: OptWord = ""              # staff id or name
    # of a session (D09)
    verified: OptText = ""              # facts that were verified
    risks: OptText = ""                 # which risks were told
    failure: OptText = ""               # why no agreement came


class PartyRefused(WithFiles):
    """A party clearly refuses: mediating is forbidden from now on (Art 17). A legal act, recorded by
    anyone."""

    party: PartyNo
    text: OptText = ""
    remedies_told: bool = True


class PartyConsented(WithFiles):
    """A party who refused, or whose consent is in doubt, confirms that it wants the mediation or the
    agreement."""

    party: PartyNo
    text: OptText = ""


class Withdrawn(WithFiles):
    party: PartyNo
    text: OptText = ""


class Suspended(WithFiles):
    reason: Code
    until: IsoDate | None = None
    consents: Consents = Field(default_factory=list)
    text: OptText = ""


class Resumed(Body):
    text: OptText = ""


class Extended(WithFiles):
    """Consents of all parties dated on or before expiry make it valid."""

    until: IsoDate
    consents: Consents
    clock: Code = "mediation"
    text: OptText = ""


class AgreementReached(WithFiles):
    """D10 or D11. Signatures that are still lacking follow as `case.agreement_signed`."""

    form: Annotated[str, StringConstraints(pattern=r"^(written|oral)$")]
    facts: Text
    items: Annotated[list[Item], Field(min_length=1, max_length=100)]
    signatures: Signatures = Field(default_factory=list)
    copies: Annotated[int, Field(ge=1, le=50)] = 3
    performed_on_spot: bool = False
    responsibility: OptText = ""        # who answers for what (各方责任)
    way: OptText = ""                   # way and place of performance, beside the dates of the items


class AgreementSigned(WithFiles):
    of: EventId
    signatures: Signatures


class AgreementSealed(WithFiles):
    """The committee's seal: the third component (Art 29)."""

    of: EventId
    sealed_on: IsoDate
    committee: Word


class ItemPerformed(WithFiles):
    """Proof, or confirmation by both parties, that a promise was (partly) kept."""

    of: EventId
    item: Annotated[int, Field(ge=0, le=99)]
    complete: bool
    amount_fen: Fen | None = None
    confirmed_by: Annotated[list[PartyNo], Field(max_length=200)] = Field(default_factory=list)
    text: OptText = ""


class PerformanceDisputed(WithFiles):
    """A party says a promise was not kept: neither proof nor complaint overwrites the other (DOMAIN.md
    7.4 #12)."""

    of: EventId
    item: Annotated[int, Field(ge=0, le=99)]
    party: PartyNo
    text: Text


class Terminated(WithFiles):
    reason: Code
    remedies_told: bool                 # Art 26
    escalation_checked: bool            # Art 25
    text: OptText = ""


class TransferredOut(WithFiles):
    to: Code                            # table `outcome`: to_litigation, to_police, ...
    body: Word
    receipt_on: IsoDate | None = None
    text: OptText = ""
    letter_no: OptWord = ""             # number of the letter (E06)


class Visited(WithFiles):
    """D13."""

    method: Code
    result: Code
    satisfaction: Annotated[int, Field(ge=1, le=5)] | None = None
    parties: Annotated[list[PartyNo], Field(max_length=200)] = Field(default_factory=list)
    text: OptText = ""
    court_result: OptText = ""          # sued over the performance, and what the court did
    errors: OptText = ""                # a mediation that went wrong
    escalation: OptText = ""            # signs of escalation and other hidden trouble
    measures: OptText = ""


class Rated(Body):
    party: PartyNo
    score: Annotated[int, Field(ge=1, le=5)]
    channel: OptCode = ""
    text: OptText = ""


class Closed(WithFiles):
    outcome: Code
    text: OptText = ""


class Archived(WithFiles):
    documents: Annotated[list[Code], Field(max_length=30)]
    retention: OptCode = "long"
    text: OptText = ""


class Reopened(Body):
    reason: Code
    text: OptText = ""


class Merged(Body):
    """A person confirmed that this case is the same dispute as `into`; the number stays as alias
    (DOMAIN.md 7.4 #5)."""

    into: CaseId
    number: OptWord = ""
    text: OptText = ""


class RiskRaised(Body):
    level: RiskLevel
    reason: Text
    items: Annotated[list[Code], Field(max_length=20)] = Field(default_factory=list)
    trend: OptCode = ""


class RiskLowered(Body):
    level: RiskLevel
    reason: Text


class RiskAssessed(WithFiles):
    """Looked at again (定性 and 定量) without another colour; what is newly ticked may raise it (DOMAIN.md 3.4, re-assess)."""

    text: Text
    items: Annotated[list[Code], Field(max_length=20)] = Field(default_factory=list)
    trend: OptCode = ""


class RiskReported(Body):
    """Art 25: likely escalation told to the police or another body."""

    to: Word
    text: OptText = ""


class SupervisionIssued(WithFiles):
    level: Code
    text: Text
    to: OfficeId
    due: IsoDate | None = None
    letter_no: OptWord = ""             # number of the letter (E07)


class SupervisionReplied(WithFiles):
    of: EventId
    text: Text


class SupervisionJudged(Body):
    of: EventId
    accepted: bool
    text: OptText = ""


class ReviewResolved(Body):
    """A human decision on a finding (`Finding.code` and its events)."""

    finding: Code
    events: Annotated[list[EventId], Field(min_length=1, max_length=50)]
    decision: Code
    text: Text
    # the committee (its office) whose chair decides: asked where a dismissed mediator's agreement is confirmed (7.4 #18)
    chair_of: OptOffice = ""


class ConfirmationApplied(WithFiles):
    """Joint application for judicial confirmation (人民调解法 Art 33)."""

    of: EventId
    court: Word
    parties: Annotated[list[PartyNo], Field(min_length=2, max_length=200)]


class ConfirmationDecided(WithFiles):
    status: Annotated[str, StringConstraints(pattern=r"^(accepted|confirmed|rejected|withdrawn)$")]
    text: OptText = ""
