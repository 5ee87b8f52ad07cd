"""`Replicator`: copies what a target lacks from a source, and remembers how far it came.

The protocol itself is `one_pass.Pass`; here is what surrounds it: what the caller asks for (`task.Task`), trying again after a
failure, pausing, running on and on. Either side may be a file or a line; `local` says which one is this device's, since its logs
and its lists are kept there.
"""

from __future__ import annotations

import random as random_module
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

from sync import errors
from sync.peer import CancelFlag, Feed, Peer
from sync.replicator import tuning
from sync.replicator.checkpoints import ReplicationLogs
from sync.replicator.control import Interruptions
from sync.replicator.delivery import pending
from sync.replicator.meter import Clock, Meter
from sync.replicator.one_pass import Pass
from sync.replicator.results import Progress, ReplicationResult
from sync.replicator.retry import Patience
from sync.replicator.scope import Scope
from sync.replicator.task import Task


class Replicator:
    """One direction. `local` ("source" or "target") names the side that owns the logs: the replica of this device.

    `selector` and `doc_ids` restrict what is copied and belong to the replication id; `own_filter` is a selector that keeps out
    what the local side wrote itself, a saving only: it is ignored whenever a restore is suspected. It must let pass what others
    write: `$ne` drops documents without the field, so use `{"$nor": [{"device": id, "device_seq": {"$exists": true}}]}`;
    and nobody else may write under that name, no clone of this replica (`own_filter`).
    `first` names documents that are copied before all others. Over a line, large documents (`LARGE_DOC_BYTES`, attachments
    counted) wait until the smaller ones of the same pass are through, those with attachments last; of `most_put_off` the first go
    before more is read. `ask_first` makes a push
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
        most_put_off: int = tuning.MAX_PUT_OFF,
        pipeline: bool = True,
        logs: ReplicationLogs | None = None,
        known: set[tuple[str, str]] | None = None,
    ) -> None:
        self.result = ReplicationResult()
        self.direction: Literal["pull", "push"] = "pull" if local == "target" else "push"
        self.logs = logs
        self.known: set[tuple[str, str]] = set() if known is None else known
        self._stops = Interruptions(cancel, (source, target))
        self._meter = Meter(self.result, self.direction, source, target, clock=clock, progress=progress)
        self._patience = Patience(attempts, random or random_module.Random(), wait or self._stops.pause)
        scope = Scope(selector, doc_ids, own_filter if doc_ids is None and self.direction == "pull" else None)
        self._task = Task(
            source, target, self.direction, scope, self.result, self._meter, self._stops, clock, self.known, tuple(first),
            ask_first, retry_rejected, batch_size or tuning.BATCH_ROWS, most_put_off, threaded=pipeline,
        )
        self._pass: Pass | None = None
        self._has_run = False

    def run(self, *, flush: bool = True) -> ReplicationResult:
        """Copy everything the target lacks now, then return. Safe to repeat, to cut and to run twice at once.

        `flush=False` leaves the remote side's log to another direction that follows at once.
        """
        if self._has_run:   # a second run looks at both logs anew
            self._forget()
        self._has_run = True
        with self._meter:
            self._stops.bind()
            self._persist(lambda: self._copy("normal"), self._patience)
            if flush and self.logs is not None:
                self._persist(self.logs.flush, self._patience)
        return self.result

    def meet(self) -> ReplicationLogs:
        """Read both logs, as `run` would do first. Raises what `run` raises."""
        with self._meter:
            self._stops.bind()
            self._persist(self._meet, self._patience)
        assert self.logs is not None
        return self.logs

    def go_on(self) -> None:
        """After `run`: what the source holds beyond, without looking at the logs again. With `own_filter` the next run will."""
        if self._task.scope.own_filter is None:
            with self._meter:
                self._persist(lambda: self._copy("normal"), self._patience)

    def pending(self, ids: Sequence[str] | None = None) -> set[str]:
        """Of a push: which of `ids` (None: of all documents) the target is not known to hold as they are now. Asks no network
        once `run` has met the target. Raises BadRequest of a pull."""
        if self.direction != "push":
            raise errors.BadRequest("pending is a question to a push: what a pull has not brought is not known here")
        return pending(self._task.local, (self.logs or self.meet()).peer_id, ids)

    def run_continuous(self) -> None:
        """Copy, then wait for changes and copy again. Ends when the cancel flag is set; raises when the peer refuses us."""
        endless = Patience(None, self._patience.random, self._patience.wait)
        with self._meter:
            self._stops.bind()
            try:
                self._persist(lambda: self._copy("normal"), endless)
                while True:
                    self._persist(lambda: self._copy("longpoll"), endless)
            except errors.Cancelled:
                self._last_word()

    def _copy(self, feed: Feed) -> None:
        if self._pass is None:
            self._meet()
        assert self._pass is not None
        self._pass.run(feed)

    def _meet(self) -> None:
        self._pass = Pass.meet(self._task, self.logs)
        self.logs = self._pass.logs

    def _forget(self) -> None:
        """Both sides are met anew before anything else."""
        self.logs = self._pass = None

    # --- trying again, pausing, ending -----------------------------------------------------------------------------

    def _persist(self, step: Callable[[], None], patience: Patience) -> None:
        while True:
            try:
                return patience.persist(step, progress=self._came_to, failed=self._failed)
            except errors.Cancelled as stopped:
                if not self._stops.hold(self._meter.paused):
                    raise
                self._failed(stopped)

    def _came_to(self) -> object:
        """A value that changes when something was achieved."""
        seq = self.logs.get(self.direction).source_last_seq if self.logs is not None else None
        return seq, self.result.docs_written

    def _failed(self, error: errors.SyncError) -> None:
        if isinstance(error, errors.BadAnswer):
            self._forget()      # perhaps it is another peer
        if self._pass is not None:
            self._pass.line_was_cut()

    def _last_word(self) -> None:
        """After cancelling: one attempt to leave the remote side's log complete, so that less is offered again."""
        self._stops.unbind()
        if self.logs is not None:
            with suppress(errors.SyncError):
                self.logs.flush()
