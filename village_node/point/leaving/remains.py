"""What a device still has that nobody else is proven to have: its own records without the county's signature, the sealed bodies
and the pieces of files that belong to them.

In the order of the chain, so that what is taken first is what the rest builds on. Read from the replicas; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sync.replica import LocalReplica
from village_node.point import delivery
from village_node.point.files import chunk_id
from village_node.point.node import Node

_PAGE = 200             # documents that are read at a time: pieces of files are 22 kB each
Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Remains:
    """Ids by replica: `records` in the office's, `bodies` in the closed one, `chunks` in the files'. `refused`: those of
    `records` that the county has refused by name, which nobody needs to send again and a person may want to take along."""

    records: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    chunks: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()


def remains(node: Node) -> Remains:
    """By the proofs of now."""
    book = delivery.book(node)
    own = sorted((event for event in book.own if not book.signed_for(event)), key=lambda event: (event.device, event.seq))
    unsent = delivery.unsent_bodies(node)
    bodies = [f"sealed:{digest}" for event, digest, _ in node.tables.sealed() if event in unsent]
    chunks = [chunk_id(chunk) for sha256, pieces in book.files if book.files_at.get(sha256) != "accepted" for chunk in pieces]
    ids = tuple(dict.fromkeys(event.id for event in own))
    return Remains(ids, tuple(dict.fromkeys(bodies)), tuple(dict.fromkeys(chunks)), frozenset(ids) & book.refusals().keys())


def documents(node: Node, found: Remains) -> Iterator[Doc]:
    """Records first, then bodies, then pieces; what is no longer here is passed over."""
    for replica, ids in ((node.office, found.records), (node.closed, found.bodies), (node.files, found.chunks)):
        yield from _read(replica, ids)


def _read(replica: LocalReplica, ids: Sequence[str]) -> Iterator[Doc]:
    for start in range(0, len(ids), _PAGE):
        rows = {row.id: row.doc for row in replica.all_docs(keys=list(ids[start:start + _PAGE]), include_docs=True)}
        for id in ids[start:start + _PAGE]:
            if (doc := rows.get(id)) is not None:
                yield dict(doc)
