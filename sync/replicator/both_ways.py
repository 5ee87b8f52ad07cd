"""Replication between two peers: `Replicator` for one direction, `sync` for both over one warm connection.

The library's front door: what a program imports stands here. How one direction works is `one_way`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sync.peer import Peer
from sync.replicator.checkpoints import ReplicationLogs
from sync.replicator.control import Control
from sync.replicator.delivery import delivery, pending, pushed_through, rejections
from sync.replicator.early import EarlyPush, one_at_a_time
from sync.replicator.one_way import Replicator
from sync.replicator.results import DeliveryState, Progress, ReplicationResult, SyncResult

__all__ = [
    "Control", "DeliveryState", "Progress", "ReplicationResult", "Replicator", "SyncResult",
    "delivery", "pending", "pushed_through", "rejections", "sync",
]


def sync(
    local: Peer,
    remote: Peer,
    *,
    own_filter: Mapping[str, Any] | None = None,
    send_first: Sequence[str] = (),
    fetch_first: Sequence[str] = (),
    **options: Any,
) -> SyncResult:
    """Pull, then push, over one warm connection. With nothing new this is two small requests. What was written here before goes
    out while the pull comes in, over a second connection, unless `pipeline` is False. `send_first` and `fetch_first` name
    documents that go before all others of their direction.

    `options` are the Replicator's: ask_first, retry_rejected, batch_size, progress, cancel, clock, random, wait, attempts,
    pipeline, selector, doc_ids. Raises what `Replicator.run` raises.
    """
    options["progress"] = one_at_a_time(options.get("progress"))

    def push(source: Peer, target: Peer, logs: ReplicationLogs) -> Replicator:
        return Replicator(source, target, local="source", logs=logs, known=pull.known, first=send_first, **options)

    pull = Replicator(remote, local, local="target", own_filter=own_filter, first=fetch_first, **options)
    early = EarlyPush.if_it_pays(
        local, remote, push, cancel=options.get("cancel"), selector=options.get("selector"), doc_ids=options.get("doc_ids")
    ) if options.get("pipeline", True) else None
    sent = ReplicationResult()
    try:
        logs = pull.meet()
        if early is not None:
            early.go(logs)
        pull.run(flush=False)
    finally:
        if early is not None:
            sent = early.join()
    if sent.docs_written and logs.echo:
        pull.go_on()    # what we pushed may have moved documents in the feed that was being read
    return SyncResult(pull.result, sent.followed_by(push(local, remote, logs).run()))
