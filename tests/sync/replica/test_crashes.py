"""SIGKILL of writers, replicator and server at random instants: nothing acknowledged is lost, and both sides agree again.

`make soak` kills `CRASHES` (1,000) processes.
"""

from __future__ import annotations

import os

import pytest

from tests.support.sync.crash import run

KILLS = 20
RUNS = -(-int(os.environ.get("CRASHES", "1000")) // KILLS)


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_processes_lose_nothing_acknowledged(tmp_path, seed):
    assert run(tmp_path, seed, kills=6) >= 6


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1000 + RUNS))
def test_killed_processes_lose_nothing_acknowledged_at_length(tmp_path, seed):
    assert run(tmp_path, seed, kills=KILLS) >= KILLS
