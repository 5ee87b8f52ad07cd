"""Checkpoints: how far each direction has come with one peer, and how both sides agree on it.

What lives here: the pure log of one direction, its resume rule, its names and its JSON. The documents themselves are kept by
`checkpoints`.

One `_local` document per (replica, database) on each side holds both directions:

    remote   _local/<replication id>                    {"peer_id", "pull": log, "push": log}
    local    _local/<replication id>-<peer id hashed>   the same, and per log what only we need (`confirmed`, `tail`)
    log      {"session_id", "source_last_seq", "history": [{"session_id", "recorded_seq", "n"}]}   newest first

The replication id comes from the local replica's id and the filter, never from an address; the remote's document
carries the remote's own id, so one GET tells both who it is and how far we came.

A *session* is one writing of the remote's document. Between two of them only the local log moves on (`source_last_seq`).
Resume, where c is the newest session that both histories name:

    no c                                            from zero; a first pull that was cut before the remote's
                                                    document could be written: as below, else from zero
    c is the remote's newest, and nothing later     pull: from the local log's seq, to be proven by the rows
    was ever confirmed by the remote                      before it, else from c;    push: from c (the remote is the target)
    otherwise (a side was restored or swapped)      from c
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sync.canonical import encode
from sync.peer import ChangeRow, Seq
from sync.replicator import tuning

VERSION = 1
Direction = Literal["pull", "push"]


@dataclass(frozen=True, slots=True)
class Session:
    """One entry of a history: at session number `n` the source had been copied up to `recorded_seq`."""

    session_id: str
    recorded_seq: Seq
    n: int


@dataclass(frozen=True, slots=True)
class Tail:
    """The last rows before the resume point, and the seq before them: asked again, they prove that the source is the same.

    Of a source restored from an old copy and written anew, one row may by chance stand where it stood; not so many in a row.
    """

    since: Seq
    rows: tuple[tuple[Seq, str, tuple[str, ...]], ...] = ()

    @property
    def seq(self) -> Seq:
        return self.rows[-1][0] if self.rows else self.since

    def followed_by(self, rows: Sequence[ChangeRow]) -> Tail:
        every = (*self.rows, *[(row.seq, row.id, row.revs) for row in rows[-tuning.PROOF_ROWS :]])
        if len(rows) > tuning.PROOF_ROWS:
            return Tail(rows[-tuning.PROOF_ROWS - 1].seq, every[-tuning.PROOF_ROWS :])
        surplus = len(every) - tuning.PROOF_ROWS
        return Tail(every[surplus - 1][0], every[surplus:]) if surplus > 0 else Tail(self.since, every)

    def is_proven_by(self, rows: Sequence[ChangeRow]) -> bool:
        """Up to the last of them, the source lists only rows that we know. Those changed since have moved on in the feed."""
        ours = set(self.rows)
        for row in rows:
            if (row.seq, row.id, row.revs) not in ours:
                return False
            if row.seq == self.seq:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Log:
    """The log of one direction. `confirmed` is the newest session number known to stand on the remote side."""

    source_last_seq: Seq = 0
    history: tuple[Session, ...] = ()
    confirmed: int = 0
    tail: Tail | None = None

    @property
    def session_id(self) -> str:
        return self.history[0].session_id if self.history else ""

    def moved(self, seq: Seq, tail: Tail | None) -> Log:
        return replace(self, source_last_seq=seq, tail=tail)

    def new_session(self, session_id: str) -> Log:
        n = self.history[0].n + 1 if self.history else 1
        return replace(self, history=_thinned((Session(session_id, self.source_last_seq, n), *self.history)))

    def sharing(self, history: tuple[Session, ...]) -> Log:
        return replace(self, history=history, confirmed=history[0].n if history else 0)

    def back_to(self, seq: Seq) -> Log:
        return replace(self, source_last_seq=seq, tail=None)


@dataclass(frozen=True, slots=True)
class Resume:
    """Start after `seq`. With `proof` only if the source still shows those rows, else after `fallback`.

    `newest`: nothing was restored as far as the logs tell, so hints about what the other side holds are good.
    `fresh`: the two never met.
    """

    seq: Seq
    newest: bool
    fallback: Seq
    proof: Tail | None = None
    fresh: bool = False


def resume(local: Log, remote: Log, direction: Direction) -> Resume:
    """CouchDB Replication Protocol, "Find Common Ancestry", with the rule at the top of this module."""
    shared = shared_history(local, remote)
    common = shared[0] if shared else None
    if common is None:
        if direction == "pull" and not remote.history and not local.confirmed and _proof(local) is not None:
            # the first pull was cut before the remote side's log could be written
            return Resume(seq=local.source_last_seq, newest=False, fallback=0, proof=_proof(local))
        fresh = not local.history and not remote.history and local.source_last_seq == 0
        return Resume(seq=0, newest=False, fallback=0, fresh=fresh)
    seq = common.recorded_seq
    newest = remote.session_id == common.session_id and common.n >= local.confirmed
    if not newest or direction == "push" or local.source_last_seq == seq:
        return Resume(seq=seq, newest=newest, fallback=seq)
    proof = _proof(local)
    if proof is None:
        return Resume(seq=seq, newest=True, fallback=seq)
    return Resume(seq=local.source_last_seq, newest=True, fallback=seq, proof=proof)


def shared_history(local: Log, remote: Log) -> tuple[Session, ...]:
    """The local history from the newest common session on. What is newer belongs to a past that one side has lost: it
    must not be handed on, or a later restore could find it again and believe it."""
    theirs = {(session.session_id, session.recorded_seq) for session in remote.history}
    for at, session in enumerate(local.history):
        if (session.session_id, session.recorded_seq) in theirs:
            return local.history[at:]
    return ()


def _proof(log: Log) -> Tail | None:
    return log.tail if log.tail is not None and log.tail.rows and log.tail.seq == log.source_last_seq else None


def _thinned(history: Sequence[Session]) -> tuple[Session, ...]:
    """Newest first; the older, the sparser. By number, so that both sides keep the same ones."""
    newest = history[0].n
    kept = [s for s in history if s.n % (1 << max(0, (newest - s.n).bit_length() - 1)) == 0]
    return tuple(kept[: tuning.HISTORY_ENTRIES])


# --- as JSON -----------------------------------------------------------------------------------------------------


def log_to_json(log: Log, *, private: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "session_id": log.session_id,
        "source_last_seq": log.source_last_seq,
        "history": [
            {"session_id": s.session_id, "recorded_seq": s.recorded_seq, "n": s.n} for s in log.history
        ],
    }
    if private:
        body["confirmed"] = log.confirmed
        if log.tail is not None:
            body["tail"] = {"since": log.tail.since, "rows": [[seq, id, *revs] for seq, id, revs in log.tail.rows]}
    return body


def log_from_json(body: Any) -> Log:
    """Anything that is not a log of ours counts as an empty one: the worst that follows is reading again."""
    try:
        return _decode_log(body)
    except (KeyError, TypeError, ValueError):
        return Log()


def _decode_log(body: Any) -> Log:
    if body is None:
        return Log()
    history = tuple(Session(str(s["session_id"]), _seq(s["recorded_seq"]), int(s["n"])) for s in body["history"])
    tail = None
    if body.get("tail") is not None:
        rows = [(_seq(seq), str(id), tuple(map(str, revs))) for seq, id, *revs in body["tail"]["rows"]]
        tail = Tail(_seq(body["tail"]["since"]), tuple(rows))
    return Log(_seq(body["source_last_seq"]), history, int(body.get("confirmed", 0)), tail)


def _seq(value: Any) -> Seq:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("a seq is a number or a string")
    return value


# --- names of the documents --------------------------------------------------------------------------------------


def replication_id(replica_id: str, selector: Mapping[str, Any] | None, doc_ids: Sequence[str] | None) -> str:
    """32 hex characters. The same replica and filter give the same id wherever the peer's address moves."""
    filter = {"selector": selector, "doc_ids": sorted(doc_ids) if doc_ids is not None else None}
    text = encode([VERSION, replica_id, filter])
    return hashlib.sha256(text).hexdigest()[:32]


def local_log_id(replication: str, peer_id: str) -> str:
    return f"{replication}-{peer_key(peer_id)}"


def peer_key(peer_id: str) -> str:
    """The peer's id as it stands in names of `_local` documents."""
    return hashlib.sha256(peer_id.encode()).hexdigest()[:16]
