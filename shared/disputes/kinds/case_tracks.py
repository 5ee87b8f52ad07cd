"""Bodies of the tracks beside mediation itself: choice of method and mediator (D2), the grid's chain, subsidy (J), petition
link (K), and what concerns the papers of the file: printing, numbers, dates, rights of the persons named in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import ALL, ALL_AND_PARTY, CARRY, GRID, STAFF, UPPER, at
from shared.ledger.formats.fields import (
    Body,
    CaseId,
    Code,
    Consents,
    EventId,
    Fen,
    IsoDate,
    Number,
    OptOffice,
    OptText,
    OptWord,
    PartyNo,
    StaffId,
    Text,
    WithFiles,
    Word,
)

OptStaff = Annotated[str, StringConstraints(max_length=64)]
Percent = Annotated[int, Field(ge=0, le=100)]


# --- D2: choice of method and mediator (人民调解法 Arts 19, 23(1))


# D2 (人民调解法 Arts 19, 23), type changes by the holder
@kind("case.choice_made", who=ALL_AND_PARTY, verb="choose", own_fact=True, codes={"method": "mediation_type"},
      line=("method",))
class ChoiceMade(WithFiles):
    """What one party chose from the menu; `mediator` "" = the committee may appoint."""

    party: PartyNo
    method: Code = "people"             # table `mediation_type`
    mediator: OptStaff = ""
    text: OptText = ""


@kind("case.mediator_confirmed", who=CARRY, verb="confirm_mediator")
class MediatorConfirmed(Body):
    mediators: Annotated[list[StaffId], Field(min_length=1, max_length=9)]
    how: Annotated[str, StringConstraints(pattern=r"^(chosen|appointed)$")] = "chosen"
    text: OptText = ""


@kind("case.mediator_rejected", who=ALL_AND_PARTY, verb="reject_mediator")
class MediatorRejected(WithFiles):
    """A party asks for another mediator (recusal grounds: 特邀调解规定 Art 15)."""

    party: PartyNo
    mediator: StaffId
    reason: Text


# whoever notices it (特邀调解规定 Art 15)
@kind("case.mediator_recused", who=ALL, verb="recuse_mediator", codes={"ground": "recusal_ground"},
      line=("ground",))
class MediatorRecused(WithFiles):
    """A mediator must or will stay away from this case (回避: 特邀调解规定 Art 15), whoever noticed it."""

    mediator: StaffId
    ground: Code                        # table `recusal_ground`
    text: OptText = ""


@kind("case.type_changed", who=CARRY, verb="change_type", codes={"mediation_type": "mediation_type"},
      line=("mediation_type",), names="to", to_itself=True)
class TypeChanged(WithFiles):
    """Another of the five mediation types; the history keeps the earlier ones. It is asked by the body that had the case, with
    every party's consent, and takes effect when the other body takes it; one without `body` (of earlier versions) at once."""

    mediation_type: Code
    reason: Text
    consents: Consents = Field(default_factory=list)
    to: OptOffice = ""                  # the office of the body that shall take it; "" its own
    body: OptWord = ""                  # what that body is called


@kind("case.type_taken", who=CARRY, verb="take_type")
class TypeTaken(WithFiles):
    """The other body takes the case: its mediators, its file number, its clock."""

    of: EventId
    body: Word
    mediators: Annotated[list[StaffId], Field(min_length=1, max_length=9)]
    file_no: Number | None = None
    text: OptText = ""


@kind("case.type_declined", who=CARRY, verb="decline_type")
class TypeDeclined(WithFiles):
    """The other body does not take it: the case stays as it was."""

    of: EventId
    reason: Text


# --- the grid chain inside a village: member -> group leader -> village leader (DOMAIN.md 1.6, 7.3)


@kind("case.grid_passed", who=at(village=GRID | STAFF), verb="pass_up_grid", line={"to_role": "role"})
class GridPassed(WithFiles):
    to_role: Annotated[str, StringConstraints(pattern=r"^(group_grid_leader|village_grid_leader)$")]
    reason: Text
    to: OptStaff = ""


@kind("case.grid_taken", who=at(village=GRID | STAFF), verb="take_from_grid")
class GridTaken(Body):
    request: EventId


@kind("case.grid_returned", who=at(village=GRID | STAFF), verb="return_to_grid")
class GridReturned(Body):
    request: EventId
    reason: Text


# --- J: subsidy (以案定补; DOMAIN.md 8)


# subsidy: village applies, township checks, county decides
@kind("case.subsidy_applied", who=CARRY, verb="apply_subsidy", codes={"grade": "subsidy_grade"},
      line=("grade",))
class SubsidyApplied(WithFiles):
    mediator: StaffId
    grade: Code                         # table `subsidy_grade`
    committee: OptWord = ""
    text: OptText = ""


@kind("case.subsidy_checked", who=UPPER, verb="check_subsidy")
class SubsidyChecked(WithFiles):
    """First check by the township's judicial office."""

    passed: bool
    text: OptText = ""


class Share(Body):
    mediator: StaffId
    percent: Percent


@kind("case.subsidy_graded", who=at(county=STAFF), verb="grade_subsidy", codes={"grade": "subsidy_grade"},
      line=("grade",))
class SubsidyGraded(Body):
    """The county's grade and, when several mediators worked on it, how it is split: one dispute, one subsidy."""

    grade: Code
    shares: Annotated[list[Share], Field(max_length=9)] = Field(default_factory=list)
    phoned: bool = False                # random re-check by telephone
    text: OptText = ""


@kind("case.subsidy_publicised", who=at(county=STAFF), verb="publicise_subsidy")
class SubsidyPublicised(WithFiles):
    start: IsoDate
    end: IsoDate


@kind("case.subsidy_decided", who=at(county=STAFF), verb="decide_subsidy")
class SubsidyDecided(Body):
    approved: bool
    amount_fen: Fen = 0
    text: OptText = ""


@kind("case.subsidy_paid", who=at(county=STAFF), verb="pay_subsidy")
class SubsidyPaid(WithFiles):
    amount_fen: Fen
    paid_on: IsoDate


@kind("case.subsidy_clawed_back", who=at(county=STAFF), verb="claw_back_subsidy")
class SubsidyClawedBack(Body):
    reason: Text


# --- K: petitions that concern the same matter (their clocks are their own)


@kind("case.petition_linked", who=CARRY, verb="link_petition")
class PetitionLinked(Body):
    petition: CaseId
    number: OptWord = ""
    text: OptText = ""


# --- papers, numbers, dates, rights of persons


@kind("case.document_printed", who=ALL, verb="record_printed", own_fact=True, codes={"document": "document"},
      line=("document",))
class DocumentPrinted(Body):
    """From now on the number on the paper is final (DOMAIN.md 4: never renumber after print)."""

    document: Code
    number: OptWord = ""


@kind("case.renumbered", who=CARRY, verb="renumber")
class Renumbered(Body):
    """The other of two equal file numbers (DOMAIN.md 7.4 #14)."""

    old: Number
    new: Number
    reason: Text


@kind("case.date_corrected", who=CARRY, verb="correct_date")
class DateCorrected(Body):
    """The legal date of an earlier event was wrong (DOMAIN.md 7.4 #17): with a reason, both dates stay visible."""

    event: EventId
    legal_date: IsoDate
    reason: Text


# seen or put right by those who carry it (7.4 #17)
@kind("case.finding_noted", who=CARRY, verb="note_finding", codes={"how": "finding_note"}, line=("how",))
class FindingNoted(Body):
    """A person has seen what the machine pointed out, or has put it right (DOMAIN.md 7.4 #17). Only for findings that ask for
    no decision; those are decided with `case.review_resolved`. `events`: all events of each finding that is meant."""

    finding: Code
    events: Annotated[list[EventId], Field(min_length=1, max_length=100)]
    how: Code = "seen"                  # table `finding_note`
    text: OptText = ""


# information (2.3, 2.4)
@kind("case.outside_noted", who=ALL, verb="note_outside", codes={"clock": "outside_clock"},
      line={"clock": "outside_clock", "step": "outside_step"})
class OutsideNoted(WithFiles):
    """A procedure outside mediation began or ended on the legal date: the case shows its clock as information."""

    clock: Code                         # table `outside_clock`
    step: Annotated[str, StringConstraints(pattern=r"^(begun|ended)$")] = "begun"
    text: OptText = ""


@kind("case.mediator_removed", who=UPPER, verb="record_removal", own_fact=True)
class MediatorRemoved(Body):
    """A mediator of this case was dismissed (解聘); written into each of the mediator's open cases."""

    mediator: StaffId
    removed_on: IsoDate
    text: OptText = ""


@kind("case.erasure_requested", who=ALL_AND_PARTY, verb="request_erasure", own_fact=True)
class ErasureRequested(WithFiles):
    """A party asks that its data be deleted (PIPL Art 47)."""

    party: PartyNo
    text: OptText = ""


@kind("case.erasure_answered", who=UPPER, verb="answer_erasure")
class ErasureAnswered(WithFiles):
    party: PartyNo
    decision: Annotated[str, StringConstraints(pattern=r"^(restricted|lifted)$")]
    text: Text


# who covers both: 7.4 P5
@kind("case.duplicate_dismissed", who=CARRY, verb="dismiss_duplicate")
class DuplicateDismissed(Body):
    """A person looked at both cases: they are not the same dispute. The suggestion stays away, and each may have its subsidy."""

    other: CaseId
    reason: Text
    number: OptWord = ""


@kind("case.absorbed", who=UPPER, verb="absorb")
class Absorbed(Body):
    """The counterpart of `case.merged`: this case goes on for both, the other's number is an alias here."""

    case: CaseId
    number: OptWord = ""
    evidence: Annotated[list[EventId], Field(max_length=500)] = Field(default_factory=list)
    text: OptText = ""
