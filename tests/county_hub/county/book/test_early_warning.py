"""The rule of the early warning over cases in tables: an outlier, a calm county, a young one, how often chance warns."""

from __future__ import annotations

import math
import os
import random
import sqlite3
from collections.abc import Iterator

import pytest

from county_hub.county.book.early_warning import ALPHA, BASE_DAYS, LEAST, RECENT_DAYS, Looked, band, beyond, look
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.days import later

TODAY = "2026-11-20"
REGIONS = {"v1": "t1", "t1": "t1", "v2": "t2", "t2": "t2"}
KINDS = ("DC01", "DC02", "DC03")
SEED = int(os.environ.get("WARNING_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:")
    ReadModel().create(made)
    yield made
    made.close()


def registered(db: sqlite3.Connection, days_ago: int, place: str = "v1", category: str = "DC02", origin: str = "v1") -> None:
    columns = {row[1]: "" if row[2] == "TEXT" else 0 for row in db.execute("PRAGMA table_info(cases)")}
    n = db.execute("SELECT count(*) FROM cases").fetchone()[0]
    columns |= {"case_id": f"c{n}", "place": place, "origin": origin, "category": category,
                "registered_on": later(TODAY, -days_ago)}
    db.execute(f"INSERT INTO cases ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", list(columns.values()))


def looked(db: sqlite3.Connection) -> Looked:
    return look(db, TODAY, REGIONS, KINDS)


def test_one_cell_out_of_line_is_warned_and_no_other(db: sqlite3.Connection) -> None:
    for month in range(1, 15):
        for place in ("v1", "v2"):
            registered(db, 30 * month, place)
    for n in range(7):
        registered(db, n, "", origin="v2")          # no place: where it was written down
    registered(db, 3, "v1")
    registered(db, -2, "v1")                        # dated after today: not yet
    registered(db, 4, "v1", "")
    registered(db, 4, "elsewhere")
    found = looked(db)
    assert found.enough
    assert found.unplaced == 2
    assert {key for key, cell in found.cells.items() if cell.warns} == {("t2", "DC02")}
    assert (found.cells["t2", "DC02"].count, found.cells["t1", "DC02"].count) == (7, 1)
    assert found.cells["t2", "DC02"].base == 13      # the fourteenth is older than the days that are compared


def test_a_few_of_a_kind_that_never_came_are_no_warning_and_three_are(db: sqlite3.Connection) -> None:
    registered(db, 390, category="DC01")
    for n in range(LEAST - 1):
        registered(db, n, category="DC03")
    assert not any(cell.warns for cell in looked(db).cells.values())
    registered(db, 9, category="DC03")
    assert [cell.category for cell in looked(db).cells.values() if cell.warns] == ["DC03"]


@pytest.mark.parametrize("oldest", [None, 29, 30, 208])
def test_a_young_county_is_told_that_it_cannot_be_warned_yet(db: sqlite3.Connection, oldest: int | None) -> None:
    if oldest is not None:
        registered(db, oldest)
    for n in range(20):
        registered(db, n % 20)
    found = looked(db)
    assert (found.enough, found.false_alarms) == (False, 0.0)
    assert found.base_days == max(0, (oldest or 0) - 29)
    assert not any(cell.warns for cell in found.cells.values())
    registered(db, 209)
    assert looked(db).enough


@pytest.mark.parametrize("mean", [0.01, 0.5, 1.0, 3.7, 40.0, 900.0])
def test_the_band_is_the_smallest_that_chance_leaves_as_seldom_as_stated(mean: float) -> None:
    most = band(mean)
    assert beyond(mean, most) <= ALPHA * (1 + 1e-9)
    assert most == 0 or beyond(mean, most - 1) > ALPHA
    assert math.isclose(beyond(mean, 0), 1 - math.exp(-mean))


def test_calm_counties_are_warned_no_more_often_than_the_page_says() -> None:
    """Counts of a day drawn around known means: of many cells no more are beyond the band than stated, with room for chance."""
    print(f"WARNING_SEED={SEED}")
    chance, looks, beyond_band, stated = random.Random(SEED), 4000, 0, 0.0
    for _ in range(looks):
        mean = chance.uniform(0.3, 9)
        most = max(band(mean), LEAST - 1)
        beyond_band += _drawn(chance, mean) > most
        stated += beyond(mean, most)
    assert beyond_band <= stated + 6 * math.sqrt(stated) + 3


def _drawn(chance: random.Random, mean: float) -> int:
    n, product = 0, chance.random()
    while product > math.exp(-mean):
        n, product = n + 1, product * chance.random()
    return n


def test_the_counts_are_read_in_an_index_alone(db: sqlite3.Connection) -> None:
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    looked(db)
    db.set_trace_callback(None)
    plans = [row[3] for sql in asked for row in db.execute(f"EXPLAIN QUERY PLAN {sql}") if "cases" in row[3]]
    assert len(plans) == 2
    assert all("COVERING INDEX cases_registered (registered_on>? AND registered_on<?)" in plan for plan in plans), plans
    assert RECENT_DAYS < BASE_DAYS
