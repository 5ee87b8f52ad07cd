"""The router's tests run over every sort of database that it may be given: a folder, our endpoint over HTTP, pouchdb-server for
what that has, and Apache CouchDB when `COUCHDB_URL` is set."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sample import SEED
from tests.support.sync import router as support
from tests.support.sync.foreign import ForeignServer, foreign_server, kinds

# A crash after every step makes hundreds of databases: seconds in a folder, minutes on a server that makes files or shards.
SLOW_ON_SERVERS = frozenset({"test_crash.py", "test_shards.py"})
# pouchdb-server takes a tenth of a second for a page of a feed: the path of a document is enough to know that it can be served.
ON_POUCHDB = frozenset({"test_steps.py"})
# Over HTTP a story takes twenty times as long as in a folder: every crash is played in a folder, a sample of them on a server.
# The rest is for `make soak`.
SAMPLE = frozenset(random.Random(SEED).sample(range(25), 4))
SAMPLED = frozenset({"test_crash.py", "test_standing.py"})
PURGES = frozenset({"test_a_restored_head_is_filled_again"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        here = item.path.parent == Path(__file__).parent and item.path.name in SAMPLED
        if here and isinstance(item, pytest.Function) and item.callspec.params["served"] != "folder":
            given = item.callspec.params
            if given.get("points") == "every step" or given.get("seed", min(SAMPLE)) not in SAMPLE:
                item.add_marker(pytest.mark.soak)


@pytest.fixture(scope="session", params=["folder", *kinds("ours", "pouchdb-server", "couchdb")])
def served(request: pytest.FixtureRequest) -> Iterator[ForeignServer | None]:
    """None: a folder."""
    if request.param == "folder":
        yield None
        return
    with foreign_server(request.param) as server:
        yield server


@pytest.fixture(autouse=True)
def place(request: pytest.FixtureRequest, served: ForeignServer | None) -> Iterator[None]:
    name = request.path.name
    if served is not None and served.kind != "ours" and name in SLOW_ON_SERVERS:
        pytest.skip("it makes hundreds of databases")
    if served is not None and served.kind == "pouchdb-server" and name not in ON_POUCHDB:
        pytest.skip("too slow on pouchdb-server")
    if served is not None and served.kind == "pouchdb-server" and request.node.originalname in PURGES:
        pytest.skip("pouchdb-server has no _purge")
    with support.worlds_on(served):
        yield
