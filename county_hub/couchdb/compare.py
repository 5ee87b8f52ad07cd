"""Do HOME and CouchDB hold the same? Database by database, by count and set hash, with some of the differences."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from county_hub.couchdb import marker
from county_hub.couchdb.layout import MARKER, Layout
from county_hub.couchdb.reach import Kind, reach
from county_hub.couchdb.records import RecordsPeer
from county_hub.couchdb.server import StoreServer
from county_hub.couchdb.sets import Difference, differences, holding
from county_hub.hub.hub import Hub
from sync.peer import CancelFlag
from sync.replica import LocalReplica

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Compared:
    """One database. Counts are of documents, deleted ones not among them; -1 and "" where there is no such database."""

    name: str
    here: int
    there: int
    hash_here: str
    hash_there: str
    differences: tuple[Difference, ...] = ()

    @property
    def equal(self) -> bool:
        return self.here >= 0 and self.hash_here == self.hash_there


def compare(
    server: StoreServer, layout: Layout, hub: Hub, progress: Progress = lambda done, total: None,
    cancel: CancelFlag | None = None,
) -> list[Compared]:
    """Raises `StoreProblem` for a server that cannot be used and databases that are not this hub's."""
    kind = reach(server)
    marker.require(server, layout, hub)
    return list(compared(server, layout, hub, kind, progress, cancel))


def compared(
    server: StoreServer, layout: Layout, hub: Hub, kind: Kind, progress: Progress, cancel: CancelFlag | None
) -> Iterator[Compared]:
    expected = layout.names(hub.directory.organisation().offices)
    ours = {name for name in hub.databases.names() if name in expected}
    theirs = {name for name in map(layout.here, server.names(layout.prefix)) if name is not None and name != MARKER}
    names = [*expected, *sorted(theirs - set(expected))]
    for done, name in enumerate(names, start=1):
        with contextlib.ExitStack() as stack:
            replica = stack.enter_context(hub.databases.lease(name)) if name in ours else None
            peer = stack.enter_context(closing(server.peer(layout.there(name)))) if name in theirs else None
            yield _one(name, replica, peer, kind.is_couchdb, cancel)
        progress(done, len(names))


def _one(
    name: str, replica: LocalReplica | None, peer: RecordsPeer | None, winners: bool, cancel: CancelFlag | None
) -> Compared:
    ours = holding(replica, winners=winners, cancel=cancel) if replica is not None else None
    theirs = holding(peer, winners=winners, cancel=cancel) if peer is not None else None
    found: list[Difference] = []
    if replica is not None and peer is not None and ours is not None and theirs is not None:
        found = differences(replica, peer, ours, theirs, winners=winners, cancel=cancel)
    return Compared(
        name, ours.documents if ours else -1, theirs.documents if theirs else -1, ours.hash if ours else "",
        theirs.hash if theirs else "", tuple(found),
    )
