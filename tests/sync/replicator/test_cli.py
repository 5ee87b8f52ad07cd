"""`python -m sync replicate` and `sync`, as scripts call them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from sync.endpoint.auth import SingleAdmin
from sync.peer import ChangesRequest
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import delivery
from tests.support.sync.replication import leaves, write
from tests.support.sync.server import REPOSITORY, running

FIELDS = {
    "docs_read", "docs_written", "doc_write_failures", "requests", "bytes_sent", "bytes_received", "seconds",
    "start_seq", "last_seq",
}


def command(*words, **environment):
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
    return subprocess.run(
        [sys.executable, "-m", "sync", *map(str, words)], capture_output=True, text=True, cwd=REPOSITORY, env=env, timeout=60
    )


def last_object(done):
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("hub"), authoriser=SingleAdmin("admin", "geheim")) as server:
        yield server


@pytest.fixture
def filled(tmp_path):
    path = tmp_path / "node.replica"
    replica = LocalReplica.open(path)
    write(replica, [f"d{n}" for n in range(20)])
    replica.close()
    return path


def test_replicate_copies_a_file_to_a_server_and_tells_what_it_did(server, filled, tmp_path):
    auth = tmp_path / "auth"
    auth.write_text("admin:geheim\n")
    url = server.create("up")
    done = command("replicate", filled, url, "--json", "--auth-file", auth)
    assert (done.returncode, done.stderr) == (0, "")
    told = last_object(done)
    assert set(told) >= FIELDS
    assert (told["docs_written"], told["last_seq"]) == (20, 20)
    assert command("replicate", filled, url, SYNC_AUTH="admin:geheim").stdout.startswith("0 documents written")


def test_sync_makes_a_new_file_and_tells_both_directions(server, filled, tmp_path):
    url = server.create("both")
    assert command("sync", filled, url, "--json", SYNC_AUTH="admin:geheim").returncode == 0
    new = tmp_path / "new.replica"
    told = last_object(command("sync", new, url, "--json", SYNC_AUTH="admin:geheim"))
    assert set(told["pull"]) >= FIELDS
    assert set(told["push"]) >= FIELDS
    assert (told["pull"]["docs_written"], told["push"]["docs_written"]) == (20, 0)


def test_a_password_in_the_address_works_warns_and_is_never_printed(server, filled):
    url = server.create("inurl").replace("://", "://admin:geheim@")
    done = command("replicate", filled, url, "--json")
    assert done.returncode == 0
    assert "warning" in done.stderr
    wrong = command("replicate", filled, url.replace("geheim", "falsch"), "--json")
    assert wrong.returncode == 1
    assert last_object(wrong)["error"] == "unauthorized"
    for text in (done.stdout, done.stderr, wrong.stdout, wrong.stderr):
        assert "geheim" not in text
        assert "falsch" not in text


def test_selector_and_doc_ids_pick_documents(filled, tmp_path):
    target = tmp_path / "target.replica"
    assert last_object(command("replicate", filled, target, "--doc-ids", "d1,d2", "--json"))["docs_written"] == 2
    told = last_object(command("replicate", filled, target, "--selector", '{"_id": "d7"}', "--json"))
    assert told["docs_written"] == 1
    replica = LocalReplica.open(target)
    assert set(leaves(replica)) == {"d1", "d2", "d7"}
    replica.close()


@pytest.mark.parametrize(
    ("words", "code", "fragment"),
    [
        (["--selector", "{"], 2, "--selector is not JSON"),
        (["--selector", '"\udcff"'], 2, "--selector is not JSON"),
        (["--selector", "[]"], 2, "--selector must be a JSON object"),
        (["--doc-ids", ","], 2, "--doc-ids names no document"),
        (["--batch-size", "0"], 2, "--batch-size 0"),
        (["--auth-file", "/nowhere"], 1, None),
    ],
)
def test_a_wrong_option_is_told_in_one_sentence(filled, tmp_path, words, code, fragment):
    done = command("replicate", filled, tmp_path / "t.replica", "--json", *words)
    assert "Traceback" not in done.stderr
    if fragment is None:
        return      # not needed between two files
    assert done.returncode == code
    assert fragment in done.stderr
    assert last_object(done)["ok"] is False


def test_failures_are_told_in_json_too_and_without_a_traceback(filled, tmp_path):
    cases = {
        "not_found": [tmp_path / "missing.replica", tmp_path / "x.replica"],
        "unreachable": [filled, "http://127.0.0.1:9/db"],
    }
    for error, places in cases.items():
        done = command("replicate", *places, "--json")
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == 1
        told = last_object(done)
        assert told["error"] == error
        assert told["reason"]
    assert command("sync", "http://127.0.0.1:9/db", filled).returncode == 2
    assert command("replicate", "ftp://a/b", filled).returncode == 2


def wait_until_told(file, target, doc_id):
    """Until the replicator has the target's answer for a document and keeps it in its log."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        replica = LocalReplica.open(file)
        try:
            if delivery(replica, target.info().peer_id, [doc_id])[doc_id] == "sent":
                return
        finally:
            replica.close()
        time.sleep(0.05)
    raise AssertionError(f"{doc_id} is not known as sent")


def test_continuous_goes_on_until_a_signal_and_then_tells_its_result(server, filled):
    url = server.create("live")
    process = subprocess.Popen(
        [sys.executable, "-m", "sync", "replicate", str(filled), url, "--continuous", "--json"],
        cwd=REPOSITORY, env={**os.environ, "SYNC_AUTH": "admin:geheim"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        watcher = RemotePeer(url, auth=("admin", "geheim"))
        wait_for(watcher, "d19")
        replica = LocalReplica.open(filled)
        write(replica, ["later"])
        replica.close()
        wait_for(watcher, "later")
        wait_until_told(filled, watcher, "later")       # a signal before the answer would rightly count one less
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["docs_written"] == 21
    watcher.close()


def wait_for(peer, id):
    since = 0
    while True:
        feed = peer.changes(ChangesRequest(since=since, feed="longpoll", timeout_ms=20_000))
        seen = [row.id for row in feed]
        since = feed.last_seq
        assert seen
        if id in seen:
            return


def test_the_named_documents_arrive_first(server, filled):
    url = server.create("named-first")
    done = command("sync", filled, url, "--send-first", "d19,d07,d7", "--json", SYNC_AUTH="admin:geheim")
    assert done.returncode == 0, done.stderr
    with server.databases.lease("named-first") as there:
        assert {row.id for row in list(there.changes(ChangesRequest()))[:2]} == {"d19", "d7"}
    refused = command("replicate", filled, url, "--first", ",", SYNC_AUTH="admin:geheim")
    assert refused.returncode == 2
    assert "--first names no document" in refused.stderr
