"""The county's way of a record in one process: real service points, the hub's databases and validators, router, receipts.

    village A, village B, township     HOME folders; their desks write, their rounds run (`run_round`)
        |  a line that fails at every call (`sync_simulation_faults`), wrong clocks, ends of the process
    hub                                databases, receipts, router (its power fails between two steps), a backup put back

After every round no word of delivery is ahead of the truth: what is *sent* stands in the office's database at the hub, what is
*accepted* in the county's own and not in quarantine, a file that is *sent* has all its chunks there. After healing every record
that a desk acknowledged is accepted, at each office alike, and the router's sweep finds nothing to repair. While the hub has been
put back and a device has not spoken with it since, the device's words are those of its last contact (DESIGN 5.3), so they are not
asked. The programs' own threads run here, so a seed repeats the kind of history and not each of its steps.

    python tests/support/county_hub/county_simulation.py SEED [STEPS]          replays one
"""

from __future__ import annotations

import contextlib
import random
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from shared.disputes.domain import DISPUTES
from shared.ledger.published.statements import check_statement
from sync import errors
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, TOWN, VILLAGE, County, db, key_of
from tests.support.simulation.faults import Crash, Faults, FaultyPeer
from tests.support.sync.router import Crash as PowerCut
from tests.support.village_node.node_world import DRAFT
from village_node import composition
from village_node.desk.desk import Desk, FileDraft
from village_node.point.delivery import book as book_of
from village_node.point.files import chunk_id
from village_node.point.home import Home, NodeConfig
from village_node.point.hub_client import HubTime
from village_node.point.node import Node
from village_node.point.sync_round import run_round

OFFICES = (VILLAGE, NEIGHBOUR, TOWN)
ROUNDS_TO_HEAL = 4


class NoPause(threading.Event):
    """A cancel flag whose pauses are over at once: nothing here waits for a line to get better."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


class Line:
    """Stands where `hub_client.HubClient` stands."""

    def __init__(self, county: County, office: str, faults: Faults) -> None:
        self.url = "http://hub.test"
        self._county, self._faults = county, faults
        self._names = {"office": db(office), "files": f"{db(office)}-files", "directory": "directory"}

    def has(self, kind: str) -> bool:
        return kind in self._names

    @contextlib.contextmanager
    def peer(self, kind: str) -> Iterator[FaultyPeer]:
        with self._county.databases.lease(self._names[kind]) as replica:
            yield FaultyPeer(replica, self._faults, goodput=100_000.0)

    def time(self, clock: Callable[[], int]) -> HubTime:
        if self._faults.strike(("request lost", "answer lost")):
            raise errors.Unreachable("cut")
        return HubTime(self._county.now - clock(), *self._county.hub)


    def releases(self) -> list[Any]:
        return []

    def offer(self, heads: list[dict[str, Any]]) -> bool:
        return True

    def state(self, statement: dict[str, Any]) -> None:
        if self._faults.strike(("request lost", "answer lost")):
            raise errors.Unreachable("cut")
        said = check_statement(statement, key_of(statement["device"]).public)
        self._county.stated.setdefault(said.device, []).append((said.seq, said.directory))


class CountySimulation:
    def __init__(self, seed: int, folder: Path) -> None:
        self.dice, self.faults = random.Random(seed), Faults(random.Random(seed + 1))
        self.faults.rate = self.dice.choice([0.0, 0.03, 0.1])
        self._folder, self._clocks = folder, dict.fromkeys(OFFICES, 0)      # how wrong each device's clock is, in ms
        self.county = County(folder / "hub")
        self._powered()
        self.desks = {office: self._desk(self._home(office)) for office in OFFICES}
        self.acknowledged: dict[str, set[str]] = {office: set() for office in OFFICES}
        self._unaware: set[str] = set()     # has not spoken with the hub since it was put back

    def close(self) -> None:
        for desk in self.desks.values():
            desk.close()
        self.county.close()

    def run(self, steps: int) -> None:
        kinds = [self._register] * 3 + [self._note] * 2 + [self._round] * 6 + [self._route] * 3 + [self._route_and_crash] * 2
        kinds += [self._restart, self._clock_jumps, *([self._back_up, self._restore] if self.dice.random() < 0.5 else [])]
        for _ in range(steps):
            self.dice.choice(kinds)()
        self._heal()

    # --- service points -----------------------------------------------------------------------------------------------

    def _home(self, office: str) -> Home:
        """An enrolled HOME whose directory was pulled."""
        device, place = f"{office}-001", Home(self._folder / office)
        place.create()
        place.add_identity(device, device_key=key_of(device).save(), username=device, password="secret")
        place.write_config(NodeConfig(
            device=device, slot="001", office=office, role="tablet", hub_url="http://127.0.0.1:9", hub_id=self.county.hub[0],
            hub_epoch=self.county.hub[1], hub_public_key=self.county.hub_key.public,
            databases={"office": db(office), "files": f"{db(office)}-files", "directory": "directory"},
        ))
        replicas = composition.open_replicas(place, None)
        with self.county.databases.lease("directory") as heads:
            docs = [row.doc for row in heads.all_docs(include_docs=True) if row.doc is not None]
        replicas["directory"].bulk_docs(docs, new_edits=False)
        for replica in replicas.values():
            replica.close()
        return place

    def _desk(self, place: Home) -> Desk:
        config = place.config()
        return Desk(Node(
            place, config, device_key=key_of(config.device), clock=lambda: self.county.now + self._clocks[config.office],
            random=self.dice.randbytes, replicas=composition.open_replicas(place, None), key=None, domain=DISPUTES,
        ))

    def _restart(self, office: str | None = None) -> None:
        office = office or self.dice.choice(OFFICES)
        self.desks[office].close()
        self.desks[office] = self._desk(Home(self._folder / office))

    def _clock_jumps(self) -> None:
        self._clocks[self.dice.choice(OFFICES)] = self.dice.choice([0, -86_400_000 * 400, 7_200_000, -60_000])

    def _register(self) -> None:
        office = self.dice.choice((VILLAGE, NEIGHBOUR))
        photo = [FileDraft(data=self.dice.randbytes(30_000), name="DEMO.jpg")] if self.dice.random() < 0.3 else []
        self._write(office, lambda desk: desk.register(f"s{office}", DRAFT, files=photo))

    def _note(self) -> None:
        office = self.dice.choice((VILLAGE, NEIGHBOUR))
        cases = self.desks[office].list_cases()
        if cases:
            case = self.dice.choice(cases).id
            self._write(office, lambda desk: desk.add_note(f"s{office}", case, {"text": "DEMO"}))

    def _write(self, office: str, act: Callable[[Desk], Any]) -> None:
        """What the desk returned from is acknowledged."""
        self.county.now += 1000
        act(self.desks[office])
        self.acknowledged[office] |= {event.id for event in book_of(self.desks[office].node).own}

    def _round(self) -> None:
        office = self.dice.choice(OFFICES)
        self._attempt(office)
        self._check_words(office)

    def _attempt(self, office: str) -> bool:
        self.county.now += 1000
        line = Line(self.county, office, self.faults)
        try:
            done = run_round(self.desks[office].node, cancel=NoPause(), receipt_wait_s=0, hub=line)  # type: ignore[arg-type]
        except Crash:
            self.faults.dead = False
            self._restart(office)
            return False
        if done.ok:
            self._unaware.discard(office)
        return done.ok

    # --- hub ----------------------------------------------------------------------------------------------------------

    def _powered(self) -> None:
        self._router = self.county.router()

    def _route(self) -> None:
        self.county.now += 1000
        self._router.run_pending()

    def _route_and_crash(self) -> None:
        """The power fails between two steps; the next start goes on."""
        left = [self.dice.randrange(1, 40)]

        def on_step(name: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise PowerCut(name)

        self._router.close()
        with contextlib.suppress(PowerCut):
            self.county.router(on_step=on_step).run_pending()
        self._reopen_hub(self.county.root)

    def _reopen_hub(self, root: Path, hub: tuple[str, str] | None = None) -> None:
        now, cases, hub = self.county.now, self.county.cases, hub or self.county.hub
        self.county.close()
        self.county = County(root)
        self.county.now, self.county.cases, self.county.hub = now, cases, hub
        self._powered()

    def _back_up(self) -> None:
        """Closed, so that the files are whole."""
        root, copy = self.county.root, self._folder / "backup"
        self._reopen_hub(root)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(root, copy)

    def _restore(self) -> None:
        """As `county-hub restore`: the files of the backup, a new epoch for the hub and for each replica."""
        copy, root = self._folder / "backup", self.county.root
        if not copy.exists():
            return
        self.county.close()
        shutil.rmtree(root)
        shutil.copytree(copy, root)
        number = int(self.county.hub[1].partition("-")[0]) + 1
        self._reopen_hub(root, (self.county.hub[0], f"{number:04}-aa"))
        for name in self.county.databases.names():
            with self.county.databases.lease(name) as replica:
                replica.new_epoch()
        self._unaware = set(OFFICES)

    # --- what must hold ---------------------------------------------------------------------------------------------

    def _check_words(self, office: str) -> None:
        if office in self._unaware:
            return
        node = self.desks[office].node
        book = book_of(node)
        there = {name: set(self.county.ids(name)) for name in (db(office), db(COUNTY))}
        for event in book.own:
            word = book.of(event).state
            place = {"sent": db(office), "accepted": db(COUNTY), "seen": db(COUNTY)}.get(word)
            assert place is None or event.id in there[place], f"{office} says {word} of {event.id}, and {place} has not got it"
            assert word != "refused", f"{office} says that {event.id} was refused: {book.of(event)}"
        chunks = set(self.county.ids(f"{db(office)}-files", "chunk:"))
        for _, digests in book.files:
            if book.of_file(digests, node.config.device).state == "sent":
                assert {chunk_id(each) for each in digests} <= chunks, f"{office} says sent of a file that is not there"

    def _heal(self) -> None:
        self.faults.rate = 0.0
        for _ in range(ROUNDS_TO_HEAL):
            for office in OFFICES:
                assert self._attempt(office), f"{office} has no good round: {self.desks[office].status().last_error}"
            self._route()
        county, quarantined = set(self.county.ids(db(COUNTY))), self.county.ids("quarantine", "quarantine:")
        assert quarantined == []
        for office in OFFICES:
            self._check_words(office)
            book = book_of(self.desks[office].node)
            assert self.acknowledged[office] <= {event.id for event in book.own}, f"{office} has lost records"
            assert self.acknowledged[office] <= county, f"the county lacks {self.acknowledged[office] - county}"
            words = {event.id: book.of(event).state for event in book.own}
            assert set(words.values()) <= {"accepted", "seen"}, f"{office}: {words}"
            assert set(self.county.ids(db(office))) == {row.id for row in self._events(office)}, f"{office} and the hub differ"
        assert self._router.sweep().repairs == 0

    def _events(self, office: str) -> list[Any]:
        return self.desks[office].node.office.all_docs(startkey="case:", endkey="case:\uffff")


def simulate(seed: int, steps: int, folder: Path) -> None:
    """Raises AssertionError with the command that replays it."""
    simulation = CountySimulation(seed, folder)
    try:
        simulation.run(steps)
    except Exception as error:
        again = f"python tests/support/county_hub/county_simulation.py {seed} {steps}"
        raise AssertionError(f"seed {seed} failed ({type(error).__name__}: {error}); replay it with: {again}") from error
    finally:
        with contextlib.suppress(errors.SyncError):
            simulation.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        simulate(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 30, Path(folder))
    print("good")
