"""What the hub tells the whole audience of a case about an event that it refused, or let in after all.

    refused:<ulid>:<h>    {kind, event, after: [ids], reason, alg, sig}    the event will not come; so much for those who cite it
    released:<ulid>:<h>   {kind, event, alg, sig}                          a supervisor let it in: the refusal is lifted for good

A refused event stays in quarantine and never reaches the other offices, yet honest later events may cite it. The notice
gives them its parents, so that a child counts as citing those and the case is not incomplete there for ever (DESIGN 3.5).
There is no time and no counter in a notice: the same finding always makes the same document, so it may be written again at
any time, by several workers. `reason` is the judge's code alone; the refused content is never repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats.documents import Doc, check_generation_one, check_signature, fields_exactly, sign_document, text
from shared.ledger.formats.envelope import MAX_AFTER, Event, split_event_id
from shared.ledger.formats.keys import DeviceKey

_REFUSED = frozenset({"kind", "event", "after", "reason", "alg", "sig"})
_RELEASED = frozenset({"kind", "event", "alg", "sig"})


@dataclass(frozen=True, slots=True)
class Notice:
    """A checked notice. `after` are the parents of the refused event; a release has none and no reason."""

    event: str
    released: bool
    after: tuple[str, ...] = ()
    reason: str = ""


def notice_id(event: str, *, released: bool) -> str:
    """The id under which the notice about an event lies. Raises `Refused` for what is no event id."""
    _, subject, _, digest = split_event_id(event)
    return f"{'released' if released else 'refused'}:{subject}:{digest}"


def build_refused(event: Event, reason: str, key: DeviceKey) -> Doc:
    """The signed notice that the hub refused this event; `reason` is "code" or "code: sentence"."""
    doc = sign_document({
        "_id": notice_id(event.id, released=False), "kind": "refused", "event": event.id, "after": list(event.after),
        "reason": reason.partition(":")[0].strip(" "),
    }, key)
    parse_notice(doc)
    return doc


def build_released(event: str, key: DeviceKey) -> Doc:
    """The signed notice that a refused event was let in after all."""
    return sign_document({"_id": notice_id(event, released=True), "kind": "released", "event": event}, key)


def parse_notice(doc: Mapping[str, Any]) -> Notice:
    """Shape, id and revision of a notice; not its signature. Raises `Refused`."""
    released = doc.get("kind") == "released"
    fields_exactly(doc, _RELEASED if released else _REFUSED, "a notice")
    event = text(doc, "event")
    expected = notice_id(event, released=released)
    if doc["kind"] not in ("refused", "released") or doc.get("_id") != expected:
        raise Refused("_id", doc.get("_id"), f"it must be {expected}", code="bad_id")
    check_generation_one(doc)
    if released:
        return Notice(event, True)
    after, about = doc["after"], split_event_id(event)[:2]
    if not isinstance(after, list) or len(after) > MAX_AFTER or any(split_event_id(id)[:2] != about for id in after):
        raise Refused("after", after, "give the event ids that the refused event cites")
    return Notice(event, False, tuple(after), text(doc, "reason"))


def check_notice(doc: Mapping[str, Any], public_key: str) -> Notice:
    """As `parse_notice`, and the hub's signature. Raises `Refused`."""
    notice = parse_notice(doc)
    check_signature(doc, public_key)
    return notice


def standing(notices: Iterable[Notice]) -> dict[str, Notice]:
    """Refusals that nobody lifted, by event id; the order of the notices does not matter."""
    found = list(notices)
    lifted = {notice.event for notice in found if notice.released}
    return {notice.event: notice for notice in found if not notice.released and notice.event not in lifted}
