"""Worker processes of a real server: whatever is killed, every record gets its receipt once, and none is missing."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.hub.crew.crew import Crew, Workers, deaths
from county_hub.hub.hub import hub_home, receipts_of
from county_hub.service.server import worker_count
from shared.ledger import key_file as key_files
from tests.support.county_hub.hub_support import (
    NEIGHBOUR,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    RunningHub,
    found_county,
    opened,
    running_hub,
)
from tests.support.county_hub.tablets import Tablet, equipped, push_all
from tests.support.files import damage

OFFICES = (VILLAGE, NEIGHBOUR, OTHER_VILLAGE)
LONG_S = 120.0
COMMAND = (sys.executable, "-m", "county_hub.service.worker")


def until(what: Callable[[], Any], why: str, pause_s: float = 0.05) -> Any:
    """Waits for what other processes bring about; `pause_s` is longer where a look takes time from them."""
    end = time.monotonic() + LONG_S
    while not (found := what()):
        assert time.monotonic() < end, why
        time.sleep(pause_s)
    return found


def workers(server: int) -> dict[int, str]:
    """The worker processes of a server: {pid: command line}."""
    found = dict[int, str]()
    for task in Path(f"/proc/{server}/task").iterdir():
        with contextlib.suppress(OSError):
            for pid in map(int, (task / "children").read_text().split()):
                found[pid] = Path(f"/proc/{pid}/cmdline").read_text()
    return {pid: line for pid, line in found.items() if "county_hub.service.worker" in line}


def is_there(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def everything_told(home: Path, tablets: Sequence[Tablet]) -> bool:
    """Is each number of each device accepted, with none missing?"""
    with opened(home) as hub:
        receipts = [receipts_of(hub).newest(tablet.id, f"office-{tablet.office}") for tablet in tablets]
        return all(
            receipt is not None and receipt.accepted.spans == ((1, tablet.written),) and not receipt.missing.spans
            for receipt, tablet in zip(receipts, tablets, strict=True))


def require_once(home: Path, tablets: Sequence[Tablet]) -> None:
    """Every record lies in the county's database and in the tables once, nothing is held, refused or forked."""
    with opened(home) as hub:
        hub.projector.catch_up()
        with hub.projector.reader() as db:
            told = Counter(dict(db.execute("SELECT device, count(*) FROM events GROUP BY device").fetchall()))
        here = [row.id for row in hub.replica.all_docs(startkey="case:", endkey="case:\uffff")]
        assert told == {tablet.id: tablet.written for tablet in tablets}
        assert len(here) == len(set(here)) == sum(tablet.written for tablet in tablets)
        assert hub.forks() == []
        receipts = [receipts_of(hub).newest(tablet.id, f"office-{tablet.office}") for tablet in tablets]
        assert [(r.refused, r.held, r.forks.spans) for r in receipts if r is not None] == [({}, {}, ())] * len(tablets)


@contextlib.contextmanager
def pushing(tablets: Sequence[Tablet], hub: RunningHub) -> Iterator[None]:
    """The tablets bring their records while the block runs."""
    thread = threading.Thread(target=push_all, args=(tablets, hub))
    thread.start()
    yield
    thread.join(LONG_S)


@pytest.mark.parametrize("rounds", [1, pytest.param(8, marks=pytest.mark.soak)])
def test_whoever_is_killed_under_load_every_record_gets_its_receipt_once(
    tmp_path: Path, rounds: int, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    chance = random.Random(seed := random.randrange(10**6))
    print(f"seed {seed}")
    key = tmp_path / "county.key"
    key_files.make(key, os.urandom)
    monkeypatch.setenv("COUNTY_HUB_KEY_FILE", str(key))
    home = found_county(tmp_path)
    tablets = equipped(home, tmp_path, OFFICES, each=2)

    def write() -> None:
        for tablet in tablets:
            tablet.write(2, 9)

    for _ in range(rounds):
        write()
        with running_hub(home, COUNTY_HUB_WORKERS="2") as hub:
            here = until(lambda hub=hub: len(found := workers(hub.process.pid)) == 3 and found, "no workers")
            data_key = data_key_of(home)
            for pid in here:        # the key went through a pipe
                seen = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
                assert data_key.hex().encode() not in seen
            with pushing(tablets, hub):
                time.sleep(chance.uniform(0, 0.5))
                killed = chance.choice(sorted(here))
                os.kill(killed, signal.SIGKILL)
            until(lambda hub=hub, killed=killed: len(found := workers(hub.process.pid)) == 3 and killed not in found, "not again")
            assert sum(death["times"] for death in deaths(hub_home(str(home))).values()) == 1
            write()
            here = workers(hub.process.pid)
            with pushing(tablets, hub):
                time.sleep(chance.uniform(0, 0.5))
                os.kill(hub.process.pid, signal.SIGKILL)
                os.kill(chance.choice(sorted(here)), signal.SIGKILL)
                hub.process.wait(30)
            until(lambda here=here: not any(map(is_there, here)), "a worker outlived its server")
    capsys.readouterr()
    assert main(["doctor", str(home)]) in (0, 1)
    assert "工作进程" in capsys.readouterr().out
    with running_hub(home, COUNTY_HUB_WORKERS="1") as hub:      # another number of shards takes over
        until(lambda: all(push_all(tablets, hub)), "the tablets cannot push", 0.5)
        until(lambda: everything_told(home, tablets), "receipts are missing", 0.5)
        here = workers(hub.process.pid)
        assert len(here) == 1
        assert hub.stop() == 0
        assert not any(map(is_there, here))
    require_once(home, tablets)
    assert "Traceback" not in (home / "hub.log").read_text()


def data_key_of(home: Path) -> bytes:
    with opened(home) as hub:
        assert hub.file_key is not None
        return hub.file_key


def test_a_damaged_office_and_a_full_disk_hold_up_nobody_elses_records(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    tablets = equipped(home, tmp_path, OFFICES)
    broken, sound = tablets[0], tablets[1:]
    damage(home / "databases" / f"office-{VILLAGE}.replica", "head")
    for tablet in tablets:
        tablet.write(3, 4)
    with running_hub(home, COUNTY_HUB_WORKERS="2") as hub:
        here = until(lambda: len(found := workers(hub.process.pid)) == 3 and found, "no workers")
        # A disk on which no file can grow: for one of the routers, which finds it out in the middle of its work.
        router = min(here)
        resource.prlimit(router, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        assert push_all([broken, *sound], hub)[1:] == [True, True]
        until(lambda: [line for line in map(json.loads, (home / "hub.log").read_text().splitlines())
                       if line["level"] == "WARNING" and line.get("process", "").startswith("router")], "no router complains")
        with contextlib.suppress(ProcessLookupError):       # it may have died of it, and another goes on in its place
            resource.prlimit(router, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        until(lambda: everything_told(home, sound), "receipts are missing", 0.5)
        assert "damaged_file" in hub.client().get("/_ready").json()["faults"]
        assert hub.process.poll() is None


def test_a_crew_sweeps_each_its_shard_and_says_as_one_how_it_is(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    tablets = equipped(home, tmp_path, OFFICES)
    with opened(home) as hub:
        for tablet in tablets:
            tablet.write(2, 2)
            with hub.databases.lease(f"office-{tablet.office}") as replica:
                docs = [row.doc for row in tablet.replica.all_docs(include_docs=True)]
                assert replica.bulk_docs([doc for doc in docs if doc is not None], new_edits=False) == []
        crew = Crew(hub, Workers(2, COMMAND))
        try:
            assert not crew.caught_up
            crew.start()
            until(lambda: crew.caught_up, "the workers have not looked at everything")
            until(lambda: crew.behind() == (0, 0.0), "they are behind")
            assert everything_told(home, tablets)
            with hub.databases.lease(f"office-{TOWN}") as replica:
                lost = [row.id for row in replica.all_docs(startkey="case:", endkey="case:\uffff")]
                replica.purge({row.id: [row.rev] for row in replica.all_docs(keys=lost) if row.rev is not None})
            report = crew.sweep()
            assert report.subjects == 6
            assert report.repaired == {f"office-{TOWN}": len(lost)}
            assert crew.sweep().repaired == {}
            assert crew.housekeeping() == 0
            assert crew.status().counters["accept"] == 18
        finally:
            crew.stop()
            crew.join(30)
            crew.close()
        assert [member.pid for member in crew.members] == [None] * 3


@pytest.mark.parametrize(("asked", "setting", "cores", "count"), [
    (None, -1, 1, 0), (None, -1, 2, 1), (None, -1, 16, 2), (None, 0, 8, 0), (3, 0, 1, 3), (0, 4, 8, 0)])
def test_how_many_workers_there_are(asked: int | None, setting: int, cores: int, count: int) -> None:
    assert worker_count(asked, setting, cores) == count
