"""Small words for tests of replication."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sync.peer import ChangesRequest, Peer
from sync.replicator import Replicator, SyncResult, sync

WITHOUT_PAUSES: dict[str, Any] = {"wait": lambda seconds: None}


def leaves(peer: Peer) -> dict[str, set[str]]:
    """{id: its leaves}: what two replicas in step have in common."""
    return {row.id: set(row.revs) for row in peer.changes(ChangesRequest(style="all_docs"))}


def winners(peer: Peer) -> dict[str, tuple[str, bool]]:
    return {row.id: (row.revs[0], row.deleted) for row in peer.changes(ChangesRequest())}


def write(peer: Peer, ids: Iterable[str], text: str = "渠道纠纷") -> None:
    results = peer.bulk_docs([{"_id": id, "text": text} for id in ids])
    assert all(result.ok for result in results), results


def edit(peer: Peer, id: str, **body: Any) -> str:
    doc = peer.bulk_get([{"id": id}], revs=False)[0].docs[0]
    result = peer.bulk_docs([{"_id": id, "_rev": doc["_rev"], **body}])[0]
    assert result.ok, result
    assert result.rev is not None
    return result.rev


def pull(local: Peer, remote: Peer, **options: Any) -> Replicator:
    replicator = Replicator(remote, local, local="target", **{**WITHOUT_PAUSES, **options})
    replicator.run()
    return replicator


def push(local: Peer, remote: Peer, **options: Any) -> Replicator:
    replicator = Replicator(local, remote, local="source", **{**WITHOUT_PAUSES, **options})
    replicator.run()
    return replicator


def in_step(local: Peer, remote: Peer, **options: Any) -> SyncResult:
    result = sync(local, remote, **{**WITHOUT_PAUSES, **options})
    assert leaves(local) == leaves(remote)
    assert winners(local) == winners(remote)
    return result
