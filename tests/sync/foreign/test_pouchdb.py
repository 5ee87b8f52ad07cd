"""The real PouchDB (node) as a foreign replica: of our endpoint, and of Apache CouchDB when `COUCHDB_URL` is set."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from types import SimpleNamespace

import pytest

from tests.support.sync.foreign import HAS_POUCHDB, NO_POUCHDB, PEERS, foreign_server, kinds
from tests.support.sync.server import running

pytestmark = pytest.mark.skipif(not HAS_POUCHDB, reason=NO_POUCHDB)


@pytest.fixture(scope="module", params=kinds("ours", "couchdb"))
def checks(request):
    """One run of the script against a guarded server: {check: None or what went wrong}."""
    with foreign_server(request.param) as server, server.database("village/no-") as database:
        user, password = server.auth or ("", "")
        done = subprocess.run(
            ["node", "roundtrip.js", database.url],
            cwd=PEERS,
            env={**os.environ, "PEER_KIND": server.kind, "PEER_USER": user, "PEER_PASSWORD": password},
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


@pytest.fixture(scope="module", params=kinds("ours", "couchdb"))
def newer_checks(request, tmp_path_factory):
    """One run of the script of what PouchDB learnt after the suites that `make suite` runs."""
    if request.param == "ours":
        context = running(tmp_path_factory.mktemp("newer"))
    else:
        context = contextlib.nullcontext(SimpleNamespace(url=os.environ["COUCHDB_URL"].rstrip("/")))
    with context as server:
        done = subprocess.run(
            ["node", "newer.js", server.url],
            cwd=PEERS,
            env={**os.environ, "PEER_KIND": request.param},
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
        "bulkGet gives what is asked for and no more",
        "latest finds the leaf of each line",
        "a digest that occurs twice keeps its place",
        "allDocs by keys with skip and limit",
        "a database that was not set up is missing",
        "a deletion without history is a leaf of its own",
        "attachments of odd names, empty, kept by stubs, removed",
        "a stub of nothing is refused",
        "changes by selector, ids, since and limit",
        "changes with attachments",
        "a live feed by selector",
        "replication of winners and of a part",
        "checkpoints where they are wanted",
        "replication from a given seq",
        "the events of a live replication come in order",
        "batches of both generations",
        "find in all its ways",
    ],
)
def test_pouchdb_finds_what_it_learnt_lately(newer_checks, name):
    assert newer_checks.get(name, "this check did not run") is None, newer_checks.get(name)
