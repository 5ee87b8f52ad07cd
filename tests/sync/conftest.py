"""What most tests of `sync` begin with: a real endpoint on a free port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sync.server import RunningServer, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("root")) as running_server:
        yield running_server
