"""May this document be accepted? A pure verdict from the document and the directory; nothing is read, stored or sent here.

accept   id, signature, author's device, office, role, policy and body are in order, by the rules the author could know: those of
         the place of the directory that it cites, or of a newer one that its device had held by then (`chains`)
refuse   something is wrong for good; the document is kept in quarantine with the reason, never deleted
hold     it cannot be judged yet (a directory version, a device or a part of its chain that this judge has not seen): ask again
         later

Chain faults and clocks are no reason to refuse (DESIGN 3.7). A kind or schema of a newer version is held as `unjudged`: kept,
shown to those above its author, and judged once this version can. Custody is not judged here: a late or conflicting act is
accepted, and the fold says what it moved.

What the events of a product mean (who may write which kind, what a body must hold) it is told by the `Domain` it is handed.
Chinese texts: `judge.<code>.text` and `judge.<code>.remedy` of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from shared.ledger.authoring import corrected_date
from shared.ledger.chains import NOTHING_KNOWN, Chains, raised
from shared.ledger.domain import Domain
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import check_signature
from shared.ledger.formats.envelope import PUBLISHED, Event, check_document, check_event
from shared.ledger.formats.founding import check_founding
from shared.ledger.formats.ids import parse_number
from shared.ledger.published.directory_heads import Device, Directory, DirectoryHistory
from shared.ledger.published.office_periods import closed_values
from shared.ledger.texts import has, t

Decision = Literal["accept", "refuse", "hold"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` is the stable word of the reason ("" when accepted), `reason` one English sentence, `values` fill the Chinese.
    `genuine`: the device did sign it. `raised`: judged by a newer place than it cites, since its device had held that one."""

    decision: Decision
    code: str = ""
    reason: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    genuine: bool = field(default=False, compare=False)
    raised: bool = field(default=False, compare=False)

    @property
    def accepted(self) -> bool:
        return self.decision == "accept"

    def text(self) -> str:
        """The reason in Chinese."""
        return _chinese(self.code, "text", {**self.values, "reason": self.reason})

    def remedy(self) -> str:
        """What to do about it, in Chinese."""
        return _chinese(self.code, "remedy", {**self.values, "reason": self.reason})

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}" if self.code else self.decision


ACCEPT = Verdict("accept")
_GENUINE = replace(ACCEPT, genuine=True)
UNJUDGED = "unjudged"
CHAIN_GAP, CHAIN_OPEN = "chain_gap", "chain_open"


def judge(
    doc: Mapping[str, Any] | Event,
    history: DirectoryHistory,
    now: int = 0,
    *,
    domain: Domain,
    already_accepted: bool = False,
    complete: bool = False,
    chains: Chains = NOTHING_KNOWN,
) -> Verdict:
    """The verdict on an event, or on what the hub publishes, by the directory as this judge has it. Never raises on any input.

    `already_accepted`: it was accepted before (a rebuild, a sweep), so neither a device lost or retired since nor a policy
    that became stricter since counts against it. `complete`: this is the directory's own hub, so a version that is not here
    was lost in a restore; the newest rules judge then, or the event would be held for ever. `chains`: what is known of the
    device's other events and statements. `now` (ms) is not a ground of any verdict today; it is here so that callers need not
    change when one is.
    """
    try:
        if not isinstance(doc, Event) and str(doc.get("_id", "")).partition(":")[0] in (*PUBLISHED, "chunk", "sealed"):
            return _published(doc, history)
        event = check_event(doc.doc() if isinstance(doc, Event) else doc)
        return _event(event, history, domain, already_accepted, complete, chains)
    except Refused as refusal:
        return _no(refusal.code, str(refusal), field=refusal.field)


def _event(
    event: Event, history: DirectoryHistory, domain: Domain, already_accepted: bool, complete: bool, chains: Chains
) -> Verdict:
    epoch, version, hash = event.directory
    # Version 0: the author held no directory yet (just enrolled); the newest one is what it would have got.
    rules = history.latest if version == 0 else history.judging(epoch, version, hash)
    if rules is None and complete:
        rules = history.latest
    if rules is None or rules.version == 0:
        return Verdict("hold", "directory_unknown", f"directory {epoch}:{version} is not here yet", {"version": str(version)})
    # A device keeps its key for life, so the newest directory may name one that the cited version did not have yet. One that the
    # newest does not name (enrolled in a life of the hub that was lost) waits until a person lets it in.
    device = (rules.device(event.device) or history.latest.device(event.device)) if history.latest.device(event.device) else None
    if device is None:
        return Verdict("hold", "device_unknown", f"device {event.device} is not enrolled here", {"device": event.device})
    if event.alg != device.alg or not event.signed_by(device.public_key):
        return _no("bad_signature", f"the signature is not that of device {event.device}", device=event.device)
    try:
        verdict = _signed(event, rules, device, history, domain, already_accepted, chains)
    except Refused as refusal:
        verdict = _no(refusal.code, str(refusal), field=refusal.field)
    return _GENUINE if verdict is ACCEPT else replace(verdict, genuine=True)


def _signed(
    event: Event, rules: Directory, device: Device, history: DirectoryHistory, domain: Domain, already_accepted: bool,
    chains: Chains,
) -> Verdict:
    """What its device did sign."""
    check_founding(event, domain.founds)
    if already_accepted:
        return _rights(event, rules, device, history, domain, True) or _body(event, domain) or ACCEPT
    ended = _device_status(event, history.latest.device(event.device) or device, chains)
    if ended is not None:
        return ended
    newer = raised(history, event.directory, chains.places(event.device, event.device_seq))
    denied = _rights(event, newer or rules, device, history, domain, False)
    if denied is not None and newer is not None and denied.decision == "refuse":
        why = f"{denied.reason} (by directory {newer.epoch}:{newer.version}, which the device held before it wrote this)"
        return replace(denied, reason=why, raised=True)
    return (
        denied
        or _body(event, domain)
        or _number(event, device, domain)
        or _doubted(event, newer or rules, device, history, domain, chains)
        or ACCEPT
    )


def _rights(
    event: Event, rules: Directory, device: Device, history: DirectoryHistory, domain: Domain, already_accepted: bool
) -> Verdict | None:
    """May this person on this device write this, by these rules?"""
    return (
        _author(event, device, rules, history)
        or _unjudged(event, domain)
        or (None if already_accepted else _permitted(event, rules, domain) or _closed_office(event, rules, domain))
    )


def _doubted(
    event: Event, rules: Directory, device: Device, history: DirectoryHistory, domain: Domain, chains: Chains
) -> Verdict | None:
    """What the place that it cites allows and the newest does not depends on what smaller numbers cite: it waits for those that
    are not here, or the order in which they come would decide."""
    if rules.place == history.latest.place or not chains.lacks(event.device, event.device_seq):
        return None
    denied = _rights(event, history.latest, device, history, domain, False)
    if denied is None or denied.decision != "refuse":
        return None
    reason = f"smaller numbers of {event.device} are not here yet, and by the newest directory: {denied.reason}"
    return Verdict("hold", CHAIN_GAP, reason, {"device": event.device})


def _device_status(event: Event, device: Device, chains: Chains) -> Verdict | None:
    if device.status == "lost":
        return _no("device_lost", f"device {device.id} was reported lost; a person must look at it", device=device.id)
    if device.status != "retired":
        return None
    last, hash = device.final_seq or 0, device.final_hash
    if event.device_seq > last:
        reason = f"device {device.id} was retired at number {last}, this is {event.device_seq}"
        return _no("device_retired", reason, device=device.id)
    led = chains.leads(device.id, (last, hash), event.device_seq, event.h) if hash is not None else None
    if led is None and hash is not None:
        reason = f"the chain of {device.id} from number {last} to {event.device_seq} is not whole here"
        return Verdict("hold", CHAIN_OPEN, reason, {"device": device.id})
    if led is None:
        reason = f"device {device.id} was retired, and nobody said which event its number {last} is; a person must look at it"
        return _no("device_retired", reason, device=device.id)
    if not led:
        reason = f"device {device.id} was retired with another event at number {event.device_seq}"
        return _no("device_retired", reason, device=device.id)
    return None


def _author(event: Event, device: Device, rules: Directory, history: DirectoryHistory) -> Verdict | None:
    if device.office != event.office:
        return _no("wrong_office", f"device {device.id} belongs to {device.office}, not {event.office}", office=event.office)
    if rules.office(event.office) is None:
        return _no("office_unknown", f"office {event.office} is not in directory {rules.version}", office=event.office)
    staff = rules.staff(event.actor)
    if staff is None:
        return _no("actor_unknown", f"{event.actor} is not on the staff list", actor=event.actor)
    # Who acted is the device's claim. It counts of its own office's people, and of those whose office let them use it.
    if staff.office != event.office and not history.may_use(event.device, event.actor, rules.version):
        reason = f"{event.actor} belongs to {staff.office}, not {event.office}, and was not let use device {event.device}"
        return _no("actor_office", reason, actor=staff.name)
    if staff.end is not None and event.legal_date > staff.end:
        return _no("service_ended", f"{event.actor} served until {staff.end}", actor=staff.name, until=staff.end)
    if not staff.may_act(event.role):
        return _no("role_not_held", f"{event.actor} does not hold the role {event.role}", actor=staff.name, role=event.role)
    return None


def _unjudged(event: Event, domain: Domain) -> Verdict | None:
    """What this version cannot read it cannot judge either: neither who may write it nor what it says."""
    if domain.judges(event.kind, event.schema):
        return None
    reason = f"{event.kind} at schema {event.schema} is of a newer version than this judge"
    return Verdict("hold", UNJUDGED, reason, {"kind": event.kind, "schema": str(event.schema)})


def _permitted(event: Event, rules: Directory, domain: Domain) -> Verdict | None:
    if domain.permits is None:
        return None
    try:
        answer = domain.permits(event, rules)
    except Refused as refusal:
        return _no("not_permitted", str(refusal), role=event.role, kind=event.kind)
    if answer is None or answer is True:
        return None
    why = f" ({answer})" if isinstance(answer, str) else ""
    return _no("not_permitted", f"{event.role} may not write {event.kind} here{why}", role=event.role, kind=event.kind)


def _closed_office(event: Event, rules: Directory, domain: Domain) -> Verdict | None:
    """By the directory that the author knew: what was begun offline before it could be known is accepted."""
    closed = domain.closed(event, rules)
    if not closed:
        return None
    reason = f"office {closed} was closed after {rules.closed_since(closed)}; {event.kind} is dated {event.legal_date}"
    return _no("office_closed", reason, **closed_values(rules, closed))


def _body(event: Event, domain: Domain) -> Verdict | None:
    try:
        domain.read_body(event.kind, event.schema, event.body)
    except (ValueError, TypeError, KeyError) as wrong:   # InvalidBody; the others if an upgrade meets a body of no kind
        return _no("bad_body", f"the body does not fit {event.kind}: {wrong}", kind=event.kind)
    return None


def _number(event: Event, device: Device, domain: Domain) -> Verdict | None:
    """A number is of the series that this device may give numbers from: its office, its slot, the year of its day."""
    if event.kind not in domain.numbered or "number" not in event.body:     # a newer schema may have none
        return None
    number = parse_number(event.body["number"])
    own = (device.office, corrected_date(event.corrected_ms).year, device.slot)
    if (number.office, number.year, number.slot) != own:
        reason = f"the number {number} is not of the series {own[0]}-{own[1]:04d}-{own[2]:03d} of device {device.id}"
        return _no("number_not_own", reason, number=str(number))
    if number.provisional != (event.body.get("number_provisional") is True):
        return _no("number_not_own", f"the number {number} and number_provisional do not agree", number=str(number))
    return None


def _published(doc: Mapping[str, Any], history: DirectoryHistory) -> Verdict:
    check_document(doc)
    if doc.get("kind") not in PUBLISHED:
        return ACCEPT   # a chunk or a sealed body: exactly what its id says, which is all there is to know
    key = history.latest.hub_key
    relay = history.latest.device(str(doc.get("issuer"))) if doc["kind"] == "receipt" else None
    if relay is not None:
        key = relay.public_key
    if key is None:
        return Verdict("hold", "directory_unknown", "no directory is here yet", {"version": "0"})
    check_signature(doc, key)
    return ACCEPT


def _no(code: str, reason: str, **values: str) -> Verdict:
    return Verdict("refuse", code, reason, values)


def _chinese(code: str, part: str, values: Mapping[str, str]) -> str:
    key = f"judge.{code}.{part}"
    if not has(key):
        key = f"judge.other.{part}"
    return t(key, **values)
