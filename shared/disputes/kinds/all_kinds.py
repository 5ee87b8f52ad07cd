"""The registry's entries beside cases: petitions and legal aid. Joined into `bodies.BODIES` and `bodies.CODED`."""

from __future__ import annotations

from shared.disputes.kinds import legal_aid as aid
from shared.disputes.kinds import petition
from shared.ledger.formats.fields import Body

BODIES: dict[tuple[str, int], type[Body]] = {
    ("petition.registered", 1): petition.Registered,
    ("petition.forwarded", 1): petition.Forwarded,
    ("petition.objected", 1): petition.Objected,
    ("petition.accepted", 1): petition.Accepted,
    ("petition.declined", 1): petition.Declined,
    ("petition.extended", 1): petition.Extended,
    ("petition.answered", 1): petition.Answered,
    ("petition.review_requested", 1): petition.ReviewRequested,
    ("petition.hearing_held", 1): petition.HearingHeld,
    ("petition.review_answered", 1): petition.ReviewAnswered,
    ("petition.rated", 1): petition.Rated,
    ("petition.noted", 1): petition.Noted,
    ("legal_aid.registered", 1): aid.Registered,
    ("legal_aid.decided", 1): aid.Decided,
    ("legal_aid.appointed", 1): aid.Appointed,
    ("legal_aid.terminated", 1): aid.Ended,
    ("legal_aid.objected", 1): aid.Ended,
    ("legal_aid.objection_decided", 1): aid.ObjectionDecided,
    ("legal_aid.ended", 1): aid.Ended,
}

CODED: dict[str, dict[str, str]] = {
    "petition.registered": {"channel": "petition_channel", "form": "petition_form", "category": "petition_category"},
    "petition.declined": {"channel": "outcome"},
    "petition.answered": {"answer": "petition_answer"},
    "legal_aid.registered": {"matter": "legal_aid_matter"},
}
