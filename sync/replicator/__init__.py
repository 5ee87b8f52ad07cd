"""Replication between two peers: `Replicator` for one direction, `sync` for both over one warm connection."""

from sync.replicator.both_ways import sync
from sync.replicator.control import Control
from sync.replicator.delivery import delivery, pending, pushed_through, rejections
from sync.replicator.one_way import Replicator
from sync.replicator.results import DeliveryState, Progress, ReplicationResult, SyncResult

__all__ = [
    "Control", "DeliveryState", "Progress", "ReplicationResult", "Replicator", "SyncResult",
    "delivery", "pending", "pushed_through", "rejections", "sync",
]
