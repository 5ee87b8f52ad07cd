"""Seeded histories of a county with faults at every call of a peer. A failure names the one command that replays it.

`SYNC_SIMULATION_SEED` is the first seed; of 200 a run plays 60, which `SEED` chooses. `make soak` plays the others, then `SEEDS`
(2,000) longer histories, and with `MINUTES` set further ones until they are over.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.peer import ChangesRequest
from sync.replicator.log import local_log_id, replication_id
from tests.support.sample import SEED, sampled
from tests.support.simulation import run as sync_simulation
from tests.support.simulation.run import Simulation, simulate
from tests.support.simulation.truth import HUB

FIRST = int(os.environ.get("SYNC_SIMULATION_SEED", "0"))
SEEDS = int(os.environ.get("SEEDS", "2000"))
MINUTES = float(os.environ.get("MINUTES", "0"))
MEMORY = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a folder: the simulation ends processes, not disks."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as made:
        yield Path(made)


@pytest.mark.parametrize("seed", sampled(range(FIRST, FIRST + 200), 60))
def test_after_healing_all_agree_and_nothing_acknowledged_is_lost(seed, folder):
    print(f"SEED={SEED} chose the sample")
    simulate(seed, 35, folder)


def test_a_longer_history_in_which_stemming_needs_a_third_round_of_healing_ends_alike(folder):
    """What one side stems after a round, another may still bring back in the next."""
    simulate(102389, 60, folder)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(FIRST + 100_000, FIRST + 100_000 + SEEDS))
def test_the_same_over_many_longer_histories(seed, folder):
    simulate(seed, 60, folder)


@pytest.mark.soak
@pytest.mark.skipif(not MINUTES, reason="MINUTES is not set")
def test_the_same_for_as_long_as_one_likes():
    until, seed = time.monotonic() + MINUTES * 60, FIRST + 1_000_000
    while time.monotonic() < until:
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as made:
            simulate(seed, 60, Path(made))
        seed += 1


# --- the simulation itself --------------------------------------------------------------------------------------------


def test_a_seed_is_one_history_on_any_machine_and_the_command_replays_it(folder):
    """Another process, another order of sets, another file system."""
    course = simulate(7, 40, folder)
    told = subprocess.run(
        [sys.executable, sync_simulation.__file__, "7", "40"], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": "123"},
    )  # fmt: skip
    assert told.stdout.splitlines()[-1] == course


def test_a_failure_names_the_command_that_replays_it(tmp_path):
    with pytest.raises(AssertionError, match=r"replay it with: python tests/support/simulation/run\.py 3 5$"):
        simulate(3, 5, tmp_path / "no such folder")


@pytest.fixture
def county(folder) -> Iterator[Simulation]:
    """After a history without faults: everything stands everywhere."""
    simulation = Simulation(1, folder)
    simulation.faults.rate = 0.0
    for _ in range(12):
        simulation._write()
    simulation._heal()
    simulation._check()
    yield simulation
    simulation.close()


def some_id(simulation: Simulation) -> str:
    return next(row.id for row in simulation.world.replicas[HUB].changes(ChangesRequest()))


def test_the_judge_sees_a_document_that_went_without_a_word(county):
    county.world.replicas["office2"].evict([some_id(county)])
    with pytest.raises(AssertionError, match="office2 lost"):
        county._check()


def test_the_judge_sees_another_content_under_the_same_revision(county):
    relay, id = county.world.replicas["relay"], some_id(county)
    rev = relay.get(id)["_rev"]
    relay.purge({id: [rev]})
    relay.bulk_docs([{"_id": id, "_rev": rev, "by": "nobody"}], new_edits=False)
    with pytest.raises(AssertionError, match="relay holds something else"):
        county._check()


def test_the_judge_sees_a_checkpoint_that_is_ahead(county):
    county._write()
    here, hub = county.world.replicas["office1"], county.world.replicas[HUB]
    here.put({"_id": "not sent"})
    log_id = local_log_id(replication_id(here.replica_id, None, None), hub.replica_id)
    log = here.get_local(log_id)
    here.put_local(log_id, {**log, "push": {**log["push"], "source_last_seq": here.update_seq()}})
    with pytest.raises(AssertionError, match="ahead of"):
        county.contacts._check_checkpoints("office1", HUB)
