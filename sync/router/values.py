"""What the parts of a router tell each other and its file keeps: names of revisions, checkpoints, changes of an audience,
documents not done with, chunks that are wanted. Values only; nothing is decided or stored here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sync.peer import Doc, Seq

Key = bytes
WaitingState = Literal["held", "retry", "copy", "released"]


def revision_key(doc_id: str, rev: str) -> Key:
    """The ledger's name of a revision."""
    return hashlib.blake2b(f"{doc_id}\0{rev}".encode(), digest_size=16).digest()


def content_key(doc: Doc) -> Key:
    """The name of a document's whole content: two documents that only claim the same revision differ in
    it."""
    text = json.dumps(doc, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Mark:
    """A checkpoint: `source` (replica `peer_id`, `epoch`) has been read up to `seq`."""

    source: str
    peer_id: str
    epoch: str
    seq: Seq


@dataclass(frozen=True, slots=True)
class Change:
    """`database` was gained or lost as a member of the subject's audience; `n` numbers the changes of a
    subject."""

    subject: str
    database: str
    gained: bool
    n: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document not done with. `since`, `due` are seconds of the router's clock; `horizon` is what the
    judge knew."""

    source: str
    subject: str
    doc: Doc
    state: WaitingState
    reason: str
    tries: int
    horizon: str
    since: float
    due: float
    row_n: int | None = None        # held for want of standing: the number of the row that did not hear it

    @property
    def key(self) -> tuple[Key, str]:
        return content_key(self.doc), self.source


@dataclass(frozen=True, slots=True)
class Wanted:
    """Chunk `chunk` is to be copied from the database `origin` to the database `target`."""

    origin: str
    chunk: str
    target: str


@dataclass(slots=True)
class Settlement:
    """What one step leaves behind, written in one transaction."""

    marks: Sequence[Mark] = ()
    settled: list[Key] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    done: list[tuple[Key, str]] = field(default_factory=list)       # keys of `waiting` rows that are over
    wanted: list[Wanted] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)                  # ids of held documents to be judged again at once
    counts: dict[str, int] = field(default_factory=dict)
