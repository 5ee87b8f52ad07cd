"""How a case ends and what follows: terminated, sent on, visited, closed, archived, opened again, merged (DOMAIN.md 7.2)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import CARRY, GRID, PARTY, STAFF, UPPER, at, everywhere
from shared.disputes.rules.states import AGREED, BEFORE_AGREEMENT, SIDE_ENDS
from shared.ledger.formats.fields import (
    Body,
    CaseId,
    Code,
    IsoDate,
    OptCode,
    OptText,
    OptWord,
    PartyNo,
    PartyNos,
    WithFiles,
    Word,
)


@kind("case.terminated", who=CARRY, verb="terminate", moves=(BEFORE_AGREEMENT, "terminated"), by="holder",
      codes={"reason": "terminate_reason"}, line=("reason",))
class Terminated(WithFiles):
    reason: Code
    remedies_told: bool                 # Art 26
    escalation_checked: bool            # Art 25
    text: OptText = ""


@kind("case.transferred_out", who=CARRY, verb="transfer_out",
      moves=(BEFORE_AGREEMENT | {"refused", "terminated"}, "transferred"), by="holder", codes={"to": "outcome"},
      line=("to",))
class TransferredOut(WithFiles):
    to: Code                            # table `outcome`: to_litigation, to_police, ...
    body: Word
    receipt_on: IsoDate | None = None
    text: OptText = ""
    letter_no: OptWord = ""             # number of the letter (E06)


@kind("case.visited", who=at(village=GRID | STAFF, township=STAFF, county=STAFF), verb="visit", by="chain",
      codes={"method": "visit_method", "result": "visit_result"}, line=("method", "result"))
class Visited(WithFiles):
    """D13."""

    method: Code
    result: Code
    satisfaction: Annotated[int, Field(ge=1, le=5)] | None = None
    parties: PartyNos = Field(default_factory=list)
    text: OptText = ""
    court_result: OptText = ""          # sued over the performance, and what the court did
    errors: OptText = ""                # a mediation that went wrong
    escalation: OptText = ""            # signs of escalation and other hidden trouble
    measures: OptText = ""


@kind("case.rated", who=everywhere(STAFF | PARTY), verb="rate", own_fact=True, line={"score": "satisfaction"})
class Rated(Body):
    party: PartyNo
    score: Annotated[int, Field(ge=1, le=5)]
    channel: OptCode = ""
    text: OptText = ""


@kind("case.closed", who=CARRY, verb="close", moves=(SIDE_ENDS | {"effective", "performing", "visit_due"}, "closed"),
      by="holder", codes={"outcome": "outcome"}, line=("outcome",))
class Closed(WithFiles):
    outcome: Code
    text: OptText = ""


# confirm file: township first check
@kind("case.archived", who=UPPER, verb="archive", moves=(frozenset({"closed"}), "archived"), by="chain")
class Archived(WithFiles):
    documents: Annotated[list[Code], Field(max_length=30)]
    retention: OptCode = "long"
    text: OptText = ""


@kind("case.reopened", who=CARRY, verb="reopen", moves=(frozenset({"closed", "archived"}), ""), by="chain",
      codes={"reason": "reopen_reason"}, line=("reason",))
class Reopened(Body):
    reason: Code
    text: OptText = ""


# merge: township in its town (`actions.merging`), county
@kind("case.merged", who=UPPER, verb="merge", moves=(BEFORE_AGREEMENT | AGREED | {"closed"}, "merged"), by="chain")
class Merged(Body):
    """A person confirmed that this case is the same dispute as `into`; the number stays as alias
    (DOMAIN.md 7.4 #5)."""

    into: CaseId
    number: OptWord = ""
    text: OptText = ""
