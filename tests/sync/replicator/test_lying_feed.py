"""A replicator before a server whose feed or bodies contradict themselves or the question: no harm, nothing claimed that is not
so, and one honest sync brings everything that was shown."""

from __future__ import annotations

import base64
import gzip
import resource

import pytest

from sync.replica import LocalReplica
from tests.support.sync.lies import lying
from tests.support.sync.lying_scene import told
from tests.support.sync.replication import leaves

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
