"""Several hubs of a county before one store, in one process: the publisher, an edge beside it, devices that find either.

    service points --line--> caches, router, receipts of either hub --line--> LateStore
                             killed between two writes, an edge lost and replaced, offices handed over;
                             in the middle of a step of one hub the other does a whole round;
                             nodes of the store away and back with less, the store put back from a backup

Offices of one case are of two hubs, so two routers meet in it. What must hold beside what holds of one hub: the store and every
cache end alike; a receipt number is given once; what two hubs publish about one case under one name differs in the signature
alone; neither router's sweep finds anything to repair.

    python tests/support/county_hub/edges_simulation.py SEED [STEPS]          replays one
"""

from __future__ import annotations

import contextlib
import random
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from county_hub.couchdb.edge import Edge
from county_hub.couchdb.edge_outbox import Outbox
from county_hub.couchdb.edges import served_with
from county_hub.hub import ingress
from county_hub.hub.edges import Answering
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.published.receipt_office import ReceiptOffice
from county_hub.hub.routed.rules import chains_beside, open_router
from shared.disputes.domain import DISPUTES
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.keys import ED25519
from shared.ledger.published.directory_heads import change
from shared.ledger.published.edges import believed_keys, edges_of, serving
from sync import errors
from sync.databases import Databases
from sync.peer import ChangesRequest
from tests.support.county_hub.county_simulation import OFFICES, CountySimulation
from tests.support.county_hub.edge_simulation import DAYS, connected, main, played
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, TOWN, VILLAGE, County, db, key_of
from tests.support.county_hub.late_store import LateStore
from tests.support.simulation.faults import Faults
from tests.support.sync.router import Crash as PowerCut
from village_node.point.delivery import book as book_of
from village_node.point.errors import NodeError

HUB = "hub-1"
ROUNDS_TO_HEAL = 6
SIGNED = ("sig", "_rev", "_revisions")     # what two hubs write differently under one name
PUBLISHED = ("receipt:", "grant:", "withdraw:", "refused:", "released:")


class Clock:
    def __init__(self, now: int) -> None:
        self.now = now


class Site(County):
    """One hub: the publisher (`device` "") or an edge. `offset`: how wrong its clock is, in ms."""

    def __init__(self, root: Path, device: str, clock: Clock, offset: int = 0) -> None:
        self.root, self.device, self.cases, self._clock, self._offset = root, device, 0, clock, offset
        self.hub_key, self.hub, self.public = key_of(device or "hub"), (HUB, "0001-aa"), key_of("hub").public
        self.databases = Databases(root / "databases", validators_for=ingress.validators_for(self.public, (), self._edge_keys))
        founded = self.databases.exists("directory")
        names = [name for office in (*OFFICES, COUNTY) for name in (db(office), f"{db(office)}-files")]
        for name in () if founded else ("directory", "quarantine", "drop", *names):
            self.databases.create(name)
        self.directory = DirectoryOffice(self.databases, self.hub_key, epoch=lambda: self.hub[1], clock=lambda: self.now,
                                         trusted=self.public, publishes=not device)
        if not founded and not device:
            self._found()
        self.answering = Answering(self.directory.latest, device, lambda: False)
        self.stated, self.routers = {}, []
        self.unsure = False     # the store went back behind what it acknowledged, and this hub has not looked since
        self.chains = self.chain_book("router.sqlite")
        self.receipts = ReceiptOffice(
            self.databases, self.hub_key, consolidated=db(COUNTY), hub=lambda: self.hub, directory=self.directory.latest,
            clock=lambda: self.now, forked=self.chains.forks_at, issuer=device, serves=self.answering.serves)

    @property
    def now(self) -> int:       # type: ignore[override]
        return self._clock.now + self._offset

    @now.setter
    def now(self, value: int) -> None:
        self._clock.now = value - self._offset

    def _edge_keys(self, office: str) -> dict[str, str]:
        return believed_keys(self.directory.latest(), office) if hasattr(self, "directory") else {}

    def power_on(self, store: LateStore) -> None:
        """Its router, with the store behind it."""
        self.outbox = Outbox(self.root / "outbox.sqlite")
        self.edge = Edge(self._hub(), connected(store, self.outbox, lambda: self.now), self.outbox)
        self.edge.sync.ticks = lambda: self.now / 1000
        self.databases.on_commit(self.edge.sync.committed)
        for name in self.databases.names():
            self.edge.sync.committed(name)
        self.work = open_router(
            COUNTY, self.databases, self.directory, self.hub_key, hub=lambda: self.hub, clock=lambda: self.now,
            path=self.root / "router.sqlite", domain=DISPUTES, stated=lambda device: self.stated.get(device, ()),
            ready=self.edge.ready, backing=self.edge, answering=self.answering)
        self.routers.append(self.work)

    def _hub(self) -> Any:
        """What an `Edge` asks of the hub before which it stands."""
        return SimpleNamespace(
            databases=self.databases, settings=SimpleNamespace(couchdb_outbox_days=DAYS, couchdb_devices_seconds=300),
            clock=lambda: self.now, directory=self.directory, registry=None,
            home=SimpleNamespace(releases=self.root), edge=self.device, answering=self.answering,
            key=self.hub_key, county=COUNTY, hub_and_epoch=lambda: self.hub, epoch=lambda: self.hub[1], file_key=None,
            backing=None, chains_file=chains_beside(self.root / "router.sqlite"),
            statements=SimpleNamespace(stated=lambda device: self.stated.get(device, ())))

    def look(self) -> None:
        """A look at the store, who answers for whom, and what is to be pushed."""
        with contextlib.suppress(errors.SyncError):
            if self.edge.sync.look():
                self.edge._new_life()
            self.unsure = False
            self.edge._take_over(self.work)
        with contextlib.suppress(errors.SyncError):
            self.edge.sync.push_dirty(None)     # type: ignore[arg-type]

    def route(self) -> None:
        self.look()
        self.work.run_pending()
        self.look()

    def power_off(self) -> None:
        self.close()
        self.outbox.close()

    def leaves(self, database: str, prefixes: tuple[str, ...]) -> dict[str, list[Doc]]:
        """Every leaf of every document whose id begins so."""
        with self.databases.lease(database) as replica:
            rows = [row for row in replica.changes(ChangesRequest(style="all_docs")) if row.id.startswith(prefixes)]
            found = replica.bulk_get([{"id": row.id, "rev": rev} for row in rows for rev in row.revs]) if rows else []
        leaves = dict[str, list[Doc]]()
        for doc in (doc for result in found for doc in result.docs):
            leaves.setdefault(doc["_id"], []).append(doc)
        return leaves


class EdgesSimulation(CountySimulation):
    def __init__(self, seed: int, folder: Path) -> None:
        self.dice, self.faults = random.Random(seed), Faults(random.Random(seed + 1))
        self.faults.rate = self.dice.choice([0.0, 0.03])
        self._folder, self._clocks, self._unaware, self._lives = folder, dict.fromkeys(OFFICES, 0), set[str](), 0
        self.clock = Clock(1_780_000_000_000)
        self.county = self.publisher = Site(folder / "hub", "", self.clock)
        self.store = LateStore(folder, self.dice, lambda: self.clock.now)
        for name in self.publisher.databases.names():
            self.store.databases.create(name)
        self.publisher.power_on(self.store)
        self.beside = self._new_edge(self.dice.choice([[VILLAGE], [TOWN], [VILLAGE, NEIGHBOUR]]))
        self.desks = {office: self._desk(self._home(office)) for office in OFFICES}
        self.acknowledged: dict[str, set[str]] = {office: set() for office in OFFICES}
        self._with: dict[str, str] = {}     # office -> root of the hub of its last round
        self.store.faults.rate = self.dice.choice([0.0, 0.02, 0.05])
        self.store.late = self.dice.choice([0.0, 0.1, 0.3])

    @property
    def sites(self) -> tuple[Site, Site]:
        return self.publisher, self.beside

    def close(self) -> None:
        for desk in self.desks.values():
            desk.close()
        for site in self.sites:
            site.power_off()
        self.store.close()

    def run(self, steps: int) -> None:
        kinds = [self._register] * 3 + [self._note, self._case_moves, self._case_moves] + [self._round] * 6 + [self._route] * 5
        kinds += [self._meanwhile] * 3 + [self._killed] * 2
        kinds += [self._handed_over, self._replaced, self.store.settle, self._restart]
        kinds += [self._node] * 2 if self.dice.random() < 0.5 else []
        kinds += [self.store.keep_copy, self._put_back] if self.dice.random() < 0.5 else []
        for _ in range(steps):
            self.dice.choice(kinds)()
        self._heal()

    # --- hubs -----------------------------------------------------------------------------------------------------------

    def _new_edge(self, offices: list[str]) -> Site:
        """One that begins from nothing; who was there before is retired."""
        self._lives += 1
        device, latest = f"{COUNTY}-{900 + self._lives}", self.publisher.directory.latest()
        told = {"office": COUNTY, "slot": 900 + self._lives, "public_key": key_of(device).public, "alg": ED25519,
                "status": "active", "final_seq": None, "role": "edge", "enrolled_at": self.clock.now,
                "edge": {"name": "bayan", "offices": offices, "served": served_with((), latest, offices), "urls": [], "tls": [],
                         "author": ""}}
        known = [edge for edge in edges_of(latest) if edge.is_active]
        ended = [change("device", edge.id, {**latest.device(edge.id).raw, "status": "retired"})     # type: ignore[union-attr]
                 for edge in known]
        self.publisher.directory.publish([*ended, change("device", device, told)])
        self._quietly(self.publisher.look)
        made = Site(self._folder / f"edge-{self._lives}", device, self.clock, self.dice.choice([0, 3_600_000]))
        made.power_on(self.store)
        self._quietly(lambda: [made.edge.sync.pull(name) for name in sorted(
            made.databases.names(), key=lambda name: name != "directory")])
        return made

    def _quietly(self, act: Any) -> None:
        """On a line that does not fail: a hub that begins from nothing serves nobody before it has all of it."""
        rate, late, self.store.faults.rate, self.store.late = self.store.faults.rate, self.store.late, 0.0, 0.0
        self.store.settle()
        act()
        self.store.faults.rate, self.store.late = rate, late

    def _route(self) -> None:
        self.clock.now += 1000
        self.dice.choice(self.sites).route()
        self._check_store()

    def _meanwhile(self) -> None:
        """In the middle of a step of one hub the other does a whole round."""
        one, other = self.dice.sample(self.sites, 2)
        self.store.between = self.dice.randrange(1, 6), other.route
        self._route_of(one)
        self.store.between = None

    def _route_of(self, site: Site) -> None:
        self.clock.now += 1000
        site.route()
        self._check_store()

    def _killed(self) -> None:
        """kill -9 at some write to the store; the next start goes on with what lies on the disk."""
        site = self.dice.choice(self.sites)
        self.store.power = self.dice.randrange(1, 8)
        with contextlib.suppress(PowerCut):
            self._route_of(site)
        self.store.power = None
        site.power_off()
        again = Site(site.root, site.device, self.clock, site._offset)
        again.stated.update(site.stated)
        again.unsure = site.unsure
        again.power_on(self.store)
        if site.device:
            self.beside = again
        else:
            self.county = self.publisher = again

    def _handed_over(self) -> None:
        self.hand_over(self.dice.choice([[VILLAGE], [TOWN], [NEIGHBOUR, VILLAGE]]))

    def hand_over(self, offices: list[str]) -> None:
        """The edge answers for these from now on; each hub learns of it at its next look."""
        latest = self.publisher.directory.latest()
        raw = latest.device(self.beside.device).raw     # type: ignore[union-attr]
        said = {**raw, "edge": {**raw["edge"], "offices": offices,
                                "served": served_with(raw["edge"]["served"], latest, offices)}}
        self.publisher.directory.publish([change("device", self.beside.device, said)])

    def _replaced(self) -> None:
        """The machine of the edge is gone with all that it had; another one begins from nothing."""
        if self._is_unsure() or self.beside.outbox.size()[1]:
            return      # what the store lost and this edge alone has would be gone with it: two faults at once
        self.beside.power_off()
        gone = str(self.beside.root)
        self._unaware |= {office for office, root in self._with.items() if root == gone}
        offices = self.dice.choice([[VILLAGE], [TOWN]])
        self.beside = self._new_edge(offices)

    # --- the store ------------------------------------------------------------------------------------------------------

    def _node(self) -> None:
        """A node goes or comes; both hubs look every few seconds."""
        if self.store.away:
            self.store.node_back()
            self._doubt()
        else:
            self.store.node_away()
            for site in self.sites:
                site.look()

    def _put_back(self) -> None:
        """Nobody answers meanwhile, and both hubs look; then they are served what the copy had, started again or not."""
        self.store.down = True
        for site in self.sites:
            site.look()
        self.store.down = False
        if self.store.put_back():
            self._doubt()

    def _doubt(self) -> None:
        for site in self.sites:
            site.unsure = True

    def _is_unsure(self) -> bool:
        return self.store.away or any(site.unsure for site in self.sites)

    # --- service points -------------------------------------------------------------------------------------------------

    def _case_moves(self) -> None:
        """A case becomes one of two offices: asked up, taken, handed down."""
        office = self.dice.choice(OFFICES)
        cases = self.desks[office].list_cases()
        if cases:
            case, verb, body = self.dice.choice(cases).id, *self.dice.choice((
                ("escalate", {"reason": "DEMO"}), ("accept_escalation", {}), ("assign", {"to": NEIGHBOUR}),
                ("assign", {"to": VILLAGE}), ("add_note", {"text": "DEMO"})))
            with contextlib.suppress(NodeError):
                self._write(office, lambda desk: getattr(desk, verb)(f"s{office}", case, body))

    def _site_of(self, office: str) -> Site:
        """Its edge, sometimes the publisher, who lets everybody in."""
        edge = any(found.id == self.beside.device for found in serving(self.beside.directory.latest(), office))
        return self.beside if edge and self.dice.random() < 0.85 else self.publisher

    def _attempt(self, office: str, site: Site | None = None) -> bool:
        self.county = site or self._site_of(office)      # the line leads there
        self._with[office] = str(self.county.root)
        try:
            return super()._attempt(office)
        finally:
            self.county = self.publisher

    # --- what must hold -------------------------------------------------------------------------------------------------

    def _check_words(self, office: str) -> None:
        if office in self._unaware or self._is_unsure():
            return
        book = book_of(self.desks[office].node)
        there = self.store.ids(db(COUNTY))
        here = set[str]().union(*(site.ids(db(office)) for site in self.sites))
        for event in book.own:
            word = book.of(event).state
            assert word != "sent" or event.id in here, f"{office} says sent of {event.id}, and no hub has got it"
            assert word not in ("accepted", "seen") or event.id in there, f"{office} says {word} of {event.id}: not in the store"
            assert word != "refused", f"{office} says that {event.id} was refused: {book.of(event)}"

    def _check_store(self) -> None:
        for office in OFFICES:
            self._check_words(office)

    def _heal(self) -> None:
        self.faults.rate = self.store.faults.rate = self.store.late = 0.0
        self.store.settle()
        if self.store.away:
            self._node()
        for _ in range(ROUNDS_TO_HEAL):
            for site in self.sites:
                self._route_of(site)
            for office in OFFICES:
                right = self.beside if self.beside.answering.serves(office) else self.publisher
                assert self._attempt(office, right), f"{office} has no good round: {self.desks[office].status().last_error}"
        for act in (self._route_of, self._route_of, Site.look):
            for site in self.sites:
                act(site)
        self._check_healed()

    def _check_healed(self) -> None:
        county = self.store.ids(db(COUNTY))
        for office in OFFICES:
            book = book_of(self.desks[office].node)
            assert self.acknowledged[office] <= county, f"the store lacks {self.acknowledged[office] - county}"
            words = {event.id: book.of(event).state for event in book.own}
            assert set(words.values()) <= {"accepted", "seen"}, f"{office}: {words}"
        for site in self.sites:
            assert site.ids("quarantine", "quarantine:") == []
            for name in site.databases.names():
                assert set(site.ids(name)) == self.store.ids(name), f"{name}: store and cache of {site.device or HUB} differ"
            assert site.work.sweep().repairs == 0
            assert site.outbox.size()[1] == 0
            assert site.outbox.lost(told=True) == {}
            self._check_published(site)
        for office in (*OFFICES, COUNTY):
            one, other = (site.leaves(db(office), PUBLISHED) for site in self.sites)
            assert one.keys() == other.keys(), f"{office}: the hubs publish {one.keys() ^ other.keys()} alone"

    def _check_published(self, site: Site) -> None:
        for office in (*OFFICES, COUNTY):
            for id, docs in site.leaves(db(office), PUBLISHED).items():
                said = [{name: value for name, value in doc.items() if name not in SIGNED} for doc in docs]
                assert all(one == said[0] for one in said), f"{id} says two things: {said}"
                assert len(docs) == 1 or not id.startswith("receipt:"), f"{id} was given twice"


def simulate(seed: int, steps: int, folder: Path) -> None:
    """See `played`."""
    played(EdgesSimulation, seed, steps, folder)


if __name__ == "__main__":
    main(simulate, sys.argv[1:])
