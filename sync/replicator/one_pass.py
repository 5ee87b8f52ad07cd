"""`Pass`: the CouchDB Replication Protocol in one direction, in the order and with the headings of its specification
(https://docs.couchdb.org/en/stable/replication/protocol.html).

    meet    Verify Peers, Find Common Ancestry     both logs -> where to begin; what of the target is known
    run     prove the point to begin at -> what goes out of turn -> batches -> Replication Completed
    batch   Locate Changed Documents -> Calculate Revision Difference -> Fetch Changed Documents -> Upload Batch of
            Changed Documents -> Ensure In Commit, Record Replication Checkpoint

A `Pass` owns everything that is true only of two peers that have met: the logs, what the target refused and lacks, what waits.
When they must meet anew it is thrown away as a whole. What was asked for is the `Task`; trying again is `one_way`'s.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from sync import errors
from sync.peer import ChangeRow, ChangesRequest, Doc, Feed
from sync.replicator import tuning
from sync.replicator.checkpoints import ReplicationLogs
from sync.replicator.diff import RevisionDifference
from sync.replicator.log import Tail
from sync.replicator.own_filter import still_good
from sync.replicator.pull import Batches, direct, fetch
from sync.replicator.push import Rejections, Writer
from sync.replicator.put_off import PutOff, stub_of
from sync.replicator.task import Task


class Pass:
    """Made by `meet`; `run` copies once what the target lacks, and may be called again. `logs` are shared by the two directions
    of a `sync`."""

    # --- Find Common Ancestry -------------------------------------------------------------------------------------

    @classmethod
    def meet(cls, task: Task, logs: ReplicationLogs | None) -> Pass:
        """Read both logs, unless the other direction has. Raises NotImplementedByPeer for a selector that the source cannot
        apply, and what the peers raise."""
        scope = task.scope
        logs = logs or ReplicationLogs.open(
            task.local, task.remote, clock=task.clock, selector=scope.selector, doc_ids=scope.doc_ids)
        if logs.lacks_selector and task.direction == "pull":
            scope.own_filter = None
            if scope.selector is not None:
                raise errors.NotImplementedByPeer("this peer cannot filter by a selector; name doc_ids or copy everything")
        if scope.own_filter is not None and not still_good(task.local, scope.own_filter):
            scope.own_filter = None
        return cls(task, logs)

    def __init__(self, task: Task, logs: ReplicationLogs) -> None:
        self.logs = logs
        self._task, self._direction = task, task.direction
        start = logs.resume_of(task.direction)
        task.result.start_seq = task.result.last_seq = logs.get(task.direction).source_last_seq
        self._fallback = start.fallback
        # `sync` may have moved the push log meanwhile: a proof is for the seq it was made for
        self._proof = start.proof if task.result.start_seq == start.seq else None
        self._rejections = Rejections(task.local, logs.peer_id, task.direction)
        self._writer = Writer(task.target, rejections=self._rejections, result=task.result)
        self._diff = RevisionDifference(
            task.target, ask=task.ask_first, sure=start.newest or start.fresh,
            known=task.known if task.direction == "push" else set(),
            blank=start.fresh and task.direction == "pull" and task.local.info().update_seq == 0,
        )
        self._put_off = PutOff(task.most_put_off)
        self._out_of_turn = False               # named documents: nothing waits, and the feed will show them again
        self._look_before_loading = False       # most bodies of the feed are here: ask for revisions only

    def run(self, feed: Feed) -> None:
        """From the common ancestor to the end of the feed."""
        try:
            self._prove_resume_point()
            self._copy_first()
            self._offer_rejected_again()
            while not self._copy(self._plan(feed)):
                pass
        finally:
            self.logs.save()

    def _prove_resume_point(self) -> None:
        """After a cut the local log is ahead of the sessions: true only if the source still is what it was."""
        if self._proof is None:
            return
        request = replace(self._request(), since=self._proof.since, include_docs=False, limit=len(self._proof.rows))
        try:
            with closing(self._task.source.changes(request, cancel=self._task.stops.flag)) as feed:
                proven = self._proof.is_proven_by(list(feed)) and not self.logs.remote_is_restored()
        except errors.PeerError as error:
            if isinstance(error, errors.ServerError):
                raise
            proven = False
        if proven:
            self.logs.proven(self._direction)
        else:
            self.logs.settled = False
            self.logs.back_to(self._direction, self._fallback)
        self._proof = None

    # --- Locate Changed Documents ---------------------------------------------------------------------------------

    def _plan(self, feed: Feed) -> _Plan:
        """What to ask the source's feed for, as the target's state suggests."""
        own_filter = self._task.scope.own_filter is not None and self.logs.settled
        request = replace(self._request(), feed=feed)
        look = self._look_before_loading
        if self._direction == "pull" and self.logs.echo and not own_filter:
            look = True     # what we pushed comes back first: look before loading
            request = replace(request, limit=max(50, 2 * self.logs.echo), feed="normal")
            self.logs.echo = 0
        request = replace(request, include_docs=not look)
        return _Plan(request, loads_bodies=not look and hasattr(self._task.source, "traffic"), own_filter=own_filter)

    def _request(self) -> ChangesRequest:
        return self._task.scope.request(self.logs.get(self._direction).source_last_seq, own_filter=self.logs.settled)

    def _stream(self, batches: Batches) -> Generator[list[ChangeRow], None, None]:
        def room() -> tuple[int, int]:
            return self._task.batch_size, self._writer.budget

        flag = self._task.stops.flag
        return batches.pipelined(room, flag) if self._task.threaded else batches.inline(room, flag)

    def _copy(self, plan: _Plan) -> bool:
        """The whole feed, batch by batch. False when another feed has to follow."""
        batches = Batches(self._task.source, plan.request)
        tail, rows_read = self.logs.tail_at(self._direction, plan.request.since), 0
        self._put_off.clear()
        try:
            with closing(self._stream(batches)) as stream:
                for rows in stream:
                    self._task.stops.check()
                    self._replicate_batch(rows)
                    rows_read += len(rows)
                    tail = tail.followed_by(rows)
                    self._batch_done(tail, len(rows))
                    if plan.loads_bodies and self._diff.mostly_held():
                        self._look_before_loading = True
                        return False
        except errors.PeerError as error:
            if not plan.own_filter or isinstance(error, errors.Unauthorized | errors.Forbidden):
                raise
            self._task.scope.own_filter = None   # a peer without `filter=_selector`: it was only a saving
            return False
        self._feed_ended(batches, tail, any_rows=rows_read > 0)
        return plan.request.limit is None or rows_read < plan.request.limit

    def _replicate_batch(self, rows: Sequence[ChangeRow]) -> None:
        missing = self._diff.of(rows)           # Calculate Revision Difference
        self._rejections.accepted([row.id for row in rows if not missing.get(row.id)])   # it came there another way
        found = self._sorted(rows, missing)
        self._upload(found.here)
        for docs in fetch(self._task.source, found.to_load + self._light_ones(found.to_look_at)):
            self._upload(docs)
        self._rejections.save()

    # --- Fetch Changed Documents ----------------------------------------------------------------------------------

    def _sorted(self, rows: Sequence[ChangeRow], missing: Mapping[str, Sequence[str]]) -> _Found:
        """Where each missing revision is to be had. Over a line, large ones wait for the end of the pass; what came with the feed
        of a pull is here already, so that to let it wait would save nothing."""
        found = _Found()
        in_turn = self._task.has_line and not self._out_of_turn
        for row in rows:
            for rev in missing.get(row.id, ()):
                doc = direct(row, rev)
                stub = doc or stub_of(row, rev)
                if doc is not None and self._direction == "pull":
                    found.here.append(doc)
                elif in_turn and stub is None:
                    found.to_look_at.append((row.id, rev))
                elif in_turn and stub is not None and self._put_off.takes(row.id, rev, stub):
                    continue
                elif doc is not None:
                    found.here.append(doc)
                else:
                    found.to_load.append((row.id, rev))
        return found

    def _light_ones(self, unseen: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Upload those without attachments; of the others those to load now."""
        light: list[tuple[str, str]] = []
        for docs in fetch(self._task.source, unseen, attachments=False):
            whole: list[Doc] = []
            for doc in docs:
                loaded = self._direction == "pull" and "_attachments" not in doc
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
            self._task.stops.check()
            for docs in fetch(self._task.source, [key]):
                self._upload(docs)

    # --- Upload Batch of Changed Documents ------------------------------------------------------------------------

    def _upload(self, docs: Sequence[Doc]) -> None:
        if not docs:
            return
        self._task.result.docs_read += len(docs)
        self._writer.write(docs)
        self._rejections.save()
        self.logs.own("pull" if self._direction == "push" else "push", *self._writer.take_own_seqs())
        if self._direction == "pull":
            _remember(self._task.known, docs)
        if self._put_off or self._out_of_turn:      # the feed will show them again
            _remember(self._diff.known, docs)

    def _copy_first(self) -> None:
        """The named documents as they are now. Only a wish for an order: a peer that cannot name documents gives them in turn."""
        try:
            self._copy_only(self._task.first)
        except errors.PeerError as error:
            if isinstance(error, errors.Unauthorized | errors.Forbidden | errors.ServerError):
                raise
        self._task.first = ()

    def _offer_rejected_again(self) -> None:
        ids = self._rejections.to_retry(self._task.retry_rejected)
        self._task.retry_rejected = False
        if self._direction == "push":
            self._copy_only(ids)

    def _copy_only(self, ids: Sequence[str]) -> None:
        request = self._task.scope.only(ids)
        if request is None:
            return
        self._out_of_turn = True
        try:
            with closing(self._stream(Batches(self._task.source, request))) as stream:
                for rows in stream:
                    self._replicate_batch(rows)
        finally:
            self._out_of_turn = False

    # --- Record Replication Checkpoint ----------------------------------------------------------------------------

    def _batch_done(self, tail: Tail, rows: int) -> None:
        """The checkpoint follows the target's commit, and stays before whatever waits or is undecided."""
        if self._put_off.full:
            self._copy_put_off()
        if not self._put_off and not self._writer.undecided:
            self.logs.committed(self._direction, tail.seq, tail)
        self._task.meter.rows_done(rows, tail.seq, more=rows >= self._task.batch_size)

    def _feed_ended(self, batches: Batches, tail: Tail, *, any_rows: bool) -> None:
        if self._put_off or self._writer.undecided:
            self._copy_put_off()
            self._writer.settle()
            self._rejections.save()
            self.logs.committed(self._direction, tail.seq, tail)
        if self._direction == "pull" and not self.logs.settled:
            self.logs.settle()
        if batches.last_seq != tail.seq and any_rows:
            self.logs.committed(self._direction, batches.last_seq, None)
        elif batches.last_seq != tail.seq:
            self.logs.drift(self._direction, batches.last_seq)
        self._task.result.last_seq = self.logs.get(self._direction).source_last_seq

    # --- interruptions --------------------------------------------------------------------------------------------

    def line_was_cut(self) -> None:
        """Go on more carefully: the last batch may have arrived without its answer."""
        self._writer.line_was_cut()
        self._diff.sure(False)


def _remember(pairs: set[tuple[str, str]], docs: Sequence[Doc]) -> None:
    if len(pairs) < tuning.KNOWN_REVS:
        pairs.update([(doc["_id"], doc["_rev"]) for doc in docs])


@dataclass(frozen=True, slots=True)
class _Plan:
    request: ChangesRequest
    loads_bodies: bool
    own_filter: bool


@dataclass(slots=True)
class _Found:
    """The missing revisions of a batch: bodies that came with the feed, those to load, and those of unknown size, perhaps large:
    looked at before their attachments are loaded."""

    here: list[Doc] = field(default_factory=list)
    to_load: list[tuple[str, str]] = field(default_factory=list)
    to_look_at: list[tuple[str, str]] = field(default_factory=list)
