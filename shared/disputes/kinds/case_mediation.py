"""Mediation itself: settled on the spot, accepted or not, sessions, refusals, pauses, extensions (DOMAIN.md 7.2)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import ALL_AND_PARTY, CARRY, GRID, STAFF, at
from shared.disputes.rules.states import BEFORE_AGREEMENT
from shared.ledger.formats.fields import (
    MAX_PARTIES,
    Body,
    Code,
    Consents,
    IsoDate,
    Number,
    OptStaffId,
    OptText,
    OptTime,
    OptWord,
    Participant,
    PartyNo,
    PartyNos,
    StaffId,
    Text,
    Time,
    WithFiles,
    Word,
)


# settle on spot: grid small only
@kind("case.settled_on_spot", who=at(village=GRID | STAFF, township=STAFF, county=STAFF), verb="settle_on_spot",
      moves=(frozenset({"registered", "triaging"}), "closed"), by="holder", legal_fact=True)
class SettledOnSpot(WithFiles):
    """Simple matters, risk at most yellow, every party says yes."""

    text: Text
    agreed_by: Annotated[list[PartyNo], Field(min_length=1, max_length=MAX_PARTIES)]
    # those without full capacity for whom the guardian named at them said yes
    by_guardian: PartyNos = Field(default_factory=list)


# accept, mediate, agree: not the grid
@kind("case.accepted", who=CARRY, verb="accept", moves=(frozenset({"registered", "triaging"}), "accepted"), by="holder")
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


@kind("case.acceptance_rejected", who=CARRY, verb="reject_acceptance",
      moves=(frozenset({"registered", "triaging"}), "not_accepted"), by="holder", codes={"channel": "outcome"},
      line=("channel",))
class AcceptanceRejected(WithFiles):
    reason: Text
    channel: Code                       # table `outcome`: where the person can go


@kind("case.session_held", who=CARRY, verb="hold_session", moves=(frozenset({"accepted", "mediating"}), "mediating"),
      by="holder", newer={"participants.helper": 2})
class SessionHeld(WithFiles):
    """One mediation session (D09). A confidential record travels sealed beside it, in
    `case.record_added`."""

    place: Word
    mediators: Annotated[list[StaffId], Field(min_length=1, max_length=9)]
    rights_told: bool
    participants: Annotated[list[Participant], Field(max_length=MAX_PARTIES + 100)] = Field(default_factory=list)
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


@kind("case.session_planned", who=CARRY, verb="plan_session", by="holder", codes={"mode": "meeting_mode"},
      line=("mode",))
class SessionPlanned(Body):
    """When and where the parties meet next (人民调解法 Art 22: in good time, at the place); replaces what was planned before."""

    date: IsoDate
    time: Time
    place: Word
    mode: Code = "in_person"            # table `meeting_mode`
    mediators: Annotated[list[StaffId], Field(max_length=9)] = Field(default_factory=list)
    invited: Annotated[list[Word], Field(max_length=50)] = Field(default_factory=list)     # beside the parties
    text: OptText = ""


@kind("case.session_called_off", who=CARRY, verb="call_off_session", by="holder")
class SessionCalledOff(Body):
    """The meeting that is planned will not be; without another date the case is without one."""

    reason: Text


# recorded by anyone (7.2)
@kind("case.party_refused", who=ALL_AND_PARTY, verb="party_refuse", moves=(BEFORE_AGREEMENT, "refused"), legal_fact=True,
      own_fact=True)
class PartyRefused(WithFiles):
    """A party clearly refuses: mediating is forbidden from now on (Art 17). A legal act, recorded by
    anyone."""

    party: PartyNo
    text: OptText = ""
    remedies_told: bool = True


@kind("case.party_consented", who=ALL_AND_PARTY, verb="party_consent", legal_fact=True, own_fact=True)
class PartyConsented(WithFiles):
    """A party who refused, or whose consent is in doubt, confirms that it wants the mediation or the
    agreement."""

    party: PartyNo
    text: OptText = ""


# the applicant
@kind("case.withdrawn", who=ALL_AND_PARTY, verb="withdraw", moves=(BEFORE_AGREEMENT, "withdrawn"), legal_fact=True)
class Withdrawn(WithFiles):
    party: PartyNo
    text: OptText = ""


@kind("case.suspended", who=CARRY, verb="suspend", moves=(frozenset({"accepted", "mediating"}), "suspended"), by="holder",
      codes={"reason": "suspend_reason"}, line=("reason",))
class Suspended(WithFiles):
    reason: Code
    until: IsoDate | None = None
    consents: Consents = Field(default_factory=list)
    text: OptText = ""


@kind("case.resumed", who=CARRY, verb="resume", moves=(frozenset({"suspended"}), "mediating"), by="holder")
class Resumed(Body):
    text: OptText = ""


@kind("case.extended", who=CARRY, verb="extend", moves=(frozenset({"accepted", "mediating", "suspended"}), ""), by="holder")
class Extended(WithFiles):
    """Consents of all parties dated on or before expiry make it valid."""

    until: IsoDate
    consents: Consents
    clock: Code = "mediation"
    text: OptText = ""
