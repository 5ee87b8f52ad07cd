"""Small records before large ones, files last: what a pass puts off to its end.

What lives here: which revision is put off, and in which order they follow. While something is put off, the checkpoint stays
before it: after a cut the pass begins there again and asks what is missing, so that nothing is forgotten and nothing sent twice.
Documents named `first` need no rule of their own: they are copied before the feed is read.

    feed    a  b  C  d  e  F  g |end|  C  F     a large document waits for the small ones behind it
    log        b  .  .  .  .  .  .  .  .  g     and holds the checkpoint until it is through
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sync.peer import ChangeRow, Doc
from sync.replicator import tuning


@dataclass(slots=True)
class PutOff:
    """Revisions of a pass that wait for its end, lightest first, those with attachments after all others."""

    most: int = tuning.MAX_PUT_OFF
    _waiting: dict[tuple[str, str], tuple[bool, int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """So many that they have to go before anything else is read: the checkpoint must not stay behind for ever."""
        return len(self._waiting) >= self.most

    def takes(self, id: str, rev: str, doc: Mapping[str, Any]) -> bool:
        """True when the revision has to wait. `doc` is it or its stub: attachments count with their length."""
        weight = weigh(doc)
        if weight <= tuning.LARGE_DOC_BYTES:
            return False
        self._waiting[id, rev] = (bool(doc.get("_attachments")), weight)
        return True

    def in_order(self) -> Iterator[tuple[str, str]]:
        """One after the other, each forgotten as it is given. What is not asked for waits on."""
        for key in sorted(self._waiting, key=self._waiting.__getitem__):
            del self._waiting[key]
            yield key

    def clear(self) -> None:
        self._waiting.clear()


def weigh(doc: Mapping[str, Any]) -> int:
    """Bytes of the body as JSON with its attachments, whether they are there or only their stubs."""
    held = doc.get("_attachments")
    entries = held.values() if isinstance(held, dict) else ()
    stubs = [entry.get("length") for entry in entries if isinstance(entry, dict) and "data" not in entry]
    return len(msgspec.json.encode(doc)) + sum(length for length in stubs if isinstance(length, int) and length > 0)


def stub_of(row: ChangeRow, rev: str) -> Doc | None:
    """The row's own document, if it is of this revision: enough to know its size."""
    return row.doc if isinstance(row.doc, dict) and row.doc.get("_rev") == rev else None
