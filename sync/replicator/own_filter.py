"""Whether a pull may leave out what this replica wrote itself.

It may while every document under its own name is here. A file put back from an old copy has forgotten some: one may stand at a
third place today and reach the source only after the next pull, so from then on nothing is left out, whatever the logs say. The
first use of a filter is written down with the epoch of that time, and a filter is good in that epoch alone:

    _local/own-filters   {"epochs": {hash of the filter: epoch of its first use}}

Whoever takes a new name after a restore, as a device should, has a new filter, which is good again. A restore that leaves the
epoch as it is (a file written over itself by hand) cannot be seen here: `LocalReplica.new_epoch` is for that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sync import errors
from sync.canonical import encode
from sync.peer import Peer
from sync.replicator import tuning

LOCAL_ID = "own-filters"


def still_good(local: Peer, own_filter: Mapping[str, Any]) -> bool:
    """True while the replica is what it was when the filter was first used. Reads, and at first writes, a `_local` document."""
    key, epoch = hashlib.sha256(encode(own_filter)).hexdigest()[:16], local.info().epoch
    stored = local.get_local(LOCAL_ID) or {}
    epochs = stored.get("epochs")
    known: dict[str, str] = dict(epochs) if isinstance(epochs, dict) else {}
    if key in known:
        return known[key] == epoch
    kept = dict([*known.items(), (key, epoch)][-tuning.OWN_FILTERS_KEPT :])
    doc = {"epochs": kept, **({"_rev": stored["_rev"]} if "_rev" in stored else {})}
    try:
        local.put_local(LOCAL_ID, doc)
    except errors.Conflict:     # another process at the same moment: the next pull may leave them out
        return False
    return True
