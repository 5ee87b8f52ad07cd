"""What a router needs of the store behind its hub: the server's own, or that of a worker process beside it.

A worker writes CouchDB over a connection of its own and notes what was acknowledged in the one outbox of HOME; it neither looks
at the server nor pulls or pushes, which is the server process's (`edge.Edge`). Where it is (address, account) comes with what a
worker is told first, over its stdin.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from county_hub.couchdb.edge_databases import EdgeDatabases
from county_hub.couchdb.edge_outbox import SERVER, Outbox
from county_hub.couchdb.edge_store import EdgeStore
from county_hub.couchdb.layout import Layout
from county_hub.hub.hub import Hub
from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.settings import HubSettings
from county_hub.hub.routing import Routing
from county_hub.hub.workers import Follower
from sync.databases import Databases
from sync.errors import SyncError
from sync.router.rules import Outcome

log = logging.getLogger("county_hub.couchdb")


class Behind:
    """`county_hub.hub.backing.store.Backing`, without followers."""

    def __init__(self, databases: Databases, store: EdgeStore, outbox: Outbox) -> None:
        self._store, self._outbox = store, outbox
        self.targets = EdgeDatabases(databases, store)

    def lineage(self) -> str:
        consolidated = (self._outbox.noted("identities") or {}).get(self._store.layout.consolidated, ["", ""])
        return ":".join((str(self._outbox.noted(SERVER) or ""), str(consolidated[0]), str(self._outbox.noted("life") or 0)))

    def durable(self, outcomes: Sequence[Outcome]) -> None:
        """The consolidated copy was written through; here the one that the device brought, with which an edge begins anew."""
        found: dict[str, dict[tuple[str, str], Any]] = {}
        for outcome in outcomes:
            if outcome.decision == "accept":
                doc = outcome.doc
                found.setdefault(outcome.source, {})[(doc["_id"], doc["_rev"])] = doc
        for source, docs in sorted(found.items()):
            known = self._outbox.holds(source, list(docs))
            for result in self._store.write(source, [doc for leaf, doc in docs.items() if leaf not in known]):
                log.error("CouchDB does not take %s of %s: %s", result.id, source, result.reason)
                raise SyncError(f"CouchDB does not take {result.id} of {source}: {result.reason}")

    def ready(self) -> bool:
        return not self._outbox.lost(told=False)

    def clock_is_right(self) -> bool:
        return True

    def began(self) -> int:
        return int(self._outbox.noted("began") or 0)

    def for_workers(self) -> dict[str, Any]:
        return {"url": self._store.url, "auth": self._store.auth}

    def faults(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def followers(self, router: Routing) -> Iterator[Follower]:
        return iter(())


@contextlib.contextmanager
def open_store(home: HubHome, settings: HubSettings, url: str, auth: tuple[str, str] | None, county: str,
               clock: Callable[[], int]) -> Iterator[tuple[EdgeStore, Outbox]]:
    """The server at `url` as this HOME writes it, and the HOME's outbox."""
    ca = str(home.root / settings.couchdb_ca) if settings.couchdb_ca else None
    with closing(Outbox(home.outbox, home.safe.database_key())) as outbox:
        layout = Layout.of(county, settings.couchdb_prefix)
        with closing(EdgeStore(url, auth, ca, layout, outbox, clock)) as store:
            yield store, outbox


@contextlib.contextmanager
def behind_worker(hub: Hub, told: Mapping[str, Any] | None) -> Iterator[None]:
    """This process is a worker of an edge; `told` is what `Behind.for_workers` gave in the server, None: nothing is behind."""
    if told is None:
        yield
        return
    auth = tuple(told["auth"]) if told["auth"] else None
    with open_store(hub.home, hub.settings, told["url"], auth, hub.county, hub.clock) as (store, outbox):
        hub.backing = Behind(hub.databases, store, outbox)
        yield
