"""Files beside the registry: made when first asked, brought up step by step, and read on a disk that takes nothing more."""

from __future__ import annotations

import resource
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from county_hub.accounts import store as accounts
from county_hub.demands import store as demands
from county_hub.hub.kept.kept_file import KeptFile
from county_hub.room import store as rooms
from county_hub.systems import store as systems
from sync.errors import SyncError

KEPT: dict[str, tuple[Callable[..., KeptFile], Any]] = {
    "accounts": (accounts.AccountStore, accounts.STEPS), "demands": (demands.DemandStore, demands.STEPS),
    "rooms": (rooms.RoomStore, rooms.STEPS), "systems": (systems.SystemsStore, systems.STEPS),
}


def columns(path: Path) -> dict[str, list[str]]:
    db = sqlite3.connect(path)
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    found = {name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")] for name in names}
    db.close()
    return found


@pytest.mark.parametrize("name", KEPT)
def test_a_file_of_every_earlier_number_becomes_the_one_of_today(tmp_path: Path, name: str) -> None:
    make, steps = KEPT[name]
    fresh = make(tmp_path / "fresh", lambda: 0)
    assert not fresh.exists(), "nobody has asked"
    with fresh.reading():
        pass
    fresh.close()
    for last in steps:
        old = sqlite3.connect(tmp_path / f"old-{last}")
        for number, statements in steps.items():
            for statement in statements if number <= last else ():
                old.execute(statement)
        old.execute(f"PRAGMA user_version = {last}")
        old.commit()
        old.close()
        for _ in range(2):
            brought = make(tmp_path / f"old-{last}", lambda: 0)
            with brought.changing() as db:
                assert db.execute("PRAGMA user_version").fetchone()[0] == max(steps)
            brought.close()
        assert columns(tmp_path / f"old-{last}") == columns(tmp_path / "fresh")


def test_a_demand_of_before_is_read_and_answered(tmp_path: Path) -> None:
    """As the first version wrote it: it did not know acts that had begun."""
    path = tmp_path / "demands.sqlite"
    old = sqlite3.connect(path)
    for statement in demands.STEPS[1]:
        old.execute(statement)
    given = {"code": "c", "at": 1, "channel": "web", "source": "s", "worked": 1, "category": "DC02", "text": "DEMO 旧的",
             "state": "waiting",
             **dict.fromkeys(("about", "office", "place", "name", "phone", "answer", "answered_by", "case_id"), "")}
    old.execute(f"INSERT INTO demands ({', '.join(given)}) VALUES ({', '.join('?' * len(given))})", [*given.values()])
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    store = demands.DemandStore(path, lambda: 0)
    with store.reading() as db:
        found = demands.one(db, "code", "c")
    assert found is not None
    assert (found.text, found.begun) == ("DEMO 旧的", ())
    store.close()


@pytest.mark.parametrize("name", KEPT)
def test_who_reads_beside_a_server_needs_no_room_on_the_disk(tmp_path: Path, name: str) -> None:
    make, _ = KEPT[name]
    serving = make(tmp_path / "file", lambda: 0)
    with serving.changing():
        pass
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        again = make(tmp_path / "file", lambda: 0)
        with again.reading() as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] > 0
        with pytest.raises(SyncError), again.changing() as db:
            db.execute("CREATE TABLE more (x TEXT)")
        again.close()
        serving.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_many_who_ask_first_at_the_same_time_make_it_once(tmp_path: Path) -> None:
    stores = [KEPT["systems"][0](tmp_path / "file", lambda: 0) for _ in range(4)]
    faults: list[BaseException] = []

    def ask(store: KeptFile) -> None:
        try:
            with store.reading() as db:
                db.execute("SELECT count(*) FROM tokens").fetchone()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=ask, args=(store,)) for store in stores for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    for store in stores:
        store.close()
