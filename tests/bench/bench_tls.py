"""The daily sync and a check with nothing new over TLS 1.3 on a poor line: with one connection and with two, as the process's
first contact and with a session to resume.

In this process, against our endpoint, through `tests/support/sync/poor_line.py`, all lines at once. The server's chain has two
certificates of 2048 bits, as public ones often do, and is made for the run.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sync.remote.remote_peer import RemotePeer
from sync.remote.tls import resuming_context
from sync.replica import LocalReplica
from sync.replicator import sync
from tests.bench.bench_poor_line import DAILY, PROFILES, STAGGER_S, Profile
from tests.bench.bench_support import Rounds, event, table
from tests.support.sync.certificates import chain
from tests.support.sync.poor_line import PoorLine
from tests.support.sync.server import RunningServer, running

QUESTION = "what does TLS cost on a village line, and does the second connection still pay?"
HELD = 200
WAYS = ("plain", "TLS, first contact", "TLS, resumed")


@dataclass
class Case:
    profile: Profile
    way: str
    connections: int
    url: str
    ca: str | None
    line: PoorLine
    node: LocalReplica

    @property
    def name(self) -> str:
        return f"{self.profile.name}: {self.way}, {'two connections' if self.connections == 2 else 'one connection'}"

    def sync(self) -> float:
        """Seconds of one sync over connections of its own, as a device makes it that comes back to the line."""
        if self.way == "TLS, first contact":
            resuming_context(self.url.rpartition("/")[0], self.ca).resumable = None
        remote = RemotePeer(self.url, ca=self.ca)
        started = time.monotonic()
        sync(self.node, remote, pipeline=self.connections == 2)
        seconds = time.monotonic() - started
        remote.close()
        return seconds

    def slow(self, on: bool) -> None:
        self.line.rate = self.profile.rate if on else None
        self.line.round_trip_s = self.profile.round_trip_s if on else 0.0
        self.line.reset_counters()


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        ca, certificates, key = chain(folder / "tls")
        plain = stack.enter_context(running(folder / "plain"))
        secure = stack.enter_context(running(folder / "secure", tls=(certificates, key)))
        cases = [
            _case(folder, stack, plain if way == "plain" else secure, profile, way, connections, str(ca))
            for profile in PROFILES for way in WAYS for connections in (1, 2)
        ]  # fmt: skip
        rounds = {"daily sync": Rounds(), "nothing new": Rounds()}
        with ThreadPoolExecutor(len(cases)) as pool:
            tasks = []
            for case in cases:
                server = plain if case.way == "plain" else secure
                tasks.append(pool.submit(_day, case, server, rounds))
                time.sleep(STAGGER_S)
            for task in tasks:
                task.result()
        for question, found in rounds.items():
            rows: list[list[float | str | None]] = [
                [case.name, *[found.median(case.name, what) for what in ("seconds", "kb", "connections")]] for case in cases
            ]
            table(f"{question} over TLS 1.3", ["contestant", "seconds", "kB", "connections"], rows)


def _case(
    folder: Path, stack: ExitStack, server: RunningServer, profile: Profile, way: str, connections: int, ca: str
) -> Case:
    db = f"d{int(profile.rate)}-{WAYS.index(way)}-{connections}"
    server.create(db)
    with server.databases.lease(db) as remote:
        remote.bulk_docs([event(number) for number in range(HELD)], new_edits=False)
    parts = urlsplit(server.url)
    line = stack.enter_context(PoorLine((parts.hostname or "", parts.port or 0)))
    node = stack.enter_context(LocalReplica.open(folder / f"{db}.replica"))
    case = Case(profile, way, connections, line.url(f"{server.url}/{db}"), None if way == "plain" else ca, line, node)
    case.sync()
    case.sync()
    return case


def _day(case: Case, server: RunningServer, rounds: dict[str, Rounds]) -> None:
    case.node.bulk_docs([event(number, "150822100203-002") for number in range(DAILY)], new_edits=False)
    with server.databases.lease(case.url.rpartition("/")[2]) as remote:
        remote.bulk_docs([event(number, "150822100000-001") for number in range(DAILY)], new_edits=False)
    for question in ("daily sync", "nothing new"):
        case.slow(True)
        seconds = case.sync()
        line = case.line
        rounds[question].add(
            case.name, seconds=seconds, kb=(line.bytes_up + line.bytes_down) / 1000, connections=line.connections
        )
