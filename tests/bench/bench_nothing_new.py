"""A check with nothing new, at 1,000, 10,000 and 100,000 documents: requests and bytes, both ways together.

Plain HTTP on loopback through a line that only counts; ours is `python -m sync sync`, PouchDB 9 on leveldb is `db.sync()`. Both
have been in step before, over the same address.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.bench_support import Doc, Pouch, Rounds, event, fill, ours, pouch_installed, sync_command, table, verdict
from tests.support.sync.poor_line import PoorLine

QUESTION = "what does a check cost when nothing is new?"
SIZES = (1_000, 10_000, 100_000)
POUCH_SIZES = (1_000, 10_000)       # at 100,000 its first sync alone takes minutes
ROUNDS = 3
MOST_REQUESTS, MOST_BYTES = 2, 2000


def run() -> None:
    events = [event(number) for number in range(max(SIZES))]
    rows: list[list[float | str | None]] = []
    worst_requests = worst_bytes = 0.0
    with tempfile.TemporaryDirectory(prefix="bench-") as name, Pouch() as pouch:
        folder = Path(name)
        with ours(folder) as server:
            for size in SIZES:
                url = server.create(f"nothing-new-{size}", events[:size])
                parts = urlsplit(url)
                with PoorLine((parts.hostname or "", parts.port or 0)) as line:
                    mine = _ours(folder / f"{size}.replica", line, line.url(url), events[:size])
                    rows.append([f"{size:,}: sync", *mine])
                    worst_requests, worst_bytes = max(worst_requests, mine[0]), max(worst_bytes, mine[1])
                    if size in POUCH_SIZES and pouch_installed():
                        rows.append([f"{size:,}: PouchDB", *_pouch(pouch, folder / f"pouch-{size}", line, line.url(url))])
    columns = ["documents: contestant", "requests", "bytes", "connections", "milliseconds"]
    table(f"a check with nothing new (median of {ROUNDS})", columns, rows)
    print()
    print(verdict("requests, whatever the size", worst_requests, MOST_REQUESTS, most=True))
    print(verdict("bytes both ways, whatever the size", worst_bytes, MOST_BYTES, most=True))


def _ours(place: Path, line: PoorLine, url: str, docs: list[Doc]) -> list[float]:
    fill(place, docs)
    sync_command("sync", str(place), url)
    for _ in range(6):      # a history of sessions, as after a week
        fill(place, [event(10_000_000 + _)])
        sync_command("sync", str(place), url)
    rounds = Rounds()
    for _ in range(ROUNDS):
        line.reset_counters()
        done = sync_command("sync", str(place), url)
        both = [done["pull"], done["push"]]
        _add(rounds, line, sum(each["requests"] for each in both), sum(each["seconds"] for each in both))
    return _medians(rounds)


def _pouch(pouch: Pouch, place: Path, line: PoorLine, url: str) -> list[float]:
    for _ in range(2):
        pouch.ask("sync", place, url=url, options={"batch_size": 1000})
    rounds = Rounds()
    for _ in range(ROUNDS):
        line.reset_counters()
        done = pouch.ask("sync", place, url=url, options={})
        _add(rounds, line, done["requests"], done["seconds"])
    return _medians(rounds)


def _add(rounds: Rounds, line: PoorLine, requests: float, seconds: float) -> None:
    rounds.add("", requests=requests, size=line.bytes_up + line.bytes_down, connections=line.connections, ms=1000 * seconds)


def _medians(rounds: Rounds) -> list[float]:
    return [rounds.median("", figure) for figure in ("requests", "size", "connections", "ms")]
