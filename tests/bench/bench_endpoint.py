"""How fast is the endpoint? `python -m tests.bench.bench_endpoint [--docs N]`; prints one JSON object of
documents per second.

A server process of its own over a temporary folder, one client on loopback: what is measured is the
endpoint and its disk, not a line.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import tempfile
import time
from pathlib import Path

import httpx2
import msgspec

from tests.support.sync_server import subprocess_server

BATCH = 500
SINGLE = 300


def event(number: int) -> dict[str, object]:
    """About the size and shape of a signed event; the signature does not compress, as a real one."""
    return {
        "_id": f"case:01J{number:023}:{number:016x}:abcdefghijklmnopqrstuvwxyz",
        "kind": "case.registered", "schema": 1, "alg": "ed25519/sha256/1", "app": "shuoshi/0.1.0",
        "office": "150822100203", "actor": "staff-1", "role": "mediator", "device": "d1", "device_seq": number,
        "after": [], "directory": [1, 1], "hlc": f"{number:016x}", "device_time": 1_700_000_000_000 + number,
        "body": {"summary": "两户因水渠改道发生争执，要求调解" * 4, "parties": ["甲", "乙"], "place": "旧地村"},
        "sig": base64.b64encode(random.Random(number).randbytes(64)).decode(),
    }  # fmt: skip


def measure(url: str, count: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    docs = [event(number) for number in range(count)]
    with httpx2.Client(base_url=url, timeout=120, headers={"accept-encoding": "identity"}) as http:
        http.put("/bench")
        started = time.perf_counter()
        for start in range(0, count, BATCH):
            body = msgspec.json.encode({"docs": docs[start : start + BATCH]})
            http.post("/bench/_bulk_docs", content=body, headers={"content-type": "application/json"}).raise_for_status()
        figures["bulk_docs"] = count / (time.perf_counter() - started)
        for name, path, encoding in [
            ("changes", "_changes", "identity"),
            ("changes_include_docs", "_changes?include_docs=true&style=all_docs", "identity"),
            ("changes_include_docs_gzip", "_changes?include_docs=true&style=all_docs", "gzip"),
            ("changes_include_docs_zstd", "_changes?include_docs=true&style=all_docs", "zstd"),
            ("all_docs_include_docs", "_all_docs?include_docs=true", "identity"),
        ]:
            started = time.perf_counter()
            with http.stream("GET", f"/bench/{path}", headers={"accept-encoding": encoding}) as answer:
                size = sum(len(piece) for piece in answer.iter_raw())
            figures[name] = count / (time.perf_counter() - started)
            figures[f"{name}_bytes_each"] = size / count
        figures["put"] = _each(lambda n: http.put(f"/bench/single{n}", json={"n": n}))
        figures["get"] = _each(lambda n: http.get(f"/bench/single{n}"))
        figures["changes_nothing_new"] = _each(lambda n: http.get("/bench/_changes?since=now&include_docs=true"))
    return {name: round(value, 1) for name, value in figures.items()}


def _each(request) -> float:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    for number in range(SINGLE):
        request(number).raise_for_status()
    return SINGLE / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, subprocess_server(Path(folder)) as served:
        print(json.dumps({"docs": arguments.docs} | measure(served.url, arguments.docs), indent=1))


if __name__ == "__main__":
    main()
