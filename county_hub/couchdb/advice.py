"""How many shards and copies a database of the county should have.

q, shards: a shard is a file and a process on each node that has it, and q is chosen for good. A county has hundreds of office
databases that stay small: one shard each, or a thousand files do the work of three hundred. The county's own holds
everything: a shard for each five million documents or 10 GB that it will have (CouchDB, "Sharding").
n, copies: three, on as many nodes as there are; a server of one node has one copy, and its backup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from county_hub.couchdb.layout import Layout, Use, use_of

COPIES = 3
LEAST_CONSOLIDATED = 2
MOST_SHARDS = 16
DOCS_A_SHARD = 5_000_000
BYTES_A_SHARD = 10 * 1000**3
GROWTH = 10                 # what is there now, times this: q is chosen once


@dataclass(frozen=True, slots=True)
class Size:
    docs: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Advice:
    q: int
    n: int


def advice(layout: Layout, name: str, nodes: int, sizes: Mapping[str, Size]) -> Advice:
    """For our database `name` on a cluster of so many nodes; `sizes` is what is known of databases by name."""
    copies = min(COPIES, max(nodes, 1))
    if use_of(name) is Use.MARKER or not name.startswith(layout.consolidated):
        return Advice(1, copies)
    size = sizes.get(name, Size())
    least = LEAST_CONSOLIDATED if name == layout.consolidated else 1
    wanted = max(least, -(-size.docs * GROWTH // DOCS_A_SHARD), -(-size.bytes * GROWTH // BYTES_A_SHARD))
    return Advice(min(MOST_SHARDS, wanted), copies)
