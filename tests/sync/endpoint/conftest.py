"""A client at a fresh database of the server that the tests of a module share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import httpx2
import pytest

from tests.support.sync.server import RunningServer

_NUMBERS = itertools.count(1)


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx2.Client]:
    """A client whose paths are relative to a fresh database."""
    name = f"fresh{next(_NUMBERS)}"
    server.create(name)
    with server.client() as client:
        client.base_url = f"{server.url}/{name}/"
        yield client
