"""A replicator before a server that lies, lie by lie: a clear word or a clean stop; afterwards the replica is sound, nothing is
shown as sent that is not there, and one honest sync brings everything that was shown."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import os
import resource
import threading
import time

import msgspec
import pytest

from sync import errors
from sync.remote import tuning as replicator_tuning
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator, delivery, sync
from tests.support.sync.lies import Answer, honest, lying
from tests.support.sync.replication import WITHOUT_PAUSES, leaves

COUNTER = itertools.count()
OWN = [{"_id": f"own{n}", "text": "渠道纠纷"} for n in range(5)]
JSON = {"content-type": "application/json"}


@pytest.fixture
def scene(server, tmp_path):
    """A remote database with plain, edited, conflicted, deleted and attached documents; a replica with its own."""
    made = Scene(server, f"db{next(COUNTER)}", tmp_path)
    with made.local:
        yield made


class Scene:
    def __init__(self, server, name, folder):
        self.server, self.name, self.rejected = server, name, set()
        server.create(name)
        with server.databases.lease(name) as remote:
            remote.bulk_docs([{"_id": f"d{n}", "n": n} for n in range(6)])
            remote.put({**remote.get("d0"), "n": 10, "_attachments": {"f": {"data": "YWJj", "content_type": "text/plain"}}})
            remote.delete("d1", remote.get("d1")["_rev"])
            ids = ["b" * 32, "c" * 32]
            remote.bulk_docs([
                {"_id": "c", "_rev": f"2-{id}", "_revisions": {"start": 2, "ids": [id, "a" * 32]}, "of": id} for id in ids
            ], new_edits=False)  # fmt: skip
            self.peer_id = remote.info().peer_id
        self.homes = {self.peer_id: name}
        self.local = LocalReplica.open(folder / "node.replica")
        self.local.bulk_docs(OWN)

    def contact(self, proxy, **options):
        """One sync through the proxy; the error's name, or ""."""
        remote = RemotePeer(f"{proxy.url}/{self.name}", read_timeout_s=2)
        try:
            result = sync(self.local, remote, **{"attempts": 2, **WITHOUT_PAUSES, **options})
            self.rejected |= result.pull.rejected.keys()
            return ""
        except errors.SyncError as error:
            failure = error
        finally:
            remote.close()
        assert 0 < len(str(failure)) < 2000, type(failure)
        return type(failure).__name__

    def names(self):
        """What the peer was called: it may have lied about that too, and is known by what it first said."""
        return {self.peer_id, *[doc["peer_id"] for doc in self.local.local_docs() if "peer_id" in doc]}

    def held(self, name=None):
        with self.server.databases.lease(name or self.name) as there:
            return leaves(there)

    def check_nothing_is_claimed(self):
        assert self.local.verify() == []
        for doc in OWN:
            assert self.local.get(doc["_id"])["text"] == doc["text"]
        for name in self.names():
            there = self.held(self.homes.get(name, self.name))
            claimed = delivery(self.local, name, [doc["_id"] for doc in OWN])
            assert not [id for id, state in claimed.items() if state == "sent" and id not in there], name

    def check_all_comes_in_the_end(self, proxy, *, hidden=()):
        """But what a peer has hidden; and what was refused as it was shown: that is listed as such."""
        proxy.lie, proxy.route = honest, lambda path: path
        assert self.contact(proxy) == ""
        assert self.contact(proxy) == ""
        self.check_nothing_is_claimed()
        here, there = leaves(self.local), self.held()
        told = [delivery(self.local, name, [doc["_id"] for doc in OWN]) for name in self.names()]
        assert any(set(each.values()) == {"sent"} for each in told), told
        excused = {*hidden, *self.rejected}
        assert {id: revs for id, revs in here.items() if id in there and id not in excused} == {
            id: revs for id, revs in there.items() if id not in excused
        }
        with self.server.databases.lease(self.name) as remote:
            assert remote.verify() == []


def asks(path, *words):
    return any(word in path for word in words)


def told(change, *words):
    """A lie that changes the JSON of every answer to these requests."""

    def lie(number, path, answer):
        if not asks(path, *words) or not answer.body:
            return answer
        value = change(msgspec.json.decode(answer.body))
        return Answer(answer.status, msgspec.json.encode(value), answer.headers)

    return lie


# --- answers that are no answers ---

PORTAL = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Log in to use this network</body></html>"
DEEP = b'{"results":[{"seq":1,"id":"d0","changes":[{"rev":"1-a"}],"doc":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}"


def instead(**given):
    return lambda answer: Answer(**{"status": answer.status, "body": answer.body, "headers": JSON, **given})


def chunked(*pieces):
    return lambda answer: Answer(answer.status, b"", {**JSON, "transfer-encoding": "chunked"}, chunks=pieces)


def raw(*pieces):
    return lambda answer: Answer(200, b"", raw=pieces)


def forever(piece):
    return itertools.repeat(piece)


NO_ANSWERS = {
    "a portal of the operator": instead(status=200, body=PORTAL, headers={"content-type": "text/html"}),
    "a portal that says JSON": instead(status=200, body=PORTAL),
    "a portal that answers 511": instead(status=511, body=PORTAL, headers={"content-type": "text/html"}),
    "a redirect to a log-in": instead(status=302, body=b"", headers={"location": "http://10.0.0.1/login"}),
    "a redirect to itself": instead(status=307, body=b"", headers={"location": "."}),
    "a redirect for ever": instead(status=308, body=b"", headers={"location": "/"}),
    "nothing": instead(status=200, body=b""),
    "204": instead(status=204, body=b"", headers={"content-length": "0"}),
    "304": instead(status=304, body=b"", headers={"content-length": "0"}),
    "a status that does not exist": raw(b"HTTP/1.1 999 \r\ncontent-length: 2\r\n\r\n{}"),
    "a status that is no number": raw(b"HTTP/1.1 abc OK\r\ncontent-length: 2\r\n\r\n{}"),
    "another protocol": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "nothing at all": raw(),
    "the head without its end": raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"),
    "a head without end": lambda answer: Answer(
        200, b"", raw=itertools.chain([b"HTTP/1.1 200 OK\r\n"], forever(b"x: " + b"y" * 4000 + b"\r\n"))
    ),
    "100 Continue for ever": lambda answer: Answer(200, b"", raw=forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)),
    "a length too long": lambda answer: Answer(
        answer.status, answer.body, {**JSON, "content-length": str(len(answer.body) + 50)}
    ),
    "a length too short": lambda answer: Answer(
        answer.status, answer.body, {**JSON, "content-length": str(max(len(answer.body) - 3, 0))}
    ),
    "a length that is no number": instead(headers={**JSON, "content-length": "many"}),
    "a negative length": instead(headers={**JSON, "content-length": "-5"}),
    "chunks of no length": chunked(b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunks without end": chunked(b"2\r\n{}\r\n"),
    "a chunk shorter than it says": chunked(b"ffff\r\n{}"),
    "a chunk longer than the world": chunked(b"f" * 40 + b"\r\n{}"),
    "deep JSON": instead(body=DEEP),
    "bare brackets": instead(body=b"[" * 1_000_000),
    "a huge number": instead(body=b"9" * 100_000),
    "an infinite number": instead(body=b'{"results":[],"last_seq":1e999}'),
    "not a number": instead(body=b'{"results":[],"last_seq":NaN}'),
    "bad UTF-8": instead(body=b'{"results":[],"last_seq":"\xff\xfe"}'),
    "a lone surrogate": instead(body=b'{"results":[],"last_seq":"\\ud800"}'),
    "UTF-16": lambda answer: Answer(answer.status, answer.body.decode().encode("utf-16"), JSON),
    "gzip that is none": instead(headers={**JSON, "content-encoding": "gzip"}),
    "gzip that is cut": lambda answer: Answer(
        answer.status, gzip.compress(answer.body)[:-6], {**JSON, "content-encoding": "gzip"}
    ),
    "an unknown compression": instead(headers={**JSON, "content-encoding": "x-secret"}),
    "a list": instead(body=b"[1]"),
    "null": instead(body=b"null"),
    "nonsense in clocks": instead(
        headers={**JSON, "date": "Thu, 99 Foo 99999 99:99:99", "expires": "-1", "age": "9" * 99, "retry-after": "9" * 99}
    ),
    "busy until the end of days": instead(
        status=503, body=b"{}", headers={**JSON, "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}
    ),
    "busy for minus one second": instead(status=503, body=b"{}", headers={**JSON, "retry-after": "-1"}),
}
REQUESTS = {
    "the database": "",
    "the log": "/_local/",
    "the feed": "/_changes",
    "the bodies": "/_bulk_get",
    "the writing": "/_bulk_docs",
}


EVERY_LIE = [(case, request) for case in NO_ANSWERS for request in REQUESTS]
# In the usual run all lies about the feed and the writing, and every fourth about the rest; `LIES=all` for the whole table.
USUAL = [pair for n, pair in enumerate(EVERY_LIE) if pair[1] in ("the feed", "the writing") or n % 4 == 0]


@pytest.mark.parametrize(("case", "request_"), EVERY_LIE if os.environ.get("LIES") == "all" else USUAL)
def test_an_answer_that_is_none_claims_nothing(scene, case, request_):
    word, seen = REQUESTS[request_], []

    def lie(number, path, answer):
        right = path.split("?")[0].endswith(f"/{scene.name}") if not word else word in path
        if not right:
            return answer
        seen.append(path)
        return NO_ANSWERS[case](answer)

    with lying(scene.server.url, lie) as proxy:
        said = scene.contact(proxy)
        assert seen, "the lie must have been told"
        harmless = {"nonsense in clocks", "a list", "null", "gzip that is cut", "an unknown compression"}  # the value came whole
        if request_ == "the writing":
            harmless |= {"a length too long"}  # what was written is asked again
        assert said or case in harmless, "it must be noticed"
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy)


# --- answers without end ---


def test_an_answer_that_drips_is_given_up(scene, monkeypatch):
    monkeypatch.setattr(replicator_tuning, "ANSWER_GRACE_S", 0.3)
    monkeypatch.setattr(replicator_tuning, "MIN_ANSWER_BYTES_PER_S", 1000)
    over = threading.Event()

    def dripping():
        while not over.wait(0.02):
            yield b" "

    def lie(number, path, answer):
        return Answer(200, b"", JSON, chunks=dripping()) if "_local" in path else answer

    with lying(scene.server.url, lie) as proxy:
        assert scene.contact(proxy, attempts=1) == "Unreachable"
        over.set()
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy)


@pytest.mark.parametrize("begin", [b"", b'{"results":[\n', b'{"results":[\n{"seq":1,"id":"d2","changes":[{"rev":"1-a"}]},\n'])
def test_a_feed_of_heartbeats_alone_is_given_up(scene, monkeypatch, begin):
    monkeypatch.setattr(replicator_tuning, "FEED_WITHOUT_ROWS_S", 0.3)
    over = threading.Event()

    def beating():
        yield begin
        while not over.wait(0.02):
            yield b"\n"

    def lie(number, path, answer):
        return Answer(200, b"", JSON, chunks=beating()) if "_changes" in path else answer

    with lying(scene.server.url, lie) as proxy:
        assert scene.contact(proxy, attempts=1) == "Unreachable"
        over.set()
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy)


# --- a feed that contradicts itself ---


def row(id, rev, seq=1, **more):
    return {"seq": seq, "id": id, "changes": [{"rev": rev}], "doc": {"_id": id, "_rev": rev, "lie": True}, **more}


def rows(change):
    def changed(value):
        return {**value, "results": change(value["results"])} if value.get("results") else value

    return changed


def every(**members):
    return rows(lambda given: [{**each, **members} for each in given])


def docs_of(change):
    return rows(lambda given: [{**each, "doc": change(each["doc"])} if each.get("doc") else each for each in given])


FEEDS = {
    "rows backwards": rows(lambda given: given[::-1]),
    "rows thrice": rows(lambda given: given * 3),
    "all rows under one seq": every(seq=1),
    "seqs that fall": rows(lambda given: [{**each, "seq": 1000 - n} for n, each in enumerate(given)]),
    "seqs of text and numbers in turn": rows(
        lambda given: [{**each, "seq": each["seq"] if n % 2 else f"{n}-x"} for n, each in enumerate(given)]
    ),
    "negative seqs": rows(lambda given: [{**each, "seq": -each["seq"]} for each in given]),
    "seqs of 300 kB": every(seq="9" * 300_000),
    "seqs that are lists": every(seq=[1, "x"]),
    "seqs that are null": every(seq=None),
    "seqs of a fraction": every(seq=1.5),
    "pending below zero": lambda value: {**value, "pending": -5},
    "pending without bound": lambda value: {**value, "pending": 2**62},
    "pending that is a text": lambda value: {**value, "pending": "many"},
    "pending, but nothing comes": lambda value: {**value, "results": [], "last_seq": 0, "pending": 99},
    "no end": lambda value: {"results": value["results"]},
    "an end before its rows": lambda value: {**value, "last_seq": 0},
    "an end that is a list": lambda value: {**value, "last_seq": [7]},
    "ids that are numbers": every(id=7),
    "an id that is empty": every(id=""),
    "an id of 100 kB": every(id="x" * 100_000),
    "an id with NUL": every(id="a\0b"),
    "ids that nobody may use": every(id="_secret"),
    "no revisions": every(changes=[]),
    "revisions that are none": every(changes=[{"rev": "no"}]),
    "generation 0": every(changes=[{"rev": "0-" + "a" * 32}]),
    "generation 99999999999999999999": every(changes=[{"rev": "99999999999999999999-a"}]),
    "revisions of 100 kB": every(changes=[{"rev": "1-" + "a" * 100_000}]),
    "the same leaf a thousand times": rows(lambda given: [{**each, "changes": each["changes"] * 1000} for each in given]),
    "10,000 leaves that are not": every(changes=[{"rev": f"1-{n:032x}"} for n in range(10_000)]),
    "a document under another id": docs_of(lambda doc: {**doc, "_id": "stranger"}),
    "a document of another revision": docs_of(lambda doc: {**doc, "_rev": "1-" + "f" * 32}),
    "a document that is no object": every(doc=[1]),
    "a document without an id": docs_of(lambda doc: {key: doc[key] for key in doc if key != "_id"}),
    "a document with odd members": docs_of(lambda doc: {**doc, "_odd": 1}),
    "a document 5,000 deep": docs_of(lambda doc: {**doc, "deep": deep(500)}),
    "a document of 9 MB": docs_of(lambda doc: {**doc, "text": "x" * 9_000_000} if doc["_id"] == "d2" else doc),
    "an attachment without data": docs_of(lambda doc: {**doc, "_attachments": {"f": {"stub": True}}}),
    "an attachment that is a number": docs_of(lambda doc: {**doc, "_attachments": 7}),
    "deleted that is a text": docs_of(lambda doc: {**doc, "_deleted": "yes"}),
}


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


# Of a peer that hides documents behind seqs it has shown, only what it showed can be copied.
HIDES = {
    "pending, but nothing comes",
    "an id that is empty",
    "an id of 100 kB",
    "an id with NUL",
    "ids that nobody may use",
    "10,000 leaves that are not",
    "generation 99999999999999999999",
}


@pytest.mark.parametrize("case", FEEDS)
def test_a_feed_that_contradicts_itself_does_no_harm(scene, case):
    with lying(scene.server.url, told(FEEDS[case], "_changes")) as proxy:
        scene.contact(proxy)
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy, hidden=scene.held() if case in HIDES else ())


# --- bodies that are others ---


def results(change):
    return lambda value: {**value, "results": change(value["results"])}


def docs(change):
    def of(result):
        return {**result, "docs": [{"ok": change(each["ok"])} if "ok" in each else each for each in result["docs"]]}

    return results(lambda given: [of(each) for each in given])


def of_conflict(**members):
    """Of the document with two leaves."""
    return docs(lambda doc: {**doc, **members} if doc["_id"] == "c" else doc)


A, B, C = "a" * 32, "b" * 32, "c" * 32
BODIES = {
    "of another document": docs(lambda doc: {**doc, "_id": "stranger"}),
    "of a document not asked": results(
        lambda given: [*given, {"id": "stranger", "docs": [{"ok": {"_id": "stranger", "_rev": f"1-{A}"}}]}]
    ),
    "of a revision not asked": docs(lambda doc: {**doc, "_rev": f"9-{A}", "_revisions": {"start": 9, "ids": [A]}}),
    "of nothing": results(lambda given: []),
    "twice": results(lambda given: given * 2),
    "in another order": results(lambda given: given[::-1]),
    "without revision": docs(lambda doc: {key: doc[key] for key in doc if key != "_rev"}),
    "errors without words": results(lambda given: [{"id": each["id"], "docs": [{"error": None}]} for each in given]),
    "errors that are numbers": results(lambda given: [{"id": each["id"], "docs": [{"error": 7}]} for each in given]),
    "a history that begins elsewhere": docs(lambda doc: {**doc, "_revisions": {"start": 7, "ids": [A, B]}}),
    "a history in a circle": of_conflict(_revisions={"start": 4, "ids": [B, A, B, A]}),
    "a history longer than its start": of_conflict(_revisions={"start": 1, "ids": [B, A]}),
    "a history without end": of_conflict(_revisions={"start": 2_000_000, "ids": [B] + [f"{n:032x}" for n in range(30_000)]}),
    "a history of numbers": of_conflict(_revisions={"start": 2, "ids": [1, 2]}),
    "a history with a start of text": of_conflict(_revisions={"start": "2", "ids": [B, A]}),
    "one parent for a child that has another": docs(
        lambda doc: (
            {**doc, "_revisions": {"start": 2, "ids": [doc["_rev"][2:], C if doc["_rev"].endswith(B) else A]}}
            if doc["_id"] == "c"
            else doc
        )
    ),
    "each leaf the other's parent": docs(
        lambda doc: (
            {**doc, "_revisions": {"start": 2, "ids": [doc["_rev"][2:], (C if doc["_rev"].endswith(B) else B)]}}
            if doc["_id"] == "c"
            else doc
        )
    ),
    "attachments of other bytes than they say": docs(
        lambda doc: {
            **doc,
            "_attachments": {
                "f": {"content_type": "x", "data": "eHl6", "length": 99, "digest": "md5-AAAAAAAAAAAAAAAAAAAAAA==", "revpos": 99}
            },
        }
    ),
    "attachments that are not base64": docs(lambda doc: {**doc, "_attachments": {"f": {"content_type": "x", "data": "!!"}}}),
    "attachments that are a bomb": docs(
        lambda doc: {**doc, "_attachments": {"f": {"content_type": "x", "encoding": "gzip", "data": bomb()}}}
    ),
    "attachments that were never there": docs(
        lambda doc: {**doc, "_attachments": {"g": {"content_type": "x", "stub": True, "digest": "md5-x", "revpos": 1}}}
    ),
}
WITHHELD = {
    "errors without words",
    "errors that are numbers",
    "of a revision not asked",
    "a history in a circle",
}


def bomb():
    return base64.b64encode(gzip.compress(b"x" * 150_000_000, 1)).decode()


@pytest.mark.parametrize("case", BODIES)
def test_bodies_that_contradict_the_question_or_themselves_do_no_harm(scene, case):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with lying(scene.server.url, told(BODIES[case], "_bulk_get")) as proxy:
        scene.contact(proxy)
        scene.check_nothing_is_claimed()
        assert "stranger" not in leaves(scene.local)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000
        scene.check_all_comes_in_the_end(proxy, hidden=("c", "d0", "d1") if case in WITHHELD else ())


def test_parents_that_differ_between_two_servers_leave_both_replicas_sound_and_agreed(server, tmp_path):
    """The same revision, told once under one parent and once under another: whatever the order, the same leaves."""
    told_by_one = {"_id": "x", "_rev": f"3-{C}", "_revisions": {"start": 3, "ids": [C, A, "1" * 32]}, "n": 1}
    told_by_other = {"_id": "x", "_rev": f"3-{C}", "_revisions": {"start": 3, "ids": [C, B, "2" * 32]}, "n": 1}
    seen = []
    for number, order in enumerate(([told_by_one, told_by_other], [told_by_other, told_by_one])):
        with LocalReplica.open(tmp_path / f"{number}.replica") as replica:
            for doc in order:
                replica.bulk_docs([doc], new_edits=False)
            assert replica.verify() == []
            seen.append(leaves(replica))
    assert seen[0] == seen[1] == {"x": {f"3-{C}"}}


# --- a server that is another one ---


@pytest.mark.parametrize("after", range(1, 7))
def test_a_server_that_becomes_another_in_mid_run_gets_nothing_claimed_for_the_first(scene, after):
    """A load balancer, or an address given to another machine: from the nth answer on another database answers."""
    other = f"other{next(COUNTER)}"
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
