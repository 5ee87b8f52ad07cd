"""What goes wrong in the simulation, call by call: a line that fails, a disk that is full, a process that ends.

    Replicator -> LocalSide -> LocalReplica            this device: its disk may be full, its process may end
               -> FaultyPeer -> LocalReplica           the other side: all that, and everything a line can do

    request lost         nothing happened there           -> Unreachable
    answer lost          it happened                      -> Unreachable
    duplicate            it happened twice (a proxy repeats what it has no answer for); the second answer arrives
    cut batch            a part of a `bulk_docs` was stored (CouchDB stores one after the other)  -> Unreachable
    unreadable request   a corrupted body                 -> 400, nothing happened
    unreadable answer    a corrupted body, it happened    -> BadAnswer
    wrong bytes          a chunk whose bytes are not those of its hash; only where the reader can know (`blobs`)
    overloaded           503
    disk full            SQLite's own, from a real limit  -> DiskFull here, 507 there
    crash                the process of this device ends before or after the call; every later call of it fails too
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sync import errors, tuning
from sync.peer import ChangeRow, ChangesRequest
from sync.replica import LocalReplica

READING = ("request lost", "answer lost", "duplicate", "unreadable request", "unreadable answer", "overloaded",
           "crash before", "crash after")
WRITING = (*READING, "answer lost", "disk full", "crash after")
LOCAL = ("disk full", "crash before", "crash after")


class Crash(Exception):
    """The process ended here. Not a SyncError: nothing may catch it."""


class Faults:
    """Decides, call by call, what goes wrong, and counts it. After a crash nothing of the dead process works any more."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.rate = 0.0
        self.dead = False
        self.struck: dict[str, int] = {}

    def strike(self, kinds: Sequence[str], share: float = 1.0) -> str | None:
        if self.dead:
            raise Crash("the process has ended")
        if self.dice.random() >= self.rate * share:
            return None
        return self.note(self.dice.choice(kinds))

    def note(self, kind: str) -> str:
        self.struck[kind] = self.struck.get(kind, 0) + 1
        return kind

    def rows_before_cut(self) -> int | None:
        return self.dice.randrange(6) if self.dice.random() < self.rate * 3 else None

    def crash(self, where: str) -> Crash:
        self.dead = True
        return Crash(where)


@contextmanager
def full_disk(replica: LocalReplica, spare_pages: int) -> Iterator[None]:
    """Inside, the file can grow by so many pages and no further: SQLite says SQLITE_FULL, as on a full disk."""
    with replica._lock:
        pages = int(replica._writer.execute("PRAGMA page_count").fetchone()[0])
        replica._writer.execute(f"PRAGMA max_page_count = {pages + spare_pages}")
        try:
            yield
        finally:
            replica._writer.execute("PRAGMA max_page_count = 1073741823")


class LocalSide:
    """This device's own replica. Reads are plain; at writes the disk may be full and the process may end."""

    def __init__(self, replica: LocalReplica, faults: Faults) -> None:
        self._replica, self._faults = replica, faults

    def bulk_docs(self, docs: Sequence[Any], *, new_edits: bool = True) -> Any:
        return self._write(lambda: self._replica.bulk_docs(docs, new_edits=new_edits))

    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> Any:
        return self._write(lambda: self._replica.put_local(local_id, doc))

    def _write(self, call: Callable[[], Any]) -> Any:
        fault = self._faults.strike(LOCAL, share=0.3)
        if fault == "crash before":
            raise self._faults.crash("before a write here")
        if fault == "disk full":
            with full_disk(self._replica, self._faults.dice.randrange(3)):
                return call()
        value = call()
        if fault == "crash after":
            raise self._faults.crash("after a write here")
        return value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._replica, name)


class FaultyPeer:
    """A peer behind a line that fails. It has `traffic`, so the replicator takes it for remote. `between_rows` is called within
    its feed, where in the field another thread would run."""

    class _Traffic:
        requests = bytes_sent = bytes_received = 0

    round_trip_s = tuning.ROUND_TRIP_S

    def __init__(
        self, replica: LocalReplica, faults: Faults, *, goodput: float = 1000.0,
        between_rows: Callable[[], None] = lambda: None,
    ) -> None:
        self._peer, self._faults, self.goodput = replica, faults, goodput
        self._between_rows = between_rows
        self.traffic = self._Traffic()

    def _call(self, call: Callable[[], Any], kinds: Sequence[str] = READING, *, share: float = 1.0) -> Any:
        self.traffic.requests += 1
        fault = self._faults.strike(kinds, share)
        self._before(fault)
        if fault == "disk full":
            return self._on_full_disk(call)
        value = call()
        if fault == "duplicate":
            value = call()
        self._after(fault)
        return value

    def _before(self, fault: str | None) -> None:
        if fault == "request lost":
            raise errors.Unreachable("the request was lost")
        if fault == "unreadable request":
            raise errors.BadRequest("invalid UTF-8 JSON")
        if fault == "overloaded":
            raise errors.ServerError("overloaded", status=503)
        if fault == "crash before":
            raise self._faults.crash("before a call")

    def _after(self, fault: str | None) -> None:
        if fault == "answer lost":
            raise errors.Unreachable("the answer was lost")
        if fault == "unreadable answer":
            raise errors.BadAnswer("what came is not JSON")
        if fault == "crash after":
            raise self._faults.crash("after a call")

    def _on_full_disk(self, call: Callable[[], Any]) -> Any:
        try:
            with full_disk(self._peer, self._faults.dice.randrange(3)):
                return call()
        except errors.DiskFull as full:
            raise errors.from_status(full.status, full.error, "the disk of the server is full") from None

    def info(self) -> Any:
        return self._call(self._peer.info)

    def revs_diff(self, revs: Mapping[str, Sequence[str]]) -> Any:
        return self._call(lambda: self._peer.revs_diff(revs))

    def bulk_get(self, wanted: Sequence[Mapping[str, Any]], **flags: bool) -> Any:
        return self._call(lambda: self._peer.bulk_get(wanted, **flags))

    def bulk_docs(self, docs: Sequence[Any], *, new_edits: bool = True) -> Any:
        if len(docs) > 1 and self._faults.strike(("cut batch",), share=0.3):
            self._peer.bulk_docs(docs[: self._faults.dice.randrange(1, len(docs))], new_edits=new_edits)
            raise errors.Unreachable("cut within the batch")
        return self._call(lambda: self._peer.bulk_docs(docs, new_edits=new_edits), WRITING)

    def get_local(self, local_id: str) -> Any:
        return self._call(lambda: self._peer.get_local(local_id))

    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> Any:
        """The checkpoint: struck more often, since what was copied and not yet noted down is the harder case."""
        return self._call(lambda: self._peer.put_local(local_id, doc), WRITING, share=2.5)

    def changes(self, request: ChangesRequest, *, cancel: Any = None) -> Any:
        self.traffic.requests += 1
        self._before(self._faults.strike(("request lost", "overloaded", "unreadable request", "crash before"), share=0.5))
        return _FaultyFeed(self._peer.changes(request), self._faults, self._between_rows)

    def close(self) -> None:
        pass


class _FaultyFeed:
    def __init__(self, feed: Any, faults: Faults, between_rows: Callable[[], None]) -> None:
        self._feed, self._faults, self._between_rows = feed, faults, between_rows
        self._left = faults.rows_before_cut()
        self.last_seq, self.pending = feed.last_seq, None

    def __iter__(self) -> Iterator[ChangeRow]:
        for row in self._feed:
            if self._left is not None:
                if self._left == 0:
                    self._cut()
                self._left -= 1
            self._between_rows()
            self.last_seq = row.seq
            yield row
        self._between_rows()
        self.last_seq = self._feed.last_seq

    def _cut(self) -> None:
        kind = self._faults.note(self._faults.dice.choice(["feed cut", "feed cut", "feed unreadable", "feed crash"]))
        if kind == "feed crash":
            raise self._faults.crash("within a feed")
        raise errors.BadAnswer("a row is not JSON") if kind == "feed unreadable" else errors.Unreachable("cut within the feed")

    def close(self) -> None:
        self._feed.close()


class DamagingPeer(FaultyPeer):
    """A line that also changes the bytes of a chunk now and then; whoever reads chunks can know."""

    def bulk_get(self, wanted: Sequence[Mapping[str, Any]], **flags: bool) -> Any:
        results = super().bulk_get(wanted, **flags)
        for result in results:
            for doc in result.docs:
                if "data" in doc and self._faults.strike(("wrong bytes",)):
                    doc["data"] = "AAAA" + doc["data"][4:]
        return results
