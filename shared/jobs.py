"""The one scheduler of a program: what runs by the clock, and a file that says when, so that `status` of another process can.

    jobs = Jobs()
    jobs.every("alarms", 60, look)              jobs.daily("sweep", 3, sweep)           jobs.monthly("report", 1, 4, report)
    jobs.once("round", 0, go)                   # named again before it ran: moved
    jobs.tell(home / "jobs.json"); jobs.start(); ...; jobs.stop()
A job never runs twice at once; what fell due meanwhile, or while the machine slept, runs once afterwards. A job that fails is
logged and runs again at its next time. Hours are China's. What only commits wake is no job. Must not know what the work is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from shared.ledger.days import SHANGHAI
from shared.ledger.formats import loose_json

log = logging.getLogger("shared.jobs")
VERSION = 1
Work = Callable[[], object]
# Runs of one order that wait behind each other; each waits for a thread, and more are one order all the same.
_WAITING = 3
# A clock that is set back by less is kept right by small steps.
_CLOCK_SET = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Job:
    """`next`, `last`: ms since 1970, None for never; `failed`: its last run ended with an error."""

    name: str
    next: int | None = None
    last: int | None = None
    failed: bool = False


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """One that is stopped while it hands out an order looks for it in vain afterwards; that is no fault to be printed."""

    _looked: dt.datetime | None = None

    def _process_jobs(self) -> Any:
        now = dt.datetime.now(SHANGHAI)
        if self._looked is not None and now < self._looked - _CLOCK_SET:
            self._plan_anew(now)
        self._looked = now
        try:
            return super()._process_jobs()
        except JobLookupError:
            if self.running:
                raise
            return None

    def _plan_anew(self, now: dt.datetime) -> None:
        """The machine's clock was set back: what was planned by the wrong one would wait for that time to come again."""
        log.warning("the clock was set back to %s: all jobs are planned anew", now)
        for job in self.get_jobs():
            if isinstance(job.trigger, DateTrigger):
                again = now                                 # an order: too early is better than years late
            elif isinstance(job.trigger, IntervalTrigger):
                again = now + job.trigger.interval          # it counts from when it was made
            else:
                again = job.trigger.get_next_fire_time(None, now)
            job.modify(next_run_time=again)


class Jobs:
    """Every method from any thread. `threads`: how many jobs may run side by side."""

    def __init__(self, threads: int = 1) -> None:
        self._executor = ThreadPoolExecutor(threads)
        self._scheduler = _Scheduler(
            executors={"default": self._executor}, timezone=SHANGHAI,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1})
        self._guard = threading.RLock()
        self._ran: dict[str, tuple[int, bool]] = {}
        self._alone: dict[str, threading.Lock] = {}
        self._file: Path | None = None

    def every(self, name: str, seconds: float, work: Work) -> None:
        """For the first time when so many seconds have passed."""
        self._add(name, work, "interval", seconds=seconds)

    def daily(self, name: str, hour: int, work: Work) -> None:
        self._add(name, work, "cron", hour=hour)

    def monthly(self, name: str, day: int, hour: int, work: Work) -> None:
        self._add(name, work, "cron", day=day, hour=hour)

    def once(self, name: str, seconds: float, work: Work) -> None:
        """Ordered again while it runs, it runs once more afterwards: an order is never lost."""
        when = dt.datetime.now(SHANGHAI) + dt.timedelta(seconds=seconds)
        self._add(name, work, "date", run_date=when, max_instances=_WAITING)

    def forget(self, name: str) -> None:
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)
        self._write()

    def tell(self, file: Path | None) -> None:
        """Keep this file as the list is, from now on; None: no longer."""
        with self._guard:
            if file is None and self._file is not None:
                self._file.unlink(missing_ok=True)
            self._file = file
        self._write()

    def start(self) -> None:
        if not self._scheduler.running:
            self._scheduler.start()
        self._write()

    def stop(self, *, wait: bool = True) -> None:
        """Waits for what runs. The scheduler itself must not wait: it would do so under the lock of its list, for which a job
        that ends just then asks to write when it runs next; each would wait for the other for ever."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            if wait:
                self._executor.shutdown(wait=True)
        self.tell(None)

    def listed(self) -> list[Job]:
        """By the time of the next run."""
        ahead = {job.id: _ms(getattr(job, "next_run_time", None)) for job in self._scheduler.get_jobs()}
        with self._guard:
            rows = [Job(name, ahead.get(name), *self._ran.get(name, (None, False))) for name in {**ahead, **self._ran}]
        return sorted(rows, key=lambda row: (row.next is None, row.next, row.name))

    def _add(self, name: str, work: Work, trigger: str, **when: Any) -> None:
        with self._guard:
            alone = self._alone.setdefault(name, threading.Lock())

        def run() -> None:
            failed = False
            try:
                with alone:
                    work()
            except Exception:
                failed = True
                log.exception("the job %s failed", name)
            with self._guard:
                self._ran[name] = (_ms(dt.datetime.now(dt.UTC)) or 0, failed)
            self._write()

        self._scheduler.add_job(run, trigger, id=name, replace_existing=True, **when)
        self._write()

    def _write(self) -> None:
        """A disk that is full must not end a job; the list is for people."""
        with self._guard, contextlib.suppress(OSError):
            if self._file is not None:
                fresh = self._file.with_name(f"{self._file.name}.{os.getpid()}.tmp")
                fresh.write_text(json.dumps({"version": VERSION, "jobs": [asdict(row) for row in self.listed()]}), "utf-8")
                fresh.replace(self._file)


def told(file: Path, names: tuple[str, ...], *, running: bool) -> list[Job]:
    """The jobs of a program as its file says, those of `names` in any case; without a next run when it does not run."""
    found = {name: Job(name) for name in names}
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        for row in loose_json.read(file)["jobs"]:
            known = _job(row)
            found[known.name] = known if running else Job(known.name, None, known.last, known.failed)
    return list(found.values())


def _job(row: Mapping[str, Any]) -> Job:
    times = {name: int(row[name]) if row[name] is not None else None for name in ("next", "last")}
    return Job(str(row["name"]), times["next"], times["last"], row["failed"] is True)


def _ms(moment: dt.datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment is not None else None
