"""The real PouchDB (node) as a foreign replica of the endpoint. `make peers` installs it; see tests/peers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sync.auth import SingleAdmin
from tests.support.sync_server import running

PEERS = Path(__file__).resolve().parents[1] / "peers"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (PEERS / "node_modules" / "pouchdb").is_dir(),
    reason="PouchDB is not installed: run `npm ci --ignore-scripts` in tests/peers",
)


@pytest.fixture(scope="module")
def checks(tmp_path_factory):
    """One run of the script against a guarded endpoint: {check: None or what went wrong}."""
    with running(tmp_path_factory.mktemp("root"), authoriser=SingleAdmin("admin", "p@ss 字")) as server:
        url = server.create("village/no-1").replace("village/", "village%2F")
        done = subprocess.run(
            ["node", "roundtrip.js", url],
            cwd=PEERS,
            env={**os.environ, "PEER_USER": "admin", "PEER_PASSWORD": "p@ss 字"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        with server.databases.lease("village/no-1") as replica:
            assert replica.verify() == []
    assert done.stdout, done.stderr
    return {each["name"]: each.get("detail") for each in json.loads(done.stdout)["checks"]}


@pytest.mark.parametrize(
    "name",
    [
        "PouchDB pushes everything",
        "pushing again writes nothing",
        "a second PouchDB pulls everything",
        "edits on both sides become the same conflict everywhere",
        "a conflict resolved there is resolved here",
        "attachments by URL",
        "filtered pulls by ids and by selector",
        "allDocs, bulkGet, revsDiff and info of the remote",
        "live sync carries both ways",
    ],
)
def test_pouchdb_agrees(checks, name):
    assert checks.get(name, "this check did not run") is None, checks.get(name)
