"""What one hostile request costs: memory at the peak, and how long everybody else waited meanwhile.

Each attack meets a fresh server in a process of its own, while a neighbour asks `/_up` all the time. An attack that is still
unanswered after `PATIENCE_S` is told as such: the figure then is a lower bound.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.bench_support import table
from tests.support.sync.server import ServerProcess, subprocess_server

QUESTION = "What does one hostile request cost, and does anybody else notice?"
PATIENCE_S = 30.0
PROBE_EVERY_S = 0.02
JSON = {"content-type": "application/json"}
GZIP = JSON | {"content-encoding": "gzip"}
BASIC = {"authorization": "Basic YWRtaW46c2VjcmV0"}     # admin:secret
FULL = 64 * 1024 * 1024 - 100


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: bytes
    headers: dict[str, str]


def _wide(prefix: bytes, item: bytes, suffix: bytes) -> bytes:
    """As much JSON as any body may have, as gzip: some 60 kB."""
    return gzip.compress(prefix + item * ((FULL - len(prefix) - len(suffix)) // len(item)) + item[:-1] + suffix, 9)


def session_bomb() -> list[Request]:
    """A stranger, without a password."""
    return [Request("POST", "/_session", _wide(b'{"name":[', b"[],", b"]}"), GZIP)]


def wide_selector() -> list[Request]:
    return [Request("POST", "/db/_find", _wide(b'{"selector":{"$or":[', b"{},", b"]}}"), GZIP | BASIC)]


def wide_values() -> list[Request]:
    return [Request("POST", "/db/_find", _wide(b'{"selector":{"a":{"$in":[', b"0,", b"]}}}"), GZIP | BASIC)]


def wide_document() -> list[Request]:
    return [Request("POST", "/db/_bulk_docs", _wide(b'{"docs":[{"_id":"a","v":[', b"[],", b"]}]}"), GZIP | BASIC)]


def eight_wide_documents() -> list[Request]:
    return wide_document() * 8


def widest_body_taken() -> list[Request]:
    """Just within the bounds: two documents of objects in objects, and as many names as there are values."""
    wide = ",".join(f'"{number}":{{}}' for number in range(240_000))
    body = f'{{"docs":[{{"_id":"a","v":{{{wide}}}}},{{"_id":"b","v":{{{wide}}}}}]}}'
    return [Request("POST", "/db/_bulk_docs", gzip.compress(body.encode()), GZIP | BASIC)]


def eight_widest_bodies_taken() -> list[Request]:
    return widest_body_taken() * 8


def regex_find() -> list[Request]:
    body = json.dumps({"selector": {"text": {"$regex": "^(a+)+$"}}}).encode()
    return [Request("POST", "/db/_find", body, JSON | BASIC)]


def regex_changes() -> list[Request]:
    body = json.dumps({"selector": {"text": {"$regex": "^(a|aa)+$"}}}).encode()
    return [Request("POST", "/db/_changes?filter=_selector", body, JSON | BASIC)]


ATTACKS: tuple[Callable[[], list[Request]], ...] = (
    session_bomb, wide_selector, wide_values, wide_document, eight_wide_documents, widest_body_taken,
    eight_widest_bodies_taken, regex_find, regex_changes,
)  # fmt: skip


def run() -> None:
    rows = [(attack.__name__.replace("_", " "), *_measure(attack())) for attack in ATTACKS]
    columns = ["attack", "sent kB", "answer", "took s", "neighbour waited s", "peak memory + MB"]
    table("One hostile request (or eight at once) against one server", columns, rows)


def _measure(requests: list[Request]) -> tuple[float, str, float, float, float]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(subprocess_server(folder, "--create", environment={"SYNC_ADMIN": "admin:secret"}))
        _send(server, Request("PUT", "/db", b"", BASIC))
        _send(server, Request("PUT", "/db/victim", json.dumps({"text": "a" * 60 + "b"}).encode(), JSON | BASIC))
        before = _peak_mb(server)
        probe = _Probe(server)
        probe.start()
        started = time.monotonic()
        answers: list[str] = []
        senders = [threading.Thread(target=lambda r=each: answers.append(_send(server, r)), daemon=True) for each in requests]
        for sender in senders:
            sender.start()
        until = started + PATIENCE_S
        for sender in senders:
            sender.join(max(until - time.monotonic(), 0))
        took = time.monotonic() - started
        waited = probe.stop()
        grown = _peak_mb(server) - before
        shown = ", ".join(sorted(set(answers))) or f"none in {PATIENCE_S:.0f} s"
        server.kill()
    return sum(len(each.body) for each in requests) / 1000, shown, took, waited, grown


def _send(server: ServerProcess, request: Request) -> str:
    parts = urlsplit(server.url)
    line = HTTPConnection(parts.hostname or "", parts.port, timeout=120)
    try:
        line.request(request.method, request.path, request.body, request.headers)
        answer = line.getresponse()
        answer.read()
        return str(answer.status)
    except (OSError, HTTPException) as fault:
        return type(fault).__name__
    finally:
        line.close()


class _Probe(threading.Thread):
    """The neighbour: the longest that one of his small questions waited for its answer."""

    def __init__(self, server: ServerProcess) -> None:
        super().__init__(daemon=True)
        self._server, self._end = server, threading.Event()
        self._longest, self._asked_at = 0.0, 0.0

    def run(self) -> None:
        while not self._end.is_set():
            self._asked_at = time.monotonic()
            _send(self._server, Request("GET", "/_up", b"", {}))
            self._longest = max(self._longest, time.monotonic() - self._asked_at)
            self._asked_at = 0.0
            self._end.wait(PROBE_EVERY_S)

    def stop(self) -> float:
        self._end.set()
        pending = time.monotonic() - self._asked_at if self._asked_at else 0.0
        return max(self._longest, pending)


def _peak_mb(server: ServerProcess) -> float:
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1000
