"""What a database holds, as a number and a hash: so that two of them can be compared without carrying their documents anywhere.

Of each document counts its id, its winning revision and all leaves, deleted ones too: a revision names its content. (The feed of
pouchdb-server does not name the winner; it follows from the leaves, by one rule everywhere.) The hash is a sum, so the order in
which a feed tells them does not matter, and it is kept in buckets by id: where two sums differ, the next look reads only what
falls into those. Memory is bounded whatever the databases hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from county_hub.couchdb.layout import is_record
from sync.canonical import encode
from sync.peer import CancelFlag, ChangeRow, ChangesFeed, ChangesRequest

BUCKETS = 1024
MOST_BUCKETS = 8            # read again for the differences: of a million documents some eight thousand
MOST_DIFFERENCES = 20
_SIZE = 1 << 256


class Feeding(Protocol):
    """`LocalReplica` and `RemotePeer`."""

    def changes(self, request: ChangesRequest, *, cancel: CancelFlag | None = None) -> ChangesFeed: ...


@dataclass(slots=True)
class Holding:
    """`documents` that are there, and `deleted` ones whose tombstones are."""

    documents: int = 0
    deleted: int = 0
    sums: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    @property
    def hash(self) -> str:
        """32 hex characters; equal for databases that hold the same revisions."""
        return hashlib.sha256(b"".join(each.to_bytes(32, "big") for each in self.sums)).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Difference:
    """One document that the two sides hold differently; the revisions of each, the winner first, () where there is none."""

    id: str
    here: tuple[str, ...]
    there: tuple[str, ...]


def holding(peer: Feeding, *, winners: bool = True, cancel: CancelFlag | None = None) -> Holding:
    """`winners`: feeds of both sides name the winner first."""
    found = Holding()
    for row in _rows(peer, cancel):
        digest = _digest(row, winners)
        bucket = _bucket(row.id)
        found.sums[bucket] = (found.sums[bucket] + digest) % _SIZE
        if row.deleted:
            found.deleted += 1
        else:
            found.documents += 1
    return found


def differences(
    here: Feeding, there: Feeding, ours: Holding, theirs: Holding, *, winners: bool = True, cancel: CancelFlag | None = None
) -> list[Difference]:
    """Some of the documents in which two databases differ, in order of id; empty when they are equal."""
    wanted = {n for n in range(BUCKETS) if ours.sums[n] != theirs.sums[n]}
    if not wanted:
        return []
    wanted = set(sorted(wanted)[:MOST_BUCKETS])
    left, right = _of_buckets(here, wanted, winners, cancel), _of_buckets(there, wanted, winners, cancel)
    ids = sorted(id for id in left.keys() | right.keys() if left.get(id) != right.get(id))
    return [Difference(id, left.get(id, ()), right.get(id, ())) for id in ids[:MOST_DIFFERENCES]]


def _of_buckets(
    peer: Feeding, wanted: set[int], winners: bool, cancel: CancelFlag | None
) -> Mapping[str, tuple[str, ...]]:
    return {row.id: _leaves(row, winners) for row in _rows(peer, cancel) if _bucket(row.id) in wanted}


def _rows(peer: Feeding, cancel: CancelFlag | None) -> Iterator[ChangeRow]:
    with closing(peer.changes(ChangesRequest(style="all_docs"), cancel=cancel)) as feed:
        for row in feed:
            if is_record(row.id):
                yield row


def _leaves(row: ChangeRow, winners: bool) -> tuple[str, ...]:
    """The winner, then the others in an order of their own: feeds differ in theirs."""
    return (row.revs[0], *sorted(row.revs[1:])) if winners else tuple(sorted(row.revs))


def _digest(row: ChangeRow, winners: bool) -> int:
    return int.from_bytes(hashlib.sha256(encode([row.id, row.deleted, *_leaves(row, winners)])).digest(), "big")


def _bucket(id: str) -> int:
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:4], "big") % BUCKETS
