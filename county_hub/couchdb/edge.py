"""An edge: a hub whose databases are caches of those on Apache CouchDB, the publisher of the county or one beside it.

    devices <──> our endpoint, all ingress checks <──> caches <──router──> CouchDB
                                                          └──outbox──────>┘

`connected` makes caches that are missing, before the hub is opened; an `Edge` stands behind an open hub (`hub.backing`). The HOME
of the publisher holds the hub's key, the credentials of devices and the outbox; everything else in it can be made again from
CouchDB. Every edge caches the databases of all offices, and answers for some (`county_hub.hub.edges`).
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from typing import Any

from county_hub.couchdb import marker, reach
from county_hub.couchdb.edge_accounts import Credentials
from county_hub.couchdb.edge_behind import Behind, open_store
from county_hub.couchdb.edge_devices import ToldDevices
from county_hub.couchdb.edge_losses import ToldLosses
from county_hub.couchdb.edge_outbox import FAILURE, RENEWED, TELL_AGAIN, WAITS, Outbox
from county_hub.couchdb.edge_releases import Releases
from county_hub.couchdb.edge_store import EdgeStore
from county_hub.couchdb.edge_sync import EdgeSync, SomeWait
from county_hub.couchdb.layout import Layout
from county_hub.couchdb.server import StoreServer
from county_hub.hub import hosted
from county_hub.hub.backing.store import EDGE
from county_hub.hub.chains.elsewhere import Elsewhere
from county_hub.hub.crew.crew import NotAnswered
from county_hub.hub.devices.enrolment import databases_of
from county_hub.hub.founding import lock_administration
from county_hub.hub.hub import FORMER, Hub, may_sign, open_databases, public_key_of, receipts_of
from county_hub.hub.ingress import DIRECTORY
from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.registry import Registry
from county_hub.hub.kept.settings import load_settings
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.releases.shelf import Shelf
from county_hub.hub.routed.sweep import tell_again
from county_hub.hub.routing import Routing
from county_hub.hub.workers import Follower
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.edges import believed_keys, edge_of, edges_of
from sync.databases import Databases
from sync.errors import Cancelled, SyncError

log = logging.getLogger("county_hub.couchdb")
FRESH = "edge_fresh"    # registry of an edge that has just joined: the chain of its authoring device has not begun
PUSH_S = 2.0
RELEASES_S = 30.0       # a release is put up some times a year; its file takes longer than this on most lines


class Edge(Behind):
    """The same with what keeps caches and store in step."""

    def __init__(self, hub: Hub, store: EdgeStore, outbox: Outbox) -> None:
        super().__init__(hub.databases, store, outbox)
        self._hub = hub
        self.sync = EdgeSync(hub.databases, store, outbox, hub.settings.couchdb_outbox_days, hub.clock,
                             several=lambda: bool(edges_of(hub.directory.latest())))
        self._credentials, self._told = Credentials(store, hub.registry), ToldLosses(store)
        elsewhere = Elsewhere(hub.registry, hub.statements, hub.directory, hub.clock)
        self._devices = ToldDevices(store, elsewhere, hub.clock, hub.settings.couchdb_devices_seconds)
        self._releases = Releases(store, Shelf(hub.home.releases))
        self._trouble = ""

    def _is_ended(self) -> bool:
        edge = edge_of(self._hub.directory.latest(), self._hub.edge) if self._hub.edge else None
        return edge is not None and not edge.is_active

    def _answers_for(self) -> frozenset[str]:
        """Offices, by the directory as it is here now."""
        answering = self._hub.answering
        return frozenset(office.id for office in self._hub.directory.latest().offices() if answering.serves(office.id))

    def clock_is_right(self) -> bool:
        return abs(self.sync.clock_ahead) <= self._hub.settings.couchdb_clock_seconds * 1000

    def faults(self) -> Iterator[tuple[str, str]]:
        if not self.clock_is_right():
            yield "clock_off", f"{self.sync.clock_ahead / 1000:+.0f} s against CouchDB"
        if lost := self.sync.lost:
            yield "store_lost", f"{sum(map(len, lost.values()))} documents"
        if self._is_ended():
            yield "edge_ended", self._hub.edge
        if self.sync.lacking:
            yield "store_lacks_database", ", ".join(sorted(self.sync.lacking)[:5])
        if self._trouble or self._store.failure:
            yield "store_away", self._trouble or self._store.failure

    def followers(self, router: Routing) -> Iterator[Follower]:
        def look(stop: Any) -> None:
            self._watched(lambda: self._look(router, stop))

        def push(stop: Any) -> None:
            self._watched(lambda: self.sync.push_dirty(stop))

        for name in self._hub.databases.names():
            self.sync.committed(name)       # what came while nobody pushed
        yield Follower("couchdb", look, lambda name: False, self._hub.settings.couchdb_look_seconds)
        yield Follower("releases", self._carry_releases, lambda name: False, RELEASES_S)
        yield Follower("outbox", push, self.sync.committed, PUSH_S)

    def first_look(self) -> None:
        """Before anything is served: the server's life is known, and with it what the router may build on. Raises SyncError."""
        if self.sync.look():
            self._new_life()
        self._carry_credentials()

    def _carry_credentials(self) -> None:
        if self._hub.edge:
            self._credentials.take(self._hub.public_key)
        elif edges_of(self._hub.directory.latest()):
            self._credentials.bring(self._hub.key)

    def _carry_losses(self) -> None:
        """Of an edge: what it found lost, to the publisher, who opens the epoch."""
        if self._hub.edge:
            self._told.tell(self._outbox.lost(told=False), self._hub.edge, self._hub.epoch(), self._hub.key)
        elif edges_of(self._hub.directory.latest()):
            self._told.hear(self._hub.directory.latest(), self._hub.epoch(), self.sync.hear_of_losses)

    def _carry_devices(self) -> None:
        """What each hub has heard of devices, to all others, where there are several."""
        directory, publisher = self._hub.directory.latest(), self._hub.identity().hub_id
        if edges_of(directory):
            me = self._hub.edge or publisher
            self._devices.tell(me, self._hub.key, self._hub.own_forks())
            self._devices.hear(me, {publisher: self._hub.public_key, **believed_keys(directory)})

    def _carry_releases(self, stop: Any) -> None:
        """Nothing that anybody waits for: what fails goes on the next time."""
        try:
            if self._hub.edge:
                self._releases.take(self._hub.public_key, stop)
            elif edges_of(self._hub.directory.latest()):
                self._releases.bring(self._hub.key, stop)
        except (SyncError, OSError) as error:
            log.info("releases wait: %s", error)

    def _tell_again(self, router: Routing) -> None:
        """In a new epoch receipts begin anew, once they may: a router that has settled everything would say nothing."""
        if self._outbox.noted(TELL_AGAIN) and may_sign(self._hub):
            router.run_pending()
            told = tell_again(router, receipts_of(self._hub), self._hub.databases, self._store.layout.consolidated)
            self._outbox.note(TELL_AGAIN, False)
            log.warning("the hub's epoch has begun: %d receipts were told again", told)

    def _look(self, router: Routing, stop: Any) -> None:
        back = bool(self._trouble or self._outbox.noted(WAITS))
        waits: SomeWait | None = None
        try:
            self.sync.look(stop)
        except SomeWait as error:       # one database must not hold up the others, nor what lies beside them
            waits = error
        if self._outbox.noted(RENEWED):
            self._new_life()
            self._credentials.forget()
            back = True
        self._carry_credentials()
        self._follow_epoch(router)
        self._carry_losses()
        self._carry_devices()
        self._take_over(router)
        if back:
            if waits is None:
                log.warning("CouchDB is here again: what waited goes on")
                self._trouble = ""
            self._outbox.note_not(WAITS, FAILURE)
            router.run_pending(stop)        # what the router could not write waits for no commit
        self._tell_again(router)
        if waits is not None:
            raise waits

    def _follow_epoch(self, router: Routing) -> None:
        """Of an edge: where the publisher has opened an epoch, receipts begin anew, and what was lost before is told by that."""
        epoch, before = self._hub.epoch(), self._outbox.noted("epoch")
        if self._hub.edge and before not in (None, epoch):
            log.warning("the publisher has opened the epoch %s: everything is told again", epoch)
            self._outbox.tell_losses()
            router.run_pending()
        if before != epoch:
            self._outbox.note("epoch", epoch)

    def _take_over(self, router: Routing) -> None:
        """After a change of who answers for what: what lies in databases that are new to this hub is routed, what their offices
        should have is compared, and their devices are told what was accepted before. Done again until it has come to an end."""
        now, before = self._answers_for(), self._outbox.noted("answers_for")
        gained = sorted(now - set(before)) if before is not None else []
        if gained:
            log.warning("this hub answers for %d more offices now", len(gained))
            for office in gained:
                router.ask_sweep(f"office-{office}")
            router.run_pending()
            tell_again(router, receipts_of(self._hub), self._hub.databases, self._store.layout.consolidated)
        if before is None or now != set(before):
            self._outbox.note("answers_for", sorted(now))

    def _new_life(self) -> None:
        self._outbox.note("life", int(self._outbox.noted("life") or 0) + 1)
        self._outbox.note_not(RENEWED)

    def _watched(self, work: Callable[[], None]) -> None:
        """An outage is a state that is told (`faults`) and logged once; the next look comes in its own time."""
        try:
            work()
        except Cancelled:
            raise
        except NotAnswered as error:        # it begins, or dies: the next look asks again
            log.info("a worker is waited for: %s", error)
        except SyncError as error:
            if not self._trouble:
                log.warning("CouchDB is away, nothing is acknowledged: %s", error)
            self._trouble = str(error)


# --- opening -------------------------------------------------------------------------------------


@contextlib.contextmanager
def connected(home: HubHome, url: str, auth: tuple[str, str] | None, clock: Callable[[], int]) -> Iterator[Connection]:
    """The server of this HOME's county, looked at and found usable. Raises `HubProblem`, before anything is written."""
    home.require()
    settings = load_settings(home)
    secrets, key = home.read_secrets(), home.safe.database_key()
    with closing(Registry(home.registry, pepper=bytes.fromhex(secrets["pepper"]), clock=clock, key=key)) as registry:
        county, hub_id = registry.meta("county") or "", registry.meta("hub_id") or ""
        layout = Layout.of(county, settings.couchdb_prefix)
        ca = str(home.root / settings.couchdb_ca) if settings.couchdb_ca else None
        with closing(StoreServer(url, auth, ca)) as server:
            reach.new_enough(server)
            marker.require_named(server, layout, hub_id, marker.keys_of(secrets))
            address = server.address
        with open_store(home, settings, address, auth, county, clock) as (store, outbox):
            made = Connection(home, layout, store, outbox, clock)
            if registry.meta(EDGE):
                made.build_caches(secrets, lambda: registry.meta("epoch") or "", fresh=registry.meta(FRESH) == "1")
            yield made


class Connection:
    """A store and the outbox of a HOME that is not opened yet."""

    def __init__(self, home: HubHome, layout: Layout, store: EdgeStore, outbox: Outbox, clock: Callable[[], int]) -> None:
        self._home, self._layout, self._store, self._outbox, self._clock = home, layout, store, outbox, clock

    def lost_chain(self) -> bool:
        """Was the chain of a device of the hub itself lost with its cache?"""
        return bool(self._outbox.noted("chain_lost"))

    def chain_goes_on(self) -> None:
        self._outbox.note("chain_lost", False)

    def has_lost(self) -> bool:
        """Does the server lack what it acknowledged, and nobody here has it, so that receipts say more than is true?"""
        return bool(self._outbox.lost(told=False))

    def tell_losses(self, edge: str, epoch: str, key: DeviceKey) -> None:
        """Of an edge that goes on no more: its outbox alone knows. Raises SyncError."""
        ToldLosses(self._store).tell(self._outbox.lost(told=False), edge, epoch, key)

    def epoch_opened(self) -> None:
        self._outbox.note(TELL_AGAIN, True)
        self._outbox.tell_losses()

    def build_caches(self, secrets: dict[str, Any], epoch: Callable[[], str], *, fresh: bool = False) -> None:
        """Every cache that is missing, or was not read to its end, from CouchDB. `fresh`: the devices of this hub itself
        have written nothing yet. Raises SyncError."""
        hub_key, former = DeviceKey.load(secrets["hub_key"]), tuple(secrets.get(FORMER, ()))
        trusted, known = public_key_of(secrets, hub_key), dict[str, Callable[[], Directory]]()
        with open_databases(self._home, trusted, former, known) as caches:
            sync = EdgeSync(caches, self._store, self._outbox, 1, self._clock)
            self._build(caches, sync, DIRECTORY)
            directory = DirectoryOffice(caches, hub_key, epoch=epoch, clock=self._clock, trusted=(*former, trusted)[0])
            known[DIRECTORY] = directory.latest
            chains = {self._layout.consolidated, *(databases_of(office)["office"] for office in hosted.offices(secrets))}
            for name in self._layout.names(directory.organisation().offices):
                self._build(caches, sync, name, () if fresh else chains)

    def _build(self, caches: Databases, sync: EdgeSync, name: str, chains: Collection[str] = ()) -> None:
        """`chains`: databases in which a device of the hub itself writes."""
        if not caches.exists(name):
            caches.create(name)
        lock_administration(caches, name)
        with caches.lease(name) as cache:
            whole = self._outbox.is_whole(name, cache.replica_id)
        if not whole:
            log.warning("the cache of %s is built from CouchDB", name)
            self._outbox.note("began", self._clock())
            if name in chains:
                self._outbox.note("chain_lost", True)
            sync.pull(name)

    def stand_behind(self, hub: Hub) -> Edge:
        """From now on this HOME is an edge of that server. Raises SyncError."""
        for name in hub.databases.names():
            with hub.databases.lease(name) as cache:
                self._outbox.whole(name, cache.replica_id)
        edge = Edge(hub, self._store, self._outbox)
        edge.first_look()
        hub.registry.set_meta({EDGE: json.dumps({"url": self._store.url, "prefix": self._layout.prefix}), FRESH: ""})
        hub.backing = edge
        return edge
