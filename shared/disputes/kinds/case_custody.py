"""Bodies of custody (DOMAIN.md 7.3): hand-over up, down, by force, and who has seen what."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.ledger.formats.fields import Body, EventId, IsoDate, OfficeId, OptText, OptWord, StaffId, Text, WithFiles


class EscalateRequested(WithFiles):
    to: OfficeId
    reason: Text


class EscalateAccepted(Body):
    request: EventId
    handler: StaffId | None = None


class EscalateReturned(Body):
    request: EventId
    reason: Text


class Assigned(WithFiles):
    to: OfficeId
    due: IsoDate | None = None
    person: OptWord = ""
    text: OptText = ""


class AssignmentAcknowledged(Body):
    assignment: EventId
    handler: StaffId | None = None


class AssignmentReturned(Body):
    assignment: EventId
    reason: Text


class Recalled(Body):
    """提级办理: an upper level takes the case; `to` when another office than the author's shall hold it."""

    reason: Text
    to: OfficeId | None = None


class CoHandlerAdded(Body):
    office: OfficeId
    text: OptText = ""


class HandlerNamed(Body):
    """Who in the holding office works on the case (the second of the six haves)."""

    handlers: Annotated[list[StaffId], Field(min_length=1, max_length=9)]


class Acknowledged(Body):
    """A person of the receiver opened these events."""

    of: Annotated[list[EventId], Field(min_length=1, max_length=50)]
