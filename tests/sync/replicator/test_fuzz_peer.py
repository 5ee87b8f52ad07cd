"""A replicator before a peer that lies: it ends with a clear word or goes on, in bounded memory; the replica stays sound and
keeps what it had."""

from __future__ import annotations

import gzip
import itertools
import os
import resource
import threading
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import errors
from sync.remote.limits import AnswerLimits
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator, sync
from tests.support.sync.fuzz import VALUES
from tests.support.sync.lies import Answer, honest, lying
from tests.support.sync.replication import WITHOUT_PAUSES, leaves

COUNTER = itertools.count()
OWN = [{"_id": f"own{n}", "text": "渠道纠纷"} for n in range(5)]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("node")


def prepare(server, folder):
    """A remote database with documents of all kinds, and a replica with its own: (name, replica)."""
    name = f"db{next(COUNTER)}"
    server.create(name)
    with server.databases.lease(name) as remote:
        remote.bulk_docs([{"_id": f"d{n}", "n": n} for n in range(6)])
        doc = remote.get("d0")
        remote.put({**doc, "n": 10, "_attachments": {"f": {"data": "YWJj", "content_type": "text/plain"}}})
        leaf = {"_id": "c", "_revisions": {"start": 2, "ids": ["b" * 32, "a" * 32]}}
        other = {"_id": "c", "_rev": f"2-{'c' * 32}", "_revisions": {"start": 2, "ids": ["c" * 32, "a" * 32]}}
        remote.bulk_docs([{**leaf, "_rev": f"2-{'b' * 32}"}, other], new_edits=False)
    local = LocalReplica.open(folder / f"{name}.replica")
    local.bulk_docs(OWN)
    return name, local


# --- lies ---


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        found += _places(each, (*path, key))
    return found


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], new)
    return copy


def spoil(kind: str, at: int, value: Any, body: bytes) -> bytes:
    if kind == "cut":
        return body[: at % (len(body) + 1)]
    if kind == "flip":
        where = at % max(len(body), 1)
        return body[:where] + bytes([(at >> 8) & 0xFF]) + body[where + 1 :]
    if kind == "insert":
        where = at % (len(body) + 1)
        return body[:where] + msgspec.json.encode(value) + body[where:]
    if kind == "twice":
        return body + body
    try:
        told = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body
    places = _places(told)
    path = places[at % len(places)]
    if kind == "drop" and path:
        holder = told
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
        return msgspec.json.encode(told)
    return msgspec.json.encode(_replaced(told, path, value))


LIES = st.lists(
    st.tuples(
        st.integers(0, 7), st.sampled_from(["replace", "replace", "replace", "drop", "cut", "flip", "insert", "twice"]),
        st.integers(0, 2**20), VALUES,
    ),
    min_size=1, max_size=3,
)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(lies=LIES)
def test_a_lie_ends_in_a_clear_word_or_does_no_harm(server, folder, lies):
    name, local = prepare(server, folder)
    told = {number: (kind, at, value) for number, kind, at, value in lies}

    def lie(number: int, path: str, answer: Answer) -> Answer:
        if number not in told:
            return answer
        return Answer(answer.status, spoil(*told[number], answer.body), answer.headers)

    with local, lying(server.url, lie) as proxy:
        remote = RemotePeer(f"{proxy.url}/{name}")
        try:
            sync(local, remote, attempts=2, **WITHOUT_PAUSES)
        except errors.SyncError:
            pass    # the clear word; anything else fails the test
        finally:
            remote.close()
        assert local.verify() == []
        for doc in OWN:
            assert local.get(doc["_id"])["text"] == doc["text"]
        proxy.lie = honest
        remote = RemotePeer(f"{proxy.url}/{name}")
        try:
            sync(local, remote, **WITHOUT_PAUSES)
            again = sync(local, remote, **WITHOUT_PAUSES)
        finally:
            remote.close()
        assert (again.pull.docs_written, again.push.docs_written) == (0, 0)
        assert local.verify() == []
        with server.databases.lease(name) as there:
            assert there.verify() == []
            assert {doc["_id"] for doc in OWN} <= set(leaves(there))


# --- answers without end ---


def forever(piece: bytes, head: bytes = b""):
    yield head
    while True:
        yield piece


ROW = b'{"seq":%d,"id":"x%d","changes":[{"rev":"1-a"}],"doc":{"_id":"x%d","_rev":"1-a","t":"%s"}},\n'


def endless_rows():
    yield b'{"results":[\n'
    for n in itertools.count(1):
        yield ROW % (n, n, n, b"y" * 2000)


ENDLESS = {
    "one word": lambda: forever(b"x" * 65536, b'{"results":[\n{"seq":1,"id":"'),
    "brackets": lambda: forever(b"[" * 65536),
    "a number": lambda: forever(b"9" * 65536, b'{"results":[\n{"seq":'),
    "a gzip bomb": lambda: forever(gzip.compress(b"x" * 10_000_000)),
}


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("case", ENDLESS)
@pytest.mark.parametrize("path", ["_changes", "_local"])
def test_an_answer_without_end_is_given_up(server, folder, case, path):
    limits = AnswerLimits(answer_bytes=8_000_000, row_bytes=8_000_000)
    name, local = prepare(server, folder)
    encoding = {"content-encoding": "gzip"} if "gzip" in case else {}

    def lie(number: int, asked: str, answer: Answer) -> Answer:
        if path not in asked:
            return answer
        return Answer(200, b"", {"content-type": "application/json", **encoding}, ENDLESS[case]())

    with local, lying(server.url, lie) as proxy:
        remote = RemotePeer(f"{proxy.url}/{name}", limits=limits)
        before = memory_mb()
        with pytest.raises((errors.BadAnswer, errors.Unreachable)):
            Replicator(remote, local, local="target", attempts=1, **WITHOUT_PAUSES).run()
        remote.close()
        assert memory_mb() - before < 150
        assert local.verify() == []


def test_rows_without_end_are_stored_in_bounded_memory_until_cancelled(server, folder):
    name, local = prepare(server, folder)
    stop = threading.Event()

    def lie(number: int, asked: str, answer: Answer) -> Answer:
        return Answer(200, b"", answer.headers, endless_rows()) if "_changes" in asked else answer

    with local, lying(server.url, lie) as proxy:
        remote = RemotePeer(f"{proxy.url}/{name}")
        remote.set_cancel(stop)
        before = memory_mb()

        def watch(progress: Any) -> None:
            if progress.done >= 10_000:
                stop.set()

        with pytest.raises(errors.Cancelled):
            Replicator(remote, local, local="target", cancel=stop, progress=watch, **WITHOUT_PAUSES).run()
        remote.close()
        assert memory_mb() - before < 150
        assert local.verify() == []
        assert local.info().doc_count >= 10_000


def test_seqs_out_of_order_and_repeated_rows_change_nothing(server, folder):
    name, local = prepare(server, folder)

    def lie(number: int, asked: str, answer: Answer) -> Answer:
        if "_changes" not in asked or b'"results"' not in answer.body:
            return answer
        told = msgspec.json.decode(answer.body)
        told["results"] = told["results"][::-1] * 3
        return Answer(answer.status, msgspec.json.encode(told), answer.headers)

    with local, lying(server.url, lie) as proxy:
        remote = RemotePeer(f"{proxy.url}/{name}")
        sync(local, remote, **WITHOUT_PAUSES)
        remote.close()
        with server.databases.lease(name) as there:
            assert leaves(local) == leaves(there)
        assert local.verify() == []
