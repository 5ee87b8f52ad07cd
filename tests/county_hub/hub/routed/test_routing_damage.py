"""A damaged file stops what lies in it, and nothing else; the router's own is a cache and mends itself."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.county_hub.hub.routed.test_routing_audience import manifest
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, TOWN, VILLAGE, County, db
from tests.support.files import damage


@contextlib.contextmanager
def county_in(folder: Path):
    made = County(folder)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("where", ["head", "body"])
def test_the_routers_file_is_a_cache_and_mends_itself_when_it_is_opened(tmp_path: Path, where, caplog) -> None:
    with county_in(tmp_path) as county:
        for number in range(50):
            county.note(county.register().subject) if number % 2 else county.register(NEIGHBOUR)
        county.router().run_pending()
        before, receipt = county.picture(), county.receipt()
    damage(tmp_path / "router.sqlite", where)
    with county_in(tmp_path) as county:
        router = county.router()
        router.run_pending()
        router.run_pending()
        assert county.picture() == before
        assert county.receipt().accepted == receipt.accepted
        later = county.register()
        router.run_pending()
        assert later.id in county.ids(db(COUNTY))
    assert (tmp_path / "router.sqlite.damaged").exists()
    assert "is damaged" in caplog.text


def test_the_routers_file_mends_itself_while_the_router_works(tmp_path: Path, caplog) -> None:
    with county_in(tmp_path) as county:
        router = county.router()
        for _ in range(50):
            county.register()
        router.run_pending()
        router.store.sizes()
        (tmp_path / "router.sqlite-wal").unlink()
        damage_in_place(tmp_path / "router.sqlite")
        later = county.register()
        for _ in range(3):
            router.run_pending()
        assert later.id in county.ids(db(COUNTY))
        assert later.device_seq in [n for first, last in county.receipt().accepted.json() for n in range(first, last + 1)]


def damage_in_place(path: Path) -> None:
    """Under the feet of who has it open."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(0)
        file.write(b"\xa5" * size)


@pytest.mark.parametrize("where", ["head", "body"])
@pytest.mark.parametrize("broken", [NEIGHBOUR, TOWN])
def test_one_damaged_database_holds_up_no_other_office(tmp_path: Path, where, broken, caplog) -> None:
    with county_in(tmp_path) as county:
        known = county.register(NEIGHBOUR)
        county.router().run_pending()
    damage(tmp_path / "databases" / f"{db(broken)}.replica", where)
    with county_in(tmp_path) as county:
        router = county.router()
        mine = [county.register(), county.register()]
        theirs = county.note(known.subject, office=COUNTY)
        for _ in range(3):
            county.now += 3_600_000
            router.run_pending()
        for event in (*mine, theirs):
            assert event.id in county.ids(db(COUNTY))
        assert county.receipt().accepted.json() == [[1, 2]]
        assert county.receipt(COUNTY).accepted.json() == [[1, 1]]
        other = county.register("150822101201")
        router.run_pending()
        assert other.id in county.ids(db("150822101000"))
    assert not [record for record in caplog.records if record.exc_info]


def test_files_of_others_come_although_one_office_cannot_be_read(tmp_path: Path, caplog) -> None:
    with county_in(tmp_path) as county:
        chunks = {office: county.chunk(office, office.encode()) for office in (NEIGHBOUR, VILLAGE)}
        damage(tmp_path / "databases" / f"{db(NEIGHBOUR)}-files.replica", "body")
        county.databases.close()
    with county_in(tmp_path) as county:
        for office, chunk in chunks.items():
            case = county.register(office).subject
            county.write(case, "case.note_added", {"text": "DEMO", "files": [manifest([chunk["_id"]])]}, office=office)
        router = county.router()
        for _ in range(2):
            router.run_pending()
        assert county.ids(f"{db(TOWN)}-files", "chunk:") == [chunks[VILLAGE]["_id"]]
    assert not [record for record in caplog.records if record.exc_info]
