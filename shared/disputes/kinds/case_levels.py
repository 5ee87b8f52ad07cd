"""Bodies of what one level asks of another (DOMAIN.md 7.3): difficulty, recall, the grid, objections, receipts."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import ALL_AND_PARTY, CARRY, STAFF, UPPER, at
from shared.ledger.formats.fields import Body, Code, EventId, IsoDate, OptText, OptWord, PartyNo, Text, WithFiles

GridRole = Annotated[str, StringConstraints(pattern=r"^(grid_member|group_grid_leader)$")]


# difficulty: village proposes, township confirms difficult, county major (CONFIRMS_DIFFICULTY)
@kind("case.difficulty_confirmed", who=UPPER, verb="confirm_difficulty", codes={"difficulty": "difficulty"},
      line=("difficulty",))
class DifficultyConfirmed(Body):
    """The level above confirms (or corrects) what the handler proposed; the subsidy depends on it (DOMAIN.md 3.3)."""

    difficulty: Code
    text: OptText = ""


# grid: member -> group leader -> village leader (1.6) assign: the village down to its grid
@kind("case.grid_assigned", who=at(village=STAFF), verb="assign_grid", line={"to_role": "role"})
class GridAssigned(WithFiles):
    """The village gives a matter down to its grid; who takes it answers with `case.grid_taken`."""

    to_role: GridRole
    person: OptWord = ""
    due: IsoDate | None = None
    text: OptText = ""


@kind("case.grid_supervised", who=at(village=STAFF), verb="supervise_grid", codes={"level": "supervision_level"},
      line=("level",))
class GridSupervised(WithFiles):
    """The village supervises its own grid; answered and judged like every supervision."""

    level: Code
    text: Text
    to_role: GridRole = "grid_member"
    person: OptWord = ""
    due: IsoDate | None = None


@kind("case.recall_requested", who=at(township=STAFF), verb="request_recall")
class RecallRequested(WithFiles):
    """A township asks the county to take a case from its holder (提级办理); the county recalls, or declines."""

    reason: Text


@kind("case.recall_declined", who=at(county=STAFF), verb="decline_recall")
class RecallDeclined(Body):
    request: EventId
    reason: Text


# a party's objection opens an ended case (7.2)
@kind("case.party_objected", who=ALL_AND_PARTY, verb="object")
class PartyObjected(WithFiles):
    """A party objects to the result of an ended case: it is open again."""

    party: PartyNo
    text: Text


@kind("case.transfer_received", who=CARRY, verb="receive_transfer")
class TransferReceived(WithFiles):
    """The body to which the case was sent has it: the clock stops on this day, not on that of the sending."""

    receipt_on: IsoDate
    text: OptText = ""
