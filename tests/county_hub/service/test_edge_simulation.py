"""Seeded histories of an edge with a store behind it that acknowledges late. A failure names the command that replays it.

`make soak` plays a tenth of `SEEDS` (2,000) longer ones.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.county_hub.edge_simulation import EdgeSimulation, simulate
from tests.support.county_hub.hub_routing_support import COUNTY, db
from tests.support.sample import SEED, sampled

SEEDS = int(os.environ.get("SEEDS", "2000")) // 10
MEMORY = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as made:
        yield Path(made)


@pytest.mark.parametrize("seed", sampled(range(8), 3))
def test_every_acknowledged_record_is_accepted_and_in_the_store(seed, folder):
    print(f"SEED={SEED} chose the sample")
    simulate(seed, 30, folder)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1000 + SEEDS))
def test_the_same_over_many_longer_histories(seed, folder):
    simulate(seed, 70, folder)


def test_the_judge_sees_a_word_that_the_store_does_not_bear_out(folder):
    county = EdgeSimulation(1, folder)
    county.store.faults.rate = county.store.late = 0.0
    county._register()
    county._heal()
    written = sorted(id for ids in county.acknowledged.values() for id in ids)
    with county.store.databases.lease(db(COUNTY)) as replica:
        replica.purge({written[0]: [replica.get(written[0])["_rev"]]})
    with pytest.raises(AssertionError, match="the store has not got it"):
        county._check_store()
    county.close()
