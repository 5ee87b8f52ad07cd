"""Bodies of the tracks beside mediation itself: choice of method and mediator (D2), the grid's chain, subsidy (J), petition
link (K), and what concerns the papers of the file: printing, numbers, dates, rights of the persons named in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.ledger.formats.fields import (
    Body,
    CaseId,
    Code,
    EventId,
    Fen,
    IsoDate,
    Number,
    OptText,
    OptWord,
    PartyNo,
    StaffId,
    Text,
    WithFiles,
)

OptStaff = Annotated[str, StringConstraints(max_length=64)]
Percent = Annotated[int, Field(ge=0, le=100)]


# --- D2: choice of method and mediator (人民调解法 Arts 19, 23(1))


class ChoiceMade(WithFiles):
    """What one party chose from the menu; `mediator` "" = the committee may appoint."""

    party: PartyNo
    method: Code = "people"             # table `mediation_type`
    mediator: OptStaff = ""
    text: OptText = ""


class MediatorConfirmed(Body):
    mediators: Annotated[list[StaffId], Field(min_length=1, max_length=9)]
    how: Annotated[str, StringConstraints(pattern=r"^(chosen|appointed)$")] = "chosen"
    text: OptText = ""


class MediatorRejected(WithFiles):
    """A party asks for another mediator (recusal grounds: 特邀调解规定 Art 15)."""

    party: PartyNo
    mediator: StaffId
    reason: Text


class MediatorRecused(WithFiles):
    """A mediator must or will stay away from this case (回避: 特邀调解规定 Art 15), whoever noticed it."""

    mediator: StaffId
    ground: Code                        # table `recusal_ground`
    text: OptText = ""


class TypeChanged(Body):
    """Another of the five mediation types; the history keeps the earlier ones."""

    mediation_type: Code
    reason: Text


# --- the grid chain inside a village: member -> group leader -> village leader (DOMAIN.md 1.6, 7.3)


class GridPassed(WithFiles):
    to_role: Annotated[str, StringConstraints(pattern=r"^(group_grid_leader|village_grid_leader)$")]
    reason: Text
    to: OptStaff = ""


class GridTaken(Body):
    request: EventId


class GridReturned(Body):
    request: EventId
    reason: Text


# --- J: subsidy (以案定补; DOMAIN.md 8)


class SubsidyApplied(WithFiles):
    mediator: StaffId
    grade: Code                         # table `subsidy_grade`
    committee: OptWord = ""
    text: OptText = ""


class SubsidyChecked(WithFiles):
    """First check by the township's judicial office."""

    passed: bool
    text: OptText = ""


class Share(Body):
    mediator: StaffId
    percent: Percent


class SubsidyGraded(Body):
    """The county's grade and, when several mediators worked on it, how it is split: one dispute, one subsidy."""

    grade: Code
    shares: Annotated[list[Share], Field(max_length=9)] = Field(default_factory=list)
    phoned: bool = False                # random re-check by telephone
    text: OptText = ""


class SubsidyPublicised(WithFiles):
    start: IsoDate
    end: IsoDate


class SubsidyDecided(Body):
    approved: bool
    amount_fen: Fen = 0
    text: OptText = ""


class SubsidyPaid(WithFiles):
    amount_fen: Fen
    paid_on: IsoDate


class SubsidyClawedBack(Body):
    reason: Text


# --- K: petitions that concern the same matter (their clocks are their own)


class PetitionLinked(Body):
    petition: CaseId
    number: OptWord = ""
    text: OptText = ""


# --- papers, numbers, dates, rights of persons


class DocumentPrinted(Body):
    """From now on the number on the paper is final (DOMAIN.md 4: never renumber after print)."""

    document: Code
    number: OptWord = ""


class Renumbered(Body):
    """The other of two equal file numbers (DOMAIN.md 7.4 #14)."""

    old: Number
    new: Number
    reason: Text


class DateCorrected(Body):
    """The legal date of an earlier event was wrong (DOMAIN.md 7.4 #17): with a reason, both dates stay visible."""

    event: EventId
    legal_date: IsoDate
    reason: Text


class FindingNoted(Body):
    """A person has seen what the machine pointed out, or has put it right (DOMAIN.md 7.4 #17). Only for findings that ask for
    no decision; those are decided with `case.review_resolved`. `events`: all events of each finding that is meant."""

    finding: Code
    events: Annotated[list[EventId], Field(min_length=1, max_length=100)]
    how: Code = "seen"                  # table `finding_note`
    text: OptText = ""


class OutsideNoted(WithFiles):
    """A procedure outside mediation began or ended on the legal date: the case shows its clock as information."""

    clock: Code                         # table `outside_clock`
    step: Annotated[str, StringConstraints(pattern=r"^(begun|ended)$")] = "begun"
    text: OptText = ""


class MediatorRemoved(Body):
    """A mediator of this case was dismissed (解聘); written into each of the mediator's open cases."""

    mediator: StaffId
    removed_on: IsoDate
    text: OptText = ""


class ErasureRequested(WithFiles):
    """A party asks that its data be deleted (PIPL Art 47)."""

    party: PartyNo
    text: OptText = ""


class ErasureAnswered(WithFiles):
    party: PartyNo
    decision: Annotated[str, StringConstraints(pattern=r"^(restricted|lifted)$")]
    text: Text


class DuplicateDismissed(Body):
    """A person looked at both cases: they are not the same dispute. The suggestion stays away, and each may have its subsidy."""

    other: CaseId
    reason: Text
    number: OptWord = ""


class Absorbed(Body):
    """The counterpart of `case.merged`: this case goes on for both, the other's number is an alias here."""

    case: CaseId
    number: OptWord = ""
    evidence: Annotated[list[EventId], Field(max_length=500)] = Field(default_factory=list)
    text: OptText = ""


BODIES: dict[tuple[str, int], type[Body]] = {
    ("case.choice_made", 1): ChoiceMade,
    ("case.mediator_confirmed", 1): MediatorConfirmed,
    ("case.mediator_rejected", 1): MediatorRejected,
    ("case.mediator_recused", 1): MediatorRecused,
    ("case.type_changed", 1): TypeChanged,
    ("case.grid_passed", 1): GridPassed,
    ("case.grid_taken", 1): GridTaken,
    ("case.grid_returned", 1): GridReturned,
    ("case.subsidy_applied", 1): SubsidyApplied,
    ("case.subsidy_checked", 1): SubsidyChecked,
    ("case.subsidy_graded", 1): SubsidyGraded,
    ("case.subsidy_publicised", 1): SubsidyPublicised,
    ("case.subsidy_decided", 1): SubsidyDecided,
    ("case.subsidy_paid", 1): SubsidyPaid,
    ("case.subsidy_clawed_back", 1): SubsidyClawedBack,
    ("case.petition_linked", 1): PetitionLinked,
    ("case.document_printed", 1): DocumentPrinted,
    ("case.renumbered", 1): Renumbered,
    ("case.date_corrected", 1): DateCorrected,
    ("case.finding_noted", 1): FindingNoted,
    ("case.outside_noted", 1): OutsideNoted,
    ("case.mediator_removed", 1): MediatorRemoved,
    ("case.erasure_requested", 1): ErasureRequested,
    ("case.erasure_answered", 1): ErasureAnswered,
    ("case.absorbed", 1): Absorbed,
    ("case.duplicate_dismissed", 1): DuplicateDismissed,
}

CODED: dict[str, dict[str, str]] = {
    "case.choice_made": {"method": "mediation_type"},
    "case.mediator_recused": {"ground": "recusal_ground"},
    "case.type_changed": {"mediation_type": "mediation_type"},
    "case.subsidy_applied": {"grade": "subsidy_grade"},
    "case.subsidy_graded": {"grade": "subsidy_grade"},
    "case.document_printed": {"document": "document"},
    "case.finding_noted": {"how": "finding_note"},
    "case.outside_noted": {"clock": "outside_clock"},
}
