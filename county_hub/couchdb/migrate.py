"""Moves the county's databases: from HOME to CouchDB, and from CouchDB back into HOME.

By our own replicator, database by database, so that revision trees, conflicts, tombstones and attachments arrive as they are,
and a move that was cut goes on where it was: the checkpoints lie on both sides. What replication does not carry stays where it
is: what was purged at the source is not purged at the target (`compare` shows it as a difference), and `_local` documents belong
to the replica that has them, first of all the chain of the hub's own device. At the end both sides are counted and hashed.
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from county_hub.couchdb import marker
from county_hub.couchdb.compare import Compared, compared
from county_hub.couchdb.layout import Layout
from county_hub.couchdb.reach import reach
from county_hub.couchdb.server import StoreProblem, StoreServer
from county_hub.hub import hosted
from county_hub.hub.backing.store import EDGE
from county_hub.hub.founding import make_databases
from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem
from county_hub.hub.serving import SERVE_LOCK
from shared.ledger.authoring import chain_head
from shared.ledger.texts import t
from sync.peer import CancelFlag
from sync.replica import LocalReplica
from sync.replicator import Progress as Step
from sync.replicator import ReplicationResult, Replicator

To = Literal["couchdb", "embedded"]
Progress = Callable[["Moving"], None]
MOST_REFUSED = 20
PAGE = 500


@dataclass(frozen=True, slots=True)
class Moving:
    """How far it is: `done` of `total` documents of all databases; None while unknown."""

    name: str
    done: int
    total: int
    docs_per_s: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Behind:
    """A device of the hub's own of which HOME knows records up to `known`, and CouchDB up to `found`: HOME is an older copy of
    this hub, and would give numbers a second time."""

    device: str
    known: int
    found: int


@dataclass(frozen=True, slots=True)
class Moved:
    """`written` by this run. `refused`: documents that the target did not take, with its reason. `final`: HOME was at rest and
    both sides were compared."""

    to: To
    written: int
    refused: dict[str, str]
    compared: tuple[Compared, ...]
    final: bool
    behind: tuple[Behind, ...] = ()

    @property
    def is_whole(self) -> bool:
        return self.final and not self.refused and not self.behind and all(one.equal for one in self.compared)


def migrate(
    server: StoreServer, layout: Layout, hub: Hub, to: To, progress: Progress = lambda moving: None,
    counted: Callable[[int, int], None] = lambda done, total: None, cancel: CancelFlag | None = None,
) -> Moved:
    """Raises `StoreProblem` before anything is written for a server that cannot be used, databases that are not this hub's, and a
    cluster of which a node is away; `HubProblem` for a HOME that is served while it would be filled."""
    kind = reach(server)
    marker.require(server, layout, hub)
    with _at_rest(hub) as at_rest:
        if to == "embedded" and not at_rest:
            raise HubProblem(t("couchdb.serving"))
        _all_nodes(server)
        written, refused = _Copy(server, layout, hub, to, progress, cancel).run()
        _all_nodes(server)
        found = tuple(compared(server, layout, hub, kind, counted, cancel)) if at_rest else ()
        behind = tuple(_behind(hub)) if to == "embedded" else ()
    moved = Moved(to, written, dict(sorted(refused.items())[:MOST_REFUSED]), found, at_rest, behind)
    if to == "embedded" and moved.is_whole:
        hub.registry.set_meta({EDGE: ""})       # its databases are no caches any more: it may be served without CouchDB
    return moved


class _Copy:
    def __init__(
        self, server: StoreServer, layout: Layout, hub: Hub, to: To, progress: Progress, cancel: CancelFlag | None
    ) -> None:
        self._server, self._layout, self._hub, self._to = server, layout, hub, to
        self._progress, self._cancel = progress, cancel
        self._began, self._read = time.monotonic(), 0

    def run(self) -> tuple[int, dict[str, str]]:
        """(documents written, {database/id: why it was refused})."""
        written = before = 0
        refused = dict[str, str]()
        counts = self._counts(self._names())
        for name, count in counts.items():
            result = self._one(name, before, sum(counts.values()))
            written += result.docs_written
            refused |= {f"{name}/{id}": reason for id, reason in result.rejected.items()}
            before += count
        return written + self._of_directory, refused

    def _names(self) -> list[str]:
        """The directory goes first: it says which offices there are."""
        self._of_directory = 0
        if self._to == "embedded":
            self._of_directory = self._one("directory").docs_written
            make_databases(self._hub.databases, self._hub.directory.organisation())
        names = self._layout.names(self._hub.directory.organisation().offices)
        there = set(self._server.names(self._layout.prefix))
        missing = [name for name in names if self._layout.there(name) not in there or not self._hub.databases.exists(name)]
        if missing:
            raise StoreProblem(t("couchdb.missing_some", n=len(missing), names="、".join(missing[:3])))
        return names

    def _counts(self, names: list[str]) -> dict[str, int]:
        if self._to == "embedded":
            infos = self._server.infos([self._layout.there(name) for name in names])
            told = {name: infos.get(self._layout.there(name), {}) for name in names}
            return {name: int(one.get("doc_count", 0)) + int(one.get("doc_del_count", 0)) for name, one in told.items()}
        counts = dict[str, int]()
        for name in names:
            with self._hub.databases.lease(name) as replica:
                info = replica.info()
            counts[name] = info.doc_count + info.doc_del_count
        return counts

    def _one(self, name: str, before: int = 0, total: int = 0) -> ReplicationResult:
        def tell(step: Step) -> None:
            done = min(before + step.done, total)
            rate = (self._read + step.done) / max(time.monotonic() - self._began, 1e-6)
            self._progress(Moving(name, done, total, rate, (total - done) / rate if rate else None))

        with self._hub.databases.lease(name) as replica, closing(self._server.peer(self._layout.there(name))) as peer:
            push = self._to == "couchdb"
            result = Replicator(
                replica if push else peer, peer if push else replica, local="source" if push else "target",
                ask_first=push, retry_rejected=True, cancel=self._cancel, progress=tell if total else None,
            ).run()
        self._read += result.docs_read
        return result


@contextlib.contextmanager
def _at_rest(hub: Hub) -> Iterator[bool]:
    """Is nobody serving HOME? Then nobody begins to until the block ends."""
    with (hub.home.root / SERVE_LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _all_nodes(server: StoreServer) -> None:
    """What a cluster acknowledges while a node is away may lie on one copy alone, also where it answers 201."""
    known = server.membership()
    away = sorted(set(known[1]) - set(known[0])) if known is not None else []
    if away:
        raise StoreProblem(t("couchdb.node_away", url=server.address, nodes="、".join(away)))


def _behind(hub: Hub) -> Iterator[Behind]:
    """Does the chain of each of the hub's own devices go as far as the records that were brought?"""
    own = [hub.own_device, *filter(None, (hosted.identity(hub, office) for office in hosted.offices(hub.secrets)))]
    for device in own:
        with hub.databases.lease(f"office-{device.office}") as replica:
            head, found = chain_head(replica), _last_number(replica, device.device)
        known = head.seq if head is not None and head.device == device.device else 0
        if found > known:
            yield Behind(device.device, known, found)


def _last_number(replica: LocalReplica, device: str) -> int:
    last, start = 0, ""
    while rows := replica.all_docs(startkey=start, include_docs=True, limit=PAGE):
        last = max([last, *(int(row.doc["device_seq"]) for row in rows if row.doc and row.doc.get("device") == device
                            and isinstance(row.doc.get("device_seq"), int))])
        start = rows[-1].id + "\x00"
    return last
