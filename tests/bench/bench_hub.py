"""A county's devices come back after a day: how many records a second does the hub take, end to end, and what does it cost idle?

    python -m tests.bench.bench_hub [STORED ...] [--workers N ...] [--devices N] [--records N] [--idle N] [--keep FOLDER]

By default with nothing stored before, once in one process and once with one and with two workers: a few minutes. `0 100000`
shows whether it stays flat: one county is filled from size to size and measured at each. What is stored before comes the same
way, by the same devices, in steps that are told as they go; a million takes an hour of a machine that does something else too.
`--keep` keeps that county: what was interrupted goes on, and the next run starts from what is there (a measure adds its records).

End to end: received, judged, routed to every office whose case it is, told in a receipt, in the tables of the console. The
devices are real replicators in processes of their own (`hub_devices`); their processor time is not the hub's. Records a processor
second of the hub are the figure to compare: they depend least on what else the machine does. Idle: processor time a second with
nobody, with devices that hold a feed open, and with devices that ask every ten seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from county_hub.commands.cli import main as county_hub
from county_hub.console.warm import AFTER_S
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from tests.bench.bench_support import ROOT, table, verdict
from tests.bench.hub_floor import floor
from tests.support.county_hub.hub_support import PASSWORD, RunningHub, opened, running_hub

QUESTION = "how many records a second does the hub take, and what does it cost idle?"
COUNTY, TOWNS, VILLAGES = "150822", 8, 13          # 113 offices, 342 databases
DEVICES, RECORDS, GENERATORS = 300, 50, 2
STORED, WORKERS = (0,), (0, 1, 2)
FILL_STEP = 100         # records a device brings at once while a county is filled
IDLE_S, POLL_S = 30, 10
RESTING, REST_S = 0.05, 3.0     # at most so much of a core, for so long
TARGET, MOST_MB, MOST_IDLE = 2000, 400, 0.1
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """What the hub did with one wave of devices."""

    stored: int
    workers: int
    records: int
    wall_s: float
    hub_cpu_s: float
    devices_cpu_s: float
    peak_mb: float

    def row(self) -> list[float | str | None]:
        return [f"{self.stored:,}", self.workers, self.records, self.records / self.wall_s, self.records / self.hub_cpu_s,
                self.hub_cpu_s, self.devices_cpu_s, self.peak_mb]


# --- a county


def offices() -> list[tuple[str, str]]:
    """(id, level) of all, the county first."""
    towns = [f"{COUNTY}{100 + n}" for n in range(TOWNS)]
    found = [(COUNTY, "county"), *((town, "township") for town in towns)]
    found += [(f"{town}{200 + n}", "village") for town in towns for n in range(VILLAGES)]
    return [(code.ljust(12, "0"), level) for code, level in found]


def found_county(folder: Path) -> Path:
    lines = ["code,name,level,parent_code", "15,DEMO,province,", "1508,DEMO,prefecture,15", f"{COUNTY},DEMO县,county,1508"]
    for town in range(TOWNS):
        code = f"{COUNTY}{100 + town}"
        lines.append(f"{code},DEMO{town}镇,township,{COUNTY}")
        lines += [f"{code}{200 + n},DEMO{town}-{n}村,village,{code}" for n in range(VILLAGES)]
    (folder / "divisions.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "password.txt").write_text(PASSWORD + "\n", "utf-8")
    home = folder / "hub"
    with contextlib.redirect_stdout(sys.stderr):
        code = county_hub(["init", str(home), "--county", COUNTY, "--divisions", str(folder / "divisions.csv"),
                           "--admin-password-file", str(folder / "password.txt")])
    assert code == 0
    return home


def equip(home: Path, count: int) -> tuple[list[dict[str, Any]], Sequence[Any]]:
    """So many devices in the villages, with a mediator each office, and the place of the directory that names them."""
    villages = [id for id, level in offices() if level == "village"]
    made = []
    for n in range(count):
        office, slot = villages[n % len(villages)], 1 + n // len(villages)
        key = DeviceKey.generate(os.urandom)
        made.append({"id": f"{office}-{slot:03d}", "office": office, "slot": slot, "key": key.save(), "public": key.public})
    with opened(home) as hub:
        alg = DeviceKey.generate(os.urandom).alg
        changes = [change("staff", f"s{id}", {"name": "演示员", "office": id, "roles": ["mediator"], "active": True, "from": None,
                                               "to": None}) for id in villages]
        changes += [change("device", one["id"], {
            "office": one["office"], "slot": one["slot"], "public_key": one["public"], "alg": alg, "status": "active",
            "final_seq": None, "role": "tablet", "enrolled_at": hub.clock()}) for one in made]
        hub.directory.publish(changes)
        for one in made:
            one["password"] = hub.registry.new_token(one["id"])
        return made, hub.directory.cited()


# --- a wave of devices


def wave(hub: RunningHub, folder: Path, devices: list[dict[str, Any]], directory: Sequence[Any], records: int,
         workers: int = 0) -> Load:
    """The devices write so many records each and bring them; `stored` in the answer is what lay there before."""
    stored = done(hub.home)
    plans = [_generator(hub, folder, directory, records, devices[n::GENERATORS], n) for n in range(GENERATORS)]
    expected = sum(map(_ready, plans))
    before_s, started = cpu_s(hub.process.pid), time.monotonic()
    before = {process.pid: cpu_s(process.pid) for process in plans}
    for process in plans:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    memory = Memory(hub.process.pid)
    devices_s = sum(json.loads(process.stdout.readline())["cpu_s"] - before[process.pid] for process in plans if process.stdout)
    while True:
        asked = time.monotonic()
        if done(hub.home) >= expected:
            break
        time.sleep(max(0.1, 10 * (time.monotonic() - asked)))       # counting a million is not to be the load
    took, spent = time.monotonic() - started, cpu_s(hub.process.pid) - before_s
    for process in plans:
        process.communicate(timeout=60)
    return Load(stored, workers, expected - stored, took, spent, devices_s, memory.stop())


def _generator(hub: RunningHub, folder: Path, directory: Sequence[Any], records: int, devices: list[dict[str, Any]],
               n: int) -> subprocess.Popen[str]:
    plan = folder / f"plan-{n}.json"
    plan.write_text(json.dumps({"url": hub.url, "directory": directory, "records": records, "devices": devices,
                                "folder": str(folder / "devices")}), "utf-8")
    return subprocess.Popen([sys.executable, "-m", "tests.bench.hub_devices", str(plan)], cwd=ROOT, text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _ready(process: subprocess.Popen[str]) -> int:
    """Records that its devices hold by now."""
    assert process.stdout is not None
    said = process.stdout.readline().split()
    assert said[:1] == ["ready"], "the devices could not write their day"
    return int(said[1])


def done(home: Path) -> int:
    """Records that have come to the end of every way: told in receipts, and in the tables."""
    settled = _one(home / "router.sqlite", "SELECT count(*) FROM ledger WHERE settled = 1")
    return min(settled, _one(home / "read.sqlite", "SELECT coalesce(sum(n), 0) FROM events_of_office"))


def _one(path: Path, question: str) -> int:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
            return int(db.execute(question).fetchone()[0])
    except sqlite3.OperationalError:
        return 0        # it is being made


def family(pid: int) -> list[int]:
    """The process and its children."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def cpu_s(pid: int) -> float:
    total = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICK


class Memory:
    """The most that a process and its children held together, looked at twice a second; what they share is counted once."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most, self._end = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """The most, in MB."""
        self._end.set()
        self._thread.join()
        return self._most

    def _run(self) -> None:
        while True:
            self._most = max(self._most, sum(map(_pss_mb, family(self._pid))))
            if self._end.wait(0.5):
                return


def _pss_mb(pid: int) -> float:
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0) / 1000
    return 0.0


# --- idle


def idle(hub: RunningHub, devices: list[dict[str, Any]], ask: Callable[..., Awaitable[None]] | None) -> float:
    """Processor seconds a second of the hub with these devices there, once they all are."""
    async def measure() -> float:
        async with asyncio.TaskGroup() as group:
            there = [asyncio.Event() for _ in devices]
            asking = [group.create_task(ask(hub.url, device, n, event))
                      for n, (device, event) in enumerate(zip(devices, there, strict=True))] if ask else []
            for event in there if ask else ():
                await event.wait()
            await asyncio.sleep(3)
            before, started = cpu_s(hub.process.pid), time.monotonic()
            await asyncio.sleep(IDLE_S)
            spent = (cpu_s(hub.process.pid) - before) / (time.monotonic() - started)
            for task in asking:
                task.cancel()
        return spent

    return asyncio.run(measure())


@contextlib.asynccontextmanager
async def line(url: str, n: int) -> Any:
    """A connection; every 200 from another address, as the hub lets one address have so many."""
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port, local_addr=(f"127.0.0.{2 + n // 200}", 0))
    try:
        yield reader, writer
    finally:
        writer.close()


def _get(device: dict[str, Any], question: str) -> bytes:
    word = base64.b64encode(f"{device['id']}:{device['password']}".encode()).decode()
    return (f"GET /office-{device['office']}/_changes?since=now&{question} HTTP/1.1\r\nhost: hub\r\n"
            f"authorization: Basic {word}\r\n\r\n").encode()


async def holds_a_feed(url: str, device: dict[str, Any], n: int, there: asyncio.Event) -> None:
    async with line(url, n) as (reader, writer):
        writer.write(_get(device, "feed=continuous&heartbeat=60000"))
        assert b" 200 " in await reader.readline(), f"{device['id']} got no feed"
        there.set()
        while await reader.read(4096):
            pass


async def asks_again(url: str, device: dict[str, Any], n: int, there: asyncio.Event) -> None:
    async with line(url, n) as (reader, writer):
        await asyncio.sleep(random.uniform(0, POLL_S))
        while True:
            writer.write(_get(device, "limit=1"))
            assert b" 200 " in await reader.readline(), f"{device['id']} got no answer"
            await reader.readuntil(b"\r\n0\r\n\r\n")        # an answer in pieces, and its end
            there.set()
            await asyncio.sleep(POLL_S)


# --- all of it


@contextlib.contextmanager
def county(devices: int, workers: int = 0, keep: Path | None = None) -> Iterator[
        tuple[Path, RunningHub, list[dict[str, Any]], Sequence[Any]]]:
    """A county that serves: a fresh one, or the one that lies in `keep`."""
    with contextlib.ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        made, directory = equipped_county(folder, devices)
        # As a county has it; the tests' hub looks twenty times as often, so that they need not wait.
        hub = stack.enter_context(running_hub(folder / "hub", COUNTY_HUB_WORKERS=str(workers), COUNTY_HUB_FOLLOW_SECONDS="1.0"))
        while hub.client().get("/_ready").status_code != 200:       # workers take a second to come up
            time.sleep(0.1)
        comes_to_rest(hub)
        yield folder, hub, made, directory


def comes_to_rest(hub: RunningHub) -> None:
    """Devices come back to a hub that has been up for long: its work once after a start (`county_hub.console.warm`) is over."""
    time.sleep(AFTER_S)
    before = 0.0
    while (spent := cpu_s(hub.process.pid)) - before > RESTING * REST_S:
        before = spent
        time.sleep(REST_S)


def equipped_county(folder: Path, devices: int) -> tuple[list[dict[str, Any]], Sequence[Any]]:
    """Its devices, founded before or now. Raises ValueError where it was founded with another number of them."""
    kept = folder / "equipped.json"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(equip(found_county(folder), devices)), "utf-8")
    made, directory = json.loads(kept.read_text("utf-8"))
    if len(made) != devices:
        raise ValueError(f"the county in {folder} has {len(made)} devices: give --devices {len(made)} or another folder")
    return made, directory


def fill(folder: Path, size: int, devices: int, workers: int) -> None:
    """Bring the county to `size` records, in steps, each told."""
    with county(devices, workers, folder) as (_, hub, made, directory):
        while (here := done(hub.home)) < size:
            each = min(-(-(size - here) // devices // 10) * 10, FILL_STEP)
            load = wave(hub, folder, made, directory, each, workers)
            told(f"filled to {here + load.records:,} of {size:,}", load)


def told(what: str, load: Load) -> None:
    """A line for who waits; the tables come at the end."""
    print(f"{time.strftime('%H:%M:%S')} {what}: {load.records / load.wall_s:,.0f} records/s, "
          f"{load.records / load.hub_cpu_s:,.0f} a processor second, peak {load.peak_mb:,.0f} MB", file=sys.stderr, flush=True)


def loads_of(stored: Sequence[int], workers: Sequence[int], devices: int, records: int, keep: Path) -> Iterator[Load]:
    for size in sorted(stored):
        if size:
            fill(keep, size, devices, workers[-1])
        for count in workers:
            with county(devices, count, keep if size else None) as (folder, hub, made, directory):
                load = wave(hub, folder, made, directory, records, count)
                told(f"measured at {load.stored:,} with {count} workers", load)
                yield load


def idle_rows(devices: int, workers: int) -> list[list[float | str | None]]:
    with county(devices, workers) as (_, hub, made, _directory):
        return [
            ["nobody", workers, idle(hub, [], None)],
            [f"{devices * 3 // 10:,} devices that ask every 10 s", workers, idle(hub, made[: devices * 3 // 10], asks_again)],
            [f"{devices:,} devices with a feed open", workers, idle(hub, made, holds_a_feed)],
        ]


def run(stored: Sequence[int] = STORED, workers: Sequence[int] = WORKERS, devices: int = DEVICES, records: int = RECORDS,
        idle_devices: int = 1000, keep: Path | None = None) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        loads = list(loads_of(stored, workers, devices, records, keep or Path(name)))
    table(f"{devices} devices with {records} records each", [
        "stored before", "workers", "records", "records/s", "records/CPU s of the hub", "hub CPU s", "devices CPU s", "peak MB"],
        [load.row() for load in loads])
    villages = [id for id, level in offices() if level == "village"]
    names = [f"{villages[n % len(villages)]}-{1 + n // len(villages):03d}" for n in range(devices)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        table("the floor: the same devices, plain documents by PouchDB, kept and nothing else", [
            "server", "records", "records/s", "records/CPU s of it", "its CPU s"], floor(Path(folder), names, records, cpu_s))
    rows = idle_rows(idle_devices, max(workers)) if idle_devices else []
    if rows:
        table(f"idle, {len(offices()) * 3 + 3} databases", ["who is there", "workers", "cores"], rows)
    print()
    best = max(loads, key=lambda load: load.records / load.hub_cpu_s)
    print(verdict("records/s of two cores, by processor time", 2 * best.records / best.hub_cpu_s, TARGET, most=False))
    for load in loads:
        which = f"{load.stored:,} stored, {load.workers} workers"
        print(verdict(f"records/s, {which}", load.records / load.wall_s, TARGET, most=False))
        print(verdict(f"peak memory, MB, {which}", load.peak_mb, MOST_MB, most=True))
    for count in workers:
        rates = [load.records / load.hub_cpu_s for load in loads if load.workers == count]
        if len(rates) > 1:
            print(verdict(f"slowest over fastest, by processor time, {count} workers", min(rates) / max(rates), 0.8, most=False))
    if rows:
        print(verdict("all devices idle, cores", float(rows[-1][-1] or 0), MOST_IDLE, most=True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stored", nargs="*", type=int, default=list(STORED))
    parser.add_argument("--workers", nargs="*", type=int, default=list(WORKERS))
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--idle", type=int, default=1000, help="so many devices; 0 leaves it out")
    parser.add_argument("--keep", type=Path, help="where the filled county lies and stays")
    asked = parser.parse_args()
    run(asked.stored, asked.workers, asked.devices, asked.records, asked.idle, asked.keep)
