"""`Replicator`: copies what a target lacks from a source, and remembers how far it came.

What lives here: the loop of the CouchDB Replication Protocol in one direction. Reading is `replicator_pull`'s, writing
`replicator_push`'s, what is missing `replicator_diff`'s, order `replicator_priority`'s, checkpoints `replication_log`'s, trying
again `replicator_retry`'s. Either side may be a file or a line; `local` says which one is this device's, since its logs and its
lists are kept there.
"""

from __future__ import annotations

import random as random_module
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from sync import errors
from sync.peer import CancelFlag, ChangeRow, ChangesRequest, Doc, Feed, Peer
from sync.replicator import tuning
from sync.replicator.checkpoints import ReplicationLogs
from sync.replicator.control import Interruptions
from sync.replicator.delivery import pending
from sync.replicator.diff import RevisionDifference
from sync.replicator.meter import Clock, Meter
from sync.replicator.own_filter import still_good
from sync.replicator.pull import Batches, direct, fetch
from sync.replicator.push import Rejections, Writer
from sync.replicator.put_off import PutOff, stub_of
from sync.replicator.results import Progress, ReplicationResult
from sync.replicator.retry import Patience
from sync.replicator.scope import Scope


class Replicator:
    """One direction. `local` ("source" or "target") names the side that owns the logs: the replica of this device.

    `selector` and `doc_ids` restrict what is copied and belong to the replication id; `own_filter` is a selector that keeps out
    what the local side wrote itself, a saving only: it is ignored whenever a restore is suspected. It must let pass what others
    write: `$ne` drops documents without the field, so use `{"$nor": [{"device": id, "device_seq": {"$exists": true}}]}`;
    and nobody else may write under that name, no clone of this replica (`own_filter`).
    `first` names documents that are copied before all others. Over a line, large documents (`LARGE_DOC_BYTES`, attachments
    counted) wait until the smaller ones of the same pass are through, those with attachments last. `ask_first` makes a push
    always ask `_revs_diff` before it sends bodies (files). `retry_rejected` offers again what the target refused earlier.
    `cancel` is a `threading.Event`, or a `Control`, by which the run can also be paused. `wait(seconds)` is the pause between
    attempts. `pipeline=False` keeps everything in the caller's thread.
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
        first: Sequence[str] = (),
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
        self._scope = Scope(selector, doc_ids, own_filter if doc_ids is None and self.direction == "pull" else None)
        self._first = tuple(first)
        self._ask_first, self._retry_rejected = ask_first, retry_rejected
        self._batch_size = batch_size or tuning.BATCH_ROWS
        self._clock = clock
        self._stops = Interruptions(cancel, (source, target))
        self._threaded = pipeline
        self._meter = Meter(self.result, self.direction, source, target, clock=clock, progress=progress)
        self._patience = Patience(attempts, random or random_module.Random(), wait or self._stops.pause)
        self._put_off = PutOff()
        self._ranks = hasattr(source, "traffic") or hasattr(target, "traffic")      # without a line nothing has to wait
        self._ready = self._has_run = self._out_of_turn = False

    # --- the whole ------------------------------------------------------------------------------------------------

    def run(self, *, flush: bool = True) -> ReplicationResult:
        """Copy everything the target lacks now, then return. Safe to repeat, to cut and to run twice at once.

        `flush=False` leaves the remote side's log to another direction that follows at once.
        """
        if self._has_run:   # a second run looks at both logs anew
            self._ready, self.logs = False, None
        self._has_run = True
        with self._meter:
            self._stops.bind()
            self._persist(lambda: self._pass("normal"), self._patience)
            if flush and self.logs is not None:
                self._persist(self.logs.flush, self._patience)
        return self.result

    def meet(self) -> ReplicationLogs:
        """Read both logs, as `run` would do first. Raises what `run` raises."""
        with self._meter:
            self._stops.bind()
            self._persist(self._find_common_ancestry, self._patience)
        assert self.logs is not None
        return self.logs

    def go_on(self) -> None:
        """After `run`: what the source holds beyond, without looking at the logs again. With `own_filter` the next run will."""
        if self._scope.own_filter is None:
            with self._meter:
                self._persist(lambda: self._pass("normal"), self._patience)

    def pending(self, ids: Sequence[str] | None = None) -> set[str]:
        """Of a push: which of `ids` (None: of all documents) the target is not known to hold as they are now. Asks no network
        once `run` has met the target. Raises BadRequest of a pull."""
        if self.direction != "push":
            raise errors.BadRequest("pending is a question to a push: what a pull has not brought is not known here")
        return pending(self._local, (self.logs or self.meet()).peer_id, ids)

    def run_continuous(self) -> None:
        """Copy, then wait for changes and copy again. Ends when the cancel flag is set; raises when the peer refuses us."""
        endless = Patience(None, self._patience.random, self._patience.wait)
        with self._meter:
            self._stops.bind()
            try:
                self._persist(lambda: self._pass("normal"), endless)
                while True:
                    self._persist(lambda: self._pass("longpoll"), endless)
            except errors.Cancelled:
                self._last_word()

    def _persist(self, step: Callable[[], None], patience: Patience) -> None:
        while True:
            try:
                return patience.persist(step, progress=self._came_to, failed=self._failed)
            except errors.Cancelled as stopped:
                if not self._stops.hold(self._meter.paused):
                    raise
                self._failed(stopped)

    def _pass(self, feed: Feed) -> None:
        """The replication protocol once, from the common ancestor to the end of the feed."""
        if not self._ready:
            self._find_common_ancestry()
        assert self.logs is not None
        try:
            self._prove_resume_point()
            self._copy_first()
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
        self._put_off.clear()
        self._out_of_turn = False
        try:
            with closing(self._stream(batches)) as stream:
                for rows in stream:
                    self._stops.check()
                    self._replicate_batch(rows)
                    rows_read += len(rows)
                    tail = tail.followed_by(rows)
                    if self._put_off.full:
                        self._copy_put_off()
                    if not self._put_off and not self._writer.undecided:
                        self.logs.committed(self.direction, tail.seq, tail)
                    self._meter.rows_done(len(rows), tail.seq, more=len(rows) >= self._batch_size)
                    if plan.loads_bodies and self._diff.mostly_held():
                        self._look_before_loading = True
                        return False
        except errors.PeerError as error:
            if not plan.own_filter or isinstance(error, errors.Unauthorized | errors.Forbidden):
                raise
            self._scope.own_filter = None   # a peer without `filter=_selector`: it was only a saving
            return False
        if self._put_off or self._writer.undecided:
            self._copy_put_off()
            self._writer.settle()
            self._rejections.save()
            self.logs.committed(self.direction, tail.seq, tail)
        self._feed_ended(batches.last_seq, tail.seq, any_rows=rows_read > 0)
        return plan.request.limit is None or rows_read < plan.request.limit

    def _replicate_batch(self, rows: Sequence[ChangeRow]) -> None:
        missing = self._diff.of(rows)
        self._rejections.accepted([row.id for row in rows if not missing.get(row.id)])   # it came there another way
        ranks = self._ranks and not self._out_of_turn
        bodies: list[Doc] = []
        wanted: list[tuple[str, str]] = []
        unseen: list[tuple[str, str]] = []      # perhaps large: looked at before their attachments are loaded
        for row in rows:
            for rev in missing.get(row.id, ()):
                seen = stub_of(row, rev) if ranks else None
                doc = direct(row, rev)
                if doc is not None and (self.direction == "pull" or not ranks or not self._put_off.takes(row.id, rev, doc)):
                    bodies.append(doc)      # (a pull has it already: weighing it saves nothing)
                elif doc is None and ranks and seen is None:
                    unseen.append((row.id, rev))
                elif doc is None and (seen is None or not self._put_off.takes(row.id, rev, seen)):
                    wanted.append((row.id, rev))
        self._upload(bodies)
        wanted += self._light_ones(unseen)
        for docs in fetch(self._source, wanted):
            self._upload(docs)
        self._rejections.save()

    def _light_ones(self, unseen: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Upload those without attachments; of the others those to load now."""
        light: list[tuple[str, str]] = []
        for docs in fetch(self._source, unseen, attachments=False):
            whole: list[Doc] = []
            for doc in docs:
                loaded = self.direction == "pull" and "_attachments" not in doc
                if not loaded and self._put_off.takes(doc["_id"], doc["_rev"], doc):
                    continue
                if "_attachments" in doc:
                    light.append((doc["_id"], doc["_rev"]))
                else:
                    whole.append(doc)
            self._upload(whole)
        return light

    def _copy_put_off(self) -> None:
        """What had to wait, one by one: the heaviest may be all that memory bears."""
        for key in self._put_off.in_order():
            self._stops.check()
            for docs in fetch(self._source, [key]):
                self._upload(docs)

    # --- Find Common Ancestry -------------------------------------------------------------------------------------

    def _find_common_ancestry(self) -> None:
        if self.logs is None:
            self.logs = ReplicationLogs.open(
                self._local, self._remote, clock=self._clock, selector=self._scope.selector, doc_ids=self._scope.doc_ids
            )
        if self.logs.lacks_selector and self.direction == "pull":
            self._scope.own_filter = None
            if self._scope.selector is not None:
                raise errors.NotImplementedByPeer("this peer cannot filter by a selector; name doc_ids or copy everything")
        if self._scope.own_filter is not None and not still_good(self._local, self._scope.own_filter):
            self._scope.own_filter = None
        start = self.logs.resume_of(self.direction)
        self.result.start_seq = self.result.last_seq = self.logs.get(self.direction).source_last_seq
        self._fallback = start.fallback
        # `sync` may have moved the push log meanwhile: a proof is for the seq it was made for
        self._proof = start.proof if self.result.start_seq == start.seq else None
        self._rejections = Rejections(self._local, self.logs.peer_id, self.direction)
        self._writer = Writer(self._target, rejections=self._rejections, result=self.result)
        self._diff = RevisionDifference(
            self._target, ask=self._ask_first, sure=start.newest or start.fresh,
            known=self.known if self.direction == "push" else set(),
            blank=start.fresh and self.direction == "pull" and self._local.info().update_seq == 0,
        )
        self._look_before_loading = False
        self._ready = True

    def _prove_resume_point(self) -> None:
        """After a cut the local log is ahead of the sessions: true only if the source still is what it was."""
        assert self.logs is not None
        if self._proof is None:
            return
        request = replace(self._request(), since=self._proof.since, include_docs=False, limit=len(self._proof.rows))
        try:
            with closing(self._source.changes(request, cancel=self._stops.flag)) as feed:
                proven = self._proof.is_proven_by(list(feed)) and not self.logs.remote_is_restored()
        except errors.PeerError as error:
            if isinstance(error, errors.ServerError):
                raise
            proven = False
        if proven:
            self.logs.proven(self.direction)
        else:
            self.logs.settled = False
            self.logs.back_to(self.direction, self._fallback)
        self._proof = None

    # --- Locate Changed Documents ---------------------------------------------------------------------------------

    def _plan(self, feed: Feed) -> _Plan:
        assert self.logs is not None
        own_filter = self._scope.own_filter is not None and self.logs.settled
        request = replace(self._request(), feed=feed)
        look = self._look_before_loading
        if self.direction == "pull" and self.logs.echo and not own_filter:
            look = True     # what we pushed comes back first: look before loading
            request = replace(request, limit=max(50, 2 * self.logs.echo), feed="normal")
            self.logs.echo = 0
        request = replace(request, include_docs=not look)
        return _Plan(request, loads_bodies=not look and hasattr(self._source, "traffic"), own_filter=own_filter)

    def _request(self) -> ChangesRequest:
        assert self.logs is not None
        return self._scope.request(self.logs.get(self.direction).source_last_seq, own_filter=self.logs.settled)

    def _stream(self, batches: Batches) -> Any:
        def room() -> tuple[int, int]:
            return self._batch_size, self._writer.budget

        return batches.pipelined(room, self._stops.flag) if self._threaded else batches.inline(room, self._stops.flag)

    def _feed_ended(self, last_seq: int | str, seen: int | str, *, any_rows: bool) -> None:
        assert self.logs is not None
        if self.direction == "pull" and not self.logs.settled:
            self.logs.settle()
        if last_seq != seen and any_rows:
            self.logs.committed(self.direction, last_seq, None)
        elif last_seq != seen:
            self.logs.drift(self.direction, last_seq)
        self.result.last_seq = self.logs.get(self.direction).source_last_seq

    # --- Upload Batch of Changed Documents ------------------------------------------------------------------------

    def _upload(self, docs: Sequence[Doc]) -> None:
        assert self.logs is not None
        if not docs:
            return
        self.result.docs_read += len(docs)
        self._writer.write(docs)
        self._rejections.save()
        self.logs.own("pull" if self.direction == "push" else "push", *self._writer.take_own_seqs())
        if self.direction == "pull":
            _remember(self.known, docs)
        if self._put_off or self._out_of_turn:      # the feed will show them again
            _remember(self._diff.known, docs)

    def _copy_first(self) -> None:
        """The named documents as they are now. Only a wish for an order: a peer that cannot name documents gives them in turn."""
        try:
            self._copy_only(self._first)
        except errors.PeerError as error:
            if isinstance(error, errors.Unauthorized | errors.Forbidden | errors.ServerError):
                raise
        self._first = ()

    def _offer_rejected_again(self) -> None:
        ids = self._rejections.to_retry(self._retry_rejected)
        self._retry_rejected = False
        if self.direction == "push":
            self._copy_only(ids)

    def _copy_only(self, ids: Sequence[str]) -> None:
        request = self._scope.only(ids)
        if request is not None:
            with closing(self._stream(Batches(self._source, request))) as stream:
                self._out_of_turn = True
                for rows in stream:
                    self._replicate_batch(rows)
                self._out_of_turn = False

    # --- interruptions ----------------------------------------------------------------------------------------------

    def _came_to(self) -> object:
        seq = self.logs.get(self.direction).source_last_seq if self.logs is not None else None
        return seq, self.result.docs_written

    def _failed(self, error: errors.SyncError) -> None:
        if isinstance(error, errors.BadAnswer):
            self.logs, self._ready = None, False    # perhaps it is another peer: met anew
        if self._ready:
            self._writer.line_was_cut()
            self._diff.sure(False)      # the last batch may have arrived without its answer

    def _last_word(self) -> None:
        """After cancelling: one attempt to leave the remote side's log complete, so that less is offered again."""
        self._stops.unbind()
        if self.logs is not None:
            with suppress(errors.SyncError):
                self.logs.flush()


def _remember(pairs: set[tuple[str, str]], docs: Sequence[Doc]) -> None:
    if len(pairs) < tuning.KNOWN_REVS:
        pairs.update([(doc["_id"], doc["_rev"]) for doc in docs])


@dataclass(frozen=True, slots=True)
class _Plan:
    request: ChangesRequest
    loads_bodies: bool
    own_filter: bool

