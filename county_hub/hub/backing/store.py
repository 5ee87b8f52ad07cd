"""The store behind a hub: where it has one, its databases are caches, and nothing is acknowledged that the store does not hold.

Here stands the protocol alone; `county_hub.couchdb.edge` is one. A hub whose HOME says that it is an edge (`EDGE` in the
registry) works without its store on nothing that a device would take for an acknowledgement: its router refuses to start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from county_hub.hub.routing import Routing
from county_hub.hub.workers import Follower
from sync.router.rules import Outcome, RouterDatabases

EDGE = "edge_of"        # registry: the store that this HOME's databases are caches of; "" again once all was moved back


class Backing(Protocol):
    """Thread-safe."""

    @property
    def targets(self) -> RouterDatabases:
        """What the router works on: reads come from the caches, writes go to the store first."""
        ...

    def lineage(self) -> str:
        """Names the store and its life: another one means that everything is routed, and so written, again."""
        ...

    def durable(self, outcomes: Sequence[Outcome]) -> None:
        """Before receipts: returns when the store holds what was accepted. Raises SyncError."""
        ...

    def ready(self) -> bool:
        """May receipts be given: does the store hold what they said before?"""
        ...

    def clock_is_right(self) -> bool:
        """Does this machine's clock agree with the store's, so that devices may set theirs by it?"""
        ...

    def began(self) -> int:
        """Since when (ms since 1970 UTC) these caches have gone on; what was given before may be unknown here."""
        ...

    def faults(self) -> Iterator[tuple[str, str]]:
        """(word of `health.state`, subject) of what is wrong now."""
        ...

    def for_workers(self) -> dict[str, Any]:
        """What a worker process needs to stand before the same store; secret, and JSON."""
        ...

    def followers(self, router: Routing) -> Iterator[Follower]:
        """The threads that keep caches and store in step."""
        ...
