"""A county in one thread: offices, a relay and a hub that write, replicate, fail, forget and start again, all from one seed.

    office1  office2  (office3)  office1-clone4 ...      each a real LocalReplica in a file
        \\      |      /
         relay |     /                                   any pair may meet, either side owning the logs; where it goes
            \\  |    /                                    well all meet the hub in the end ("healing")
              hub

One step is a write, an edit, the same document edited on two replicas, a deletion or resolution, an attachment, a file in
chunks; a purge, an eviction, a compaction; a meeting of two replicas in one direction, in both, in both at once, with a
selector; a restart; a clock that jumps; a copy kept, an old copy put back on either side, a device cloned and both used on.
Faults strike at every call of a `Peer` (`sync_simulation_faults`); what must hold, after each meeting and in the end, is in
`sync_simulation_contacts` and `sync_simulation_truth`. Nothing here waits and no thread runs: one seed is one history.

    python tests/support/simulation/run.py SEED [STEPS]            replays one and prints its course
"""

from __future__ import annotations

import base64
import hashlib
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sync import blobs, errors
from sync.peer import ChangesRequest, Doc
from sync.replica import LocalReplica
from sync.replicator import tuning
from tests.support.simulation.contacts import Contacts
from tests.support.simulation.faults import Faults
from tests.support.simulation.truth import HUB, Ledger
from tests.support.simulation.world import World

NEVER_STEMMED = 10**9
MAX_CLONES = 2
ATTACHMENT_TYPES = ["image/jpeg", "text/plain"]


class Simulation:
    def __init__(self, seed: int, folder: Path, *, tell: Callable[[str], None] = lambda line: None) -> None:
        self.dice = random.Random(seed)
        self.faults = Faults(random.Random(seed + 1))
        self.course = hashlib.sha256()      # everything that happened; the same seed gives the same one
        self._tell = tell
        names = [HUB, "relay", *(f"office{n}" for n in range(1, 3 + seed % 2))]
        self.world = World(folder, self.dice, names)
        self.ledger = Ledger()
        self.contacts = Contacts(self.world, self.ledger, self.faults, self.dice, self._note)
        self._count = 0
        self._deepest = NEVER_STEMMED
        self.faults.rate = self.dice.choice([0.0, 0.02, 0.1, 0.25])
        self._steps = self._choose_steps()

    def _choose_steps(self) -> list[Callable[[], object]]:
        """Every history has writes and meetings. What people do to files comes in some, so that others show faults alone; and
        some are of little else, so that a file is put back between a meeting that was cut and the next."""
        if self.dice.random() < 0.2:
            self._deepest = self.dice.choice([2, 3, 6])
            for name in self.dice.sample(self.world.names, 2):
                self.world.replicas[name].set_revs_limit(self._deepest)
        if self.dice.random() < 0.3:
            self.faults.rate = max(self.faults.rate, 0.1)
            return [self._write, self._write, self._edit_on_two, self._push, self._pull, *[self._both_with_hub] * 3,
                    *[self._forgotten_meeting] * 3, self._keep_copy, self._restore,
                    self.dice.choice([self._clone, self._restart])]
        steps = [self._write] * 4 + [self._edit] * 3 + [self._edit_on_two] * 2 + [self._delete, self._put_file]
        steps += [self._pull, self._push] * 2 + [self._both] * 4 + [self._both_with_hub] * 4 + [self._selected, self._carry_file]
        steps += [self._restart, self._compact, self._clock_jumps]
        for some in ([self._keep_copy] * 3 + [self._restore] * 3, [self._purge] * 2, [self._evict, self._readmit], [self._clone]):
            steps += some if self.dice.random() < 0.5 else []
        return steps

    def run(self, steps: int) -> None:
        """A history with faults, then healing, then the proofs."""
        for number in range(steps):
            step = self.dice.choice(self._steps)
            self._note(number, step.__name__.removeprefix("_"), step())
        self._note(steps, "heal", self._heal())
        self._check()

    def _note(self, *what: object) -> None:
        line = " ".join(str(each) for each in what if each is not None)
        self.course.update(line.encode())
        self._tell(line)

    def close(self) -> None:
        self.world.close()

    # --- writing ----------------------------------------------------------------------------------------------------

    def _any(self) -> str:
        return self.dice.choice(self.world.names)

    def _write(self) -> object:
        name = self._any()
        return self._store(name, [self._fresh(name) for _ in range(self.dice.choice([1, 1, 2, 7]))])

    def _fresh(self, name: str) -> Doc:
        self._count += 1
        return {"_id": f"d{self._count}", **self._signed(name), **self._perhaps_more()}

    def _perhaps_more(self) -> Doc:
        kind = self.dice.random()
        if kind < 0.8:
            return {"more": "x" * tuning.LARGE_DOC_BYTES} if kind < 0.03 else {}      # large ones wait for the others
        data = base64.b64encode(bytes([self.dice.randrange(4)]) * self.dice.choice([0, 3, 300, 40_000])).decode()
        name = self.dice.choice(["photo", "page"])
        return {"_attachments": {name: {"content_type": self.dice.choice(ATTACHMENT_TYPES), "data": data}}}

    def _edit(self) -> object:
        name = self._any()
        found = self._some_leaf(name)
        return found and self._store(name, [self._edited(name, found)])

    def _edit_on_two(self) -> object:
        """The same document, perhaps the same revision of it, on two replicas before they meet."""
        one, other = self.dice.sample(self.world.names, 2)
        here, there = self.ledger.known(self.world.replicas[one]), self.ledger.known(self.world.replicas[other])
        common = sorted(id for id in here.keys() & there.keys() if not id.startswith(blobs.PREFIX))
        if not common:
            return None
        id = self.dice.choice(common)
        return [self._store(name, [self._edited(name, found)]) for name in (one, other) if (found := self._some_leaf(name, id))]

    def _edited(self, name: str, doc: Doc) -> Doc:
        """Attachments are kept as stubs, replaced, or left out."""
        kept = {"_attachments": doc["_attachments"]} if "_attachments" in doc and self.dice.random() < 0.7 else {}
        return {"_id": doc["_id"], "_rev": doc["_rev"], **self._signed(name), **kept, **self._perhaps_more()}

    def _signed(self, name: str) -> Doc:
        return {"by": self.world.family[name], "text": self.dice.randrange(1000)}

    def _delete(self) -> object:
        """The winner goes, or a conflict is resolved."""
        name = self._any()
        found = self._some_leaf(name)
        if found is None or self.dice.random() < 0.4:
            return None
        gone = {"_id": found["_id"], "_rev": found["_rev"], "_deleted": True, **self._signed(name)}
        return self._store(name, [gone])

    def _some_leaf(self, name: str, id: str | None = None) -> Doc | None:
        """A leaf as a reader has it, of documents other than chunks."""
        replica = self.world.replicas[name]
        request = ChangesRequest(style="all_docs", doc_ids=None if id is None else (id,))
        rows = [row for row in replica.changes(request) if not row.id.startswith(blobs.PREFIX)]
        if not rows:
            return None
        row = self.dice.choice(rows)
        return replica.get(row.id, rev=self.dice.choice([row.revs[0], *row.revs]))

    def _store(self, name: str, docs: list[Doc]) -> list[str]:
        done = []
        for doc, result in zip(docs, self.world.replicas[name].bulk_docs(docs), strict=True):
            if result.ok and result.rev is not None:
                self.ledger.acknowledge(doc, result.rev, doc.get("_rev"))
                done.append(f"{name}:{result.id}:{result.rev[:6]}")
        return done

    def _put_file(self) -> object:
        name, data = self._any(), self.dice.randbytes(self.dice.choice([5, 300, 900]))
        manifest = blobs.put(self.world.replicas[name], data, piece=self.dice.choice([64, 128]))
        self.ledger.files.append(manifest)
        for piece in blobs.cut(data, piece=manifest.chunk_bytes):
            chunk = blobs.chunk_document(piece)
            self.ledger.acknowledge(chunk, chunk["_rev"], None)
        return name, len(manifest.chunks)

    # --- meeting ------------------------------------------------------------------------------------------------------

    def _pair(self) -> tuple[str, str]:
        one, other = self.dice.sample(self.world.names, 2)
        return one, other

    def _pull(self) -> object:
        pair = self._pair()
        return pair, self.contacts.pull(*pair)

    def _push(self) -> object:
        pair = self._pair()
        return pair, self.contacts.push(*pair)

    def _both(self) -> object:
        return self._meet(*self._pair())

    def _both_with_hub(self) -> object:
        return self._meet(self.dice.choice(self.world.names[1:]), HUB)

    def _meet(self, one: str, other: str) -> object:
        early, own_filter = self.dice.random() < 0.4, self.dice.random() < 0.5
        return one, other, early, own_filter, self.contacts.both(one, other, early=early, own_filter=own_filter)

    def _selected(self) -> object:
        """A replication of a part, with a log of its own."""
        one, other = self._pair()
        by = {"selector": {"by": self.dice.choice(["office1", HUB])}}
        filter: dict[str, Any] = self.dice.choice([by, {"doc_ids": tuple(f"d{n}" for n in range(1, self._count, 3))}])
        self.dice.choice([self.contacts.pull, self.contacts.push])(one, other, **filter)
        return one, other, filter

    def _carry_file(self) -> object:
        if not self.ledger.files:
            return None
        pair, number = self._pair(), self.dice.randrange(len(self.ledger.files))
        return pair, number, self.contacts.carry_file(*pair, self.ledger.files[number])

    # --- upkeep, and what people do to files --------------------------------------------------------------------------

    def _restart(self) -> object:
        name = self._any()
        return name, self.world.restart(name)

    def _compact(self) -> object:
        name = self._any()
        return name, self.world.replicas[name].compact()

    def _clock_jumps(self) -> object:
        self.contacts.now += self.dice.choice([-86_400.0, -5.0, 60.0, 86_400.0 * 365])
        return self.contacts.now

    def _purge(self) -> object:
        """Some leaves of a document, or all."""
        name = self._any()
        replica = self.world.replicas[name]
        rows = list(replica.changes(ChangesRequest(style="all_docs")))
        if not rows:
            return None
        row = self.dice.choice(rows)
        gone = list(row.revs) if self.dice.random() < 0.5 else [self.dice.choice(row.revs)]
        before = self.ledger.known(replica)
        replica.purge({row.id: gone})
        lost = before[row.id] - self.ledger.known(replica).get(row.id, set())
        self.ledger.purged[name][row.id] |= lost
        self._survive()
        return name, row.id, gone

    def _evict(self) -> object:
        name = self.dice.choice(self.world.offices)
        rows = list(self.world.replicas[name].changes(ChangesRequest()))
        ids = [row.id for row in self.dice.sample(rows, min(len(rows), 2))]
        self.ledger.evicted[name] |= set(ids)
        self.world.replicas[name].evict(ids)
        self._survive()
        return name, ids

    def _readmit(self) -> object:
        """And fetched again, as a device does it: by name."""
        name = self.dice.choice(self.world.offices)
        ids = sorted(self.ledger.evicted[name])[:3]
        self.world.replicas[name].readmit(ids)
        self.contacts.pull(name, HUB, doc_ids=tuple(ids))
        return name, ids

    def _file_to_copy(self) -> str:
        return self.dice.choice([HUB, self._any()])

    def _keep_copy(self) -> object:
        name = self._file_to_copy()
        return self.world.keep_copy(name).name

    def _restore(self) -> object:
        return self._put_back(self._file_to_copy())

    def _put_back(self, name: str, copy: Path | None = None) -> object:
        way = self.world.restore(name, copy)
        if way is not None:
            self.contacts.restored(name)
            self._survive()
        return name, way

    def _forgotten_meeting(self) -> object:
        """Two meet, perhaps not to the end, and one of them forgets it."""
        one, other = self.dice.choice(self.world.names[1:]), HUB
        name = self.dice.choice([one, other])
        copy = self.world.keep_copy(name)
        writer = self.dice.choice([one, other])
        self._store(writer, [self._fresh(writer) for _ in range(self.dice.randrange(4))])
        self.dice.choice([self.contacts.both, self.contacts.push, self.contacts.pull])(one, other)
        return one, other, self._put_back(name, copy)

    def _clone(self) -> object:
        if len(self.world.names) - len(set(self.world.family.values())) >= MAX_CLONES:
            return None
        name = self.dice.choice(self.world.offices)
        clone = self.world.clone(name)
        self.ledger.cloned(name, clone)
        self.contacts.cloned(name, clone)
        return clone

    def _survive(self) -> None:
        self.ledger.survivors(self.world.replicas.values())

    # --- the end --------------------------------------------------------------------------------------------------------

    def _heal(self) -> object:
        """Good lines: twice, up to the hub and down to all; once more where a clone may bring back what was purged, or where a
        revision that some have forgotten (stemming) may become a leaf again at the hub when the first round is over."""
        self.faults.rate = 0.0
        for _ in range(2 + (any(map(self.world.siblings, self.world.names)) or self._deepest < NEVER_STEMMED)):
            for name in self.world.names[1:]:
                self.contacts.heal(name, HUB)
        return dict(sorted(self.faults.struck.items()))

    def _check(self) -> None:
        hub = self.world.replicas[HUB]
        for name, replica in self.world.replicas.items():
            self.ledger.check_nothing_lost(name, replica)
            self.ledger.check_contents(name, replica)
            self.ledger.check_equal(name, replica, hub, deepest=self._deepest)
            self._note(name, _picture(replica))
        for name in self.world.names[1:]:       # a further pass reads nothing; of clones each first has to be the last one there
            if self.world.siblings(name):
                self.contacts.heal(name, HUB)
            done = self.contacts.heal(name, HUB)
            assert (done.pull.docs_read, done.push.docs_read) == (0, 0), f"{name} still reads: {done}"


def _picture(replica: LocalReplica) -> str:
    rows = sorted((row.id, row.revs) for row in replica.changes(ChangesRequest(style="all_docs")))
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:12]


def simulate(seed: int, steps: int, folder: Path, *, tell: Callable[[str], None] = lambda line: None) -> str:
    """The course of the history as a hash. Raises AssertionError with the one command that replays it."""
    try:
        simulation = Simulation(seed, folder, tell=tell)
        try:
            simulation.run(steps)
        finally:
            with suppress(errors.SyncError):
                simulation.close()
    except Exception as error:
        again = f"python tests/support/simulation/run.py {seed} {steps}"
        raise AssertionError(f"seed {seed} failed ({type(error).__name__}: {error}); replay it with: {again}") from error
    return simulation.course.hexdigest()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(simulate(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60, Path(folder), tell=print))
