"""The floor of `bench_hub`: the same devices bring plain documents to a server that only keeps them.

PouchDB's own replicator, each device from a database of its own, into pouchdb-server and, with `COUCHDB_URL`, Apache CouchDB:
nothing is judged, routed, signed or made into tables there, and each document lies in one database instead of three. The
processor time of CouchDB is known where `COUCHDB_PID` names its process on this machine, else only its records a second.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.bench.bench_support import Pouch, Server, couchdb, event, pouch_installed, pouchdb_server

NODES = 2               # processes that hold the devices, as in `hub_devices`
Row = list[float | str | None]


def floor(folder: Path, devices: Sequence[str], records: int, cpu_s: Callable[[int], float]) -> list[Row]:
    """A row for each server that is here: records/s, records/CPU s of the server."""
    if not pouch_installed():
        return []
    with ExitStack() as stack:
        found = [stack.enter_context(pouchdb_server(folder))]
        if os.environ.get("COUCHDB_URL"):
            found.append(stack.enter_context(couchdb()))
        return [_measured(folder, server, devices, records, cpu_s) for server in found]


def _measured(folder: Path, server: Server, devices: Sequence[str], records: int, cpu_s: Callable[[int], float]) -> Row:
    with ExitStack() as stack:
        nodes = [stack.enter_context(Pouch()) for _ in range(NODES)]
        names = sorted({device.rpartition("-")[0] for device in devices})
        urls = {office: server.create(f"test-floor-{office}") for office in names}
        places = [(nodes[n % NODES], folder / f"{server.name[:4]}-{device}", urls[device.rpartition("-")[0]])
                  for n, device in enumerate(devices)]
        for (node, place, _), device in zip(places, devices, strict=True):
            day = folder / "day.json"
            day.write_text(json.dumps({"docs": [event(n, device) for n in range(records)]}), "utf-8")
            node.ask("fill", place, docs=str(day))

        def push(node: Pouch) -> None:
            for mine, place, url in places:
                if mine is node:
                    node.ask("push", place, url=url, options={})

        before, started = cpu_s(server.pid) if server.pid else 0.0, time.monotonic()
        with ThreadPoolExecutor(NODES) as pool:
            list(pool.map(push, nodes))
        took, total = time.monotonic() - started, len(devices) * records
        spent = cpu_s(server.pid) - before if server.pid else None
        return [server.name, total, total / took, total / spent if spent else None, spent]
