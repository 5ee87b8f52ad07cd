"""Documents that the other side does not take: set aside with the reason, and the rest goes on."""

from __future__ import annotations

import itertools
import random

import pytest

from sync import errors
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import delivery
from tests.support.sync.replication import leaves, push, write

_numbers = itertools.count()


@pytest.fixture
def hub(server):
    peer = RemotePeer(server.create(f"poison{next(_numbers)}"))
    yield peer
    peer.close()


@pytest.fixture
def node(tmp_path):
    replica = LocalReplica.open(tmp_path / "node.replica")
    yield replica
    replica.close()


def bulky(peer, ids):
    texts = random.Random(1)
    results = peer.bulk_docs([{"_id": id, "text": texts.randbytes(300).hex()} for id in ids])
    assert all(result.ok for result in results)


class Choosy:
    """A peer over the given one whose `bulk_docs` fails as a whole when `fails(docs)` gives an error."""

    def __init__(self, peer, fails):
        self._peer, self._fails = peer, fails
        self.traffic = peer.traffic

    def __getattr__(self, name):
        return getattr(self._peer, name)

    def bulk_docs(self, docs, *, new_edits=True):
        error = self._fails(docs)
        if error is not None:
            raise error
        return self._peer.bulk_docs(docs, new_edits=new_edits)


def test_too_large_a_body_is_halved(node, hub):
    bulky(node, [f"d{n}" for n in range(40)])
    choosy = Choosy(hub, lambda docs: errors.TooLarge("too much") if len(docs) > 4 else None)
    result = push(node, choosy).result
    assert (result.docs_written, result.doc_write_failures) == (40, 0)
    assert leaves(hub) == leaves(node)


@pytest.mark.parametrize("error", [errors.ServerError("crash"), errors.BadRequest("what is this"), errors.TooLarge("big")])
def test_a_document_that_breaks_the_server_is_set_aside_and_the_rest_goes_on(node, hub, error):
    write(node, [f"d{n}" for n in range(20)])
    choosy = Choosy(hub, lambda docs: error if any(doc["_id"] == "d7" for doc in docs) else None)
    result = push(node, choosy).result
    assert result.docs_written == 19
    assert list(result.rejected) == ["d7"]
    assert delivery(node, hub.info().peer_id, ["d7", "d8"]) == {"d7": "rejected", "d8": "sent"}


def test_a_server_that_fails_for_everything_makes_nothing_rejected(node, hub):
    write(node, [f"d{n}" for n in range(20)])
    with pytest.raises(errors.ServerError):
        push(node, Choosy(hub, lambda docs: errors.ServerError("down")))
    assert set(delivery(node, hub.info().peer_id, [f"d{n}" for n in range(20)]).values()) == {"pending"}


@pytest.mark.parametrize("size", [0, 300_000])
@pytest.mark.parametrize("attached", [False, True])
def test_a_document_that_is_refused_alone_on_its_page_keeps_nothing_back(node, hub, size, attached):
    """Large documents and those with files follow at the end of the pass: nothing is accepted beside the bad one until then."""
    write(node, ["bad"])
    file = {"_attachments": {"photo": {"content_type": "image/jpeg", "data": random.Random(1).randbytes(200_000)}}}
    for n in range(3):
        node.put({"_id": f"large{n}", "text": "x" * size, **(file if attached else {})})
    choosy = Choosy(hub, lambda docs: errors.BadRequest("no") if any(doc["_id"] == "bad" for doc in docs) else None)
    result = push(node, choosy).result
    assert (result.docs_written, list(result.rejected)) == (3, ["bad"])
    assert delivery(node, hub.info().peer_id, ["bad", "large0"]) == {"bad": "rejected", "large0": "sent"}
    assert push(node, hub).result.docs_read == 0


def test_a_document_that_is_all_there_is_to_send_stands_under_rejected(node, hub):
    write(node, ["bad"])
    result = push(node, Choosy(hub, lambda docs: errors.BadRequest("no"))).result
    assert list(result.rejected) == ["bad"]
    assert delivery(node, hub.info().peer_id, ["bad"]) == {"bad": "rejected"}


def test_a_document_that_breaks_the_server_before_any_other_came_is_set_aside_when_others_pass(node, hub):
    write(node, ["bad"])
    node.put({"_id": "large", "text": "x" * 300_000})
    result = push(node, Choosy(hub, lambda docs: errors.ServerError("x") if docs[0]["_id"] == "bad" else None)).result
    assert (result.docs_written, list(result.rejected)) == (1, ["bad"])


def test_no_permission_stops_with_the_peers_word_and_loses_nothing(node, hub):
    write(node, ["a"])
    with pytest.raises(errors.Forbidden, match="not yours"):
        push(node, Choosy(hub, lambda docs: errors.Forbidden("not yours")))
    assert delivery(node, hub.info().peer_id, ["a"]) == {"a": "pending"}
