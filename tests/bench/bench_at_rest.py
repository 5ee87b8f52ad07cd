"""What encryption at rest costs: the same work on plain SQLite and under SQLCipher, and one guess of argon2id.

CPU seconds of this process, the best of some runs in turn, so that a busy machine changes both alike. `make bench BENCH=at_rest`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from shared.ledger import vault
from sync.replica import LocalReplica
from sync.replicator import Replicator

QUESTION = "what does encryption at rest cost?"
DOCS, RUNS = 5_000, 3
KEY = bytes(range(32))


def docs() -> list[dict[str, object]]:
    return [{"_id": f"case:{n:08d}", "body": {"text": "演示" * 150, "n": n}} for n in range(DOCS)]


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def once(folder: Path, key: bytes | None) -> dict[str, float]:
    """CPU seconds of each piece of work on a fresh replica."""
    path, found = folder / "a.replica", {}
    with LocalReplica.open(path, key=key) as replica:
        found["write 5,000 documents in batches of 100"] = cpu(
            lambda: [replica.bulk_docs(docs()[at:at + 100], new_edits=True) for at in range(0, DOCS, 100)])
        found["save 200 documents, each durable"] = cpu(
            lambda: [replica.put({"_id": f"one:{n}", "text": "演示" * 100}) for n in range(200)])
        found["read all with bodies"] = cpu(lambda: replica.all_docs(include_docs=True))
        found["read 2,000 one by one"] = cpu(lambda: [replica.get(f"case:{n:08d}") for n in range(2000)])
        with LocalReplica.open(folder / "b.replica", key=key) as other:
            found["replicate all to another replica"] = cpu(lambda: Replicator(replica, other, local="source").run())

    def opened() -> None:
        LocalReplica.open(path, key=key).close()

    found["open and close"] = min(cpu(opened) for _ in range(5))
    return found


def run() -> None:
    best: dict[str, dict[str, float]] = {"plain": {}, "sqlcipher": {}}
    for _ in range(RUNS):
        for name, key in (("plain", None), ("sqlcipher", KEY)):
            with tempfile.TemporaryDirectory() as folder:
                for what, seconds in once(Path(folder), key).items():
                    best[name][what] = min(seconds, best[name].get(what, seconds))
    print(f"{'CPU ms':45} {'plain':>8} {'SQLCipher':>10} {'ratio':>6}")
    for what, plain in best["plain"].items():
        cipher = best["sqlcipher"][what]
        print(f"{what:45} {plain * 1000:8.0f} {cipher * 1000:10.0f} {cipher / max(plain, 1e-9):6.2f}")
    guess = min(cpu(lambda: vault.argon2id("258036", b"s" * 16)) for _ in range(RUNS))
    print(f"one guess of argon2id {vault.ARGON2}: {guess * 1000:.0f} ms of CPU")
