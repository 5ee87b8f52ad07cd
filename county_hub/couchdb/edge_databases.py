"""The router's databases on an edge: it reads the caches and writes CouchDB first, then the cache.

What the router reads is what it has written, whatever CouchDB would answer from another copy: after an acknowledgement there is
no promise that the next question sees it. What others write into CouchDB reaches the caches by pulling, through their validators.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from county_hub.couchdb.edge_store import EdgeStore
from county_hub.hub.founding import lock_administration
from sync import errors
from sync.databases import Databases
from sync.peer import Doc, WriteResult
from sync.replica import LocalReplica


class EdgeDatabases:
    """`sync.router.rules.RouterDatabases`. Thread-safe."""

    def __init__(self, caches: Databases, store: EdgeStore) -> None:
        self._caches, self._store = caches, store

    def names(self) -> list[str]:
        return self._caches.names()

    def exists(self, name: str) -> bool:
        return self._caches.exists(name)

    def create(self, name: str) -> None:
        """The cache of a database that is there already: with its rights and its fence it is made by `couchdb provision` alone.
        Raises NotFound, and PreconditionFailed when the cache is here."""
        if not self._store.databases.exists(name):
            raise errors.NotFound(f"CouchDB has no database for {name}: provision it")
        self._caches.create(name)
        lock_administration(self._caches, name)

    @contextlib.contextmanager
    def lease(self, name: str) -> Iterator[EdgePeer]:
        with self._caches.lease(name) as cache:
            yield EdgePeer(name, cache, self._store)

    def on_commit(self, callback: Callable[[str], None]) -> Callable[[], None]:
        return self._caches.on_commit(callback)


class EdgePeer:
    """`sync.router.rules.RouterPeer`: the cache, but for what is written."""

    def __init__(self, name: str, cache: LocalReplica, store: EdgeStore) -> None:
        self._name, self._cache, self._store = name, cache, store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def bulk_docs(self, docs: Sequence[Doc], *, new_edits: bool = True) -> list[WriteResult]:
        """What CouchDB refuses does not come into the cache either. Raises SyncError when it acknowledges nothing: then the cache
        is as it was, but for new edits, which the outbox brings on."""
        if new_edits:
            return self._new(docs)
        refused = self._store.write(self._name, docs)
        no = {result.id for result in refused}
        taken = [doc for doc in docs if doc["_id"] not in no]
        self._cache.readmit([doc["_id"] for doc in taken])
        return [*refused, *self._cache.bulk_docs(taken, new_edits=False)]

    def _new(self, docs: Sequence[Doc]) -> list[WriteResult]:
        results = self._cache.bulk_docs(docs, new_edits=True)
        made = [{"id": result.id, "rev": result.rev} for result in results if result.ok]
        stored = [doc for found in self._cache.bulk_get(made) for doc in found.docs]
        for result in self._store.write(self._name, stored):
            raise errors.ServerError(f"CouchDB does not take {result.id} in {self._name}: {result.reason}")
        return results

    def purge(self, revs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """A withdrawal: evicted here and remembered, so that no pull brings it back from wherever a copy is left."""
        self._store.purge(self._name, revs)
        self._cache.evict(list(revs))
        return {id: list(gone) for id, gone in revs.items()}

