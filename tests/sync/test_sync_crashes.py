"""SIGKILL of writers, replicator and server at random instants: nothing acknowledged is lost, and both sides agree again."""

from __future__ import annotations

import os

import pytest

from tests.support.sync_crash import run

SEEDS = int(os.environ.get("SEEDS", "100"))


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_processes_lose_nothing_acknowledged(tmp_path, seed):
    run(tmp_path, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1000, 1000 + SEEDS))
def test_killed_processes_lose_nothing_acknowledged_at_length(tmp_path, seed):
    print(f"SEEDS=1, seed {seed}")
    run(tmp_path, seed)
