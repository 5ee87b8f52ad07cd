"""The scheduler of a program and the list of its jobs that another process reads."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.jobs import Job, Jobs, told
from shared.ledger.days import SHANGHAI

HOUR_MS = 3_600_000


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.stop()


def test_the_list_says_when_each_job_runs_next_in_chinas_hours(jobs: Jobs, tmp_path: Path) -> None:
    file = tmp_path / "jobs.json"
    jobs.daily("sweep", 3, lambda: None)
    jobs.every("look", 7200, lambda: None)
    jobs.monthly("report", 1, 5, lambda: None)
    jobs.tell(file)
    jobs.start()
    found = {job.name: job for job in told(file, ("sweep", "look", "never"), running=True)}
    now = time.time_ns() // 1_000_000
    sweep, look, report = (found[name].next or 0 for name in ("sweep", "look", "report"))
    assert sweep % (24 * HOUR_MS) == 19 * HOUR_MS, "three in the morning in China is 19:00 UTC"
    assert now < sweep <= now + 24 * HOUR_MS
    assert now < look <= now + 2 * HOUR_MS
    assert (report - 21 * HOUR_MS) % (24 * HOUR_MS) == 0
    assert found["never"] == Job("never")


def test_a_program_that_does_not_run_has_no_next_run_but_its_last_one_is_known(jobs: Jobs, tmp_path: Path) -> None:
    file, ran = tmp_path / "jobs.json", threading.Event()
    jobs.tell(file)
    jobs.start()
    jobs.once("round", 0, ran.set)
    assert ran.wait(30)
    while not (last := next(iter(told(file, ("round",), running=True))).last):
        threading.Event().wait(0.01)
    crashed = file.read_bytes()
    jobs.stop()
    assert told(file, ("round",), running=False) == [Job("round")], "who stops in order leaves no list"
    file.write_bytes(crashed)
    assert told(file, ("round",), running=False) == [Job("round", None, last)]


def test_a_job_that_fails_says_so_and_neither_ends_the_others_nor_itself(jobs: Jobs) -> None:
    runs = threading.Semaphore(0)

    def fail() -> None:
        runs.release()
        raise OSError("DEMO")

    jobs.every("bad", 0.05, fail)
    jobs.start()
    assert runs.acquire(timeout=30)
    assert runs.acquire(timeout=30), "again at its next time"
    assert [(job.name, job.failed) for job in jobs.listed()] == [("bad", True)]


def test_a_job_named_again_is_moved_and_a_forgotten_one_never_runs(jobs: Jobs) -> None:
    ran: list[str] = []
    done = threading.Event()
    jobs.start()
    jobs.once("round", 3600, lambda: ran.append("late"))
    jobs.once("gone", 3600, lambda: ran.append("gone"))
    jobs.forget("gone")
    jobs.once("round", 0, lambda: (ran.append("now"), done.set()))
    assert done.wait(30)
    assert ran == ["now"]
    assert "gone" not in {job.name for job in jobs.listed()}


def test_an_order_that_comes_while_its_job_runs_is_carried_out_afterwards(jobs: Jobs) -> None:
    begun, go_on, done, order = threading.Event(), threading.Event(), threading.Event(), []

    def first() -> None:
        begun.set()
        go_on.wait(30)
        order.append("first")

    def second() -> None:
        order.append("second")
        done.set()

    jobs.start()
    jobs.once("round", 0, first)
    assert begun.wait(30)
    jobs.once("round", 0, second)
    go_on.set()
    assert done.wait(30)
    assert order == ["first", "second"]


@pytest.mark.parametrize("content", ["", "[]", '{"jobs": [7]}', '{"jobs": [{"name": "x", "next": "soon"}]}', '{"jobs": null}'])
def test_a_list_that_is_no_list_shows_the_known_names(tmp_path: Path, content: str) -> None:
    file = tmp_path / "jobs.json"
    file.write_text(content, "utf-8")
    assert told(file, ("round",), running=True) == [Job("round")]
    assert told(tmp_path / "none.json", ("round",), running=True) == [Job("round")]


def test_a_disk_that_takes_no_list_ends_no_job(jobs: Jobs, tmp_path: Path) -> None:
    ran = threading.Event()
    jobs.tell(tmp_path / "no folder" / "jobs.json")
    jobs.start()
    jobs.once("round", 0, ran.set)
    assert ran.wait(30)


def test_the_list_carries_its_version(jobs: Jobs, tmp_path: Path) -> None:
    jobs.tell(tmp_path / "jobs.json")
    assert json.loads((tmp_path / "jobs.json").read_text("utf-8")) == {"version": 1, "jobs": []}


def test_a_job_that_ends_while_all_is_stopped_keeps_nobody_waiting(jobs: Jobs, tmp_path: Path) -> None:
    """The scheduler waited for it under the lock of its list, and the job for this lock, to write when it runs next."""
    begun, may_end = threading.Event(), threading.Event()
    jobs.tell(tmp_path / "jobs.json")
    jobs.start()
    jobs.once("round", 0, lambda: (begun.set(), may_end.wait(60)))
    assert begun.wait(30)
    stopping = threading.Thread(target=jobs.stop, daemon=True)
    stopping.start()
    while jobs._scheduler.running:
        stopping.join(0.01)
    may_end.set()
    stopping.join(30)
    assert not stopping.is_alive()
    assert not (tmp_path / "jobs.json").exists()


def test_a_clock_that_is_set_back_by_years_keeps_no_job_waiting_for_them(jobs: Jobs) -> None:
    """A machine without a battery begins in 2099, and is told the time after its programs have begun."""
    ran = threading.Event()
    jobs.every("look", 7200, lambda: None)
    jobs.daily("sweep", 3, lambda: None)
    jobs.once("round", 7200, ran.set)
    jobs.start()
    scheduler, ahead = jobs._scheduler, dt.timedelta(days=9000)
    for job in scheduler.get_jobs():
        job.modify(next_run_time=job.next_run_time + ahead)
    scheduler._looked = dt.datetime.now(SHANGHAI) + ahead
    scheduler.wakeup()
    assert ran.wait(30), "an order is never lost"
    now, found = time.time_ns() // 1_000_000, {job.name: job.next or 0 for job in jobs.listed()}
    assert found["look"] <= now + 2 * HOUR_MS
    assert found["sweep"] <= now + 24 * HOUR_MS
