"""Events of this HOME as links of its chains: what proofs of delivery rest on, also after an event has left this device.

Must not know: what an event means, what has been proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.replica import LocalReplica

_NOTE = "evicted-"


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """What the proofs need to know of an event of this HOME (of its present device, or of one it had before)."""

    id: str
    device: str
    seq: int
    case: str = ""
    prev: str | None = None

    @property
    def h(self) -> str:
        return self.id.rsplit(":", 1)[1]


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
