"""Replicas that got the same revisions hold the same documents, whatever the order and the batches they came in."""

import os
import random

import pytest

from sync import revisions, revtree
from sync.replica import LocalReplica
from sync.revtree import RevTree
from tests.support.sync_peer_contract import doc_at, rows


def random_revisions(rng: random.Random, ids: int, size: int) -> list[dict]:
    """Every revision of random histories as a replicated document with its whole path."""
    docs = []
    for number in range(ids):
        parents: dict[str, str | None] = {"1-a": None}
        for step in range(rng.randrange(size)):
            parent = rng.choice(sorted(parents))
            parents[f"{revisions.generation(parent) + 1}-{step:x}{rng.randrange(16):x}"] = parent
        whole = RevTree(parents)
        for rev in parents:
            body = {"_deleted": True} if rng.random() < 0.3 else {"v": rev}
            if rng.random() < 0.2:
                body["_attachments"] = {"f": {"data": bytes([rng.randrange(3)]), "content_type": "x/y"}}
            docs.append(doc_at(f"d{number}", revtree.path_to_root(whole, rev), **body))
    return docs


def state(replica: LocalReplica) -> dict:
    """What a reader can see of every document, leaves and histories included."""
    return {
        row.id: (row.revs, row.deleted, replica.open_revs(row.id, revs=True, attachments=True))
        for row in rows(replica, style="all_docs")
    }


@pytest.mark.parametrize("turn", range(8))
def test_the_order_and_size_of_batches_does_not_matter(tmp_path, turn):
    seed = int.from_bytes(os.urandom(4))
    print("seed", seed)
    rng = random.Random(seed)
    docs = random_revisions(rng, ids=6, size=12)
    states = []
    for name in "ab":
        with LocalReplica.open(tmp_path / f"{name}.replica") as replica:
            left = docs + rng.sample(docs, len(docs) // 4)  # some come twice
            rng.shuffle(left)
            while left:
                count = rng.randint(1, 9)
                assert replica.bulk_docs(left[:count], new_edits=False) == [], f"seed {seed}"
                left = left[count:]
                if rng.random() < 0.05:
                    replica.compact()
            assert replica.verify() == [], f"seed {seed}"
            states.append(state(replica))
    assert states[0] == states[1], f"seed {seed}"
