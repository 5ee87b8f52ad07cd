"""Which databases of the county have changed on the server since their follower last came to an end.

`_dbs_info` is the truth: one small request for a hundred databases. `_db_updates` is a hint only, when to look: it may come
late, be lost with a node, or not be there at all. On a cluster the sequence of a database tells which copy of each shard
answered, and is compared for equality alone: the same text is the same state of the same copies, another one is worth a look,
which costs one empty page of a feed where nothing had changed.
"""

from __future__ import annotations

import threading
from collections.abc import Collection

from county_hub.couchdb.layout import Layout
from county_hub.couchdb.server import StoreServer


class StoreNews:
    """Thread-safe. Names are ours."""

    def __init__(self, server: StoreServer, layout: Layout) -> None:
        self._server, self._layout = server, layout
        self._taken = dict[str, str]()
        self._since = "now"
        self._lock = threading.Lock()

    def look(self, names: Collection[str]) -> dict[str, str]:
        """{database: its state} of those that are not in the state in which they were taken. What is not there is left out.
        Raises `StoreProblem`."""
        infos = self._server.infos([self._layout.there(name) for name in names])
        states = {name: _state(infos[there]) for name in names if (there := self._layout.there(name)) in infos}
        with self._lock:
            for name in [name for name in self._taken if name in names and name not in states]:
                del self._taken[name]       # it is gone; one that comes in its place is another
            return {name: state for name, state in states.items() if self._taken.get(name) != state}

    def took(self, name: str, state: str) -> None:
        """Everything that the database held in this state was followed; until then `look` names it again."""
        with self._lock:
            self._taken[name] = state

    def forget(self) -> None:
        """Look at everything again: after a cut, a node that came back, another server."""
        with self._lock:
            self._taken.clear()
            self._since = "now"

    def hint(self, timeout_s: float) -> frozenset[str] | None:
        """Wait at most so long for a database of ours to change; which ones did, perhaps none. None: this server gives no hints,
        so look in a while. Raises `StoreProblem`."""
        told = self._server.updates(self._since, timeout_s)
        if told is None:
            return None
        names, self._since = told
        return frozenset(name for name in map(self._layout.here, names) if name is not None)


def _state(info: dict[str, object]) -> str:
    """All that tells a state of a database, and one that was made anew."""
    return " ".join(str(info.get(part, "")) for part in ("instance_start_time", "purge_seq", "update_seq"))
