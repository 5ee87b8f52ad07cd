"""A process that works until it is killed: `write PEER SEED NAME` or `sync FILE URL`. See `sync_crash`.

`write` prints one line per acknowledged revision or file, after the acknowledgement: what is printed must never be lost. `sync`
prints a dot per pass.
"""

from __future__ import annotations

import base64
import json
import random
import sys
import time

from sync import blobs, errors
from sync.peer import Peer
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import sync


def open_peer(place: str) -> Peer:
    return RemotePeer(place) if place.startswith("http") else LocalReplica.open(place)


def write(place: str, seed: int, name: str) -> None:
    peer, choose = open_peer(place), random.Random(seed)
    held: dict[str, str] = {}
    number = 0
    while True:
        number += 1
        time.sleep(choose.random() * 0.02)      # so that the others come to their turn
        if isinstance(peer, LocalReplica):
            keep_house(peer, choose)
        docs = [one(choose, name, f"{number}-{at}", held) for at in range(choose.choice([1, 1, 1, 20]))]
        docs = list({doc["_id"]: doc for doc in docs}.values())
        try:
            results = peer.bulk_docs(docs)
        except (errors.Unreachable, errors.ServerError):     # the server was killed: not acknowledged
            held.clear()
            time.sleep(0.02)
            continue
        for doc, result in zip(docs, results, strict=True):
            if result.ok:
                print(json.dumps([result.id, result.rev]), flush=True)
            if not result.ok or doc.get("_deleted"):
                held.pop(doc["_id"], None)
            else:
                held[result.id] = str(result.rev)


def keep_house(replica: LocalReplica, choose: random.Random) -> None:
    """Now and then a file in chunks, or a compaction."""
    kind = choose.random()
    if kind < 0.1:
        manifest = blobs.put(replica, choose.randbytes(choose.randrange(20_000)), piece=2_000)
        print(json.dumps(manifest.as_json()), flush=True)
    elif kind < 0.12:
        replica.compact()


def one(choose: random.Random, name: str, number: str, held: dict[str, str]) -> dict[str, object]:
    """A new document, an edit or a deletion."""
    kind = choose.random()
    if not held or kind < 0.6:
        doc: dict[str, object] = {"_id": f"{name} {number}", "text": "渠" * choose.randrange(300)}
    else:
        id = choose.choice(list(held))
        doc = {"_id": id, "_rev": held[id], "n": number}
        if kind > 0.9:
            doc["_deleted"] = True
    if kind < 0.1:
        data = base64.b64encode(choose.randbytes(choose.randrange(40_000))).decode()
        doc["_attachments"] = {"f": {"content_type": "image/jpeg", "data": data}}
    return doc


def keep_in_step(place: str, url: str) -> None:
    local, remote = LocalReplica.open(place), RemotePeer(url)
    while True:
        try:
            sync(local, remote, attempts=1)
            print(".", flush=True)
        except (errors.Unreachable, errors.ServerError):
            time.sleep(0.02)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        keep_in_step(sys.argv[2], sys.argv[3])
