"""Ranges of ids and purging over HTTP say what a replica of one's own says."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from sync.errors import BadAnswer, NotImplementedByPeer, ServerError
from sync.remote import RemotePeer
from sync.remote.databases import RemoteDatabases, Server
from tests.support.sync.scripted_server import Answer, Request, scripted
from tests.support.sync.server import RunningServer

ASKED: list[dict[str, Any]] = [
    {}, {"startkey": "b"}, {"endkey": "b"}, {"startkey": "b", "endkey": "d", "inclusive_end": False}, {"limit": 2, "skip": 1},
    {"descending": True, "startkey": "d", "endkey": "b"}, {"keys": ["c", "nobody", "gone"]}, {"keys": []},
    {"include_docs": True, "limit": 1}, {"keys": ["a", "gone"], "include_docs": True}, {"startkey": "文", "endkey": "文\uffff"},
]


@pytest.fixture
def filled(server: RunningServer, tmp_path: Path):
    name = "ranges-" + tmp_path.name.replace("_", "-").lower()
    url = server.create(name)
    with server.databases.lease(name) as replica:
        replica.bulk_docs([{"_id": id, "n": n} for n, id in enumerate(("a", "b", "c", "d", "gone", "文/1"))])
        replica.delete("gone", replica.get("gone")["_rev"])
        peer = RemotePeer(url)
        yield replica, peer
        peer.close()


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_a_range_over_http_is_that_of_the_replica(filled, asked: dict[str, Any]) -> None:
    replica, peer = filled
    assert peer.all_docs(**asked) == replica.all_docs(**asked)


def test_a_purge_over_http_takes_the_leaf_and_says_so(filled) -> None:
    replica, peer = filled
    rev = replica.get("a")["_rev"]
    assert peer.purge({"a": [rev], "b": ["1-" + "0" * 32]}) == {"a": [rev], "b": []}
    assert [row.id for row in peer.all_docs(endkey="b")] == ["b"]


def answers(status: int, value: object) -> Any:
    def answer(request: Request) -> Answer:
        return Answer(status, json.dumps(value).encode())

    return scripted(answer)


def test_a_purge_that_not_enough_copies_took_is_none() -> None:
    with answers(202, {"purged": {"a": ["1-aa"]}}) as url, pytest.raises(ServerError, match="every copy"):
        RemotePeer(f"{url}/db").purge({"a": ["1-aa"]})


def test_a_server_without_purge_says_so() -> None:
    with answers(404, {"error": "not_found", "reason": "missing"}) as url, pytest.raises(NotImplementedByPeer, match="purge"):
        RemotePeer(f"{url}/db").purge({"a": ["1-aa"]})


def test_answers_to_other_questions_are_no_answers() -> None:
    told = {"rows": [{"id": "b", "key": "b", "value": {"rev": "1-aa"}}]}
    with answers(200, told) as url, pytest.raises(BadAnswer, match="other keys"):
        RemotePeer(f"{url}/db").all_docs(keys=["a"])


def test_what_a_cluster_took_without_a_quorum_is_told() -> None:
    for status in (202, 200, 204):      # 200: something on the way that answers every question so
        with answers(status, []) as url, contextlib.suppress(BadAnswer):
            assert RemotePeer(f"{url}/db").bulk_docs([{"_id": "a", "_rev": "1-aa"}], new_edits=False).by_quorum is False, status


def test_a_database_on_a_server_says_which_it_is_and_in_which_life(server: RunningServer, tmp_path: Path) -> None:
    name = "identity-" + tmp_path.name.replace("_", "-").lower()
    databases = RemoteDatabases(Server(server.url))
    databases.create(name)
    with databases.lease(name) as peer:
        first = peer.info()
        peer.begin_epoch()
        second = peer.info()
    assert (first.peer_id, first.epoch != second.epoch) == (second.peer_id, True)
    databases.delete(name)
    assert not databases.exists(name)
    databases.create(name)
    with databases.lease(name) as peer:
        assert peer.info().peer_id != first.peer_id
    databases.close()
