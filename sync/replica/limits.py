"""How much of a replica's upkeep is done at once, and from when on; the reasons stand in `sync.tuning`."""

from __future__ import annotations

from dataclasses import dataclass

from sync import tuning


@dataclass(frozen=True, slots=True)
class ReplicaLimits:
    """`scan_s`: seconds for which one reader or writer looks at documents before others have their turn; `cache_kib`: pages that
    each of its connections keeps; `lend_writer`: who reads while nobody writes does so by the writer's connection, so that a
    replica with one user has one connection (of 120 kB) instead of two."""

    scan_s: float = tuning.SCAN_S
    index_batch_docs: int = tuning.INDEX_BATCH_DOCS
    compact_min_bodies: int = tuning.COMPACT_MIN_BODIES
    compact_min_pages: int = tuning.COMPACT_MIN_PAGES
    cache_kib: int = tuning.CACHE_KIB
    lend_writer: bool = False


DEFAULT = ReplicaLimits()
OF_MANY = ReplicaLimits(cache_kib=tuning.CACHE_OF_MANY_KIB)
