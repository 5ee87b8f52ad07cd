"""A push that does not wait for the pull: both directions of a line carry at the same time.

What lives here: what this device had written before a `sync` began goes out over a connection of its own while the pull is still
coming in. Only that: what the pull brings, and what is written meanwhile, is left to the push that follows the pull, which also
repeats whatever failed here. So nothing depends on this; it only saves time on a slow line.

    connection 1   GET log ............ GET _changes  rows rows rows | PUT log
    connection 2   HEAD (it is open) .. POST _bulk_docs docs docs    |
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

from sync import errors
from sync.peer import CancelFlag, ChangeRow, ChangesFeed, ChangesRequest, Peer, Seq
from sync.replicator.checkpoints import ReplicationLogs
from sync.replicator.log import log_from_json, replication_id
from sync.replicator.results import Progress, ReplicationResult

Tell = Callable[[Progress], None]


class _Run(Protocol):
    """What this module needs of a `Replicator`."""

    result: ReplicationResult

    def run(self, *, flush: bool = True) -> ReplicationResult: ...


class EarlyPush:
    """Made before the pull begins; `go` when both logs are read, `join` when the pull has ended, however it ended.

    `push(source, target, logs)` makes the replicator. `twin` is a connection of its own to the remote side.
    """

    def __init__(self, local: Peer, twin: Any, push: Callable[[Peer, Peer, ReplicationLogs], _Run]) -> None:
        self._source = cast(Peer, UpTo(local, cast(Any, local).update_seq()))
        self._twin = twin
        self._push = push
        self._result = ReplicationResult()
        self._logs: ReplicationLogs | None = None
        self._told = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sync-early-push", daemon=True)
        self._thread.start()

    @classmethod
    def if_it_pays(
        cls,
        local: Peer,
        remote: Peer,
        push: Callable[[Peer, Peer, ReplicationLogs], _Run],
        *,
        selector: Mapping[str, Any] | None,
        doc_ids: Sequence[str] | None,
        cancel: CancelFlag | None,
    ) -> EarlyPush | None:
        """None when nothing was written here since the last push, or a side is not of the kind."""
        twin = getattr(remote, "twin", None)
        if twin is None or not hasattr(local, "update_seq") or not hasattr(local, "local_docs"):
            return None
        if not _something_to_push(local, replication_id(local.info().peer_id, selector, doc_ids)):
            return None
        line = twin()
        line.set_cancel(cancel)
        return cls(local, line, push)

    def go(self, logs: ReplicationLogs) -> None:
        self._logs = logs
        self._told.set()

    def join(self) -> ReplicationResult:
        """What was done. Its failures are not raised: the push that follows meets them again."""
        self._told.set()
        self._thread.join()
        return self._result

    def _work(self) -> None:
        try:
            with suppress(errors.SyncError):
                self._twin.touch()      # the connection is made while the logs are read
            self._told.wait()
            if self._logs is not None:
                run = self._push(self._source, self._twin, self._logs)
                self._result = run.result
                with suppress(errors.SyncError):
                    run.run(flush=False)
        finally:
            traffic = self._twin.traffic
            self._result.requests, self._result.bytes_sent = traffic.requests, traffic.bytes_sent
            self._result.bytes_received = traffic.bytes_received
            self._twin.close()


def _something_to_push(local: Any, replication: str) -> bool:
    """By this side's own log; where there is none, or several peers share it, the one that is furthest behind decides."""
    newest = local.update_seq()
    logs = [log_from_json(doc.get("push")) for doc in local.local_docs() if doc["_id"].startswith(f"_local/{replication}-")]
    return newest > 0 and any(log.source_last_seq != newest for log in logs)


class UpTo:
    """A local replica as it stood at `seq`: its feed ends there."""

    def __init__(self, peer: Peer, seq: int) -> None:
        self._peer = peer
        self._seq = seq

    def changes(self, request: ChangesRequest, *, cancel: CancelFlag | None = None) -> ChangesFeed:
        return _FeedUpTo(self._peer.changes(request, cancel=cancel), self._seq)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peer, name)


class _FeedUpTo:
    def __init__(self, feed: ChangesFeed, seq: int) -> None:
        self._feed = feed
        self._seq = seq
        self.last_seq: Seq = feed.last_seq
        self.pending: int | None = 0

    def __iter__(self) -> Iterator[ChangeRow]:
        for row in self._feed:
            if cast(int, row.seq) > self._seq:
                return
            self.last_seq = row.seq
            yield row
        self.last_seq = min(cast(int, self._feed.last_seq), self._seq)

    def close(self) -> None:
        self._feed.close()


def one_at_a_time(progress: Tell | None) -> Tell | None:
    """The caller's `progress`, never from two threads at once."""
    if progress is None:
        return None
    lock = threading.Lock()

    def tell(step: Progress) -> None:
        with lock:
            progress(step)

    return tell
