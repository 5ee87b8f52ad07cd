"""What an office that was closed may no longer do (DOMAIN.md 5): it begins and takes nothing after its last day, and nothing is
sent to it; it finishes, hands over and answers what it has. Names and days of offices: `shared.ledger.published.office_periods`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.disputes.records import aggregates
from shared.ledger.published.office_periods import KnowsPeriods, closed_values, is_closed
from shared.ledger.texts import t

# What begins something new at the author's office. A referral, a consultation of experts are steps of a case in hand.
BEGINS = aggregates.OPENINGS - {"referral.made", "consultation.requested", "assessment.opened"}
# What takes a case over to the author's office.
TAKES = frozenset({"case.escalate_accepted", "case.assignment_acknowledged", "case.transfer_received",
                   "case.type_taken"})
# What sends something to another office, and the field that names it.
_SENDS = {"case.assigned": "to", "case.escalate_requested": "to", "case.recalled": "to", "case.co_handler_added": "office",
          "case.type_changed": "to", "petition.forwarded": "to", "referral.made": "to", "talk_item.escalated": "to"}


def refused_office(kind: str, body: Mapping[str, Any], office: str, on: str, directory: KnowsPeriods) -> str:
    """The closed office that forbids this act of `office` on a day: itself when it would begin or take something, or the one it
    would send a case to; "" when none does."""
    if (kind in BEGINS or kind in TAKES) and is_closed(directory, office, on):
        return office
    target = body.get(_SENDS[kind]) if kind in _SENDS else None
    return target if isinstance(target, str) and is_closed(directory, target, on) else ""


def refusal(kind: str, body: Mapping[str, Any], office: str, on: str, directory: KnowsPeriods) -> str:
    """The same in one Chinese sentence with the remedy; "" when the act is open."""
    closed = refused_office(kind, body, office, on, directory)
    if not closed:
        return ""
    return t("validity.closed" if closed == office else "validity.closed_target", **closed_values(directory, closed))
