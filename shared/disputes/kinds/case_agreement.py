"""The agreement, its signatures and seal, its performance, judicial confirmation (人民调解法 Arts 28-33; DOMAIN.md 7.2, 7.8)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import ALL_AND_PARTY, CARRY, GRID, STAFF, at
from shared.ledger.formats.fields import (
    MAX_PARTIES,
    EventId,
    Fen,
    IsoDate,
    Item,
    ItemNo,
    OptText,
    PartyNo,
    PartyNos,
    Signatures,
    Text,
    WithFiles,
    Word,
)


@kind("case.agreement_reached", who=CARRY, verb="reach_agreement", moves=(frozenset({"mediating"}), "agreed"), by="holder",
      legal_fact=True)
class AgreementReached(WithFiles):
    """D10 or D11. Signatures that are still lacking follow as `case.agreement_signed`."""

    form: Annotated[str, StringConstraints(pattern=r"^(written|oral)$")]
    facts: Text
    items: Annotated[list[Item], Field(min_length=1, max_length=MAX_PARTIES)]
    signatures: Signatures = Field(default_factory=list)
    copies: Annotated[int, Field(ge=1, le=MAX_PARTIES + 100)] = 3        # at least one for each party and the committee
    performed_on_spot: bool = False
    responsibility: OptText = ""        # who answers for what (各方责任)
    way: OptText = ""                   # way and place of performance, beside the dates of the items


@kind("case.agreement_signed", who=CARRY, verb="sign_agreement", legal_fact=True)
class AgreementSigned(WithFiles):
    of: EventId
    signatures: Signatures


@kind("case.sealed", who=CARRY, verb="seal", by="chain")
class AgreementSealed(WithFiles):
    """The committee's seal: the third component (Art 29)."""

    of: EventId
    sealed_on: IsoDate
    committee: Word


class ChangedItem(Item):
    """A promise as it is from now on, said whole. `item`: which of the agreement it takes the place of, without it a new one."""

    item: ItemNo | None = None
    ends: bool = False                  # nobody owes it any longer


@kind("case.agreement_changed", who=CARRY, verb="change_agreement", legal_fact=True)
class AgreementChanged(WithFiles):
    """Form D21, 变更调解协议书 (民法典 Art 543): the parties change what they promised; performance goes by the new promises. It
    binds when all have signed whom the agreement and its change bind, and, of a written one, the seal is on it."""

    of: EventId
    changes: Annotated[list[ChangedItem], Field(min_length=1, max_length=MAX_PARTIES)]
    sealed_on: IsoDate | None = None
    text: OptText = ""
    signatures: Signatures = Field(default_factory=list)


@kind("case.item_performed", who=at(village=GRID | STAFF, township=STAFF, county=STAFF), verb="perform_item", own_fact=True)
class ItemPerformed(WithFiles):
    """Proof, or confirmation by both parties, that a promise was (partly) kept."""

    of: EventId
    item: Annotated[int, Field(ge=0, le=MAX_PARTIES - 1)]
    complete: bool
    amount_fen: Fen | None = None
    confirmed_by: PartyNos = Field(default_factory=list)
    text: OptText = ""


@kind("case.performance_disputed", who=ALL_AND_PARTY, verb="dispute_performance", own_fact=True)
class PerformanceDisputed(WithFiles):
    """A party says a promise was not kept: neither proof nor complaint overwrites the other (DOMAIN.md
    7.4 #12)."""

    of: EventId
    item: Annotated[int, Field(ge=0, le=MAX_PARTIES - 1)]
    party: PartyNo
    text: Text


@kind("case.confirmation_applied", who=CARRY, verb="apply_confirmation")
class ConfirmationApplied(WithFiles):
    """Joint application for judicial confirmation (人民调解法 Art 33)."""

    of: EventId
    court: Word
    parties: Annotated[list[PartyNo], Field(min_length=2, max_length=MAX_PARTIES)]


@kind("case.confirmation_decided", who=at(village=STAFF, township=STAFF, county=STAFF | {"judge"}),
      verb="decide_confirmation", line={"status": "confirmation"})
class ConfirmationDecided(WithFiles):
    status: Annotated[str, StringConstraints(pattern=r"^(accepted|confirmed|rejected|withdrawn)$")]
    text: OptText = ""
