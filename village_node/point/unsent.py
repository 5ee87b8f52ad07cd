"""What a peer is not proven to hold, kept by increments: each look reads the feed only from where the last one ended.

    proven    documents here that lie below the push checkpoint and were not rejected: the peer has stored them
    unsent    id -> seq of what lies above it
Walking the whole feed for 20,000 unsent records took 13 of the 14.6 seconds of a start. One object per replica, thread-safe.
Must not know: what a document means.
"""

from __future__ import annotations

import threading
from collections.abc import Collection

from sync import replicator
from sync.peer import ChangesRequest
from sync.replica import LocalReplica

_KEYS = 5000        # ids of one question for what is here


class Unsent:
    def __init__(self, replica: LocalReplica) -> None:
        self._replica = replica
        self._guard = threading.Lock()
        self._peer: str | None = None
        self._upto = 0
        self._unsent: dict[str, int] = {}
        self._proven: set[str] = set()
        self.changed = 0                    # grows whenever something that was unsent is proven, or the other way round

    def stored(self, peer_id: str | None, ids: Collection[str]) -> tuple[frozenset[str], dict[str, str]]:
        """(of `ids`: stored by that peer, {rejected: reason}) by the push checkpoint. Nothing is proven of a peer never met; what
        is not here is in neither."""
        if peer_id is None or not ids:
            return frozenset(), {}
        with self._guard:
            self._look(peer_id, ids)
            said = replicator.rejections(self._replica, peer_id)
            below = [id for id in ids if id not in self._unsent]
            new = [id for id in below if id not in self._proven and id not in said]
            self._proven.update(self._here(new))
            rejected = {id: str(said[id].get("reason") or "forbidden") for id in below if id in said}
            return frozenset(id for id in below if id in self._proven and id not in said), rejected

    def _look(self, peer_id: str, ids: Collection[str]) -> None:
        through = replicator.pushed_through(self._replica, peer_id)
        through = through if isinstance(through, int) else 0
        if peer_id != self._peer or self._replica.update_seq() < self._upto:      # another peer, or an older copy of the file
            self._peer, self._upto, self._unsent, self._proven = peer_id, through, {}, set()
            self.changed += 1
        if any(seq <= through for seq in self._unsent.values()):
            self._unsent = {id: seq for id, seq in self._unsent.items() if seq > through}
            self.changed += 1
        feed = self._replica.changes(ChangesRequest(since=max(self._upto, through)))
        asked: dict[str, str] = {}          # the ids as they are kept already: not another 20,000 of 110 bytes
        try:
            for row in feed:
                if isinstance(row.seq, int):
                    asked = asked or {id: id for id in ids}
                    self._unsent[asked.get(row.id, row.id)] = self._upto = row.seq
                    if row.id in self._proven:
                        self._proven.discard(row.id)
                        self.changed += 1
        finally:
            feed.close()

    def _here(self, ids: list[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(ids), _KEYS):
            asked = ids[start:start + _KEYS]
            found |= {id for id, row in zip(asked, self._replica.all_docs(keys=asked), strict=True) if row.rev is not None}
        return found
