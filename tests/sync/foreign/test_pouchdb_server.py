"""The replicator against pouchdb-server, a foreign CouchDB (npm; see tests/peers)."""

from __future__ import annotations

import base64
import itertools
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from sync import errors
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import delivery, sync
from tests.support.ports import free_port
from tests.support.sync.replication import WITHOUT_PAUSES, edit, in_step, leaves, pull, push, write

PEERS = Path(__file__).resolve().parents[2] / "peers"
SERVER = PEERS / "node_modules" / ".bin" / "pouchdb-server"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not SERVER.exists(),
    reason="pouchdb-server is not installed: run `npm ci --ignore-scripts` in tests/peers",
)
_numbers = itertools.count()


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """Its URL. In memory, on a free port."""
    port = free_port()
    folder = tmp_path_factory.mktemp("foreign")
    process = subprocess.Popen(
        [str(SERVER), "--in-memory", "--port", str(port), "--host", "127.0.0.1", "--no-stdout-logs"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(20)


def _wait_until_it_listens(port, process):
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, "pouchdb-server ended"
            assert time.monotonic() < deadline, "pouchdb-server does not listen"
            time.sleep(0.1)     # nothing tells when another program has started


@pytest.fixture
def far(foreign):
    peer = RemotePeer(f"{foreign}/db{next(_numbers)}", read_timeout_s=30)
    assert peer.create()
    assert not peer.create()
    yield peer
    peer.close()


@pytest.fixture
def node(tmp_path):
    replica = LocalReplica.open(tmp_path / "node.replica")
    yield replica
    replica.close()


def test_both_directions_with_conflicts_deletions_and_attachments(node, far):
    write(node, [f"n{n}" for n in range(150)])
    write(far, [f"f{n}" for n in range(150)])
    data = base64.b64encode(b"ditch").decode()
    node.bulk_docs([{"_id": "with", "_attachments": {"f": {"data": data, "content_type": "image/jpeg"}}}])
    in_step(node, far)
    edit(node, "n1", by="node")
    edit(far, "n1", by="far")
    edit(far, "n2", _deleted=True)
    edit(node, "f2", _deleted=True)
    in_step(node, far)
    assert len(leaves(node)["n1"]) == 2
    assert far.bulk_get([{"id": "with"}])[0].docs[0]["_attachments"]["f"]["data"] == data


def test_nothing_new_is_two_requests(node, far):
    write(node, ["a"])
    in_step(node, far)
    in_step(node, far)
    done = in_step(node, far)
    assert done.pull.requests + done.push.requests == 2


def test_pull_alone_push_alone_and_delivery(node, far):
    write(far, ["f1", "f2"])
    assert pull(node, far).result.docs_written == 2
    write(node, ["n1"])
    push(node, far)
    assert set(leaves(far)) == {"f1", "f2", "n1"}
    assert delivery(node, far.info().peer_id, ["n1"]) == {"n1": "sent"}


def test_doc_ids_pick_documents(node, far):
    write(far, ["f1", "f2", "f3"])
    pull(node, far, doc_ids=["f2"])
    assert set(leaves(node)) == {"f2"}


def test_an_own_filter_does_no_harm_where_the_server_cannot_filter(node, far):
    own = {"$nor": [{"device": "t1"}]}
    for turn in range(3):
        node.bulk_docs([{"_id": f"n{turn}", "device": "t1"}])
        far.bulk_docs([{"_id": f"f{turn}", "device": "hub"}])
        sync(node, far, own_filter=own, **WITHOUT_PAUSES)
        assert leaves(node) == leaves(far)


def test_a_missing_database_is_told(foreign, node):
    with pytest.raises(errors.NotFound):
        pull(node, RemotePeer(f"{foreign}/nowhere"))
