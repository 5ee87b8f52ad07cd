"""A worker process from the inside: a router for one shard, or who makes the tables; it does what its server tells it.

It watches no files: the server tells it which databases have news. When the server is gone (the end of stdin), or at SIGTERM,
it ends as the server does: the step at hand is finished, nothing new begun. A lock that all workers of a HOME share keeps a
new server waiting until the last of the old ones is gone: one worker a case.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from county_hub.hub import collector
from county_hub.hub.crew.lines import Outbox, heard, marks_in
from county_hub.hub.crew.member import STOP_S
from county_hub.hub.hub import Hub, router_of
from county_hub.hub.kept.home import HubHome
from county_hub.hub.workers import TABLES_REST_S, Follower
from shared.json_log import as_told
from shared.ledger.formats.checked import CHECKED
from sync.router import Router

log = logging.getLogger("county_hub.workers")
TELL_S = 1.0


def run(hub: Hub, first: Mapping[str, Any], stdin: BinaryIO, outbox: Outbox) -> None:
    """Work until the server is gone. `first` is the line that said what to do; the hub is open, its files are not watched."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # of a terminal: it goes to the server too, which ends its workers
    with contextlib.ExitStack() as end:
        router = None
        if first["shard"] is not None:
            n, of = first["shard"]
            router = router_of(hub, shard=(n, of), wrote=outbox.receipts)
            end.callback(router.close)
            follower = Follower("router", router.follow, lambda name: False, hub.settings.follow_seconds)
        else:
            county = f"office-{hub.county}"
            idle_s = hub.settings.follow_seconds
            follower = Follower("projector", lambda stop: hub.projector.catch_up(cancel=stop), lambda name: name == county,
                                idle_s, rest_s=min(idle_s, TABLES_REST_S))
        ear = threading.Thread(target=_listen, args=(hub, router, stdin, outbox, stop), name="ear", daemon=True)

        def committed(name: str) -> None:
            if threading.current_thread() is not ear:
                outbox.dirty(name)

        end.callback(hub.databases.on_commit(committed))
        end.callback(hub.databases.on_commit(follower.committed))
        collector.at_work()
        ear.start()
        follower.start()
        while not stop.wait(TELL_S):
            _tell(router, follower, outbox)
        follower.stop()
        if not follower.join(STOP_S):
            os._exit(1)


def _tell(router: Router | None, follower: Follower, outbox: Outbox) -> None:
    behind, caught_up = (router.behind(), router.caught_up) if router is not None else ((0, 0.0), True)
    outbox.say(behind=list(behind), caught_up=caught_up, failing=follower.failing_s())


def _listen(hub: Hub, router: Router | None, stdin: BinaryIO, outbox: Outbox, stop: threading.Event) -> None:
    for line in heard(stdin):
        for mark in marks_in(line.get("marks", "")):
            CHECKED.add(mark)
        for name in line.get("dirty", ()):
            hub.databases.notify(name)
        if "ask" in line and router is not None:
            threading.Thread(target=_answer, args=(router, line, outbox), name=line["ask"], daemon=True).start()
    stop.set()
    # The server is gone. Whoever has not ended by then never will, and the next server waits for it.
    threading.Timer(STOP_S, os._exit, (1,)).start()


def _answer(router: Router, line: Mapping[str, Any], outbox: Outbox) -> None:
    try:
        value = _done(router, str(line["ask"]))
    except Exception as error:
        log.exception("%s failed", line["ask"])
        outbox.say(answer=line["n"], error=f"{type(error).__name__}: {error}")
    else:
        outbox.say(answer=line["n"], value=value)


def _done(router: Router, what: str) -> Any:
    if what == "sweep":
        report = router.sweep()
        return {"subjects": report.subjects, "documents": report.documents, "repaired": report.repaired}
    return router.run_pending() if what == "pending" else router.housekeeping()


class LogsThere(logging.Handler):
    """Hands every line to the server, which has the one log file of the HOME."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self._outbox = outbox

    def emit(self, record: logging.LogRecord) -> None:
        self._outbox.say(log=as_told(record))


def log_to(outbox: Outbox) -> Callable[[], None]:
    """From now on; returns what ends it."""
    handler, root = LogsThere(outbox), logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    logging.raiseExceptions = False
    return lambda: root.removeHandler(handler)


@contextlib.contextmanager
def among_workers(home: HubHome) -> Iterator[None]:
    """This process is one of the workers of HOME until the block ends."""
    with home.workers_lock.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def are_gone(home: HubHome, timeout_s: float) -> bool:
    """Have all workers of an earlier server ended, after waiting so long at most?"""
    until = time.monotonic() + timeout_s
    with home.workers_lock.open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except OSError:
                if time.monotonic() > until:
                    return False
                time.sleep(0.1)
