"""Both ends of a replication: a hub with one empty database, and a replica here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.replica import LocalReplica
from tests.support.sync.server import RunningServer, running


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningServer]:
    with running(tmp_path / "hub") as server:
        server.create("db")
        yield server


@pytest.fixture
def here(tmp_path: Path) -> Iterator[LocalReplica]:
    with LocalReplica.open(tmp_path / "here.replica") as replica:
        yield replica
