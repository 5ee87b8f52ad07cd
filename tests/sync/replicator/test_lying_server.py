"""A replicator before a server that lies about itself and about what was written, lie by lie: a clear word or a clean stop;
afterwards the replica is sound, nothing is shown as sent that is not there, and one honest sync brings everything."""

from __future__ import annotations

import itertools
import json
import threading
import time

import pytest

from sync import errors
from sync.remote.remote_peer import RemotePeer
from sync.replicator import Replicator, delivery
from tests.support.sync.lies import Answer, honest, lying
from tests.support.sync.lying_scene import JSON, OWN, PORTAL
from tests.support.sync.replication import leaves

# --- a server that is another one ---


@pytest.mark.parametrize("after", range(1, 7))
def test_a_server_that_becomes_another_in_mid_run_gets_nothing_claimed_for_the_first(scene, after):
    """A load balancer, or an address given to another machine: from the nth answer on another database answers."""
    other = f"{scene.name}-other"
    scene.server.create(other)
    with scene.server.databases.lease(other) as there:
        scene.homes[there.info().peer_id] = other
    answered = itertools.count()
    with lying(scene.server.url, honest) as proxy:
        proxy.route = lambda path: path if next(answered) < after else path.replace(scene.name, other, 1)
        scene.contact(proxy)
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy)


@pytest.mark.parametrize("name", ["replica_id", "epoch", "update_seq", "doc_count"])
@pytest.mark.parametrize("value", ["another", "", None, 7, [1], {"a": 1}, -1, 2**70, "x" * 100_000])
def test_a_server_that_lies_about_itself_gets_nothing_claimed(scene, name, value):
    def lie(number, path, answer):
        if path.split("?")[0] != f"/{scene.name}":
            return answer
        return Answer(answer.status, json.dumps({**json.loads(answer.body), name: value}).encode(), answer.headers)

    with lying(scene.server.url, lie) as proxy:
        scene.contact(proxy)
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy)


# --- writes that are answered with lies ---

WRITES = {
    "more answers than documents": lambda value: [{"ok": True, "id": f"own{n}", "rev": "1-a"} for n in range(99)],
    "answers about others": lambda value: [{"id": "stranger", "error": "forbidden", "reason": "no"}],
    "errors without a name": lambda value: [{"id": "own0", "error": None, "reason": 7}],
    "errors without an id": lambda value: [{"error": "forbidden"}],
    "everything refused": lambda value: [{"id": f"own{n}", "error": "forbidden", "reason": "x" * 100_000} for n in range(5)],
    "an object": lambda value: {"ok": True},
}


@pytest.mark.parametrize("case", WRITES)
def test_writes_answered_with_lies_are_never_shown_as_sent_when_they_are_not(scene, case):
    """The lie comes with the answer and nothing is stored: the proxy asks the endpoint for something else."""

    def lie(number, path, answer):
        return Answer(201, json.dumps(WRITES[case](None)).encode(), JSON) if "_bulk_docs" in path else answer

    with lying(scene.server.url, lie) as proxy:
        proxy.route = lambda path: path.replace("_bulk_docs", "_revs_diff")
        scene.contact(proxy)
        assert scene.local.verify() == []
        states = delivery(scene.local, scene.peer_id, [doc["_id"] for doc in OWN])
        claims = case in ("more answers than documents", "errors without a name")  # says that it has stored them: a liar's word
        assert claims or "sent" not in states.values(), states


def test_seqs_of_writes_that_are_not_ours_hide_nothing(scene):
    """`x-update-seqs` names a part of the feed that others wrote: their documents still come."""

    def lie(number, path, answer):
        if "_bulk_docs" not in path:
            return answer
        return Answer(answer.status, answer.body, {**answer.headers, "x-update-seqs": "0 5"})

    with scene.server.databases.lease(scene.name) as there:
        there.bulk_docs([{"_id": f"late{n}"} for n in range(5)])
    with lying(scene.server.url, lie) as proxy:
        scene.contact(proxy)
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy)


def test_a_live_replication_outlives_a_portal_and_goes_on(scene):
    """Continuous: the operator's page in the middle, then the real server again."""
    stop, portal = threading.Event(), threading.Event()

    def lie(number, path, answer):
        return Answer(200, PORTAL, {"content-type": "text/html"}) if portal.is_set() else answer

    with lying(scene.server.url, lie) as proxy:
        remote = RemotePeer(f"{proxy.url}/{scene.name}", read_timeout_s=2)
        paused = []

        def wait(seconds):
            paused.append(seconds)
            portal.clear()
            stop.wait(0.01)

        live = Replicator(remote, scene.local, local="target", cancel=stop, wait=wait)
        failure = []

        def run():
            try:
                live.run_continuous()
            except errors.SyncError as error:
                failure.append(error)

        portal.set()
        thread = threading.Thread(target=run)
        thread.start()
        assert _becomes(lambda: "d2" in leaves(scene.local))
        stop.set()
        thread.join(10)
        remote.close()
        assert paused
        assert not failure
        assert scene.local.verify() == []


def _becomes(true):
    deadline = time.monotonic() + 15
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
