"""Seeded histories of several replicas with faults at every call. A failure names its seed and the command that replays it."""

from __future__ import annotations

import os

import pytest

from tests.support.sync_simulation import simulate

FIRST = int(os.environ.get("SYNC_SIMULATION_SEED", "0"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + 20))
def test_after_healing_all_replicas_agree_and_nothing_acknowledged_is_lost(seed, tmp_path):
    simulate(seed, 40, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_the_same_over_many_longer_histories(seed, tmp_path):
    simulate(seed, 150, tmp_path)
