"""What a case begins with and what is put into its file: registration, parties, evidence, records, triage (DOMAIN.md 7.2)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.disputes.kinds import particulars
from shared.disputes.kinds.declare import kind
from shared.disputes.kinds.particulars import TakenOver, WithParticulars
from shared.disputes.rules.roles import ALL, ALL_AND_PARTY, CARRY
from shared.ledger.formats.fields import (
    MAX_PARTIES,
    Asked,
    Body,
    Code,
    EventId,
    IsoDate,
    Mandate,
    Number,
    OptCode,
    OptStaffId,
    OptText,
    OptTime,
    OptWord,
    PaperNumber,
    Party,
    PartyNo,
    PartyNos,
    Place,
    RiskLevel,
    Sha256,
    StaffId,
    Text,
    WithFiles,
    Word,
)

Parties = Annotated[list[Party], Field(min_length=1, max_length=MAX_PARTIES)]


class CodeKept(Body):
    """What an event holds of the citizen's code (`shared.ledger.formats.citizen_code`): never the code itself."""

    v: Annotated[int, Field(ge=1, le=99)]
    salt: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    hash: Sha256


# register: every level, party online (7.2)
@kind("case.registered", who=ALL_AND_PARTY,
      codes={"category": "category", "subcategory": "subcategory", "source": "case_source",
             "entrusting_body": "entrusting_body", "difficulty": "difficulty", "confidentiality": "confidentiality",
             "risk_items": "risk_item", **particulars.TABLES},
      line=("category",), newer={**particulars.NEWER, "parties.id_kind": 2, "taken_over": 2})
class Registered(WithFiles, WithParticulars):
    """D03: a dispute gets its platform number. Source codes: table `case_source`."""

    number: Number
    number_provisional: bool = False
    parties: Parties
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
    citizen_code: CodeKept | None = None    # made at the desk; None in records of older programs
    taken_over: TakenOver | None = None


@kind("case.particulars_noted", who=ALL, verb="note_particulars", own_fact=True, codes=particulars.TABLES)
class ParticularsNoted(WithParticulars):
    """What was not known at intake or has changed since. Of each field the latest legal date counts; numbers of other systems
    are added to those that are there."""


@kind("case.code_renewed", who=ALL, verb="renew_code", own_fact=True)
class CodeRenewed(Body):
    """A new citizen's code: the slip was lost, or is in wrong hands, or the case had none. The earlier one is void."""

    citizen_code: CodeKept
    text: OptText = ""


@kind("case.party_added", who=ALL, verb="add_party", own_fact=True, newer={"party.id_kind": 2})
class PartyAdded(Body):
    """`no` continues the numbering the author saw."""

    no: PartyNo
    party: Party


@kind("case.parties_added", who=ALL, verb="add_parties", own_fact=True)
class PartiesAdded(Body):
    """A list of parties at once (征地 disputes have a village's households on one side); they are numbered from `no` on."""

    no: PartyNo
    parties: Parties


@kind("case.representatives_elected", who=CARRY, verb="elect_representatives", own_fact=True)
class RepresentativesElected(WithFiles):
    """Form D18, 推选代表人书: a side of many elects two to five of its own (民事诉讼法 Arts 56, 57; 解释 Arts 75-78). Those who
    elected them are bound by what these sign. `represented` []: everybody on their side."""

    representatives: Annotated[list[PartyNo], Field(min_length=1, max_length=5)]
    represented: PartyNos = Field(default_factory=list)
    elected_on: IsoDate
    text: OptText = ""                  # powers in words, where they are not all


@kind("case.party_corrected", who=ALL, verb="correct_party", own_fact=True)
class PartyCorrected(Body):
    """A corrected detail; the latest legal date wins per field, both stay visible (DOMAIN.md 7.4 #13). With the field `mandate`
    the agent's new powers come in `mandate`, and `value` may say why."""

    party: PartyNo
    field: Annotated[str, StringConstraints(
        pattern=r"^(name|phone|address|id_last4|gender|age|occupation|representative|guardian|post|ethnicity|mandate|id_kind)$")]
    value: OptWord
    mandate: Mandate | None = None


class WholeNumber(Body):
    party: PartyNo
    id_kind: OptCode = ""               # table `identity_paper`; "": that of a person's identity card, of a unit's credit code
    paper_number: PaperNumber


@kind("case.identities_noted", who=ALL, verb="note_identities", own_fact=True, only_sealed=True)
class IdentitiesNoted(Body):
    """Whole numbers of identity papers, for what goes to a court (民诉法解释 Art 354): never in the clear. Of each party the last
    one counts; what everybody may see of it is its end, `Party.id_last4`."""

    identities: Annotated[list[WholeNumber], Field(min_length=1, max_length=MAX_PARTIES)]


# register, evidence, raise risk: all
@kind("case.evidence_added", who=ALL_AND_PARTY, verb="add_evidence", own_fact=True,
      codes={"document": "document", "kind": "evidence_kind"}, line=("document",), sealable=True)
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


@kind("case.note_added", who=ALL_AND_PARTY, verb="add_note", own_fact=True, sealable=True)
class NoteAdded(WithFiles):
    text: Text
    about: OptCode = ""                 # e.g. judge_guidance, expert_opinion, counselling
    adviser: OptWord = ""               # whose guidance was noted, when the author is not that person


@kind("case.triaged", who=CARRY, verb="triage", moves=(frozenset({"registered", "triaging"}), "triaging"), by="holder",
      codes={"category": "category", "subcategory": "subcategory", "difficulty": "difficulty",
             "mediation_type": "mediation_type"},
      line={"category": "category", "difficulty": "difficulty", "risk": "risk"}, newer={"judge": 2})
class Triaged(Body):
    """What it is and who has it from now on; a guiding judge may be named at once (DOMAIN.md 1.1, the third of the six haves)."""

    category: Code
    difficulty: Code
    risk: RiskLevel
    subcategory: OptCode = ""
    mediation_type: Code = "people"
    text: OptText = ""
    judge: OptWord = ""                 # staff id or name


@kind("case.record_added", who=ALL, verb="add_record", own_fact=True, codes={"document": "document"},
      line=("document",), sealable=True)
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
