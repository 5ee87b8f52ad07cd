"""`Replicator`: copies what a target lacks from a source, and remembers how far it came.

What lives here: the loop of the CouchDB Replication Protocol, and both directions in one go. Reading is `replicator_pull`'s,
writing `replicator_push`'s, checkpoints `replication_log`'s, trying again `replicator_retry`'s. Either side may be a file or
a line; `local` says which one is this device's, since its logs and its lists are kept there.
"""

from __future__ import annotations

import random as random_module
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from threading import Event as CancelFlag
from typing import Any, Literal

import msgspec

from sync import errors
from sync import replicator_tuning as tuning
from sync.checkpoints import ReplicationLogs
from sync.peer import ChangeRow, ChangesRequest, Doc, Feed, Peer
from sync.replicator_delivery import delivery, pushed_through, rejections
from sync.replicator_early import EarlyPush, one_at_a_time
from sync.replicator_meter import Clock, Meter
from sync.replicator_pull import Batches, direct, fetch
from sync.replicator_push import AskFirst, Rejections, Writer
from sync.replicator_retry import Patience
from sync.replicator_types import DeliveryState, Progress, ReplicationResult, SyncResult

__all__ = [
    "DeliveryState", "Progress", "ReplicationResult", "Replicator", "SyncResult",
    "delivery", "pushed_through", "rejections", "sync",
]


class Replicator:
    """One direction. `local` ("source" or "target") names the side that owns the logs: the replica of this device.

    `selector` and `doc_ids` restrict what is copied and belong to the replication id; `own_filter` is a selector that keeps out
    what the local side wrote itself, a saving only: it is ignored whenever a restore is suspected. It must let pass what others
    write: `$ne` drops documents without the field, so use `{"$nor": [{"device": id, "device_seq": {"$exists": true}}]}`.
    `ask_first` makes a push always ask `_revs_diff` before it sends bodies (files). `retry_rejected` offers again what the target
    refused earlier. `wait(seconds)` is the pause between attempts. `pipeline=False` keeps everything in the caller's thread.
    `logs` and `known` ((id, rev) pairs the remote holds) are shared by the directions of one `sync`.
    `run()` raises errors of `sync.errors`; what was done until then stands in `result`.
    """

    def __init__(
        self,
        source: Peer,
        target: Peer,
        *,
        local: Literal["source", "target"],
        selector: Mapping[str, Any] | None = None,
        doc_ids: Sequence[str] | None = None,
        own_filter: Mapping[str, Any] | None = None,
        ask_first: bool = False,
        retry_rejected: bool = False,
        batch_size: int | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelFlag | None = None,
        clock: Clock = time.monotonic,
        random: random_module.Random | None = None,
        wait: Callable[[float], None] | None = None,
        attempts: int = tuning.ATTEMPTS,
        pipeline: bool = True,
        logs: ReplicationLogs | None = None,
        known: set[tuple[str, str]] | None = None,
    ) -> None:
        self.result = ReplicationResult()
        self.direction: Literal["pull", "push"] = "pull" if local == "target" else "push"
        self.logs = logs
        self.known: set[tuple[str, str]] = set() if known is None else known
        self._source, self._target = source, target
        self._local, self._remote = (source, target) if local == "source" else (target, source)
        self._selector, self._doc_ids = selector, doc_ids
        self._own_filter = own_filter if doc_ids is None and self.direction == "pull" else None
        self._ask_first, self._retry_rejected = ask_first, retry_rejected
        self._batch_size = batch_size or tuning.BATCH_ROWS
        self._clock = clock
        self._cancel = cancel or threading.Event()
        self._threaded = pipeline
        self._meter = Meter(self.result, self.direction, source, target, clock=clock, progress=progress)
        self._patience = Patience(attempts, random or random_module.Random(), wait or self._pause)
        self._ready = self._has_run = False

    # --- the whole ------------------------------------------------------------------------------------------------

    def run(self, *, flush: bool = True) -> ReplicationResult:
        """Copy everything the target lacks now, then return. Safe to repeat, to cut and to run twice at once.

        `flush=False` leaves the remote side's log to another direction that follows at once.
        """
        if self._has_run:   # a second run looks at both logs anew
            self._ready, self.logs = False, None
        self._has_run = True
        with self._meter:
            self._interruptible()
            self._persist(lambda: self._pass("normal"), self._patience)
            if flush and self.logs is not None:
                self._persist(self.logs.flush, self._patience)
        return self.result

    def meet(self) -> ReplicationLogs:
        """Read both logs, as `run` would do first. Raises what `run` raises."""
        with self._meter:
            self._interruptible()
            self._persist(self._find_common_ancestry, self._patience)
        assert self.logs is not None
        return self.logs

    def go_on(self) -> None:
        """After `run`: what the source holds beyond, without looking at the logs again. With `own_filter` the next run will."""
        if self._own_filter is None:
            with self._meter:
                self._persist(lambda: self._pass("normal"), self._patience)

    def run_continuous(self) -> None:
        """Copy, then wait for changes and copy again. Ends when the cancel flag is set; raises when the peer refuses us."""
        endless = Patience(None, self._patience.random, self._patience.wait)
        with self._meter:
            self._interruptible()
            try:
                self._persist(lambda: self._pass("normal"), endless)
                while True:
                    self._persist(lambda: self._pass("longpoll"), endless)
            except errors.Cancelled:
                self._last_word()

    def _persist(self, step: Callable[[], None], patience: Patience) -> None:
        patience.persist(step, progress=self._came_to, failed=self._failed)

    def _pass(self, feed: Feed) -> None:
        """The replication protocol once, from the common ancestor to the end of the feed."""
        if not self._ready:
            self._find_common_ancestry()
        assert self.logs is not None
        try:
            self._prove_resume_point()
            self._offer_rejected_again()
            while not self._copy(self._plan(feed)):
                pass
        finally:
            self.logs.save()

    def _copy(self, plan: _Plan) -> bool:
        """Locate Changed Documents, then batch by batch. False when another feed has to follow."""
        assert self.logs is not None
        batches = Batches(self._source, plan.request)
        tail, rows_read = self.logs.tail_at(self.direction, plan.request.since), 0
        try:
            with closing(self._stream(batches)) as stream:
                for rows in stream:
                    self._check_cancel()
                    self._replicate_batch(rows)
                    rows_read += len(rows)
                    tail = tail.followed_by(rows)
                    self.logs.committed(self.direction, tail.seq, tail)
                    self._meter.rows_done(len(rows), tail.seq, more=len(rows) >= self._batch_size)
                    if plan.loads_bodies and self._mostly_held():
                        self._look_before_loading = True
                        return False
        except errors.PeerError as error:
            if not plan.own_filter or isinstance(error, errors.Unauthorized | errors.Forbidden):
                raise
            self._own_filter = None     # a peer without `filter=_selector`: it was only a saving
            return False
        self._feed_ended(batches.last_seq, tail.seq, any_rows=rows_read > 0)
        return plan.request.limit is None or rows_read < plan.request.limit

    def _replicate_batch(self, rows: Sequence[ChangeRow]) -> None:
        missing = self._revision_difference(rows)
        bodies: list[Doc] = []
        others: list[tuple[str, str]] = []
        for row in rows:
            for rev in missing.get(row.id, ()):
                doc = direct(row, rev)
                if doc is not None:
                    bodies.append(doc)
                else:
                    others.append((row.id, rev))
        self._upload(bodies)
        for docs in fetch(self._source, others):
            self._upload(docs)

    # --- Find Common Ancestry -------------------------------------------------------------------------------------

    def _find_common_ancestry(self) -> None:
        if self.logs is None:
            self.logs = ReplicationLogs.open(
                self._local, self._remote, clock=self._clock, selector=self._selector, doc_ids=self._doc_ids
            )
        if self.logs.lacks_selector and self.direction == "pull":
            self._own_filter = None
            if self._selector is not None:
                raise errors.NotImplementedByPeer("this peer cannot filter by a selector; name doc_ids or copy everything")
        start = self.logs.resume_of(self.direction)
        self.result.start_seq = self.result.last_seq = self.logs.get(self.direction).source_last_seq
        self._fallback = start.fallback
        # `sync` may have moved the push log meanwhile: a proof is for the seq it was made for
        self._proof = start.proof if self.result.start_seq == start.seq else None
        self._rejections = Rejections(self._local, self.logs.peer_id, self.direction)
        self._writer = Writer(self._target, rejections=self._rejections, result=self.result)
        self._asks = AskFirst(self._target, always=self._ask_first, sure=start.newest or start.fresh)
        self._look_before_loading = False
        self._blank = start.fresh and self.direction == "pull" and self._local.info().update_seq == 0
        self._held = self._new = 0
        self._ready = True

    def _prove_resume_point(self) -> None:
        """After a cut the local log is ahead of the sessions: true only if the source still is what it was."""
        assert self.logs is not None
        if self._proof is None:
            return
        request = replace(self._request(), since=self._proof.since, include_docs=False, limit=len(self._proof.rows))
        try:
            with closing(self._source.changes(request, cancel=self._cancel)) as feed:
                proven = self._proof.is_proven_by(list(feed))
        except errors.PeerError as error:
            if isinstance(error, errors.ServerError):
                raise
            proven = False
        if not proven:
            self.logs.settled = False
            self.logs.back_to(self.direction, self._fallback)
        self._proof = None

    # --- Locate Changed Documents ---------------------------------------------------------------------------------

    def _plan(self, feed: Feed) -> _Plan:
        assert self.logs is not None
        request = replace(self._request(), feed=feed)
        own_filter = self._own_filter is not None and self.logs.settled
        look = self._look_before_loading
        if self.direction == "pull" and self.logs.echo and not own_filter:
            look = True     # what we pushed comes back first: look before loading
            request = replace(request, limit=max(50, 2 * self.logs.echo), feed="normal")
            self.logs.echo = 0
        request = replace(request, include_docs=not look)
        return _Plan(request, loads_bodies=not look and hasattr(self._source, "traffic"), own_filter=own_filter)

    def _request(self) -> ChangesRequest:
        assert self.logs is not None
        own_filter = self._own_filter if self.logs.settled else None
        filters = [one for one in (self._selector, own_filter) if one is not None]
        return ChangesRequest(
            since=self.logs.get(self.direction).source_last_seq,
            style="all_docs",
            timeout_ms=tuning.LONGPOLL_MS,
            doc_ids=tuple(self._doc_ids) if self._doc_ids is not None else None,
            selector=None if not filters else filters[0] if len(filters) == 1 else {"$and": filters},
        )

    def _stream(self, batches: Batches) -> Any:
        def room() -> tuple[int, int]:
            return self._batch_size, self._writer.budget

        return batches.pipelined(room, self._cancel) if self._threaded else batches.inline(room, self._cancel)

    def _mostly_held(self) -> bool:
        """After a bundle, a relay or a restore most bodies of the feed are here already: ask for revisions only."""
        return self._held >= tuning.HELD_ROWS_BEFORE_LOOKING and self._held > 4 * self._new

    def _feed_ended(self, last_seq: int | str, seen: int | str, *, any_rows: bool) -> None:
        assert self.logs is not None
        if self.direction == "pull" and not self.logs.settled:
            self.logs.settle()
        if last_seq != seen and any_rows:
            self.logs.committed(self.direction, last_seq, None)
        elif last_seq != seen:
            self.logs.drift(self.direction, last_seq)
        self.result.last_seq = self.logs.get(self.direction).source_last_seq

    # --- Calculate Revision Difference ----------------------------------------------------------------------------

    def _revision_difference(self, rows: Sequence[ChangeRow]) -> Mapping[str, Sequence[str]]:
        """{id: the leaves to copy}. What came from the remote side in this run is no question."""
        leaves: dict[str, Sequence[str]] = {row.id: row.revs for row in rows}
        if self.known and self.direction == "push":
            leaves = {id: [rev for rev in revs if (id, rev) not in self.known] for id, revs in leaves.items()}
            leaves = {id: revs for id, revs in leaves.items() if revs}
        if not leaves or self._blank or not self._asks.pays(leaves, self._body_bytes(rows)):
            return leaves
        missing = {id: diff.missing for id, diff in self._target.revs_diff(leaves).items()}
        asked, lacking = sum(map(len, leaves.values())), sum(map(len, missing.values()))
        self._asks.learned(asked, lacking)
        self._held += asked - lacking
        self._new += lacking
        return missing

    def _body_bytes(self, rows: Sequence[ChangeRow]) -> int:
        if not hasattr(self._target, "traffic"):
            return 0
        return sum(len(msgspec.json.encode(row.doc)) for row in rows if row.doc is not None)

    # --- Upload Batch of Changed Documents ------------------------------------------------------------------------

    def _upload(self, docs: Sequence[Doc]) -> None:
        assert self.logs is not None
        if not docs:
            return
        self.result.docs_read += len(docs)
        self._writer.write(docs)
        self._rejections.save()
        self.logs.own("pull" if self.direction == "push" else "push", *self._writer.take_own_seqs())
        if self.direction == "pull" and len(self.known) < tuning.KNOWN_REVS:
            self.known.update([(doc["_id"], doc["_rev"]) for doc in docs])

    def _offer_rejected_again(self) -> None:
        ids = self._rejections.to_retry(self._retry_rejected)
        self._retry_rejected = False
        if not ids or self.direction == "pull":
            return
        request = ChangesRequest(style="all_docs", include_docs=True, doc_ids=tuple(ids))
        with closing(self._stream(Batches(self._source, request))) as stream:
            for rows in stream:
                self._replicate_batch(rows)

    # --- interruptions ----------------------------------------------------------------------------------------------

    def _came_to(self) -> object:
        return self.logs.get(self.direction).source_last_seq if self.logs is not None else None

    def _failed(self, error: errors.SyncError) -> None:
        if self._ready:
            self._writer.line_was_cut()
            self._asks.sure(False)      # the last batch may have arrived without its answer

    def _interruptible(self) -> None:
        for peer in (self._source, self._target):
            if hasattr(peer, "set_cancel"):
                peer.set_cancel(self._cancel)

    def _last_word(self) -> None:
        """After cancelling: one attempt to leave the remote side's log complete, so that less is offered again."""
        for peer in (self._source, self._target):
            if hasattr(peer, "set_cancel"):
                peer.set_cancel(None)
        if self.logs is not None:
            with suppress(errors.SyncError):
                self.logs.flush()

    def _pause(self, seconds: float) -> None:
        if self._cancel.wait(seconds):
            raise errors.Cancelled("cancelled by the caller")

    def _check_cancel(self) -> None:
        if self._cancel.is_set():
            raise errors.Cancelled("cancelled by the caller")


def sync(
    local: Peer,
    remote: Peer,
    *,
    own_filter: Mapping[str, Any] | None = None,
    **options: Any,
) -> SyncResult:
    """Pull, then push, over one warm connection. With nothing new this is two small requests. What was written here before goes
    out while the pull comes in, over a second connection, unless `pipeline` is False.

    `options` are the Replicator's: ask_first, retry_rejected, batch_size, progress, cancel, clock, random, wait, attempts,
    pipeline, selector, doc_ids. Raises what `Replicator.run` raises.
    """
    options["progress"] = one_at_a_time(options.get("progress"))

    def push(source: Peer, target: Peer, logs: ReplicationLogs) -> Replicator:
        return Replicator(source, target, local="source", logs=logs, known=pull.known, **options)

    pull = Replicator(remote, local, local="target", own_filter=own_filter, **options)
    early = EarlyPush.if_it_pays(
        local, remote, push, cancel=options.get("cancel"), selector=options.get("selector"), doc_ids=options.get("doc_ids")
    ) if options.get("pipeline", True) else None
    sent = ReplicationResult()
    try:
        logs = pull.meet()
        if early is not None:
            early.go(logs)
        pull.run(flush=False)
    finally:
        if early is not None:
            sent = early.join()
    if sent.docs_written and logs.echo:
        pull.go_on()    # what we pushed may have moved documents in the feed that was being read
    return SyncResult(pull.result, sent.followed_by(push(local, remote, logs).run()))


@dataclass(frozen=True, slots=True)
class _Plan:
    request: ChangesRequest
    loads_bodies: bool
    own_filter: bool

