"""Bodies of custody (DOMAIN.md 7.3): hand-over up, down, by force, and who has seen what."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import ALL, CARRY, STAFF, UPPER, at
from shared.ledger.formats.fields import Body, EventId, IsoDate, OfficeId, OptText, OptWord, StaffId, Text, WithFiles


# escalate: up; the grid climbs to its village first (case.grid_passed)
@kind("case.escalate_requested", who=at(village=STAFF, township=STAFF), verb="escalate", by="holder", names="to")
class EscalateRequested(WithFiles):
    to: OfficeId
    reason: Text


@kind("case.escalate_accepted", who=UPPER, verb="accept_escalation")
class EscalateAccepted(Body):
    request: EventId
    handler: StaffId | None = None


@kind("case.escalate_returned", who=UPPER, verb="return_escalation")
class EscalateReturned(Body):
    request: EventId
    reason: Text


# assign: down
@kind("case.assigned", who=UPPER, verb="assign", names="to")
class Assigned(WithFiles):
    to: OfficeId
    due: IsoDate | None = None
    person: OptWord = ""
    text: OptText = ""


@kind("case.assignment_acknowledged", who=CARRY, verb="acknowledge_assignment")
class AssignmentAcknowledged(Body):
    assignment: EventId
    handler: StaffId | None = None


@kind("case.assignment_returned", who=CARRY, verb="return_assignment")
class AssignmentReturned(Body):
    assignment: EventId
    reason: Text


# recall: the county; a township asks for it
@kind("case.recalled", who=at(county=STAFF), verb="recall", names="to", to_itself=True)
class Recalled(Body):
    """提级办理: an upper level takes the case; `to` when another office than the author's shall hold it."""

    reason: Text
    to: OfficeId | None = None


@kind("case.co_handler_added", who=CARRY, verb="add_co_handler", names="office")
class CoHandlerAdded(Body):
    office: OfficeId
    text: OptText = ""


@kind("case.handler_named", who=CARRY, verb="name_handler", by="holder")
class HandlerNamed(Body):
    """Who in the holding office works on the case (the second of the six haves)."""

    handlers: Annotated[list[StaffId], Field(min_length=1, max_length=9)]


@kind("case.acknowledged", who=ALL, verb="acknowledge", own_fact=True)
class Acknowledged(Body):
    """A person of the receiver opened these events."""

    of: Annotated[list[EventId], Field(min_length=1, max_length=50)]
