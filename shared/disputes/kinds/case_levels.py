"""Bodies of what one level asks of another (DOMAIN.md 7.3): difficulty, recall, the grid, objections, receipts."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from shared.ledger.formats.fields import Body, Code, EventId, IsoDate, OptText, OptWord, PartyNo, Text, WithFiles

GridRole = Annotated[str, StringConstraints(pattern=r"^(grid_member|group_grid_leader)$")]


class DifficultyConfirmed(Body):
    """The level above confirms (or corrects) what the handler proposed; the subsidy depends on it (DOMAIN.md 3.3)."""

    difficulty: Code
    text: OptText = ""


class GridAssigned(WithFiles):
    """The village gives a matter down to its grid; who takes it answers with `case.grid_taken`."""

    to_role: GridRole
    person: OptWord = ""
    due: IsoDate | None = None
    text: OptText = ""


class GridSupervised(WithFiles):
    """The village supervises its own grid; answered and judged like every supervision."""

    level: Code
    text: Text
    to_role: GridRole = "grid_member"
    person: OptWord = ""
    due: IsoDate | None = None


class RecallRequested(WithFiles):
    """A township asks the county to take a case from its holder (提级办理); the county recalls, or declines."""

    reason: Text


class RecallDeclined(Body):
    request: EventId
    reason: Text


class PartyObjected(WithFiles):
    """A party objects to the result of an ended case: it is open again."""

    party: PartyNo
    text: Text


class TransferReceived(WithFiles):
    """The body to which the case was sent has it: the clock stops on this day, not on that of the sending."""

    receipt_on: IsoDate
    text: OptText = ""


BODIES: dict[tuple[str, int], type[Body]] = {
    ("case.difficulty_confirmed", 1): DifficultyConfirmed,
    ("case.grid_assigned", 1): GridAssigned,
    ("case.grid_supervised", 1): GridSupervised,
    ("case.recall_requested", 1): RecallRequested,
    ("case.recall_declined", 1): RecallDeclined,
    ("case.party_objected", 1): PartyObjected,
    ("case.transfer_received", 1): TransferReceived,
}

CODED: dict[str, dict[str, str]] = {
    "case.difficulty_confirmed": {"difficulty": "difficulty"},
    "case.grid_supervised": {"level": "supervision_level"},
}
