"""Delivery state of local documents towards one peer, proven by the push checkpoint and the list of rejections.

What lives here: reading both. It never asks the network, and it never says "sent" of what the checkpoint does not cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sync.peer import ChangesRequest, Peer, Seq
from sync.replicator.log import local_log_id, log_from_json, replication_id
from sync.replicator.push import Rejections
from sync.replicator.results import DeliveryState


def pushed_through(local: Peer, remote_peer_id: str) -> Seq:
    """The local seq up to which everything not rejected is known to be stored by that peer; 0 if it was never reached."""
    replication = replication_id(local.info().peer_id, None, None)
    body = local.get_local(local_log_id(replication, remote_peer_id)) or {}
    return log_from_json(body.get("push")).source_last_seq


def delivery(local: Peer, remote_peer_id: str, ids: Sequence[str]) -> dict[str, DeliveryState]:
    """"sent": stored there at the last contact; "pending": not yet, or changed since; "rejected": refused, see `rejections`.

    Ids that do not exist here are left out. `local` is a LocalReplica: its seqs are numbers.
    """
    through = pushed_through(local, remote_peer_id)
    refused = rejections(local, remote_peer_id)
    feed = local.changes(ChangesRequest(doc_ids=tuple(ids)))
    states: dict[str, DeliveryState] = {}
    try:
        for row in feed:
            passed = isinstance(through, int) and isinstance(row.seq, int) and row.seq <= through
            states[row.id] = "pending" if not passed else "rejected" if row.id in refused else "sent"
    finally:
        feed.close()
    return states


def pending(local: Peer, remote_peer_id: str, ids: Sequence[str] | None = None) -> set[str]:
    """Of `ids` (None: of all documents here) those that the peer is not known to hold as they are now, the refused ones too.

    Read from the push checkpoint: what is not in the set was stored there at the last contact. `ids` that do not exist here are
    left out. The set of None is as large as what was written since the last push.
    """
    if ids is not None:
        return {id for id, state in delivery(local, remote_peer_id, ids).items() if state != "sent"}
    feed = local.changes(ChangesRequest(since=pushed_through(local, remote_peer_id)))
    try:
        return {row.id for row in feed} | set(rejections(local, remote_peer_id))
    finally:
        feed.close()


def rejections(local: Peer, remote_peer_id: str) -> dict[str, dict[str, Any]]:
    """{document id: {"rev", "error", "reason"}} that the peer refused and has not accepted since."""
    return Rejections(local, remote_peer_id).by_id
