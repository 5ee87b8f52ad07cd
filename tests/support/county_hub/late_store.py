"""What lies behind an edge in the simulation: databases in a folder that answer as a cluster of CouchDB may.

    late         it takes a write, the answer comes after everybody's patience; what was written is seen later
    few copies   202: taken by too few, seen later
    stale        201, and the next question does not see it yet (another copy answers)
    away         a node is not there: `_membership` says so; writes go on and are answered by 201
    back         the node is here again, and with it a copy that had not got some of what was written meanwhile
    put back     the databases as they were when a copy of them was made; nobody answers while that is done (`down`)

and all that a line does (`faults`), but the ends of processes: these are the edge's own (`power`).
"""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from county_hub.couchdb.edge_sync import SLACK_MS
from sync import errors
from sync.databases import Databases
from sync.peer import Doc, WriteResults
from tests.support.simulation.faults import Faults, FaultyPeer
from tests.support.sync.router import Crash as PowerCut

LATE = ("late", "few copies", "stale")
NODES = ["a@x", "b@x", "c@x"]


class LineFaults(Faults):
    """Faults of a line alone."""

    def strike(self, kinds: Sequence[str], share: float = 1.0) -> str | None:
        return super().strike([kind for kind in kinds if "crash" not in kind and kind != "disk full"] or ["overloaded"], share)

    def crash(self, where: str) -> Any:
        return errors.Unreachable(where)


class LateStore:
    """Stands where `sync.remote.databases.RemoteDatabases` stands. `clock` in ms."""

    def __init__(self, folder: Path, dice: random.Random, clock: Callable[[], int]) -> None:
        self.folder, self.dice, self.clock = folder, dice, clock
        self.faults = LineFaults(random.Random(dice.random()))
        self.late = 0.0                                 # the share of writes that are acknowledged late, or by few
        self.away = self.down = False
        self.power: int | None = None                   # the edge's power fails at the so-manieth write from now
        self.between: tuple[int, Callable[[], object]] | None = None    # what happens before the so-manieth write from now
        self._unseen: list[tuple[str, list[Doc]]] = []  # written, and not seen by who asks
        self._recent: list[tuple[int, str, Doc]] = []
        self._away_since = 0
        self.databases = Databases(folder / "store")

    def close(self) -> None:
        self.databases.close()

    # --- as RemoteDatabases -------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lease(self, name: str) -> Iterator[StorePeer]:
        with self.databases.lease(name) as replica:
            yield StorePeer(self, name, replica)

    def exists(self, name: str) -> bool:
        return self.databases.exists(name)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        if self.down or self.faults.strike(("request lost", "answer lost", "overloaded")):
            raise errors.Unreachable("cut")
        if path == "/_membership":
            return {"all_nodes": NODES[:-1] if self.away else NODES, "cluster_nodes": NODES}
        if path == "/_dbs_info":
            return [{"key": name, "info": self._info(name)} for name in body["keys"] if self.exists(name)]
        return {"couchdb": "Welcome", "uuid": "one"}

    def date(self) -> int | None:
        return None

    def _info(self, name: str) -> dict[str, Any]:
        with self.databases.lease(name) as replica:
            info = replica.info()
        return {"update_seq": f"{info.epoch}-{info.update_seq}", "doc_count": info.doc_count}

    def meanwhile(self) -> None:
        if self.between is not None:
            left, act = self.between
            self.between = (left - 1, act) if left > 1 else None
            if left == 1:
                act()

    # --- what happens to it ---------------------------------------------------------------------------------------------

    def write(self, name: str, docs: Sequence[Doc]) -> None:
        with self.databases.lease(name) as replica:
            replica.bulk_docs(docs, new_edits=False)
        self._recent = [one for one in self._recent if one[0] > self.clock() - SLACK_MS // 2]
        self._recent += [(self.clock(), name, doc) for doc in docs]

    def unseen(self, name: str, docs: Sequence[Doc]) -> None:
        self._unseen.append((name, [dict(doc) for doc in docs]))

    def settle(self) -> None:
        """What was written is seen by now."""
        unseen, self._unseen = self._unseen, []
        for name, docs in unseen:
            self.write(name, docs)

    def node_away(self) -> None:
        if not self.away:
            self.away, self._away_since = True, self.clock()

    def node_back(self) -> None:
        """With less than the others: of what was written shortly before it was seen away, and since, some is not there."""
        if not self.away:
            return
        self.away = False
        for at, name, doc in self._recent:
            if at >= self._away_since - SLACK_MS // 2 and self.dice.random() < 0.3:
                with self.databases.lease(name) as replica:
                    replica.purge({doc["_id"]: [doc["_rev"]]})
        self._recent.clear()

    def keep_copy(self) -> None:
        self.settle()
        self._closed(lambda: (shutil.rmtree(self.folder / "copy", ignore_errors=True),
                              shutil.copytree(self.folder / "store", self.folder / "copy")))

    def put_back(self) -> bool:
        if not (self.folder / "copy").exists():
            return False
        self._unseen.clear()
        self._closed(lambda: (shutil.rmtree(self.folder / "store"), shutil.copytree(self.folder / "copy", self.folder / "store")))
        return True

    def _closed(self, act: Callable[[], object]) -> None:
        self.databases.close()
        act()
        self.databases = Databases(self.folder / "store")

    def ids(self, name: str) -> set[str]:
        """Ids of records that are written, seen or not."""
        with self.databases.lease(name) as replica:
            seen = {row.id for row in replica.all_docs(startkey="case:", endkey="case:\uffff")}
        return seen | {doc["_id"] for there, docs in self._unseen if there == name for doc in docs}


class StorePeer(FaultyPeer):
    """One database there, over a line that fails."""

    def __init__(self, store: LateStore, name: str, replica: Any) -> None:
        super().__init__(replica, store.faults, goodput=100_000.0)
        self._store, self._name = store, name

    def look_again(self) -> None:
        pass

    def begin_epoch(self) -> str:
        return str(self._peer.new_epoch())

    def purge(self, revs: Mapping[str, Sequence[str]]) -> Any:
        return self._call(lambda: self._peer.purge(revs))

    def bulk_docs(self, docs: Sequence[Any], *, new_edits: bool = True) -> Any:
        store = self._store
        store.meanwhile()
        if store.power is not None:
            store.power -= 1
        if store.power == 0 and store.dice.random() < 0.5:
            raise PowerCut("before a write there")
        if docs and store.dice.random() < store.late:
            kind = store.faults.note(store.dice.choice(LATE))
            store.unseen(self._name, docs)
            if kind == "late":
                raise errors.Unreachable("no answer in time")
            results = WriteResults([])
            results.by_quorum = kind == "stale"
            return results
        self._call(lambda: store.write(self._name, docs))
        if store.power == 0:
            raise PowerCut("after a write there")
        return WriteResults([])
