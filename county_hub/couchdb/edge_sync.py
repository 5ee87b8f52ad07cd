"""Keeps the caches of an edge and CouchDB in step: pulls what is there, pushes what came here, by our own replicator.

    look     every few seconds: is it the server of before, are all its nodes here, which databases have moved (`_dbs_info`)
    pull     what others wrote there; each document through the cache's validators, so what the hub publishes must bear its
             signature. `quarantine`, whose decisions are people's, only into a new cache, and where a county has several edges
    push     what no router step has written through: heads, receipts, notices, chunks, sealed bodies, the county's own records
    again    what was brought and may be lost there is offered once more, whatever the server says it has

It must not know the router's rules, nor HTTP.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from county_hub.couchdb.edge_outbox import AWAY, DAY_MS, RENEWED, SERVER, WROTE, Leaf, Outbox
from county_hub.couchdb.edge_store import EdgeStore
from county_hub.hub.ingress import DIRECTORY, QUARANTINE
from sync import errors
from sync.databases import Databases
from sync.peer import CancelFlag, ChangesRequest, Seq
from sync.replicator import Replicator

log = logging.getLogger("county_hub.couchdb")
NAMES_AT_ONCE = 100             # `_dbs_info`: CouchDB's max_db_number_for_dbs_info_req
AGAIN_AT_ONCE = 256             # documents read from the cache and offered again at once
SAMPLE = 200                    # of each database the newest so many are looked for: a backup lacks what came last
SLACK_MS = 120_000              # a node was away before anybody saw it


class SomeWait(errors.ServerError):
    """The server answers, and some databases of it do not: everything else was done."""


class EdgeSync:
    """Thread-safe: one piece of work per database at a time. `clock` in ms since 1970 UTC."""

    def __init__(self, caches: Databases, store: EdgeStore, outbox: Outbox, days: int, clock: Callable[[], int],
                 several: Callable[[], bool] = lambda: False) -> None:
        self._several = several
        self._caches, self._store, self._outbox, self._days, self._clock = caches, store, outbox, days, clock
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self.ticks: Callable[[], float] = time.monotonic    # s; nobody puts it on
        self._looked: tuple[int, float] | None = None   # clock and ticks of the last look
        self._seen: dict[str, tuple[Seq, int]] = {}     # update_seq and documents of each database at the last look
        self._dirty: set[str] = set()
        self._samples_due = True
        self._to_compare = set[str]()                   # does it hold what it acknowledged? Until the answer is there
        self.clock_ahead = 0                            # ms, by the last look
        self.lacking: set[str] = set()                  # caches whose database is not there
        self.rejected: dict[tuple[str, str], str] = {}  # what lies there and is not let into a cache

    @property
    def lost(self) -> dict[str, list[Leaf]]:
        """By database, what was acknowledged and is neither there nor here, and for which no epoch of the hub was opened."""
        return self._outbox.lost(told=False)

    # --- both ways --------------------------------------------------------------------------------

    def pull(self, name: str, cancel: CancelFlag | None = None) -> None:
        """Everything that is there and not here. Raises SyncError."""
        with self._lock(name), self._store.databases.lease(name) as there, self._caches.lease(name) as cache:
            # A receipt may have come before the head that names its edge: what was not let in is tried again.
            done = Replicator(there, cache, local="target", cancel=cancel, attempts=1, retry_rejected=True).run()
            self._outbox.whole(name, cache.replica_id)
        for id, why in done.rejected.items():
            if (name, id) not in self.rejected:
                log.warning("%s of %s lies in CouchDB and is not taken: %s", id, name, why)
            self.rejected[(name, id)] = str(why)

    def push(self, name: str, cancel: CancelFlag | None = None) -> None:
        """Everything that is here and not there. Raises SyncError."""
        with self._lock(name), self._store.target(name) as there, self._caches.lease(name) as cache:
            done = Replicator(cache, there, local="source", cancel=cancel, attempts=1, retry_rejected=True).run()
        for id, why in done.rejected.items():
            log.error("CouchDB does not take %s of %s: %s", id, name, why)

    # --- followers ----------------------------------------------------------------------------------

    def committed(self, name: str) -> bool:
        """For `Follower`: everybody's commits matter."""
        with self._guard:
            self._dirty.add(name)
        return True

    def push_dirty(self, cancel: CancelFlag) -> None:
        """Push what was committed to since the last time. A database that fails waits; the first error is raised at the end. One
        that is not there waits until a look has found it."""
        with self._guard:
            names, self._dirty = sorted(self._dirty - self.lacking), self._dirty & self.lacking
        _raise(self._each(names, lambda name: self.push(name, cancel), cancel))

    def look(self, cancel: CancelFlag | None = None) -> bool:
        """One look at the server; True when it is not what it was and everything is to be written once more, until `RENEWED` is
        noted no more. Raises SyncError, `SomeWait` when all that could be done was done."""
        self._follow_clock()
        names = [name for name in self._caches.names() if self._is_followed(name)]
        if self._samples_due and (whole_at := self._outbox.noted("whole_at")) is not None:
            # a node may have been away while nobody looked
            self._outbox.note(AWAY, min(whole_at, self._outbox.noted(AWAY) or whole_at))
        try:
            self._store.require_whole()
            self.clock_ahead = self._store.clock_ahead()
            self._is_another(names)
            self._nodes_came_back()
            infos = self._infos(names)
        except errors.SyncError:
            self._to_compare.update(names)      # a server that was away may come back from a backup
            raise
        self.lacking = {name for name in names if name not in infos}
        failed = self._each(self._suspicious(infos), self._compare, cancel)
        again = [name for name in self._outbox.databases(again=True) if name in infos]
        failed |= self._each(again, self._offer_again, cancel)
        self._note_what_came_back()
        moved = [name for name, (seq, _) in infos.items() if self._seen.get(name, ("", 0))[0] != seq
                 and (name != QUARANTINE or self._several())]
        unread = self._each(sorted(moved, key=self._order), lambda name: self.pull(name, cancel), cancel)
        self._seen = {**self._seen, **{name: info for name, info in infos.items() if name not in unread}}
        self._outbox.forget_old(self._clock() - self._days * DAY_MS)
        if self._outbox.noted(WROTE) or self._outbox.noted("whole_at") is None:      # an edge may end before its second look
            self._outbox.note_not(WROTE)
            self._outbox.note("whole_at", self._clock())
        _raise({**failed, **unread})
        return bool(self._outbox.noted(RENEWED))

    def _follow_clock(self) -> None:
        """A machine that starts with an old clock is put right after minutes. What was brought a moment before would look days
        old: not offered again when a node is seen away, or forgotten. Put back, it looks too new, which costs nothing."""
        now, ticks = self._clock(), self.ticks()
        if self._looked is not None:
            by = now - self._looked[0] - int((ticks - self._looked[1]) * 1000)
            if by > SLACK_MS // 2:
                again = self._outbox.clock_was_put_on(by, now - by)
                log.warning("the clock was put on by %d s: the times of %d documents were, too", by // 1000, again)
        self._looked = now, ticks

    def _order(self, name: str) -> tuple[int, str]:
        """Who may sign, then what people decided, then the offices; last what makes the router look."""
        return {DIRECTORY: 0, QUARANTINE: 1, self._store.layout.consolidated: 3}.get(name, 2), name

    def _each(self, names: Iterable[str], act: Callable[[str], object], cancel: CancelFlag | None) -> dict[str, errors.SyncError]:
        """What failed, by database: it waits."""
        failed = dict[str, errors.SyncError]()
        for name in names:
            if cancel is not None and cancel.is_set():
                with self._guard:
                    self._dirty.add(name)
                continue
            try:
                act(name)
            except errors.Cancelled:
                raise
            except errors.SyncError as error:
                log.debug("%s waits for CouchDB: %s", name, error)
                with self._guard:
                    self._dirty.add(name)
                failed[name] = error
        return failed

    # --- is it the server of before? ------------------------------------------------------------------

    def _is_another(self, names: Sequence[str]) -> None:
        """Another uuid, or a database with another identity: it was put in another's place, or made anew."""
        before, now = self._outbox.noted(SERVER), self._store.uuid()
        changed = before is not None and before != now
        told = self._outbox.noted("identities") or {}
        found = dict(told)
        for name in ([*names] if changed or self._samples_due else [self._store.layout.consolidated]):
            with self._store.databases.lease(name) as there:
                there.look_again()
                try:
                    info = there.info()
                except errors.NotFound:
                    continue
            found[name] = [info.peer_id, info.epoch]
            if name in told and told[name][0] != info.peer_id:
                changed = True
        if changed:
            log.error("CouchDB is another one than before: what was brought in the last %d days is offered again", self._days)
            self._outbox.offer_again()
            self._outbox.note(RENEWED, True)
        self._outbox.note(SERVER, now)
        self._outbox.note("identities", found)

    def _nodes_came_back(self) -> None:
        again = self._outbox.nodes_came_back(SLACK_MS)
        if again is not None:
            log.warning("all nodes of CouchDB are here again: %d documents are offered again", again)

    def _infos(self, names: Sequence[str]) -> dict[str, tuple[Seq, int]]:
        """(update_seq, documents) of those that are there."""
        found = dict[str, tuple[Seq, int]]()
        for start in range(0, len(names), NAMES_AT_ONCE):
            part = {self._store.layout.there(name): name for name in names[start : start + NAMES_AT_ONCE]}
            for entry in self._asked(part):
                info, name = entry.get("info"), part.get(str(entry.get("key")))
                if name is not None and isinstance(info, dict):
                    count = info.get("doc_count")
                    found[name] = info.get("update_seq", 0), count if isinstance(count, int) else 0
        return found

    def _asked(self, names: dict[str, str]) -> list[dict[str, Any]]:
        try:
            told = self._store.databases.ask("POST", "/_dbs_info", {"keys": sorted(names)})
        except (errors.NotFound, errors.MethodNotAllowed, errors.NotImplementedByPeer, errors.BadRequest):
            return [one for name in names.values() for one in self._asked_alone(name)]      # pouchdb-server
        return [entry for entry in told if isinstance(entry, dict)] if isinstance(told, list) else []

    def _asked_alone(self, name: str) -> list[dict[str, Any]]:
        try:
            with self._store.databases.lease(name) as there:
                info = there.info()
        except errors.NotFound:
            return []
        return [{"key": self._store.layout.there(name), "info": {"update_seq": info.update_seq, "doc_count": info.doc_count}}]

    def _suspicious(self, infos: dict[str, tuple[Seq, int]]) -> list[str]:
        """All at the first look and after the server was away; else those that hold fewer documents than at the last."""
        self._to_compare |= {name for name, (_, count) in infos.items()
                             if self._samples_due or count < self._seen.get(name, ("", 0))[1]}
        self._samples_due = False
        return sorted(self._to_compare & infos.keys())

    def _compare(self, name: str) -> None:
        """Does the server hold what it acknowledged last, to this hub or to another one whose writes were pulled? If not, it was
        put back from a backup: a new life begins, and everything that is here goes there once more."""
        if self._lacks(name, self._outbox.newest(name, SAMPLE)) or self._lacks_what_was_pulled(name):
            again = self._outbox.offer_again(database=name)
            with self._store.databases.lease(name) as there:
                there.begin_epoch()
            self._outbox.note(RENEWED, True)
            self.committed(name)        # the push begins anew with the epoch: what other hubs had brought lies here alone
            log.error("CouchDB holds less of %s than it acknowledged: %d documents are offered again in a new epoch", name, again)
        self._to_compare.discard(name)

    def _lacks_what_was_pulled(self, name: str) -> bool:
        with self._caches.lease(name) as cache:
            newest = [(row.id, rev) for row in cache.changes(ChangesRequest(descending=True, limit=SAMPLE, style="all_docs"))
                      for rev in row.revs]
        if not (lacking := self._lacks(name, newest)):
            return False
        self.push(name)                 # what was written here and has not gone there yet
        return bool(self._lacks(name, sorted(lacking)))

    def _lacks(self, name: str, leaves: Sequence[Leaf]) -> set[Leaf]:
        if not leaves:
            return set()
        asked: dict[str, list[str]] = {}
        for id, rev in leaves:
            asked.setdefault(id, []).append(rev)
        with self._store.databases.lease(name) as there:
            return {(id, rev) for id, diff in there.revs_diff(asked).items() for rev in diff.missing}

    def _offer_again(self, name: str) -> None:
        """Whatever the server says it has: one copy of three may have it, and another be asked tomorrow."""
        while leaves := self._outbox.due(name, AGAIN_AT_ONCE):
            with self._caches.lease(name) as cache:
                found = cache.bulk_get([{"id": id, "rev": rev} for id, rev in leaves])
            docs = [doc for result in found for doc in result.docs]
            here = {(doc["_id"], doc["_rev"]) for doc in docs}
            self._store.write(name, docs)
            absent = [leaf for leaf in leaves if leaf not in here]
            if absent and (gone := self._lacks(name, absent)):
                self._outbox.lose(name, gone)
                log.error("%d documents of %s were acknowledged, and are neither in CouchDB nor here", len(gone), name)
            self._outbox.forget(name, [id for id, _ in absent])

    def hear_of_losses(self, losses: dict[str, list[Leaf]]) -> None:
        """Another hub says that CouchDB acknowledged these and nobody has them: what lies here is offered again, what CouchDB
        lacks is lost to this hub too. A database that there is not is passed over."""
        now, known = self._clock(), set(self._caches.names())
        for name, leaves in losses.items():
            if name not in known:
                continue
            with self._caches.lease(name) as cache:
                held = {(doc["_id"], doc["_rev"]) for result in cache.bulk_get([{"id": id, "rev": rev} for id, rev in leaves])
                        for doc in result.docs}
            if here := held.intersection(leaves):
                self._outbox.brought(name, here, now)
                self._outbox.offer_again(now, name)
            rest = [leaf for leaf in leaves if leaf not in here]
            if rest and (gone := self._lacks(name, rest)):
                self._outbox.lose(name, gone)
                log.error("another hub says that %d documents of %s are lost, and they are", len(gone), name)

    def _note_what_came_back(self) -> None:
        """A device has brought again what nobody had any more: it is in the cache, and goes its way."""
        for name, leaves in self._outbox.lost(told=True).items():
            with self._caches.lease(name) as cache:
                found = cache.bulk_get([{"id": id, "rev": rev} for id, rev in leaves])
            here = {(doc["_id"], doc["_rev"]) for result in found for doc in result.docs}
            if back := here.intersection(leaves):
                self._outbox.came_back(name, back)
                log.warning("%s: %d documents that were lost are here again, %d are not", name, len(back),
                            len(leaves) - len(back))

    # --- details ----------------------------------------------------------------------------------------

    def _is_followed(self, name: str) -> bool:
        try:
            self._store.layout.there(name)
        except ValueError:
            return False
        return True

    def _lock(self, name: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())


def _raise(failed: Mapping[str, errors.SyncError]) -> None:
    for name, error in failed.items():
        raise SomeWait(f"CouchDB: {name}: {error}", status=503)
