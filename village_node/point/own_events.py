"""Events of this HOME as links of its chains: what proofs of delivery rest on, also after an event has left this device.

Must not know: what an event means, what has been proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.ledger.authoring import CHAIN
from sync.replica import LocalReplica

_NOTE = "evicted-"


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """What the proofs need to know of an event of this HOME (of its present device, or of one it had before). `before`: the hash
    of the event that it follows, or that event's id where it is kept anyway (40,000 of them are kept)."""

    id: str
    device: str
    seq: int
    case: str = ""
    before: str | None = field(default=None, compare=False)

    @property
    def h(self) -> str:
        return self.id.rsplit(":", 1)[1]

    @property
    def prev(self) -> str | None:
        return self.before and self.before.rsplit(":", 1)[-1]


def evicted_note(case: str) -> str:
    """The `_local` document that remembers which documents of a case were evicted: {"ids": [...], "own": [link...]}."""
    return f"{_NOTE}{case}"


def evicted_links(office: LocalReplica) -> list[OwnEvent]:
    """Events of this HOME that have left, as links of its chains."""
    notes = [doc for doc in office.local_docs() if doc["_id"].removeprefix("_local/").startswith(_NOTE)]
    return [OwnEvent(id, device, seq, "", prev) for doc in notes for id, device, seq, prev in doc["own"]]


def links_of(events: Sequence[OwnEvent]) -> list[list[object]]:
    """The same as such a note keeps them."""
    return [[event.id, event.device, event.seq, event.prev] for event in events]


def written_here(office: LocalReplica, present: str, own: Sequence[OwnEvent]) -> list[OwnEvent]:
    """Those of `own` that this HOME wrote: of the `present` device all, of a former one what its chain here leads back to. What a
    clone wrote under the former identity came back from the hub, and waits for no receipt here."""
    chain = office.get_local(CHAIN) or {}
    ends = {device: head for device, _, head in reversed(chain.get("previous", ()))}
    ends |= {chain["device"]: chain["head"]} if chain else {}
    ends.pop(present, None)
    by_hash = {(event.device, event.h): event for event in (*evicted_links(office), *own)}
    reached: set[str] = set()
    for device, head in ends.items():
        event = by_hash.get((device, str(head)))
        while event is not None:
            reached.add(event.id)
            event = by_hash.get((device, str(event.prev)))
    return [event for event in own if event.device not in ends or event.id in reached]
