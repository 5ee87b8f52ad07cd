"""One sync worker per HOME: a cadence, back-off with jitter while the line is bad, "now", pause, stop.

    start -> lock -> round -> good: next in CADENCE_S -> ...
                           -> bad:  next in 15 s, 30 s, ... 15 min, each +-25 %, so that a town's tablets
                                    do not call in step

What a round does is `sync_round`; this module only decides when. Rounds are a job of the program's scheduler (`shared.jobs`).
Must not know: Kivy, replicas.
"""

from __future__ import annotations

import logging
import random as random_module
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from shared.jobs import Jobs
from shared.ledger.texts import t
from sync.errors import SyncError
from village_node.point import limits
from village_node.point.errors import NodeError, words_for
from village_node.point.lock import worker_lock
from village_node.point.node import Node
from village_node.point.sync_round import run_round
from village_node.point.upkeep.wishes import wishes_of
from village_node.point.values import SyncProgress, SyncRound

log = logging.getLogger("village_node.sync")
ROUND = "round"


class SyncWorker:
    """Start and stop from one thread; every other method from any thread. `subscribe(callback)` is called
    on the worker's thread after each step; `progress` and `last` hold what to show. `jobs`: the program's scheduler, which it
    starts and stops itself; without one the worker has its own. `run` is one round. `cadence_s` None: as the people of the
    device wish (`upkeep.wishes`)."""

    def __init__(self, node: Node, *, random: random_module.Random | None = None,
                 cadence_s: float | None = None, jobs: Jobs | None = None,
                 run: Callable[..., SyncRound] = run_round) -> None:
        self._node, self._run = node, run
        self._given, self._jobs = jobs, jobs or Jobs()
        self._round = threading.Lock()        # held while a round runs
        self._random = random or random_module.Random()
        self._cadence_s = cadence_s
        self._cancel = threading.Event()
        self._callbacks: list[Callable[[], None]] = []
        self._lock: AbstractContextManager[None] | None = None
        self._failures = 0
        self._paused = False
        self._again = False
        self.progress = SyncProgress("idle", t("node.sync.stage.idle"))
        self.last: SyncRound | None = None
        self.rounds = 0

    # ---- life

    def start(self) -> None:
        """Take the lock and begin with a round at once. Raises WorkerBusy."""
        if self._lock is not None:
            return
        lock = worker_lock(self._node.home.lock_file)
        lock.__enter__()
        self._lock = lock
        self._cancel.clear()
        self._schedule(0.0)
        self._jobs.tell(self._node.home.jobs_file)
        if self._given is None:
            self._jobs.start()

    def stop(self) -> None:
        """End a running round at its next safe point and give the lock back."""
        lock, self._lock = self._lock, None
        if lock is None:
            return
        self._cancel.set()
        self._jobs.forget(ROUND)
        with self._round:                             # a running one ends at its next safe point
            self._jobs.forget(ROUND)
        self._jobs.tell(None)
        if self._given is None:
            self._jobs.stop()
            self._jobs = Jobs()                       # a scheduler that was shut down starts no more
        lock.__exit__(None, None, None)

    @property
    def state(self) -> str:
        """running | paused | stopped"""
        if self._lock is None:
            return "stopped"
        return "paused" if self._paused else "running"

    # ---- orders

    def sync_now(self) -> None:
        """A round at once, also while paused; while one runs, another right after it."""
        self._again = True
        self._failures = 0
        self._schedule(0.0)

    def cancel(self) -> None:
        """End the running round; what is transferred stays, the next round resumes there."""
        self._cancel.set()

    def pause(self) -> None:
        self._paused = True
        self._cancel.set()
        self._tell(SyncProgress("paused", t("node.sync.stage.paused")))

    def resume(self) -> None:
        self._paused = False
        self._schedule(0.0)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Returns the function that ends it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback) if callback in self._callbacks else None

    # ---- rounds

    def next_wait_s(self) -> float:
        """Seconds to the next round after the newest outcome."""
        if self._failures == 0:
            return float(self._cadence_s if self._cadence_s is not None else wishes_of(self._node.home).cadence_s)
        wait = min(limits.BACKOFF_FIRST_S * 2 ** min(self._failures - 1, 20), limits.BACKOFF_MOST_S)
        return float(wait * self._random.uniform(0.75, 1.25))

    def _schedule(self, seconds: float) -> None:
        if self._lock is not None:
            self._jobs.once(ROUND, seconds, self._tick)

    def _tick(self) -> None:
        with self._round:
            self._tick_alone()

    def _tick_alone(self) -> None:
        wanted, self._again = self._again, False
        if self._paused and not wanted:
            return
        self._cancel.clear()
        if self._lock is None:                        # stop() came first; its order must not be lost
            return
        self._tick_now()
        # A job that fell due while this round ran was skipped: order it anew.
        self._schedule(0.0 if self._again else self.next_wait_s())

    def _tick_now(self) -> None:
        try:
            self.last = self._run(self._node, cancel=self._cancel, progress=self._tell)
        except (NodeError, SyncError, OSError) as error:      # run_round answers with values; this is a storage trouble
            log.warning("round failed: %s", error)
            self._tell(SyncProgress("failed", words_for(error).sentence))
            self._failures += 1
        except Exception:
            log.exception("round failed by a fault of the program")
            self._tell(SyncProgress("failed", t("node.error.bug", path=self._node.home.log)))
            self._failures += 1
        else:
            self._failures = 0 if self.last.ok or self.last.error == "cancelled" else self._failures + 1
        self.rounds += 1
        self._notify()

    def _tell(self, progress: SyncProgress) -> None:
        self.progress = progress
        self._notify()

    def _notify(self) -> None:
        for callback in list(self._callbacks):
            try:
                callback()
            except Exception:
                log.exception("a subscriber failed")
