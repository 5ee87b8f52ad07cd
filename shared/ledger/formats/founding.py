"""Whose a subject is (for ever): the id of a case, petition, hazard ... proves which event founded it.

    time     corrected time of the founding event, device_time + clock_offset_ms, cut to 48 bits
    proof    SHA-256(canonical(["subject/1", aggregate, device, device_seq, time])), of it the first 80 bits
    subject  the ULID of time and proof

An event with empty `after` founds its subject, or it is refused (`not_founder`): so nobody becomes the owner of a subject by
naming its id. A device gives each number once, so two foundings of one subject are a fork of that device; the order of folding
takes the one with the lower (hlc, id). Which kinds open a subject is said by the caller; this module knows none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from shared.ledger.errors import Refused
from shared.ledger.formats import canonical, ids

FORMAT = "subject/1"
_PROOF_BYTES = 10
_MAX_MS = 2**48 - 1
_REMEMBERED = 1_000     # a founding event is asked several times on its way: by judge, standing and audience
# What a kind of event is to its subject: it opens one, it is a step of one, or (None) this version does not know it.
Opens = Callable[[str], bool | None]


class Founding(Protocol):
    """What is asked of an event, or of one that is being written."""

    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def device_seq(self) -> int: ...
    @property
    def device_time(self) -> int: ...
    @property
    def clock_offset_ms(self) -> int: ...
    @property
    def after(self) -> tuple[str, ...]: ...


def corrected_ms(device_time: int, clock_offset_ms: int) -> int:
    """The time that a subject's id carries: ms since 1970 UTC, cut to what 48 bits hold, so that no clock stops the work."""
    return min(max(device_time + clock_offset_ms, 0), _MAX_MS)


@lru_cache(maxsize=_REMEMBERED, typed=True)
def subject_id(aggregate: str, device: str, device_seq: int, ms: int) -> str:
    """The id of the subject that this event of this device founds; `ms` as `corrected_ms` gives it. Raises `Refused`."""
    proof = hashlib.sha256(canonical.encode([FORMAT, aggregate, device, device_seq, ms])).digest()
    return ids.new_ulid(ms, proof[:_PROOF_BYTES])


def subject_of(event: Founding) -> str:
    """The only subject that this event may found."""
    ms = corrected_ms(event.device_time, event.clock_offset_ms)
    return subject_id(event.kind.partition(".")[0], event.device, event.device_seq, ms)


def proves(doc: Mapping[str, Any]) -> bool:
    """Does the event in this document found the subject that it names? False for anything that is no event. Never raises."""
    if doc.get("after") != []:
        return False
    aggregate = str(doc.get("kind")).partition(".")[0]
    numbers = [doc.get(field) for field in ("device_seq", "device_time", "clock_offset_ms")]
    if not all(type(number) is int for number in numbers) or not ids.is_name(doc.get("device")):
        return False
    seq, time, offset = numbers
    return doc.get(aggregate) == subject_id(aggregate, doc["device"], seq, corrected_ms(time, offset))  # type: ignore[arg-type]


def check_founding(event: Founding, opens: Opens) -> None:
    """Raises `Refused`, code `not_founder`, for an event without causes that does not prove its subject or is of a kind that
    opens none, and for an opening one with causes."""
    opening = opens(event.kind)
    if event.after:
        if opening:
            raise Refused("after", event.after[0], f"{event.kind} opens a subject, so it cites nothing", code="not_founder")
        return
    if opening is False:
        raise Refused("after", [], f"{event.kind} is a step; cite what it follows", code="not_founder")
    expected = subject_of(event)
    if event.subject != expected:
        raise Refused("subject", event.subject, f"what is founded here is {expected}; cite an event of what is there",
                      code="not_founder")
