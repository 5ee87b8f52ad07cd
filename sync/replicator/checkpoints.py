"""Keeps the two `_local` documents of a replication, ours and the remote side's: reads them, writes them, and in which order.

The rules are `log`'s. The local document is written with every batch, after the target's commit; the remote side's
after some seconds, then from time to time, and at the end. It moves no documents and knows no network.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any, Protocol, runtime_checkable

from sync import errors
from sync.peer import Peer, Seq
from sync.replicator import tuning
from sync.replicator.log import (
    VERSION,
    Direction,
    Log,
    Resume,
    Tail,
    local_log_id,
    log_from_json,
    log_to_json,
    replication_id,
    resume,
    shared_history,
)


@runtime_checkable
class _Changeable(Protocol):
    """A peer at an address, where another one may begin to answer (`RemotePeer`)."""

    def begin(self) -> None: ...

    def check_same(self) -> None: ...


@dataclass(slots=True)
class _Document:
    """One `_local` document: the side it lives on, its name, and its current revision."""

    peer: Peer
    id: str
    rev: str | None = None

    def write(self, body: Mapping[str, Any], mine: Set[Direction]) -> None:
        """A conflict is our own write whose answer was lost, or another replicator of this replica (live in the other
        direction, perhaps in another process): what it says of directions that are not `mine` stands."""
        for tries_left in reversed(range(tuning.LOG_WRITE_TRIES)):
            doc = dict(body) if self.rev is None else {**body, "_rev": self.rev}
            try:
                self.rev = self.peer.put_local(self.id, doc)
                return
            except errors.Conflict:
                if not tries_left:
                    raise
                current = self.peer.get_local(self.id) or {}
                self.rev = current.get("_rev")
                body = {**body, **{side: current[side] for side in ("pull", "push") if side not in mine and side in current}}


@dataclass(slots=True)
class ReplicationLogs:
    """The logs of one replica with one peer, both directions. `open` costs one small request to the remote side.
    Thread-safe: both directions may run at once.

    `echo` counts documents pushed since the last pull: the next feed will list them, and we hold them. Those whose place in the
    feed is known (`own`) are stepped over instead, as soon as the pull has come so far.
    `settled`: since the last doubt (first meeting, restore) a pull has reached the end of the feed, so nothing that we
    wrote ourselves can be missing here.
    """

    peer_id: str
    pull: Log
    push: Log
    pull_resume: Resume
    push_resume: Resume
    _local: _Document
    _remote: _Document
    _clock: Callable[[], float]
    _remote_written: float = 0.0
    _moved: set[Direction] = field(default_factory=set)
    _dirty: set[Direction] = field(default_factory=set)
    _drifted: set[Direction] = field(default_factory=set)
    echo: int = 0
    settled: bool = False
    lacks_selector: bool = False
    _local_written: float = float("-inf")
    _behind: bool = False
    _remote_epoch: str = ""
    _changeable: _Changeable | None = None
    _unproven: set[Direction] = field(default_factory=set)
    _own: dict[Direction, list[tuple[int, int]]] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    @classmethod
    def open(
        cls,
        local: Peer,
        remote: Peer,
        *,
        clock: Callable[[], float],
        selector: Mapping[str, Any] | None = None,
        doc_ids: Sequence[str] | None = None,
    ) -> ReplicationLogs:
        """Read both documents and find the common ancestry. Lowers the local log at once where a restore shows."""
        if isinstance(remote, _Changeable):
            remote.begin()
        replication = replication_id(local.info().peer_id, selector, doc_ids)
        theirs = remote.get_local(replication)
        peer_id = theirs.get("peer_id") if theirs else None
        ours = local.get_local(local_log_id(replication, peer_id)) if isinstance(peer_id, str) else None
        lacks_selector = (ours or {}).get("lacks_selector") is True
        remote_epoch = (ours or {}).get("remote_epoch")
        if not isinstance(peer_id, str) or ours is None:
            met = remote.info()
            if not isinstance(peer_id, str):
                peer_id = met.peer_id or f"unnamed-{secrets.token_hex(16)}"
            lacks_selector = met.extra.get("lacks_selector") is True
            remote_epoch = met.epoch
        local_id = local_log_id(replication, peer_id)
        ours = ours or local.get_local(local_id)
        here, there = ours or {}, theirs or {}
        found = {side: (log_from_json(here.get(side)), log_from_json(there.get(side))) for side in ("pull", "push")}
        logs = cls(
            peer_id=peer_id,
            pull=found["pull"][0],
            push=found["push"][0],
            pull_resume=resume(*found["pull"], "pull"),
            push_resume=resume(*found["push"], "push"),
            _local=_Document(local, local_id, here.get("_rev")),
            _remote=_Document(remote, replication, there.get("_rev")),
            _clock=clock,
            echo=here["echo"] if isinstance(here.get("echo"), int) else 0,
        )
        logs._changeable = remote if isinstance(remote, _Changeable) else None
        logs.lacks_selector = lacks_selector
        logs._remote_epoch = remote_epoch if isinstance(remote_epoch, str) else ""
        logs.settled = here.get("settled") is True and logs.pull_resume.newest
        logs._unproven = {side for side in ("pull", "push") if logs.resume_of(side).proof is not None}
        logs._remote_written = clock()
        logs._forget_lost_sessions(found["pull"][1], found["push"][1])
        return logs

    def get(self, direction: Direction) -> Log:
        return self.pull if direction == "pull" else self.push

    def resume_of(self, direction: Direction) -> Resume:
        return self.pull_resume if direction == "pull" else self.push_resume

    def tail_at(self, direction: Direction, seq: Seq) -> Tail:
        """The rows known before `seq`, to be continued: a proof must not become short because the line was cut again."""
        tail = self.get(direction).tail
        return tail if tail is not None and tail.seq == seq else Tail(seq)

    # --- Record Replication Checkpoint ---------------------------------------------------------------------------

    def committed(self, direction: Direction, seq: Seq, tail: Tail | None) -> None:
        """The target has durably stored everything up to `seq`. Writes the local side; the remote side when due. Raises
        BadAnswer when it was not one and the same peer that answered."""
        self._check_same()
        with self._lock:
            log = self.get(direction).moved(seq, tail)
            self._set(direction, log)
            self._moved.add(direction)
            self._dirty.add(direction)
            self._step_over_own(direction)
            self._behind = True
            if self._clock() - self._local_written >= tuning.LOCAL_LOG_EVERY_S:
                self._write_local()
            every = tuning.SOURCE_LOG_EVERY_S if direction == "pull" else tuning.TARGET_LOG_EVERY_S
            if self._clock() - self._remote_written >= (every if log.history else tuning.FIRST_LOG_AFTER_S):
                try:
                    self.flush()
                except (errors.Unreachable, errors.ServerError):
                    self._remote_written = self._clock()    # rows that arrived are not given up for this: later again

    def _check_same(self) -> None:
        if self._changeable is not None:
            self._changeable.check_same()

    def own(self, direction: Direction, intervals: Sequence[tuple[Seq, Seq]], untold: int = 0) -> None:
        """The other direction wrote these parts of the feed that `direction` reads (`peer.WriteResults.seqs`), and `untold`
        documents of which the peer did not say where they stand. In memory only: the next write carries it."""
        with self._lock:
            held = self._own.setdefault(direction, [])
            for before, after in intervals:
                if not isinstance(before, int) or not isinstance(after, int) or before >= after:
                    continue
                if held and held[-1][1] == before:
                    before = held.pop()[0]
                held.append((before, after))
            if direction == "pull":
                self.echo += untold
            self._step_over_own(direction)

    def _step_over_own(self, direction: Direction) -> None:
        """What comes next in the feed is what we wrote there ourselves: it need not be read. But not from a place that is
        still to be proven: a session must not vouch for what nobody has looked at."""
        if direction in self._unproven:
            return
        log = self.get(direction)
        seq = log.source_last_seq
        for before, after in self._own.get(direction, ()):
            if isinstance(seq, int) and before <= seq < after:
                seq = after
        if seq != log.source_last_seq:
            self._set(direction, log.moved(seq, None))
            self._dirty.add(direction)

    def _echo_to_come(self) -> int:
        seq = self.pull.source_last_seq
        return self.echo + sum(
            after - before for before, after in self._own.get("pull", ()) if not isinstance(seq, int) or seq < after
        )

    def settle(self) -> None:
        """A pull has reached the end of the feed for the first time since the last doubt."""
        with self._lock:
            self.settled = True
            self._dirty.add("pull")

    def drift(self, direction: Direction, seq: Seq) -> None:
        """The source's feed ended further on without a row: not worth a request of its own."""
        self._check_same()
        with self._lock:
            self._set(direction, self.get(direction).moved(seq, None))
            self._drifted.add(direction)
            self._step_over_own(direction)

    def remote_is_restored(self) -> bool:
        """Whether the remote side's epoch is another one than at the last look. One request, none to a peer without epochs."""
        if not self._remote_epoch:
            return False
        before, self._remote_epoch = self._remote_epoch, self._remote.peer.info().epoch
        return before != self._remote_epoch

    def proven(self, direction: Direction) -> None:
        """The source has shown the rows before the resume point."""
        with self._lock:
            self._unproven.discard(direction)
            self._step_over_own(direction)

    def back_to(self, direction: Direction, seq: Seq) -> None:
        """A resume point was not proven: start over from `seq`."""
        with self._lock:
            self._unproven.discard(direction)
            self._set(direction, self.get(direction).back_to(seq))
            self._moved.add(direction)
            self._write_local()

    def flush(self) -> None:
        """Begin a new session in each direction that moved: local, remote, then local again as confirmed."""
        with self._lock:
            if self._dirty:
                self._new_sessions()

    def _new_sessions(self) -> None:
        self._dirty |= self._drifted
        self._drifted.clear()
        for direction in sorted(self._dirty):
            self._set(direction, self.get(direction).new_session(secrets.token_hex(8)))
        self._write_local()
        self._remote.write(self._body(private=False), self._moved | self._dirty)
        for direction in sorted(self._dirty):
            log = self.get(direction)
            self._set(direction, replace(log, confirmed=log.history[0].n))
        self._write_local()
        self._dirty.clear()
        self._remote_written = self._clock()

    def _forget_lost_sessions(self, remote_pull: Log, remote_push: Log) -> None:
        """What is no longer certain must not be shown as sent: the logs go back before anything else is done."""
        lowered = False
        sides: tuple[tuple[Direction, Log], ...] = (("pull", remote_pull), ("push", remote_push))
        for direction, remote in sides:
            log, start = self.get(direction), self.resume_of(direction)
            lowered |= log.source_last_seq != start.seq
            if log.source_last_seq != start.seq:
                log = log.back_to(start.seq)
            self._set(direction, log.sharing(shared_history(log, remote)))
        if lowered:
            self._local.write(self._body(private=True), {"pull", "push"})

    def _set(self, direction: Direction, log: Log) -> None:
        if direction == "pull":
            self.pull = log
        else:
            self.push = log

    def save(self) -> None:
        """At the end of a run, however it ends: the local document says all that is known."""
        with self._lock:
            if self._behind:
                self._write_local()

    def _write_local(self) -> None:
        self._local.write(self._body(private=True), self._moved | self._dirty)
        self._local_written = self._clock()
        self._behind = False

    def _body(self, *, private: bool) -> dict[str, Any]:
        return {
            "replication_id_version": VERSION,
            "peer_id": self.peer_id,
            **(self._private() if private else {}),
            "pull": log_to_json(self.pull, private=private),
            "push": log_to_json(self.push, private=private),
        }

    def _private(self) -> dict[str, Any]:
        """What only this side needs."""
        return {
            "echo": self._echo_to_come(), "settled": self.settled, "lacks_selector": self.lacks_selector,
            "remote_epoch": self._remote_epoch,
        }
