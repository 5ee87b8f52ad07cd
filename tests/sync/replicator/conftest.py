"""Both ends of a replication: a hub with one empty database and a replica here, or the scene of a server that lies."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.replica import LocalReplica
from tests.support.sync.lying_scene import Scene
from tests.support.sync.server import RunningServer, running

_NUMBERS = itertools.count()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningServer]:
    with running(tmp_path / "hub") as server:
        server.create("db")
        yield server


@pytest.fixture
def here(tmp_path: Path) -> Iterator[LocalReplica]:
    with LocalReplica.open(tmp_path / "here.replica") as replica:
        yield replica


@pytest.fixture
def scene(server: RunningServer, tmp_path: Path) -> Iterator[Scene]:
    made = Scene(server, f"db{next(_NUMBERS)}", tmp_path)
    with made.local:
        yield made
