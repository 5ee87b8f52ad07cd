"""Seeded histories of service points and the hub with faults on the way of a record. A failure names the command that replays it.

`make soak` plays a tenth of `SEEDS` (2,000) longer ones.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.county_hub.county_simulation import CountySimulation, simulate
from tests.support.county_hub.hub_routing_support import COUNTY, db
from tests.support.sample import SEED, sampled

SEEDS = int(os.environ.get("SEEDS", "2000")) // 10
MEMORY = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as made:
        yield Path(made)


@pytest.mark.parametrize("seed", sampled(range(12), 5))
def test_every_acknowledged_record_is_accepted_and_no_word_is_ahead_of_the_truth(seed, folder):
    print(f"SEED={SEED} chose the sample")
    simulate(seed, 25, folder)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1000 + SEEDS))
def test_the_same_over_many_longer_histories(seed, folder):
    simulate(seed, 60, folder)


def test_the_judge_sees_a_word_that_is_ahead(folder):
    county = CountySimulation(1, folder)
    county.faults.rate = 0.0
    county._register()
    county._heal()
    written = next(office for office, ids in county.acknowledged.items() if ids)
    with county.county.databases.lease(db(COUNTY)) as replica:
        replica.evict(sorted(county.acknowledged[written]))
    with pytest.raises(AssertionError, match="says accepted"):
        county._check_words(written)
    county.close()
