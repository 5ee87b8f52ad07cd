"""The endpoint before a client that lies: histories that contradict themselves, seqs that are none, broken framing; a clear 4xx
or a sound store, and what was acknowledged stays."""

from __future__ import annotations

import itertools
import random
import socket
from urllib.parse import urlsplit

import pytest

from sync import tuning
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from tests.support.sync.replication import in_step, leaves

COUNTER = itertools.count()
A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


@pytest.fixture
def db(server):
    """A name of a database that holds one acknowledged document; afterwards it is sound and still does."""
    name = f"db{next(COUNTER)}"
    server.create(name)
    with server.client() as http:
        rev = http.put(f"/{name}/kept", json={"text": "渠道"}).json()["rev"]
        yield name
        assert http.get(f"/{name}/kept").json() == {"_id": "kept", "_rev": rev, "text": "渠道"}
    with server.databases.lease(name) as replica:
        assert replica.verify() == []


def history(start, *ids, rev=None):
    return {"_id": "x", "_rev": rev or f"{start}-{ids[0]}", "_revisions": {"start": start, "ids": list(ids)}}


# --- histories ---

REFUSED = {
    "longer than its start": [history(1, B, A)],
    "a start below zero": [history(-1, B)],
    "a start of text": [{"_id": "x", "_rev": f"2-{B}", "_revisions": {"start": "2", "ids": [B]}}],
    "a start of a fraction": [{"_id": "x", "_rev": f"2-{B}", "_revisions": {"start": 2.0, "ids": [B]}}],
    "no ids": [{"_id": "x", "_rev": f"2-{B}", "_revisions": {"start": 2, "ids": []}}],
    "ids of numbers": [{"_id": "x", "_rev": f"2-{B}", "_revisions": {"start": 2, "ids": [1, 2]}}],
    "another revision than it says": [history(2, B, A, rev=f"2-{C}")],
    "more ids than anybody keeps": [history(2**40, B, *[f"{n:032x}" for n in range(tuning.MAX_REVISIONS_IDS + 1)])],
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_history_that_cannot_be_is_refused_with_a_reason(server, db, case):
    with server.client() as http:
        told = http.post(f"/{db}/_bulk_docs", json={"docs": REFUSED[case], "new_edits": False})
        assert told.status_code in (201, 400), told.text
        faults = told.json() if told.status_code == 201 else [told.json()]
        assert [bool(row["reason"]) for row in faults] == [True]
        assert http.get(f"/{db}/x").status_code == 404


CONTRADICTIONS = {
    "one digest again and again": [history(4, B, A, B, A), history(2, B, B)],
    "another generation than it says": [history(2, B, A, rev=f"3-{B}")],
    "two parents for one revision": [history(3, C, A), history(3, C, B)],
    "two pasts of different length": [history(3, C), history(3, C, A, B), history(3, C, B)],
    "each the other's ancestor": [history(3, C, A), history(2, A, B), history(3, C, B), history(2, B, D)],
    "a generation that jumps": [history(1, A), history(1_000_000, B, C), history(2**52, D)],
    "a child before its parents": [history(5, D, C, B), history(3, B, A), history(4, C, A)],
    "two bodies for one revision": [{**history(1, A), "n": 1}, {**history(1, A), "n": 2}],
    "deleted and alive under one revision": [{**history(1, A), "_deleted": True}, history(1, A)],
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_histories_that_contradict_each_other_leave_a_sound_tree_that_replicates(server, db, tmp_path, case):
    docs = CONTRADICTIONS[case]
    chance = random.Random(case)
    with server.client() as http:
        for order in (docs, docs[::-1], chance.sample(docs, len(docs))):
            for batch in ([order], [[doc] for doc in order]):
                for each in batch:
                    told = http.post(f"/{db}/_bulk_docs", json={"docs": each, "new_edits": False})
                    assert told.status_code == 201, told.text
        for path in ("x?revs=true&conflicts=true", "x?open_revs=all", "x?revs_info=true", "_changes?style=all_docs", "_all_docs"):
            deleted = path.startswith("x?rev") and "deleted" in case
            assert http.get(f"/{db}/{path}").status_code in ((200, 404) if deleted else (200,)), path
        assert http.post(f"/{db}/_bulk_get?revs=true", json={"docs": [{"id": "x"}]}).status_code == 200
    with LocalReplica.open(tmp_path / "node.replica") as node:
        remote = RemotePeer(f"{server.url}/{db}")
        in_step(node, remote)
        assert {f"{doc['_rev']}" for doc in docs} >= leaves(node)["x"]
        remote.close()
        assert node.verify() == []


# --- seqs ---


@pytest.mark.parametrize("since", ["-1", "1.5", "x", "9" * 30, "2-x", "%00", "null", "[1]", "1e3", "٣", "now-1"])
@pytest.mark.parametrize("feed", ["normal", "longpoll"])
def test_a_since_that_is_none_is_a_clear_answer(server, db, since, feed):
    with server.client() as http:
        told = http.get(f"/{db}/_changes?feed={feed}&timeout=10&since={since}")
        assert told.status_code in (200, 400)
        if told.status_code == 400:
            assert told.json()["reason"]


# --- framing ---


def raw(server, request):
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        told = b""
        try:
            while piece := line.recv(65536):
                told += piece
        except ConnectionResetError:
            pass
        return told


FRAMES = {
    "chunks of no length": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "chunks of negative length": b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than the world": b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n{}\r\n0\r\n\r\n",
    "a chunk shorter than it says": b"Transfer-Encoding: chunked\r\n\r\nff\r\n{}",
    "chunks without end": b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    "chunks without line ends": b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
    "a length and chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length with a sign": b"Content-Length: +2\r\n\r\n{}",
    "another transfer coding": b"Transfer-Encoding: gzip\r\n\r\n{}",
    "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a header without a name": b": x\r\nContent-Length: 2\r\n\r\n{}",
    "a header folded": b"X: y\r\n z\r\nContent-Length : 2\r\n\r\n{}",
    "a header with NUL": b"X: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
    "clocks of nonsense": b"Date: Thu, 99 Foo 99999\r\nIf-Modified-Since: never\r\nContent-Length: 1\r\n\r\n{",
    "an expectation": b"Expect: the-unexpected\r\nContent-Length: 1\r\n\r\n{",
    "an upgrade": b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\n{",
}


@pytest.mark.parametrize("case", FRAMES)
def test_a_broken_frame_is_4xx_or_the_end_and_stores_nothing(server, db, case):
    told = raw(server, f"PUT /{db}/x HTTP/1.1\r\nHost: localhost\r\n".encode() + FRAMES[case])
    assert told == b"" or told.split(b" ", 2)[1][:1] == b"4" or told.startswith(b"HTTP/1.1 100"), told[:200]
    assert b"HTTP/1.1 2" not in told
    with server.client() as http:
        assert http.get(f"/{db}/x").status_code == 404


def test_a_request_hidden_in_the_body_of_another_is_not_run(server, db):
    hidden = f"PUT /{db}/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    both = b"Content-Length: %d\r\nTransfer-Encoding: chunked" % len(hidden)
    for head in (both, b"Transfer-Encoding: chunked\r\nContent-Length: 5"):
        raw(server, f"POST /{db}/_bulk_docs HTTP/1.1\r\nHost: localhost\r\n".encode() + head + b"\r\n\r\n0\r\n\r\n" + hidden)
    with server.client() as http:
        assert http.get(f"/{db}/x").status_code == 404
