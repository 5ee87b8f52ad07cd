"""The registry of event kinds: which model a body has, at which schema, and how old schemas are read.

`BODIES[(kind, schema)]` is the model; `CURRENT[kind]` the schema that is written now. `build` makes the
body of a new event (it normalises text and checks codes), `parse` reads the body of any event, upgrading
old schemas step by step, for ever. An unknown kind or a newer schema is not an error: `parse` gives
`Unknown`, and the event is kept, forwarded and shown as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.disputes.kinds import all_kinds as more
from shared.disputes.kinds import case, clinics, entered, records
from shared.disputes.kinds import case_custody as custody
from shared.disputes.kinds import case_levels as levels
from shared.disputes.kinds import case_sealed as sealed
from shared.disputes.kinds import case_tracks as tracks
from shared.disputes.rules import excluded_matters as matters
from shared.ledger import codes
from shared.ledger.errors import NotCanonical
from shared.ledger.formats.characters import tidy
from shared.ledger.formats.fields import Body, Sealed

BODIES: dict[tuple[str, int], type[Body]] = {
    ("case.registered", 1): case.Registered,
    ("case.party_added", 1): case.PartyAdded,
    ("case.party_corrected", 1): case.PartyCorrected,
    ("case.evidence_added", 1): case.EvidenceAdded,
    ("case.note_added", 1): case.NoteAdded,
    ("case.record_added", 1): case.RecordAdded,
    ("case.settled_on_spot", 1): case.SettledOnSpot,
    ("case.triaged", 1): case.Triaged,
    ("case.accepted", 1): case.Accepted,
    ("case.acceptance_rejected", 1): case.AcceptanceRejected,
    ("case.session_held", 1): case.SessionHeld,
    ("case.party_refused", 1): case.PartyRefused,
    ("case.party_consented", 1): case.PartyConsented,
    ("case.withdrawn", 1): case.Withdrawn,
    ("case.suspended", 1): case.Suspended,
    ("case.resumed", 1): case.Resumed,
    ("case.extended", 1): case.Extended,
    ("case.agreement_reached", 1): case.AgreementReached,
    ("case.agreement_signed", 1): case.AgreementSigned,
    ("case.sealed", 1): case.AgreementSealed,
    ("case.item_performed", 1): case.ItemPerformed,
    ("case.performance_disputed", 1): case.PerformanceDisputed,
    ("case.terminated", 1): case.Terminated,
    ("case.transferred_out", 1): case.TransferredOut,
    ("case.visited", 1): case.Visited,
    ("case.rated", 1): case.Rated,
    ("case.closed", 1): case.Closed,
    ("case.archived", 1): case.Archived,
    ("case.reopened", 1): case.Reopened,
    ("case.merged", 1): case.Merged,
    ("case.risk_raised", 1): case.RiskRaised,
    ("case.risk_lowered", 1): case.RiskLowered,
    ("case.risk_assessed", 1): case.RiskAssessed,
    ("case.risk_reported", 1): case.RiskReported,
    ("case.supervision_issued", 1): case.SupervisionIssued,
    ("case.supervision_replied", 1): case.SupervisionReplied,
    ("case.supervision_judged", 1): case.SupervisionJudged,
    ("case.review_resolved", 1): case.ReviewResolved,
    ("case.confirmation_applied", 1): case.ConfirmationApplied,
    ("case.confirmation_decided", 1): case.ConfirmationDecided,
    ("case.escalate_requested", 1): custody.EscalateRequested,
    ("case.escalate_accepted", 1): custody.EscalateAccepted,
    ("case.escalate_returned", 1): custody.EscalateReturned,
    ("case.assigned", 1): custody.Assigned,
    ("case.assignment_acknowledged", 1): custody.AssignmentAcknowledged,
    ("case.assignment_returned", 1): custody.AssignmentReturned,
    ("case.recalled", 1): custody.Recalled,
    ("case.co_handler_added", 1): custody.CoHandlerAdded,
    ("case.handler_named", 1): custody.HandlerNamed,
    ("case.acknowledged", 1): custody.Acknowledged,
    **tracks.BODIES,
    **levels.BODIES,
    **sealed.BODIES,
    **more.BODIES,
    **records.BODIES,
    **clinics.BODIES,
}

CURRENT: dict[str, int] = {}
for _kind, _schema in BODIES:
    CURRENT[_kind] = max(_schema, CURRENT.get(_kind, 0))

# Kinds whose body may be sealed: the fold never needs what they say.
SEALABLE = frozenset({
    "case.note_added", "case.record_added", "case.evidence_added", "appointment.advised", "referral.answered",
})

# (kind, schema) -> the same body at schema + 1. Never remove one: signed events are for ever.
UPGRADES: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}

# Which code table a body's field belongs to, checked when written (not when read).
CODED: dict[str, dict[str, str]] = {
    "case.registered": {"category": "category", "subcategory": "subcategory", "source": "case_source",
                        "entrusting_body": "entrusting_body", "difficulty": "difficulty",
                        "confidentiality": "confidentiality", "risk_items": "risk_item"},
    "case.triaged": {"category": "category", "subcategory": "subcategory", "difficulty": "difficulty",
                     "mediation_type": "mediation_type"},
    "case.acceptance_rejected": {"channel": "outcome"},
    "case.suspended": {"reason": "suspend_reason"},
    "case.terminated": {"reason": "terminate_reason"},
    "case.transferred_out": {"to": "outcome"},
    "case.visited": {"method": "visit_method", "result": "visit_result"},
    "case.closed": {"outcome": "outcome"},
    "case.reopened": {"reason": "reopen_reason"},
    "case.evidence_added": {"document": "document", "kind": "evidence_kind"},
    "case.record_added": {"document": "document"},
    "case.supervision_issued": {"level": "supervision_level"},
    "case.risk_raised": {"trend": "trend", "items": "risk_item"},
    "case.risk_assessed": {"trend": "trend", "items": "risk_item"},
    **tracks.CODED,
    **levels.CODED,
    **more.CODED,
    **records.CODED,
    **clinics.CODED,
}


class InvalidBody(ValueError):
    """A body that does not fit its kind. `field` is the dotted path, `reason` one sentence; `words` says it in Chinese when a
    rule of entry was broken."""

    def __init__(self, kind: str, field: str, reason: str, words: str = "") -> None:
        super().__init__(f"{kind}: {field}: {reason}" if field else f"{kind}: {reason}")
        self.kind, self.field, self.reason, self.words = kind, field, reason, words


@dataclass(frozen=True, slots=True)
class Unknown:
    """A body this version cannot read: a newer kind or schema. Kept as it is."""

    kind: str
    schema: int
    body: Mapping[str, Any]


def is_known(kind: str, schema: int) -> bool:
    return (kind, schema) in BODIES


def parse(kind: str, schema: int, body: Mapping[str, Any]) -> Body | Unknown:
    """The typed body of an event. Raises `InvalidBody`; gives `Unknown` for a kind or schema of a newer
    version."""
    model = BODIES.get((kind, schema))
    if model is None:
        return Unknown(kind, schema, body)
    try:
        if "sealed" in body and kind in SEALABLE:
            return Sealed.model_validate(body)
        while schema < CURRENT[kind]:
            body = UPGRADES[kind, schema](dict(body))
            schema += 1
            model = BODIES[kind, schema]
        return model.model_validate(body)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        raise InvalidBody(kind, path, f"{first['msg']} (got {str(first['input'])[:80]!r})") from None


def build(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The body to sign for a new event of `kind` at its current schema: text made NFC and trimmed, what was typed made as it is
    kept (`entered`), codes checked against `shared.ledger.codes`, defaults left out. Raises `InvalidBody` naming the field."""
    if kind not in CURRENT:
        raise InvalidBody(kind, "", "no such kind of event")
    body = parse(kind, CURRENT[kind], as_kept(kind, fields))
    assert not isinstance(body, Unknown)
    if isinstance(body, Sealed):
        return body.model_dump(by_alias=True)
    for field, table in CODED.get(kind, {}).items():
        value = getattr(body, field)
        for code in value if isinstance(value, (list, tuple)) else (value,):
            if code and code not in codes.table(table):
                raise InvalidBody(kind, field, f"{code!r} is not in the code table {table}")
    _check_matter(kind, body)
    _check_consents(kind, body)
    return dump(body)


def _check_consents(kind: str, body: Body) -> None:
    """人民调解法 Art 20: consent to an invited person is said, never assumed. (Older records left it to the default.)"""
    if isinstance(body, case.SessionHeld):
        for place, one in enumerate(body.participants):
            if one.role == "invited" and "consented" not in one.model_fields_set:
                raise InvalidBody(kind, f"participants.{place}.consented", "say whether every party consents to this person")


def _check_matter(kind: str, body: Body) -> None:
    """A subcategory belongs to its category. Asked of what is written now: older records stay as they are."""
    if "subcategory" not in CODED.get(kind, {}):
        return
    category, subcategory = body.category, body.subcategory     # type: ignore[attr-defined]
    if not matters.table().fits(category, subcategory):
        known = ", ".join(matters.table().of_category(category))
        raise InvalidBody(kind, "subcategory", f"{subcategory!r} does not belong to {category}; choose one of {known}")


def worded(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields typed as `name=value`, where 150822100000 reads as a number: text again where the body wants text (an office id)."""
    model = BODIES.get((kind, CURRENT.get(kind, 0)))
    if model is None:
        return dict(fields)
    try:
        model.model_validate(dict(fields))
    except ValidationError as wrong:
        texts = {error["loc"][0] for error in wrong.errors() if error["type"] == "string_type" and len(error["loc"]) == 1}
        return {name: str(value) if name in texts and type(value) is int else value for name, value in fields.items()}
    return dict(fields)


def dump(body: Body) -> dict[str, Any]:
    """The JSON object of a body without the fields that equal their default."""
    return body.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def as_kept(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as an event keeps it. Raises `InvalidBody` naming the field."""
    try:
        return entered.entered(kind, normalised(dict(fields)))
    except NotCanonical as wrong:
        raise InvalidBody(kind, wrong.field, wrong.remedy) from None
    except entered.BadField as wrong:
        raise InvalidBody(kind, wrong.field, wrong.wrong.code, str(wrong.wrong)) from None


def normalised(value: Any, path: str = "") -> Any:
    """Texts in normal form C without spaces at both ends. Raises `NotCanonical` with the dotted path of
    a text that holds a character that none may (`characters`)."""
    if isinstance(value, str):
        return tidy(value, path)
    if isinstance(value, Mapping):
        return {tidy(str(key), path): normalised(item, f"{path}.{key}" if path else str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [normalised(item, f"{path}.{place}" if path else str(place)) for place, item in enumerate(value)]
    return value
