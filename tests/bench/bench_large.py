"""100,000 documents pulled into a fresh replica: peak memory, the rate along the way, and how fast the file opens again.

The pull is `python -m sync replicate` in a process of its own. Memory is its resident size as the system counts it (VmHWM);
the rate of each tenth is read from the replica while it grows. Opening is measured in a fresh process each time: open, read
one document, close.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.bench_support import ROOT, note, ours, table, verdict

QUESTION = "what do 100,000 documents cost?"
DOCS = 100_000
MOST_MB, MOST_OPEN_S = 150, 0.2
OPENINGS = 5
KEY = "42" * 32
_OPEN = """
import sys, time
started = time.perf_counter()
from sync.replica import LocalReplica
imported = time.perf_counter()
with LocalReplica.open(sys.argv[1], key=bytes.fromhex(sys.argv[3]) if len(sys.argv) > 3 else None) as replica:
    replica.get(sys.argv[2])
    replica.info()
print(time.perf_counter() - imported)
"""


def run() -> None:
    docs = [note(number) for number in range(DOCS)]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with ours(folder) as server:
            url = server.create("large", docs)
            times, peak_mb, server_mb = _pull(url, folder / "plain.replica", server.pid or 0)
        fill_encrypted(folder / "encrypted.replica")
        _show(times, peak_mb, server_mb)
        rows: list[list[float | str | None]] = []
        opened = {}
        for kind, key in (("plain", None), ("encrypted", KEY)):
            opened[kind] = _open_s(folder / f"{kind}.replica", docs[DOCS // 2]["_id"], key)
            rows.append([kind, 1000 * opened[kind], (folder / f"{kind}.replica").stat().st_size / 1e6])
        table("opening it again, with one document read", ["file", "milliseconds", "MB"], rows)
    print()
    print(verdict("peak memory of the pulling process, MB", peak_mb, MOST_MB, most=True))
    for kind, seconds in opened.items():
        print(verdict(f"opening the {kind} file, s", seconds, MOST_OPEN_S, most=True))
    first, last = times[2] - times[0], times[-1] - times[-3]
    print(verdict("rate of the last fifth over the first", first / last, 0.8, most=False))


def fill_encrypted(path: Path) -> None:
    from sync.replica import LocalReplica

    with LocalReplica.open(path, key=bytes.fromhex(KEY)) as replica:
        for start in range(0, DOCS, 2000):
            replica.bulk_docs([note(number) for number in range(start, start + 2000)], new_edits=False)


def _pull(url: str, target: Path, server_pid: int) -> tuple[list[float], float, float]:
    """Seconds at which each tenth had arrived, beginning with 0; peak memory of the pull and of the server in MB."""
    command = [sys.executable, "-m", "sync", "replicate", url, str(target), "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    marks: list[tuple[float, int]] = []
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _peak_mb(process.pid))
        held = _documents(target)
        now = time.perf_counter()
        if held and not marks:
            marks.append((now, held))
        while marks and held >= marks[0][1] + len(marks) * (DOCS - marks[0][1]) / 10 and len(marks) <= 10:
            marks.append((now, held))
        time.sleep(0.02)
    assert process.returncode == 0
    assert process.stdout
    process.stdout.close()
    started = marks[0][0]
    return [at - started for at, _ in marks], peak, _peak_mb(server_pid)


def _documents(target: Path) -> int:
    if not target.exists():
        return 0
    try:
        with contextlib.closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True, timeout=1)) as db:
            return int(db.execute("SELECT doc_count FROM counters").fetchone()[0])
    except sqlite3.Error:
        return 0        # it is being made


def _peak_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), 0.0)


def _open_s(path: Path, id: str, key: str | None) -> float:
    words = [str(path), id, *([key] if key else [])]
    times = [
        float(subprocess.run([sys.executable, "-c", _OPEN, *words], cwd=ROOT, capture_output=True, text=True, check=True,
                             env={**os.environ}).stdout)
        for _ in range(OPENINGS)
    ]  # fmt: skip
    return statistics.median(times)


def _show(times: list[float], peak_mb: float, server_mb: float) -> None:
    step = DOCS / 10
    rows: list[list[float | str | None]] = [
        [f"{(index + 1) * 10} %", step / max(later - earlier, 1e-3)]
        for index, (earlier, later) in enumerate(itertools.pairwise(times))
    ]
    table(f"rate while {DOCS:,} documents arrive (documents/s)", ["so far", "documents/s"], rows)
    table("memory", ["process", "peak MB"], [["python -m sync replicate", peak_mb], ["the server", server_mb]])

