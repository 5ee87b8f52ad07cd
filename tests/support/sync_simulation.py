"""A county in one process: replicas that write, edit, delete, replicate, fail and start again, all from one seed.

    node1  node2  node3  ...       each a real LocalReplica in a file
        \\    |    /
          hub                      any pair may replicate, either side owning the logs

Faults strike at every call of a `Peer`: before it (the request is lost), after it (the answer is lost), within a feed (the line
is cut after some rows), and as a crash (the process ends there; replicas are closed and opened again). Nothing here waits, no
thread runs: one seed is one history.

`python tests/support/sync_simulation.py SEED [STEPS]` replays one.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sync import errors
from sync import replicator_tuning as tuning
from sync.peer import ChangeRow, ChangesRequest, Peer
from sync.replica import LocalReplica
from sync.replication_log import local_log_id, log_from_json, replication_id, resume
from sync.replicator import Replicator, delivery, sync


class Crash(Exception):
    """The process ended here. Not a SyncError: nothing may catch it."""


class Faults:
    """Decides, call by call, what goes wrong."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.rate = 0.0

    def strike(self) -> str | None:
        if self._dice.random() >= self.rate:
            return None
        return self._dice.choice(["before", "after", "after", "server", "crash before", "crash after"])

    def rows_before_cut(self) -> int | None:
        return self._dice.randrange(6) if self._dice.random() < self.rate * 3 else None


class FaultyPeer:
    """A peer behind a line that fails. It has `traffic`, so the replicator takes it for remote."""

    class _Traffic:
        requests = bytes_sent = bytes_received = 0

    round_trip_s = tuning.ROUND_TRIP_S
    goodput = 1000.0

    def __init__(self, peer: Peer, faults: Faults) -> None:
        self._peer, self._faults = peer, faults
        self.traffic = self._Traffic()

    def _call(self, call: Callable[[], Any]) -> Any:
        self.traffic.requests += 1
        fault = self._faults.strike()
        if fault in ("before", "crash before", "server"):
            raise _error(fault)
        value = call()
        if fault is not None:
            raise _error(fault)
        return value

    def info(self) -> Any:
        return self._call(self._peer.info)

    def revs_diff(self, revs: Mapping[str, Sequence[str]]) -> Any:
        return self._call(lambda: self._peer.revs_diff(revs))

    def bulk_get(self, wanted: Sequence[Mapping[str, Any]], **flags: bool) -> Any:
        return self._call(lambda: self._peer.bulk_get(wanted, **flags))

    def bulk_docs(self, docs: Sequence[Any], *, new_edits: bool = True) -> Any:
        return self._call(lambda: self._peer.bulk_docs(docs, new_edits=new_edits))

    def get_local(self, local_id: str) -> Any:
        return self._call(lambda: self._peer.get_local(local_id))

    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> Any:
        return self._call(lambda: self._peer.put_local(local_id, doc))

    def changes(self, request: ChangesRequest, *, cancel: Any = None) -> Any:
        return _FaultyFeed(self._peer.changes(request), self._faults.rows_before_cut())

    def close(self) -> None:
        pass


class _FaultyFeed:
    def __init__(self, feed: Any, rows_before_cut: int | None) -> None:
        self._feed, self._left = feed, rows_before_cut
        self.last_seq, self.pending = feed.last_seq, None

    def __iter__(self) -> Iterator[ChangeRow]:
        for row in self._feed:
            if self._left is not None:
                if self._left == 0:
                    raise errors.Unreachable("cut within the feed")
                self._left -= 1
            self.last_seq = row.seq
            yield row
        self.last_seq = self._feed.last_seq

    def close(self) -> None:
        self._feed.close()


def _error(fault: str) -> Exception:
    if fault.startswith("crash"):
        return Crash(fault)
    return errors.ServerError("overloaded", status=503) if fault == "server" else errors.Unreachable(f"cut {fault} the call")


class Simulation:
    def __init__(self, seed: int, folder: Path, *, nodes: int = 3) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.faults = Faults(random.Random(seed + 1))
        self.names = ["hub", *(f"node{n}" for n in range(1, nodes + 1))]
        self._folder = folder
        self.replicas = {name: self._open(name) for name in self.names}
        self.acknowledged: dict[str, set[str]] = {}     # id -> revisions whose write was acknowledged
        self._count = 0
        self._doubtful: set[tuple[str, str]] = set()    # a file was put back and the other side may not know it yet

    def run(self, steps: int) -> None:
        """A history with faults, then healing, then the proofs."""
        self.faults.rate = self.dice.choice([0.0, 0.02, 0.1, 0.25])
        for _ in range(steps):
            self.dice.choice([self._write, self._write, self._edit, self._edit, self._delete, self._replicate,
                              self._replicate, self._sync, self._restart, self._keep_copy, self._restore])()
        self._heal()
        self._check_equal()
        self._check_nothing_lost()
        self._check_quiet()

    def close(self) -> None:
        for replica in self.replicas.values():
            replica.close()

    # --- what happens -----------------------------------------------------------------------------------------------

    def _write(self) -> None:
        name = self.dice.choice(self.names)
        docs = []
        for _ in range(self.dice.choice([1, 1, 2, 7])):
            self._count += 1
            docs.append({"_id": f"d{self._count}", "by": name})
        self._store(self.replicas[name], docs)

    def _edit(self) -> None:
        self._change({"edited": self.dice.randrange(1000)})

    def _delete(self) -> None:
        if self.dice.random() < 0.4:
            self._change({"_deleted": True})

    def _change(self, body: dict[str, Any]) -> None:
        replica = self.replicas[self.dice.choice(self.names)]
        rows = list(replica.changes(ChangesRequest()))
        if not rows:
            return
        row = self.dice.choice(rows)
        self._store(replica, [{"_id": row.id, "_rev": row.revs[0], **body}])

    def _store(self, replica: LocalReplica, docs: list[dict[str, Any]]) -> None:
        for result in replica.bulk_docs(docs):
            if result.ok and result.rev is not None:
                self.acknowledged.setdefault(result.id, set()).add(result.rev)

    def _replicate(self) -> None:
        one, other = self.dice.sample(self.names, 2)
        near, far = self.replicas[one], FaultyPeer(self.replicas[other], self.faults)
        if self.dice.random() < 0.5:
            self._attempt(one, other, lambda: Replicator(far, near, local="target", **self._options()).run())
        else:
            self._attempt(one, other, lambda: Replicator(near, far, local="source", **self._options()).run())

    def _sync(self) -> None:
        one, other = self.dice.sample(self.names, 2)
        near, far = self.replicas[one], FaultyPeer(self.replicas[other], self.faults)
        self._attempt(one, other, lambda: sync(near, far, **self._options()))

    def _attempt(self, one: str, other: str, run: Callable[[], Any]) -> None:
        try:
            run()
            whole_contact = True
        except Crash:
            whole_contact = False
            self._reopen(one)
            if self.dice.random() < 0.3:
                self._reopen(other)
        except (errors.Unreachable, errors.ServerError):
            whole_contact = False
        if whole_contact:
            self._doubtful.discard((one, other))
        if (one, other) not in self._doubtful:
            self._check_checkpoints(one, other)

    def _options(self) -> dict[str, Any]:
        clock = iter(range(0, 10_000_000, self.dice.choice([0, 1, 7, 40]) or 1))
        return {
            "batch_size": self.dice.choice([1, 2, 5, 100]), "attempts": self.dice.choice([1, 2, 4]), "pipeline": False,
            "wait": lambda seconds: None, "clock": lambda: float(next(clock)), "random": random.Random(0),
        }

    def _restart(self) -> None:
        self._reopen(self.dice.choice(self.names))

    def _keep_copy(self) -> None:
        name = self.dice.choice(self.names)
        self._reopen(name)      # closed, so that the file is whole
        shutil.copy(self.replicas[name].path, self._copy(name))

    def _restore(self) -> None:
        """An old copy of the file is put back by hand: what was only here and written since is gone, and seqs are given anew."""
        name = self.dice.choice(self.names)
        if not self._copy(name).exists() or self.dice.random() < 0.5:
            return
        path = self.replicas[name].path
        self.replicas[name].close()
        for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            each.unlink(missing_ok=True)
        shutil.copy(self._copy(name), path)
        self.replicas[name] = self._open(name)
        self._doubtful |= {(one, other) for one in self.names for other in self.names if name in (one, other)}
        self.acknowledged = {id: self._still_somewhere(id, revs) for id, revs in self.acknowledged.items()}

    def _still_somewhere(self, id: str, revs: set[str]) -> set[str]:
        lost = set(revs)
        for replica in self.replicas.values():
            diff = replica.revs_diff({id: sorted(lost)}) if lost else {}
            lost = set(diff[id].missing) if id in diff else set()
        return revs - lost

    def _copy(self, name: str) -> Path:
        return self._folder / f"{name}.copy"

    def _open(self, name: str) -> LocalReplica:
        return LocalReplica.open(self._folder / f"{name}.replica")

    def _reopen(self, name: str) -> None:
        self.replicas[name].close()
        self.replicas[name] = self._open(name)

    def _heal(self) -> None:
        self.faults.rate = 0.0
        for _ in range(2):      # up to the hub, then down to all
            for name in self.names[1:]:
                sync(self.replicas[name], FaultyPeer(self.replicas["hub"], self.faults), **self._options())

    # --- what must hold ---------------------------------------------------------------------------------------------

    def _check_checkpoints(self, near: str, far: str) -> None:
        """No log may be ahead of what its target committed: every leaf of the source up to it is known to the target."""
        here, there = self.replicas[near], self.replicas[far]
        for source, target, start in self._resume_points(here, there):
            for row in source.changes(ChangesRequest(style="all_docs")):
                if row.seq <= start:
                    missing = target.revs_diff({row.id: row.revs})
                    assert not missing, f"seed {self.seed}: {near}/{far}: the checkpoint is ahead of {row}: {missing}"
        states = delivery(here, there.info().peer_id, [row.id for row in here.changes(ChangesRequest())])
        for id in (id for id, state in states.items() if state == "sent"):
            revs = here.changes(ChangesRequest(style="all_docs", doc_ids=(id,)))
            assert not there.revs_diff({row.id: row.revs for row in revs}), f"seed {self.seed}: {id} is not sent"

    def _resume_points(self, here: LocalReplica, there: LocalReplica) -> Iterator[tuple[LocalReplica, LocalReplica, int]]:
        replication = replication_id(here.info().peer_id, None, None)
        ours = here.get_local(local_log_id(replication, there.info().peer_id)) or {}
        theirs = there.get_local(replication) or {}
        for source, target, side in ((there, here, "pull"), (here, there, "push")):
            log = log_from_json(ours.get(side))
            start = resume(log, log_from_json(theirs.get(side)), side)
            if start.proof is not None:     # believed only if the source still shows those rows
                yield source, target, int(start.fallback)
            else:
                yield source, target, int(start.seq)
                yield source, target, int(log.source_last_seq)

    def _check_equal(self) -> None:
        hub = _state(self.replicas["hub"])
        for name in self.names[1:]:
            assert _state(self.replicas[name]) == hub, f"seed {self.seed}: {name} and the hub differ"

    def _check_nothing_lost(self) -> None:
        for name, replica in self.replicas.items():
            missing = replica.revs_diff({id: sorted(revs) for id, revs in self.acknowledged.items()})
            assert not missing, f"seed {self.seed}: {name} lost {missing}"
            assert replica.verify() == [], f"seed {self.seed}: {name} is damaged"

    def _check_quiet(self) -> None:
        """A further pass reads nothing, and after it one more costs two requests."""
        for name in self.names[1:]:
            far = FaultyPeer(self.replicas["hub"], self.faults)
            done = sync(self.replicas[name], far, **self._options())
            assert (done.pull.docs_read, done.push.docs_read) == (0, 0), f"seed {self.seed}: {name} {done}"


def _state(replica: LocalReplica) -> dict[str, tuple[frozenset[str], str, bool]]:
    leaves = {row.id: frozenset(row.revs) for row in replica.changes(ChangesRequest(style="all_docs"))}
    return {row.id: (leaves[row.id], row.revs[0], row.deleted) for row in replica.changes(ChangesRequest())}


def simulate(seed: int, steps: int, folder: Path) -> None:
    simulation = Simulation(seed, folder, nodes=2 + seed % 2)
    try:
        simulation.run(steps)
    except Exception as error:
        again = f"python tests/support/sync_simulation.py {seed} {steps}"
        raise AssertionError(f"seed {seed} failed ({type(error).__name__}: {error}); replay it with: {again}") from error
    finally:
        with suppress(errors.SyncError):
            simulation.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        simulate(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60, Path(folder))
    print("good")
