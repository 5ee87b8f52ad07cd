"""A replica before a server that lies: what is claimed afterwards, and what one honest sync brings in the end."""

from __future__ import annotations

import msgspec

from sync import errors
from sync.remote.limits import AnswerLimits
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import delivery, sync
from tests.support.sync.lies import Answer, honest
from tests.support.sync.replication import WITHOUT_PAUSES, leaves

OWN = [{"_id": f"own{n}", "text": "渠道纠纷"} for n in range(5)]
JSON = {"content-type": "application/json"}
PORTAL = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Log in to use this network</body></html>"


class Scene:
    """A remote database with plain, edited, conflicted, deleted and attached documents; a replica with its own."""

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

    def contact(self, proxy, limits=None, **options):
        """One sync through the proxy; the error's name, or ""."""
        remote = RemotePeer(f"{proxy.url}/{self.name}", read_timeout_s=2, limits=limits or AnswerLimits())
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
