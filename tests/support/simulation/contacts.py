"""Two replicas meet in the simulation: one direction, both, both at once, with a selector, chunks of a file; and what must
hold right afterwards.

After a contact that went through, the target knows every leaf of the source. After any contact, also one that was cut or in
which the process ended, no checkpoint is ahead of what its target holds, and what is shown as "sent" is there. Only where a file
was put back since, may the local log speak of a past that the other side has forgotten, until the next contact notices it; what
the replication would resume from is right even then.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sync import blobs, errors
from sync.peer import ChangesRequest
from sync.replica import LocalReplica
from sync.replicator import Replicator, delivery, rejections, sync
from sync.replicator.early import UpTo
from sync.replicator.log import local_log_id, log_from_json, replication_id, resume
from tests.support.simulation.faults import Crash, DamagingPeer, Faults, FaultyPeer, LocalSide
from tests.support.simulation.truth import Ledger
from tests.support.simulation.world import World

DIRECTIONS = ("pull", "push")
Log = tuple[str, str, str]      # whose, with whom, in which direction
NO_CONTACT = (errors.Unreachable, errors.ServerError, errors.BadAnswer, errors.BadRequest, errors.DiskFull)


@dataclass(frozen=True)
class _Absence:
    seq: int        # of the source
    id: str
    revs: tuple[str, ...]


class Contacts:
    def __init__(
        self, world: World, ledger: Ledger, faults: Faults, dice: random.Random, tell: Callable[[str], None]
    ) -> None:
        self._world, self._ledger, self._faults, self._dice, self._tell = world, ledger, faults, dice, tell
        self.now = 0.0
        self._doubtful: set[Log] = set()    # a file was put back, or the other of two clones was met: the local log may be wrong

    def restored(self, name: str) -> None:
        pairs = {pair for one in self._world.names for pair in ((one, name), (name, one))}
        self._doubtful |= {(*pair, direction) for pair in pairs for direction in DIRECTIONS}

    def cloned(self, name: str, clone: str) -> None:
        self._doubtful |= {
            (one if one != name else clone, other if other != name else clone, direction)
            for one, other, direction in self._doubtful
        }

    def options(self) -> dict[str, Any]:
        tick = self._dice.choice([0.0, 1.0, 7.0, 40.0])

        def clock() -> float:
            self.now += tick
            return self.now

        return {
            "batch_size": self._dice.choice([1, 2, 5, 100]), "attempts": self._dice.choice([1, 2, 4]), "pipeline": False,
            "ask_first": self._dice.random() < 0.2, "wait": lambda seconds: None, "clock": clock, "random": random.Random(0),
        }

    # --- meetings -----------------------------------------------------------------------------------------------------

    def pull(self, one: str, other: str, **filters: Any) -> None:
        near, far = self._sides(one, other)
        run = Replicator(far, near, local="target", first=self._first(), **self.options(), **filters)
        if self._attempt(one, other, run.run, () if filters else ("pull",)):
            self._check_arrived(other, one, **filters)

    def push(self, one: str, other: str, **filters: Any) -> None:
        near, far = self._sides(one, other)
        run = Replicator(near, far, local="source", first=self._first(), **self.options(), **filters)
        if self._attempt(one, other, run.run, () if filters else ("push",)):
            self._check_arrived(one, other, **filters)

    def both(self, one: str, other: str, *, early: bool = False, own_filter: bool = False) -> None:
        near, far = self._sides(one, other)
        options: dict[str, Any] = self.options()
        filter = self._own_filter(one, other) if own_filter else None

        def run() -> None:
            if early:
                self._early(one, other, filter, options)
            else:
                sync(near, far, own_filter=filter, send_first=self._first(), fetch_first=self._first(), **options)

        if self._attempt(one, other, run, DIRECTIONS):
            self._check_arrived(other, one)
            self._check_arrived(one, other)

    def heal(self, one: str, other: str) -> Any:
        """A contact over a good line, after which nothing may be waiting or refused."""
        near, far = self._sides(one, other)
        done = sync(near, far, retry_rejected=True, **self.options())
        self._met(one, other, DIRECTIONS, whole=True)
        self._check_arrived(other, one)
        self._check_arrived(one, other)
        self._check_checkpoints(one, other)
        refused = rejections(near, self._world.replicas[other].info().peer_id)
        assert not refused, f"{one}: {other} still refuses {refused}"
        return done

    def _sides(self, one: str, other: str, **options: Any) -> tuple[Any, Any]:
        goodput = self._dice.choice([500.0, 100_000.0])     # whether asking first pays depends on it
        far = FaultyPeer(self._world.replicas[other], self._faults, goodput=goodput, **options)
        return LocalSide(self._world.replicas[one], self._faults), far

    def _first(self) -> tuple[str, ...]:
        return ("d1", "d4") if self._dice.random() < 0.2 else ()

    def _own_filter(self, one: str, other: str) -> dict[str, Any] | None:
        """Towards the hub or the relay, as a device uses it: what it wrote itself need not come back. Not with what two clones
        write under one name, nor after a restore that nothing tells: see `Replicator`."""
        if "office" in other or "office" not in one or self._world.siblings(one) or one in self._world.unnoticed:
            return None
        return {"$nor": [{"by": self._world.family[one], "text": {"$exists": True}}]}

    def _early(self, one: str, other: str, filter: Any, options: dict[str, Any]) -> None:
        """`sync` as with two threads: the push that does not wait runs within the pull's feed, at a row chosen by the dice."""
        gap, sent = iter(range(10**6)), []
        when = self._dice.randrange(8)

        def between_rows() -> None:
            if next(gap) == when:
                sent.append(self._push_meanwhile(source, twin, logs, pull.known, options))

        near, far = self._sides(one, other, between_rows=between_rows)
        _, twin = self._sides(one, other)
        source: Any = UpTo(near, near.update_seq())
        pull = Replicator(far, near, local="target", own_filter=filter, **options)
        logs = pull.meet()
        pull.run(flush=False)
        if any(done.docs_written for done in sent) and logs.echo:
            pull.go_on()
        Replicator(near, far, local="source", logs=logs, known=pull.known, **options).run()

    def _push_meanwhile(self, source: Any, twin: Any, logs: Any, known: Any, options: dict[str, Any]) -> Any:
        push = Replicator(source, twin, local="source", logs=logs, known=known, **options)
        with suppress(errors.SyncError):
            push.run(flush=False)
        return push.result

    def _attempt(self, one: str, other: str, run: Callable[[], Any], directions: Sequence[str]) -> bool:
        """Whether it went through. `directions` of the unfiltered replication, whose log it uses."""
        whole = False
        try:
            run()
            whole = True
            self._tell(f"... {one} with {other}: whole")
        except Crash as crash:
            self._tell(f"... {one} with {other}: crash {crash}")
            self._faults.dead = False
            self._world.restart(one)
            if self._dice.random() < 0.3:
                self._world.restart(other)
        except NO_CONTACT as error:
            self._tell(f"... {one} with {other}: {error}")
        if directions:
            self._met(one, other, directions, whole=whole)
        self._check_checkpoints(one, other)
        return whole

    def _met(self, one: str, other: str, directions: Sequence[str], *, whole: bool) -> None:
        """A push alone leaves the log of the pull as it was, to be proven at the next pull."""
        if whole:
            self._doubtful -= {(one, other, direction) for direction in directions}
        for clone in self._world.siblings(other):       # `one` has a single log for both of them
            self._doubtful |= {(one, clone, direction) for direction in DIRECTIONS}

    # --- files ----------------------------------------------------------------------------------------------------------

    def carry_file(self, one: str, other: str, manifest: blobs.Manifest) -> None:
        """Chunk by chunk, to or from the other side, with bytes changed on the way: nothing false may be kept."""
        far = DamagingPeer(self._world.replicas[other], self._faults, goodput=self._dice.choice([100.0, 100_000.0]))
        step = self._dice.choice([blobs.fetch, blobs.offer])
        with suppress(*NO_CONTACT, Crash):
            step(self._world.replicas[one], far, manifest)
        self._faults.dead = False
        for name in (one, other):
            for digest in set(manifest.chunks) - set(blobs.missing(self._world.replicas[name], manifest)):
                blobs.chunk_bytes(self._world.replicas[name].get(blobs.chunk_id(digest)))

    # --- what must hold ---------------------------------------------------------------------------------------------

    def _check_arrived(self, source: str, target: str, **filters: Any) -> None:
        missing = self._missing(source, target, **filters)
        assert not missing, f"after a whole contact {target} lacks of {source}: {missing}"

    def _missing(self, source: str, target: str, **filters: Any) -> list[_Absence]:
        """Leaves of the source that the target has not, and that were neither removed there nor refused."""
        here, there = self._world.replicas[source], self._world.replicas[target]
        request = ChangesRequest(style="all_docs", **filters)
        rows = {row.id: row for row in here.changes(request)}
        missing = {id: diff.missing for id, diff in there.revs_diff({row.id: row.revs for row in rows.values()}).items()}
        refused = rejections(here, there.info().peer_id) if missing else {}
        missing = {id: revs for id, revs in missing.items() if id not in refused}
        left = self._ledger.unexplained(target, missing, by_hub=False)
        if left:        # a superseded revision may have been forgotten there (stemming)
            covered = self._ledger.covered(there)
            left = {id: lost for id, revs in left.items() if (lost := revs - covered.get(id, set()))}
        return [_Absence(int(rows[id].seq), id, tuple(revs)) for id, revs in left.items()]

    def _check_checkpoints(self, one: str, other: str) -> None:
        for direction in DIRECTIONS:
            doubtful = (one, other, direction) in self._doubtful
            source, target = (one, other) if direction == "push" else (other, one)
            absent = self._missing(source, target)
            if not absent:
                continue
            for start in self._resume_points(one, other, direction, doubtful):
                ahead = [each for each in absent if each.seq <= start]
                assert not ahead, f"the checkpoint {source} -> {target} is at {start}, ahead of {ahead}"
            if direction == "push" and not doubtful:
                here, there = self._world.replicas[one], self._world.replicas[other]
                states = delivery(here, there.info().peer_id, [each.id for each in absent])
                assert "sent" not in states.values(), f"{one} says sent to {other}: {states}"

    def _resume_points(self, one: str, other: str, direction: str, doubtful: bool) -> Iterator[int]:
        here, there = self._world.replicas[one], self._world.replicas[other]
        ours, theirs = _log_documents(here, there)
        log = log_from_json(ours.get(direction))
        yield int(resume(log, log_from_json(theirs.get(direction)), "pull" if direction == "pull" else "push").fallback)
        if not doubtful:
            yield int(log.source_last_seq)


def _log_documents(here: LocalReplica, there: LocalReplica) -> tuple[dict[str, Any], dict[str, Any]]:
    replication = replication_id(here.info().peer_id, None, None)
    return here.get_local(local_log_id(replication, there.info().peer_id)) or {}, there.get_local(replication) or {}
