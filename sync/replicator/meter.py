"""What a replication costs and how far it is: counters of the line, seconds, progress for a person. It decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Literal

from sync import errors
from sync.peer import Peer, Seq
from sync.replicator import tuning
from sync.replicator.results import Progress, ReplicationResult

Clock = Callable[[], float]


class Meter:
    """A context: while it is open, `result` is charged with the requests and bytes of every side that has a line."""

    def __init__(
        self,
        result: ReplicationResult,
        stage: Literal["pull", "push"],
        source: Peer,
        target: Peer,
        *,
        clock: Clock = time.monotonic,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._result, self._stage, self._source = result, stage, source
        self._lines = [peer.traffic for peer in (source, target) if hasattr(peer, "traffic")]
        self._clock, self._progress = clock, progress
        self._rows = 0
        self._asked = False
        self._total: int | None = None

    def __enter__(self) -> Meter:
        self._started = self._clock()
        self._before = self._read()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        requests, sent, received = (now - then for now, then in zip(self._read(), self._before, strict=True))
        self._result.requests += requests
        self._result.bytes_sent += sent
        self._result.bytes_received += received
        self._result.seconds += self._clock() - self._started

    def _read(self) -> tuple[int, int, int]:
        return (
            sum(line.requests for line in self._lines),
            sum(line.bytes_sent for line in self._lines),
            sum(line.bytes_received for line in self._lines),
        )

    def rows_done(self, rows: int, seq: Seq, *, more: bool) -> None:
        """Tell the caller. The total is asked for only when somebody listens, and of a remote source only when a full batch or
        `TOTAL_AFTER_ROWS` say that it is a long way."""
        if self._progress is None:
            return
        self._rows += rows
        if not self._asked and (more or self._rows >= tuning.TOTAL_AFTER_ROWS or not hasattr(self._source, "traffic")):
            self._asked, self._total = True, self._ask_total(seq)
        self._progress(self._step())

    def paused(self) -> None:
        if self._progress is not None:
            self._progress(replace(self._step(), paused=True))

    def _step(self) -> Progress:
        seconds = max(self._clock() - self._started, 1e-6)
        rate = self._rows / seconds
        total = max(self._total, self._rows) if self._total is not None else None
        left = (total - self._rows) / rate if total is not None and rate else None
        return Progress(self._stage, self._rows, total, rate, left)

    def _ask_total(self, seq: Seq) -> int | None:
        """An upper bound: seqs count every change, a feed only the latest of each document. None if seqs are opaque."""
        try:
            newest = self._source.info().update_seq
        except errors.SyncError:
            return None
        return self._rows + newest - seq if isinstance(newest, int) and isinstance(seq, int) else None
