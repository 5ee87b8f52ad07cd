"""The router: copies accepted documents from the offices' databases to the consolidated one and on to each
audience.

    source ──judge──> consolidated ──audience row──> each member
                |
                |-- refused -> quarantine
                `-- held    -> judged again when the directory moves, or its subject's audience grows

It takes rules (`rules`) and knows nothing of what documents mean. This module is the table of contents:
which source is read, in what pages, and when the rest is looked at; the way of a document is `path`,
changes of an audience `growth`, chunks `files`, what must be remembered `store`.

No step relies on the order of a feed; feeds may repeat rows; the program may be killed anywhere. Several
workers may share one store: `shard=(i, n)` takes the subjects of one of n shards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event as CancelFlag
from threading import RLock

from sync.errors import StorageError, SyncError
from sync.router import tuning
from sync.router.files import Files
from sync.router.follow import Dirty
from sync.router.joint import Joint
from sync.router.path import EventPath
from sync.router.quarantine import quarantine_id
from sync.router.rules import RouterDatabases, Rules
from sync.router.shards import is_mine
from sync.router.store import RouterStore
from sync.router.sweep import Sweep, SweepReport
from sync.router.values import Waiting, revision_key
from sync.router.work import Item, Page, again, fetch, lease_or_create, log, read_page

_EVERYTHING = ""
__all__ = ["Router", "RouterStatus", "SweepReport", "quarantine_id"]


def no_step(name: str) -> None:
    """The default of `on_step`."""


@dataclass(frozen=True, slots=True)
class RouterStatus:
    """`counters` since the file was made; `sizes` are rows per table of the store."""

    counters: dict[str, int]
    sizes: dict[str, int]
    waiting: list[Waiting]


class Router:
    """See the module. Thread-safe: one step at a time."""

    def __init__(
        self,
        databases: RouterDatabases,
        rules: Rules,
        store: RouterStore | Path | str,
        *,
        clock: Callable[[], float] = time.time,
        shard: tuple[int, int] = (0, 1),
        batch: int = tuning.ROUTER_BATCH,
        on_step: Callable[[str], None] = no_step,
        on_close: Callable[[], object] = lambda: None,
    ) -> None:
        self._databases, self._rules, self._clock, self._batch = databases, rules, clock, batch
        self._on_close = on_close
        self._shard, self._worker = shard, f"{shard[0]}/{shard[1]}"
        self.store = store if isinstance(store, RouterStore) else RouterStore(store)
        self._path = EventPath(databases, rules, self.store, clock, self._worker, on_step, self._is_mine)
        self._files = Files(databases, rules, self.store, self._worker)
        self._sweep = Sweep(databases, rules, self.store, self._path, self._unsettled, self._is_mine)
        self._joint = Joint(self._page, self._route, self._failed, batch)
        self._lock = RLock()
        self._files_names: set[str] = set()
        self._files_known_until = 0.0
        self._dirty: Dirty | None = None
        self._routed = 0            # items that went all steps
        self.caught_up = False      # everything that was there when `follow` began has been looked at once

    def close(self) -> None:
        self.store.close()
        self._on_close()

    # --- passes -----------------------------------------------------------------------------------

    def step(self, database: str) -> int:
        """Take the next page of the feed of `database` along all steps; returns the rows read (0 = nothing
        new).

        Raises SyncError when `database`, the consolidated or the quarantine database fails; the page comes
        again."""
        with self._lock:
            self._bind()
            source = self._rules.is_source(database)
            rows = self._event_step(database) if source else 0
            # Most databases hold either; only what is no source has to be looked up.
            if self._rules.files_database(database) == database or (
                not source and database in self._files_databases()
            ):
                rows += self._files.step(database)
            return rows

    def run_pending(self, cancel: CancelFlag | None = None) -> int:
        """Everything there is to do now, until nothing moves; returns rows and waiting documents worked
        on."""
        total = 0
        with self._lock:
            self._files_known_until = 0.0
            self.store.unbind()
        while True:
            moved = 0
            for database in self.sources():
                moved += self.drain(database, cancel)
            moved += self.housekeeping()
            total += moved
            if not moved or (cancel is not None and cancel.is_set()):
                return total

    def drain(self, database: str, cancel: CancelFlag | None = None) -> int:
        """Steps of one database until its feed has nothing new; a failure is logged and left to the next
        pass, which a router that follows makes soon."""
        total = 0
        try:
            while not (cancel is not None and cancel.is_set()) and (rows := self.step(database)):
                total += rows
        except SyncError as error:
            log.warning("%s waits: %s: %s", database, type(error).__name__, error)
            self._failed(database)
        except Exception:
            # A mistake of the rules must not stop the other databases; nothing was settled, so nothing is lost.
            log.exception("%s waits", database)
            self._failed(database)
        return total

    def housekeeping(self) -> int:
        """What no feed tells: documents whose time has come, changes of audiences, new wishes, sweeps asked
        for."""
        with self._lock:
            self._bind()
            try:
                moved = self._waiting_pass()
            except Exception as error:
                log.warning("waiting documents wait on: %r", error)
                moved = 0
            moved += self._path.growth.run() + (self._files.look() if self._shard[0] == 0 else 0)
            asked = [name for name in self._asked_sweeps() if name.endswith(f" {self._worker}")]
            if asked:
                self.store.swept([name for name in asked if self._swept_again(name.partition(" ")[0])], {})
            return moved

    def ask_sweep(self, database: str) -> None:
        """Compare this database with the consolidated one, the subjects of this shard; done by the next pass."""
        self.store.ask_sweep(f"{database} {self._worker}")

    def _asked_sweeps(self) -> list[str]:
        """Databases to compare, each with the worker who is to do it; what workers of another number left, the first one asks of
        all that there are now."""
        asked, count = self.store.asked_sweeps(), self._shard[1]
        left = [name for name in asked if not name.endswith(f"/{count}")] if self._shard[0] == 0 else []
        if not left:
            return asked
        for name in left:
            for n in range(count):
                self.store.ask_sweep(f"{name.partition(' ')[0]} {n}/{count}")
        self.store.swept(left, {})
        return self.store.asked_sweeps()

    def _swept_again(self, database: str) -> bool:
        try:
            self._sweep.audiences(SweepReport(), only=database)
        except SyncError as error:      # still damaged: the others go on
            log.warning("%s cannot be compared: %s", database, error)
            return False
        return True

    def follow(self, cancel: CancelFlag) -> None:
        """Do all work as it comes, until `cancel` is set: first everything, then what commits make dirty
        and what failed, and every `ROUTER_POLL_S` everything again. Blocks; give it a thread."""
        self._dirty = dirty = Dirty()
        dirty.add(_EVERYTHING)
        dirty.take(0)
        unsubscribe = self._databases.on_commit(dirty.add)
        try:
            self.run_pending(cancel)
            dirty.done(_EVERYTHING)
            self.caught_up = True
            polled = time.monotonic()
            while not cancel.is_set():
                names, before = dirty.take(tuning.ROUTER_WAKE_S), self._routed
                self._drain_together([name for name in names if self._databases.exists(name)], cancel)
                for name in names:
                    dirty.done(name)
                due = self.store.next_due()
                if names or (due is not None and due <= self._clock()):
                    self.housekeeping()
                if self._routed - before >= tuning.ROUTER_BUSY_ITEMS:
                    cancel.wait(tuning.ROUTER_REST_S)
                if time.monotonic() - polled > tuning.ROUTER_POLL_S:
                    self.run_pending(cancel)
                    polled = time.monotonic()
        finally:
            if callable(unsubscribe):
                unsubscribe()

    def sweep(self) -> SweepReport:
        """Compare everything with everything, repair, report. See `router_sweep`."""
        report = SweepReport()
        self.run_pending()
        with self._lock:
            for name in self.sources():
                if self._rules.is_source(name):
                    try:
                        self._sweep.source(name, lambda name=name: self.drain(name), self._horizon(), report)  # type: ignore[misc]
                    except StorageError as error:
                        log.warning("%s cannot be read: %s", name, error)
            self.housekeeping()
            self._sweep.audiences(report)
        return report

    # --- for people -------------------------------------------------------------------------------

    def release(self, name: str, by: str) -> None:
        """Accept what lies in quarantine under `name`, or the held document with the id `name`, on the word
        of `by`. Durable when it returns, done by the next pass. Raises NotFound."""
        with self._lock:
            self._bind()
            self._path.custody.release(name, by)

    def refuse(self, doc_id: str, by: str) -> None:
        """Refuse the held document with this id, on the word of `by`. Durable when it returns, done by the next pass. Raises
        NotFound."""
        with self._lock:
            self._bind()
            self._path.custody.refuse(doc_id, by)

    def status(self) -> RouterStatus:
        return RouterStatus(self.store.counters(), self.store.sizes(), self.store.waiting())

    def behind(self) -> tuple[int, float]:
        """How many databases have news that are not worked off, failed ones among them, and for how many seconds the oldest of
        it; the first look at everything counts as one. (0, 0.0) while nobody follows."""
        return self._dirty.behind() if self._dirty is not None else (0, 0.0)

    def sources(self) -> list[str]:
        """The databases that are followed: sources, then their files databases."""
        names = list(self._databases.names())
        events = [name for name in names if self._rules.is_source(name)]
        return events + sorted((self._files_databases() & set(names)) - set(events))

    # --- details ----------------------------------------------------------------------------------

    def _bind(self) -> None:
        if self.store.is_bound:
            return
        with lease_or_create(self._databases, self._rules.consolidated) as peer:
            info = peer.info()
        if self.store.bind(f"{info.peer_id} {info.epoch} {self._rules.lineage()}"):
            log.warning("%s is another one than before, or was restored: everything is routed again", self._rules.consolidated)

    def _horizon(self) -> str:
        return self._rules.horizon()

    def _files_databases(self) -> set[str]:
        if self._shard[0] != 0:
            return set()            # the first worker copies the files of all
        # Asked for each database of a pass; listing hundreds of names each time would make an idle pass quadratic.
        now = time.monotonic()
        if now >= self._files_known_until:
            names = (name for name in self._databases.names() if self._rules.is_source(name))
            self._files_names = {files for name in names if (files := self._rules.files_database(name)) is not None}
            self._files_known_until = now + tuning.ROUTER_NAMES_S
        return self._files_names

    def _drain_together(self, names: Sequence[str], cancel: CancelFlag) -> None:
        """As `drain` of each, many in one step: a transaction for all of them instead of one for each."""
        with self._lock:
            try:
                self._bind()
                alone = self._joint.drain([name for name in names if self._rules.is_source(name)], cancel)
            except SyncError as error:
                log.warning("databases wait: %s: %s", type(error).__name__, error)
                for name in names:
                    self._failed(name)
                return
        for name in (*alone, *(name for name in names if not self._rules.is_source(name) or self._has_files(name))):
            self.drain(name, cancel)

    def _failed(self, database: str) -> None:
        if self._dirty is not None:
            self._dirty.failed(database)

    def _has_files(self, source: str) -> bool:
        return self._rules.files_database(source) == source

    def _event_step(self, database: str) -> int:
        page = self._page(database)
        return self._route([page]) if page.rows else 0

    def _page(self, database: str) -> Page:
        with self._databases.lease(database) as peer:
            page = read_page(peer, database, self.store.mark(database, self._worker), self._batch)
        if page.restarted:
            # The database is another one than before (restored, made anew): copies it had may be gone.
            self.ask_sweep(database)
        return page

    def _route(self, pages: Sequence[Page]) -> int:
        """One step for these pages, of different sources; returns their rows."""
        horizon = self._horizon()
        items = [item for page in pages for item in self._unsettled(page.mark.source, page.leaves)]
        leaves = sum(len(page.leaves) for page in pages)
        self._routed += len(items)
        self._path.run(items, [page.mark for page in pages], horizon, echoes=leaves - len(items))
        return sum(page.rows for page in pages)

    def _unsettled(self, source: str, leaves: Iterable[tuple[str, str]]) -> list[Item]:
        """The documents of these leaves that concern this worker and are not settled yet."""
        pairs = [leaf for leaf in leaves if self._is_mine(self._rules.subject({"_id": leaf[0]}))]
        settled = self.store.known([revision_key(*leaf) for leaf in pairs], settled=True)
        fresh = [leaf for leaf in pairs if revision_key(*leaf) not in settled]
        if not fresh:
            return []
        with self._databases.lease(source) as peer:
            items = fetch(peer, source, fresh)
        return [item for item in items if self._take(item)]

    def _take(self, item: Item) -> bool:
        subject = self._rules.subject(item.doc)
        if subject is None:
            return False
        item.subject = subject
        return is_mine(subject, self._shard)

    def _is_mine(self, subject: str | None) -> bool:
        return subject is not None and is_mine(subject, self._shard)

    def _waiting_pass(self) -> int:
        """Documents whose time has come, read again from their source (which tells their history too)."""
        horizon, items = self._horizon(), list[Item]()
        for waiting in self.store.due(self._clock(), horizon, mine=self._is_mine if self._shard[1] > 1 else None):
            item = again(self._databases, waiting)
            if self._take(item):
                items.append(item)
        if items:
            self._path.run(items, (), horizon)
        return len(items)


