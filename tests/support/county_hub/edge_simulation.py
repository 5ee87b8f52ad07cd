"""The county's way of a record over an edge, in one process: `county_simulation` with a store behind it that acknowledges late.

    service points --line--> caches, router, receipts --line--> LateStore
                             killed between two writes, begun from nothing; nodes away and back with less; a store put back

Beside what must hold there: no record is called accepted that the store has not got, but between the moment in which a copy of
the store was lost and the next look of the edge; after healing the store holds what the caches hold, and the outbox waits for
nothing.

    python tests/support/county_hub/edge_simulation.py SEED [STEPS]          replays one
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from county_hub.couchdb.edge import Edge
from county_hub.couchdb.edge_outbox import Outbox
from county_hub.couchdb.edge_store import EdgeStore
from county_hub.couchdb.edge_sync import EdgeSync
from county_hub.couchdb.layout import Layout
from county_hub.hub import ingress
from county_hub.hub.routed.rules import open_router
from shared.disputes.domain import DISPUTES
from sync import errors
from sync.databases import Databases
from tests.support.county_hub.county_simulation import OFFICES, ROUNDS_TO_HEAL, CountySimulation
from tests.support.county_hub.hub_routing_support import COUNTY, db
from tests.support.county_hub.late_store import LateStore
from tests.support.sync.router import Crash as PowerCut
from village_node.point.delivery import book as book_of

DAYS = 30
LOOKS_TO_HEAL = 4


class EdgeSimulation(CountySimulation):
    def __init__(self, seed: int, folder: Path) -> None:
        self._lives = 0
        self._unsure = False        # a copy of the store went, and the edge has not looked since
        self._store: LateStore | None = None
        super().__init__(seed, folder)
        self._look()        # the directory is there: a head that is only in a cache goes with it (decision 85)
        self.store.faults.rate = self.dice.choice([0.0, 0.02, 0.05])
        self.store.late = self.dice.choice([0.0, 0.1, 0.3])

    @property
    def store(self) -> LateStore:
        assert self._store is not None
        return self._store

    def close(self) -> None:
        super().close()
        self._disconnect()
        self.store.close()

    def run(self, steps: int) -> None:
        kinds = [self._register] * 3 + [self._note] * 2 + [self._round] * 6 + [self._route] * 4
        kinds += [self._killed] * 2 + [self._from_nothing, self._settles, self._settles, self._node, self._node]
        kinds += [self._restart, *([self.store.keep_copy, self._put_back] if self.dice.random() < 0.5 else [])]
        for _ in range(steps):
            self.dice.choice(kinds)()
        self._heal()

    # --- the edge -----------------------------------------------------------------------------------------------------

    def _powered(self) -> None:
        """The county's databases with the store behind them, and a router over both."""
        if self._store is None:
            self._store = LateStore(self._folder, self.dice, lambda: self.county.now)
            for name in self.county.databases.names():
                self._store.databases.create(name)
        self._outbox = Outbox(self._folder / "outbox.sqlite")
        self._edge = Edge(self._hub(), self._connected(), self._outbox)
        self._edge.sync.ticks = lambda: self.county.now / 1000
        for name in self.county.databases.names():
            self._edge.sync.committed(name)
        self._router = open_router(
            COUNTY, self.county.databases, self.county.directory, self.county.hub_key, hub=lambda: self.county.hub,
            clock=lambda: self.county.now, path=self.county.root / "router.sqlite", domain=DISPUTES,
            stated=lambda device: self.county.stated.get(device, ()), ready=self._edge.ready, backing=self._edge)
        self.county.routers.append(self._router)

    def _hub(self) -> Any:
        """What an `Edge` asks of the hub before which it stands."""
        settings = SimpleNamespace(couchdb_outbox_days=DAYS, couchdb_devices_seconds=DAYS)
        return SimpleNamespace(databases=self.county.databases, settings=settings, clock=lambda: self.county.now,
                               directory=self.county.directory, registry=None, statements=None,
                               home=SimpleNamespace(releases=self._folder))

    def _connected(self) -> EdgeStore:
        return connected(self.store, self._outbox, lambda: self.county.now)

    def _disconnect(self) -> None:
        self._outbox.close()

    def _route(self) -> None:
        """A look at the store, what can be routed, and what is to be pushed."""
        self.county.now += 1000
        self._look()
        self._router.run_pending()
        self._check_store()

    def _look(self) -> None:
        with contextlib.suppress(errors.SyncError):
            if self._edge.sync.look():
                self._edge._new_life()
            self._unsure = False
        with contextlib.suppress(errors.SyncError):
            self._edge.sync.push_dirty(None)  # type: ignore[arg-type]

    def _killed(self) -> None:
        """kill -9 at some write to the store; the next start goes on with what lies on the disk."""
        self.store.power = self.dice.randrange(1, 8)
        with contextlib.suppress(PowerCut):
            self._route()
        self.store.power = None
        self._reopen_hub(self.county.root)

    def _from_nothing(self) -> None:
        """The machine is gone but for the outbox and what is no cache; by the time another is there, everything is seen."""
        self.store.settle()
        if self._unsure:
            return      # caches and a copy at once: that is a loss, and an epoch (test_store_lost)
        self._lives += 1
        root, rate, self.store.faults.rate = self._folder / f"hub{self._lives}", self.store.faults.rate, 0.0
        with contextlib.closing(Databases(root / "databases", validators_for=ingress.validators_for(
                self.county.hub_key.public))) as caches:
            sync = EdgeSync(caches, self._connected(), self._outbox, DAYS, lambda: self.county.now)
            self._outbox.note("began", self.county.now)
            for name in sorted(self.county.databases.names(), key=lambda name: name != "directory"):
                caches.create(name)
                sync.pull(name)
        self._reopen_hub(root)
        self.store.faults.rate = rate
        self._unaware = set(OFFICES)        # "sent" falls back when the device next hears of the caches

    def _reopen_hub(self, root: Path, hub: tuple[str, str] | None = None) -> None:
        stated = self.county.stated
        self._disconnect()
        super()._reopen_hub(root, hub)
        self.county.stated.update(stated)

    # --- the store ----------------------------------------------------------------------------------------------------

    def _settles(self) -> None:
        self.store.settle()

    def _node(self) -> None:
        if self.store.away:
            self._unsure = True
            self.store.node_back()
        else:
            self.store.node_away()
            self._look()        # an edge looks every few seconds

    def _put_back(self) -> None:
        self._unsure = self.store.put_back() or self._unsure
        self._edge.sync._samples_due = True     # people start the edge again after that

    # --- what must hold -----------------------------------------------------------------------------------------------

    def _check_store(self) -> None:
        """What devices are told is accepted lies in the store."""
        if self._unsure or self.store.away:
            return
        there = self.store.ids(db(COUNTY))
        for office in OFFICES:
            node = self.desks[office].node
            book = book_of(node)
            told = {event.id for event in book.own if book.of(event).state in ("accepted", "seen")}
            assert told <= there, f"{office} says accepted of {sorted(told - there)}, and the store has not got it"

    def _heal(self) -> None:
        self.store.faults.rate = self.store.late = 0.0
        self.store.settle()
        self.store.node_back()
        for _ in range(LOOKS_TO_HEAL):
            self._look()
            self._router.run_pending()
        super()._heal()
        for _ in range(ROUNDS_TO_HEAL):
            self._look()
        self._check_store()
        for name in self.county.databases.names():
            here = set(self.county.ids(name))
            assert self.store.ids(name) == here, f"{name}: the store and the cache differ"
        assert self._outbox.size()[1] == 0, "something waits to be offered again"
        assert self._outbox.lost(told=True) == {}


def connected(late: LateStore, outbox: Outbox, clock: Callable[[], int]) -> EdgeStore:
    """The late store as an edge writes it."""
    store = EdgeStore("http://127.0.0.1:9", None, None, Layout(COUNTY, "x-"), outbox, clock)
    store.databases.close()
    store.databases = _Named(late)  # type: ignore[assignment]
    return store


class _Named:
    """The store by our names: `Layout` puts a prefix before them only where the server itself is asked."""

    def __init__(self, store: LateStore) -> None:
        self._store = store
        self.lease, self.exists, self.date = store.lease, store.exists, store.date

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        keys = {"keys": [name.removeprefix("x-") for name in body["keys"]]} if body else None
        told = self._store.ask(method, path, keys)
        return [{**one, "key": f"x-{one['key']}"} for one in told] if isinstance(told, list) else told

    def close(self) -> None:
        pass


class Playable(Protocol):
    def run(self, steps: int) -> None: ...

    def close(self) -> None: ...


def played(simulation: Callable[[int, Path], Playable], seed: int, steps: int, folder: Path) -> None:
    """Raises AssertionError with the command that replays it."""
    try:
        made = simulation(seed, folder)
        try:
            made.run(steps)
        finally:
            with contextlib.suppress(errors.SyncError):
                made.close()
    except Exception as error:
        file = Path(sys.modules[simulation.__module__].__file__ or "").name
        again = f"python tests/support/county_hub/{file} {seed} {steps}"
        raise AssertionError(f"seed {seed} failed ({type(error).__name__}: {error}); replay it with: {again}") from error


def main(simulate: Callable[[int, int, Path], None], arguments: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        simulate(int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 30, Path(folder))
    print("good")


def simulate(seed: int, steps: int, folder: Path) -> None:
    """See `played`."""
    played(EdgeSimulation, seed, steps, folder)


if __name__ == "__main__":
    main(simulate, sys.argv[1:])
