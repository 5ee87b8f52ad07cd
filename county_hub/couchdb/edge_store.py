"""CouchDB as an edge writes it: only what the whole cluster saw counts as written.

    all nodes here? ──> _bulk_docs, new_edits=false ──> 201, not 202? ──> all nodes still here? ──> noted in the outbox

With `new_edits=false` CouchDB 3.5 answers 201 although one copy of three took the document (`fabric_doc_update.erl`); so the
members of the cluster are asked before and after. A server without `_membership` (our endpoint, pouchdb-server) is one node.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from county_hub.couchdb.edge_outbox import AWAY, FAILURE, MEMBERS, SERVER, WAITS, Outbox
from county_hub.couchdb.layout import Layout
from county_hub.couchdb.records import RecordsPeer
from sync import errors
from sync.peer import Doc, PeerInfo, RevsDiff, WriteResult, WriteResults
from sync.remote.databases import RemoteDatabase, RemoteDatabases, Server

# Documents of one write: with photographs' chunks 1.4 MB, far below the 8 MB that CouchDB takes.
DOCS_AT_ONCE = 64


class StoreDatabase(RecordsPeer, RemoteDatabase):
    """One database there: records alone, with an identity."""


class NotWhole(errors.ServerError):
    """Not every node of the cluster is here: nothing may count as written."""

    def __init__(self, away: Sequence[str]) -> None:
        super().__init__(f"nodes of CouchDB are away: {', '.join(away)}", status=503, error="nodes_away")
        self.away = tuple(away)


class EdgeStore:
    """Thread-safe; several processes may stand before one server with one outbox, which keeps what all must know. `clock` in ms
    since 1970 UTC."""

    def __init__(self, url: str, auth: tuple[str, str] | None, ca: str | None, layout: Layout, outbox: Outbox,
                 clock: Callable[[], int]) -> None:
        self.url, self.auth, self.layout, self.outbox, self._clock = url, auth, layout, outbox, clock
        self._tells_members: str | None = None      # as noted
        server = Server(url, auth, {"ca": ca}, StoreDatabase)
        self.databases = RemoteDatabases(server, there=layout.there, here=layout.here)

    def close(self) -> None:
        self.databases.close()

    @property
    def failure(self) -> str:
        """Why the last write was not acknowledged; "" when it was."""
        return str(self.outbox.noted(FAILURE) or "")

    # --- the cluster ---

    def uuid(self) -> str:
        told = self.databases.ask("GET", "/")
        return str(told.get("uuid", "")) if isinstance(told, dict) else ""

    def clock_ahead(self) -> int:
        """This machine's clock minus the server's (ms), the time that the answer took in its favour; 0 where it is not told."""
        before, there, after = self._clock(), self.databases.date(), self._clock()
        least, most = (before - there - 999, after - there) if there is not None else (0, 0)      # it tells whole seconds
        return max(least, 0) + min(most, 0)

    def require_whole(self) -> None:
        """Raises `NotWhole` while a node is away. A server that has said before which nodes it has must say it every time: what
        has no such page all at once is something on the way to it."""
        try:
            told = self.databases.ask("GET", "/_membership")
        except (errors.NotFound, errors.NotImplementedByPeer, errors.MethodNotAllowed) as error:
            if (before := self._tells_members or self.outbox.noted(MEMBERS)) and before == self.outbox.noted(SERVER):
                raise errors.BadAnswer(f"{self.url} does not say any more which nodes it has: {error}") from error
            return
        here, members = (told.get(name) if isinstance(told, dict) else None for name in ("all_nodes", "cluster_nodes"))
        if not isinstance(here, list) or not isinstance(members, list) or not members:
            raise errors.BadAnswer(f"{self.url} does not say which nodes it has")
        if (server := self.outbox.noted(SERVER)) != self._tells_members:
            self.outbox.note(MEMBERS, server)
            self._tells_members = server
        away = sorted({*map(str, members)} ^ {*map(str, here)})
        if away:
            self.outbox.note_first(AWAY, self._clock())
            raise NotWhole(away)

    # --- writing ---

    def write(self, name: str, docs: Sequence[Doc]) -> list[WriteResult]:
        """Store these revisions; returns those that the server refused. What is not among them is acknowledged, and noted."""
        failed = list[WriteResult]()
        for start in range(0, len(docs), DOCS_AT_ONCE):
            try:
                failed += self._write(name, docs[start : start + DOCS_AT_ONCE])
            except errors.SyncError as error:
                self.outbox.note(FAILURE, f"{name}: {error}")
                self.outbox.note(WAITS, True)
                raise
        return failed

    def _write(self, name: str, docs: Sequence[Doc]) -> list[WriteResult]:
        self.require_whole()
        with self.databases.lease(name) as peer:
            results = peer.bulk_docs(docs, new_edits=False)
        if not results.by_quorum:
            raise errors.ServerError(f"{self.url}: {name} was not taken by enough copies (202)", status=503)
        self.require_whole()
        refused = {result.id for result in results}
        self.outbox.brought(name, [(doc["_id"], doc["_rev"]) for doc in docs if doc["_id"] not in refused], self._clock())
        return list(results)

    def purge(self, name: str, revs: Mapping[str, Sequence[str]]) -> None:
        """Take these away there, where the server can (pouchdb-server cannot: caches keep them out all the same)."""
        self.outbox.forget(name, revs)
        with contextlib.suppress(errors.NotImplementedByPeer), self.databases.lease(name) as peer:
            peer.purge(revs)

    @contextlib.contextmanager
    def target(self, name: str) -> Iterator[OutboxTarget]:
        """The database as the target of our replicator."""
        with self.databases.lease(name) as peer:
            yield OutboxTarget(self, name, peer)


class OutboxTarget:
    """A `Peer` that takes documents by `EdgeStore.write`; the rest is the database's own."""

    def __init__(self, store: EdgeStore, name: str, peer: RemoteDatabase) -> None:
        self._store, self._name, self._peer = store, name, peer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peer, name)

    def info(self) -> PeerInfo:
        return self._peer.info()

    def revs_diff(self, revs: Mapping[str, Sequence[str]]) -> dict[str, RevsDiff]:
        return self._peer.revs_diff(revs)

    def bulk_docs(self, docs: Sequence[Doc], *, new_edits: bool = True) -> list[WriteResult]:
        """Only revisions that exist already: an edge makes none there."""
        assert not new_edits
        return WriteResults(self._store.write(self._name, docs))
