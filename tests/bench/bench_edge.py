"""How many records an edge before CouchDB takes in a second, with its router in the server and in worker processes.

Six devices of three villages come back at once, each with so many records; done when each has its receipt and the tables have
them. The store is our own endpoint, or Apache CouchDB with `COUCHDB_URL` (and `COUCHDB_PID` for its processor time). Then the
floor (`hub_floor`): as many devices that bring as many plain documents by PouchDB to a server that only keeps them.

    python -m tests.bench edge          DEVICES=6 CASES=20 NOTES=9
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from county_hub.commands.cli import main
from tests.bench.bench_hub import cpu_s, done
from tests.bench.bench_support import table
from tests.bench.hub_floor import floor
from tests.support.county_hub.hub_support import NEIGHBOUR, OTHER_VILLAGE, VILLAGE, found_county, running_hub
from tests.support.county_hub.tablets import Tablet, equipped
from tests.support.sync.foreign import ForeignServer, foreign_server

QUESTION = "how many records does an edge before CouchDB take in a second?"
WORKERS = (0, 1, 2)
OFFICES = (VILLAGE, NEIGHBOUR, OTHER_VILLAGE)


def asked(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


@contextlib.contextmanager
def county(server: ForeignServer) -> Iterator[tuple[Path, list[str], dict[str, str], list[Tablet]]]:
    """HOME, the options of `serve`, its environment, the devices with what they have written."""
    prefix = f"bench-{uuid.uuid4().hex[:8]}-"
    with tempfile.TemporaryDirectory(prefix="bench-") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        patch.setenv("COUNTY_HUB_COUCHDB_PREFIX", prefix)
        with contextlib.redirect_stdout(sys.stderr):
            home = found_county(folder)
            tablets = equipped(home, folder, OFFICES, each=asked("DEVICES", 6) // len(OFFICES))
            options = ["--couchdb", server.url]
            if server.auth:
                (folder / "account").write_text(":".join(server.auth), "utf-8")
                options += ["--admin-file", str(folder / "account")]
            assert main(["couchdb", "provision", str(home), *options]) == 0
        for tablet in tablets:
            tablet.write(asked("CASES", 20), asked("NOTES", 9))
        try:
            yield home, options, {"COUNTY_HUB_COUCHDB_PREFIX": prefix}, tablets
        finally:
            with server.client(base_url=server.url) as http:
                for database in http.get("/_all_dbs").json():
                    if database.startswith(prefix):
                        http.delete(f"/{quote(database, safe='')}")


def wave(server: ForeignServer, workers: int) -> list[float | str | None]:
    pid = asked("COUCHDB_PID", 0)
    with contextlib.ExitStack() as stack:
        home, options, environment, tablets = stack.enter_context(county(server))
        environment["COUNTY_HUB_WORKERS"] = str(workers)
        hub = stack.enter_context(running_hub(home, *options, **environment))   # type: ignore[arg-type]
        while hub.client().get("/_ready").status_code != 200:
            time.sleep(0.1)
        before, there, started = cpu_s(hub.process.pid), cpu_s(pid) if pid else 0.0, time.monotonic()
        with ThreadPoolExecutor(len(tablets)) as pool:
            assert all(pool.map(lambda tablet: tablet.push(hub.url), tablets))
        records = sum(tablet.written for tablet in tablets)
        while done(home) < records:
            time.sleep(0.1)
        took, spent = time.monotonic() - started, cpu_s(hub.process.pid) - before
        return [workers, records, records / took, records / spent, spent, cpu_s(pid) - there if pid else None]


def run() -> None:
    with foreign_server("couchdb" if os.environ.get("COUCHDB_URL") else "ours") as server:
        rows = [wave(server, workers) for workers in WORKERS]
    table(f"an edge before {server.kind}", [
        "workers", "records", "records/s", "records/CPU s of the edge", "edge CPU s", "store CPU s"], rows)
    devices = [f"{office}-{n:03}" for office in OFFICES for n in range(asked("DEVICES", 6) // len(OFFICES))]
    each = asked("CASES", 20) * (1 + asked("NOTES", 9))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        table("the floor: the same devices, plain documents by PouchDB, kept and nothing else", [
            "server", "records", "records/s", "records/CPU s of it", "its CPU s"], floor(Path(folder), devices, each, cpu_s))
