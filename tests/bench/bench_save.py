"""One durable save, against a bare SQLite commit of the same bytes: WAL, synchronous=FULL, one row with the id and the JSON.

In turn in small groups, so that both meet the same disk. Encrypted files are compared with a bare encrypted commit.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from sync.replica import LocalReplica
from tests.bench.bench_support import Doc, Rounds, event, table, verdict

QUESTION = "what does one durable save cost?"
GROUPS, GROUP = 30, 20
KEY = bytes(range(32))


def run() -> None:
    rounds = Rounds()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        kinds = {"plain": None, "encrypted": KEY}
        for kind, key in kinds.items():
            bare = _bare(folder / f"bare-{kind}.sqlite", key)
            with LocalReplica.open(folder / f"{kind}.replica", key=key) as replica:
                for group in range(GROUPS):
                    docs = [_new(group * GROUP + number) for number in range(GROUP)]
                    rounds.add(f"bare commit, {kind}", us=_each(docs, lambda doc, bare=bare: _insert(bare, doc)))
                    rounds.add(f"replica.put, {kind}", us=_each(docs, replica.put))
            bare.close()
    rows: list[list[float | str | None]] = []
    for kind in kinds:
        floor = rounds.median(f"bare commit, {kind}", "us")
        for who in ("bare commit", "replica.put"):
            rows.append([f"{who}, {kind}", rounds.median(f"{who}, {kind}", "us"), rounds.median(f"{who}, {kind}", "us") / floor])
    table(f"one durable save of an event (median of {GROUPS} groups of {GROUP})", ["", "microseconds", "/ bare"], rows)
    print()
    for kind in kinds:
        times = rounds.median(f"replica.put, {kind}", "us") / rounds.median(f"bare commit, {kind}", "us")
        print(verdict(f"{kind} save, times a bare commit", times, 2, most=True))


def _new(number: int) -> Doc:
    return {name: value for name, value in event(number).items() if name != "_rev"}


def _bare(path: Path, key: bytes | None) -> Any:
    if key is None:
        db: Any = sqlite3.connect(path, isolation_level=None)
    else:
        import sqlcipher3.dbapi2 as cipher

        db = cipher.connect(str(path), isolation_level=None)
        db.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE saved (id TEXT PRIMARY KEY, body BLOB NOT NULL)")
    return db


def _insert(db: Any, doc: Doc) -> None:
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO saved VALUES (?, ?)", (doc["_id"], msgspec.json.encode(doc)))
    db.execute("COMMIT")


def _each(docs: list[Doc], save: Any) -> float:
    started = time.perf_counter()
    for doc in docs:
        save(doc)
    return 1e6 * (time.perf_counter() - started) / len(docs)
