"""The real PouchDB (node) as a foreign replica: of our endpoint, and of Apache CouchDB when `COUCHDB_URL` is set."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.support.sync_foreign import HAS_POUCHDB, NO_POUCHDB, PEERS, foreign_server, kinds

pytestmark = pytest.mark.skipif(not HAS_POUCHDB, reason=NO_POUCHDB)


@pytest.fixture(scope="module", params=kinds("ours", "couchdb"))
def checks(request):
    """One run of the script against a guarded server: {check: None or what went wrong}."""
    with foreign_server(request.param) as server, server.database("village/no-") as database:
        user, password = server.auth or ("", "")
        done = subprocess.run(
            ["node", "roundtrip.js", database.url],
            cwd=PEERS,
            env={**os.environ, "PEER_USER": user, "PEER_PASSWORD": password},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
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
        "attachments changed on both sides",
        "a deletion against an edit",
        "live sync carries both ways",
    ],
)
def test_pouchdb_agrees(checks, name):
    assert checks.get(name, "this check did not run") is None, checks.get(name)
