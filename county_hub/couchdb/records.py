"""A database on CouchDB as our replicator takes it: records only, without the design documents that belong to the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from county_hub.couchdb.layout import is_record
from sync.peer import CancelFlag, ChangeRow, ChangesFeed, ChangesRequest, Doc, Seq
from sync.remote.remote_peer import RemotePeer

IDS_AT_ONCE = 1000
DOCS_AT_ONCE = 10       # in memory: CouchDB takes documents of 8 MB


class RecordsFeed:
    """A `ChangesFeed` that leaves design documents out. `ask(request)` begins a feed. A page is as full as it would be without
    them: who reads pages takes a short one for the last."""

    def __init__(self, ask: Callable[[ChangesRequest], Any], request: ChangesRequest) -> None:
        self._ask, self._request = ask, request
        self._feed = ask(request)

    @property
    def last_seq(self) -> Seq:
        return self._feed.last_seq      # type: ignore[no-any-return]

    @property
    def pending(self) -> int | None:
        return self._feed.pending       # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[ChangeRow]:
        for rows in self.lists():
            yield from rows

    def lists(self) -> Iterator[list[ChangeRow]]:
        left = self._request.limit
        while True:
            read, given = 0, 0
            for rows in self._feed.lists() if hasattr(self._feed, "lists") else ([row] for row in self._feed):
                records = [row for row in rows if is_record(row.id)]
                read, given = read + len(rows), given + len(records)
                if records:
                    yield records
            if left is None or read < left or given == left:
                return
            left -= given
            request = replace(self._request, since=self._feed.last_seq, limit=left)
            self._feed.close()
            self._feed = self._ask(request)

    def load(self) -> Seq | None:
        return self._feed.load()        # type: ignore[no-any-return]

    def close(self) -> None:
        self._feed.close()


class RecordsPeer(RemotePeer):
    """See the module."""

    def changes(self, request: ChangesRequest, *, cancel: CancelFlag | None = None) -> Any:
        ask: Callable[[ChangesRequest], ChangesFeed] = super().changes
        return RecordsFeed(lambda asked: ask(asked, cancel=cancel), request)       # type: ignore[call-arg]


def unweighed(peer: RemotePeer, prefix: str, weighed: dict[str, str]) -> Iterator[Doc]:
    """The documents whose ids begin so, as they are now; `weighed` (id -> revision) tells which revisions were here before, and
    is added to. Whoever may write there says how many they are and how large: some are read at a time, and each revision once."""
    since = prefix
    while True:
        rows = peer.all_docs(startkey=since, endkey=f"{prefix}\uffff", limit=IDS_AT_ONCE)
        fresh = [row.id for row in rows if row.rev is not None and row.rev != weighed.get(row.id)]
        for start in range(0, len(fresh), DOCS_AT_ONCE):
            for doc in (row.doc for row in peer.all_docs(keys=fresh[start : start + DOCS_AT_ONCE], include_docs=True)):
                if doc is not None:
                    yield doc
                    weighed[doc["_id"]] = doc["_rev"]
        if len(rows) < IDS_AT_ONCE:
            return
        since = rows[-1].id + "\0"
