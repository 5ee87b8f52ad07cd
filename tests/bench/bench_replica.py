"""Throughput of a local replica, printed as docs/s: `python tests/bench/bench_replica.py [--docs N] [--key]
[--profile]`.

Documents are shaped like signed events (about 600 bytes of JSON). Figures of one machine say nothing about
another; compare two versions on the same one. No test depends on them.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import msgspec

from sync.peer import ChangesRequest
from sync.replica import LocalReplica
from sync.revisions import new_revision

BATCH = 1000


def events(count: int) -> list[dict]:
    docs = []
    for number in range(count):
        doc = {
            "_id": f"case:{os.urandom(10).hex()}:{number:016x}:{os.urandom(13).hex()}", "kind": "case.noted",
            "office": "150822100203", "actor": "s-17", "device": "d-0042", "device_seq": number,
            "prev": os.urandom(13).hex(), "after": [os.urandom(13).hex()], "hlc": f"{number:016x}",
            "body": {"text": "两家因灌溉水渠发生争执，" * 6, "place": "旧地村三组"}, "sig": os.urandom(44).hex(),
        }
        doc["_rev"] = new_revision(doc)
        doc["_revisions"] = {"start": 1, "ids": [doc["_rev"][2:]]}
        docs.append(doc)
    return docs


def timed(name: str, count: int, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(f"{name:<34}{count / seconds:>12,.0f} /s {seconds / count * 1e6:>10.1f} us each")


def bulk(replica: LocalReplica, docs: list[dict], new_edits: bool) -> None:
    for start in range(0, len(docs), BATCH):
        results = replica.bulk_docs(docs[start : start + BATCH], new_edits=new_edits)
        assert all(one.ok for one in results)


def run(folder: Path, count: int, key: bytes | None) -> None:
    docs = events(count)
    print(f"{count} documents, {sum(map(len, map(msgspec.json.encode, docs))) // count} bytes each")
    replica = LocalReplica.open(folder / "b.replica", key=key)
    timed("bulk_docs new_edits=false", count, lambda: bulk(replica, docs, False))
    timed("bulk_docs again (all known)", count, lambda: bulk(replica, docs, False))
    asked = {doc["_id"]: [doc["_rev"]] for doc in docs}
    timed("revs_diff (all known)", count, lambda: replica.revs_diff(asked))
    for docs_too in (False, True):
        request = ChangesRequest(style="all_docs", include_docs=docs_too)
        timed(f"changes include_docs={docs_too}", count, lambda request=request: sum(1 for _ in replica.changes(request)))
    wanted = [{"id": doc["_id"], "rev": doc["_rev"]} for doc in docs]
    timed("bulk_get revs", count, lambda: replica.bulk_get(wanted))
    timed("all_docs include_docs", count, lambda: replica.all_docs(include_docs=True))
    edits = [{key: value for key, value in doc.items() if key not in ("_rev", "_revisions")} for doc in events(count)]
    timed("bulk_docs new_edits=true (new)", count, lambda: bulk(replica, edits, True))
    updates = [{**doc, "_revisions": None, "n": 1} for doc in docs]
    timed("bulk_docs new_edits=true (update)", count, lambda: bulk(replica, updates, True))
    single(folder, replica, edits[:300])
    assert replica.verify() == []
    replica.close()


def single(folder: Path, replica: LocalReplica, docs: list[dict]) -> None:
    """One durable save each, against a bare insert with the same durability."""
    bare = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.execute("CREATE TABLE t (id TEXT PRIMARY KEY, body BLOB)")

    def insert() -> None:
        for doc in docs:
            bare.execute("BEGIN IMMEDIATE")
            bare.execute("INSERT INTO t VALUES (?, ?)", (doc["_id"], msgspec.json.encode(doc)))
            bare.execute("COMMIT")

    timed("bare SQLite commit", len(docs), insert)
    timed("put, durable", len(docs), lambda: [replica.put({**doc, "_id": f"s{doc['_id']}"}) for doc in docs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=int, default=20_000)
    parser.add_argument("--key", action="store_true", help="encrypted")
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    profile = cProfile.Profile()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.profile:
            profile.enable()
        run(Path(folder), arguments.docs, bytes(range(32)) if arguments.key else None)
        profile.disable()
    if arguments.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
