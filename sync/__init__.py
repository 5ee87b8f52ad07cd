"""A CouchDB replica, replicator and endpoint in Python; knows nothing of cases or villages.

    from sync import LocalReplica, RemotePeer, sync

    here = LocalReplica.open("tablet.replica")
    there = RemotePeer("http://127.0.0.1:5984/office")
    here.put({"_id": "ditch", "words": "the ditch of group three"})
    result = sync(here, there)                      # pull, then push, over one warm connection
    print(result.push.docs_written)                 # 1; with nothing new it is two small requests
    here.close()
    there.close()

What stands in `__all__` is loaded when it is asked for. The whole library with examples: docs/SYNC.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync.databases import Databases
    from sync.endpoint.app import create_app
    from sync.projector import Projector
    from sync.remote import RemotePeer
    from sync.replica import LocalReplica
    from sync.replicator import Control, Replicator, sync
    from sync.replicator.delivery import delivery, pending
    from sync.router import Router
    from sync.router.rules import Rules

_HOMES = {
    "Control": "sync.replicator", "Databases": "sync.databases", "LocalReplica": "sync.replica", "Projector": "sync.projector",
    "RemotePeer": "sync.remote", "Replicator": "sync.replicator", "Router": "sync.router", "Rules": "sync.router.rules",
    "create_app": "sync.endpoint.app", "delivery": "sync.replicator", "pending": "sync.replicator", "sync": "sync.replicator",
}  # fmt: skip

__all__ = [
    "Control", "Databases", "LocalReplica", "Projector", "RemotePeer", "Replicator", "Router", "Rules", "create_app", "delivery",
    "pending", "sync",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """PEP 562: importing one part of the library does not load the web server, nor `import sync` anything at all."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sync' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
