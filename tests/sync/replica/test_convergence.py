"""Replicas that got the same revisions hold the same documents, whatever the order and the batches they came in."""

import os
import random

import pytest

from sync import revisions, revtree
from sync.replica import LocalReplica
from sync.revtree import RevTree
from tests.support.sync.peer_contract import doc_at, rows


def random_revisions(rng: random.Random, ids: int, size: int, *, truncated: bool = False) -> list[dict]:
    """Every revision of random histories as a replicated document with its path: the whole of it, or cut anywhere, as peers with
    other revs limits send it."""
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
            path = revtree.path_to_root(whole, rev)
            docs.append(doc_at(f"d{number}", path[: rng.randint(1, len(path))] if truncated else path, **body))
    return docs


def state(replica: LocalReplica) -> dict:
    """What a reader can see of every document, leaves and histories included."""
    return {
        row.id: (row.revs, row.deleted, replica.open_revs(row.id, revs=True, attachments=True))
        for row in rows(replica, style="all_docs")
    }


def leaves_by_the_law(docs: list[dict]) -> dict[str, list[str]]:
    """What the parent map says, without a replica."""
    trees: dict[str, RevTree] = {}
    for doc in docs:
        branch = revtree.from_path(revisions.from_revisions(doc["_revisions"]), deleted=doc.get("_deleted", False))
        trees[doc["_id"]] = revtree.merge(trees.get(doc["_id"], revtree.EMPTY), branch)
    return {id: revtree.order(tree, revtree.leaves(tree)) for id, tree in trees.items()}


@pytest.mark.parametrize("truncated", [False, True])
@pytest.mark.parametrize("turn", range(8))
def test_the_order_and_size_of_batches_does_not_matter(tmp_path, turn, truncated):
    seed = int.from_bytes(os.urandom(4))
    print("seed", seed)
    rng = random.Random(seed)
    docs = random_revisions(rng, ids=6, size=12, truncated=truncated)
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
    assert {id: list(revs) for id, (revs, *_) in states[0].items()} == leaves_by_the_law(docs), f"seed {seed}"


def test_a_path_that_names_a_stored_leaf_as_ancestor_takes_it_out_of_the_leaves(tmp_path):
    """A peer with a small revs limit sent a descendant without its past; the past comes later, and the feed tells so."""
    with LocalReplica.open(tmp_path / "r.replica") as replica:
        stored = [doc_at("a", ["2-b", "1-a"], v=2), doc_at("a", ["4-d"], _deleted=True)]
        assert replica.bulk_docs(stored, new_edits=False) == []
        assert replica.get("a")["_rev"] == "2-b"
        before = replica.update_seq()
        assert replica.bulk_docs([doc_at("a", ["4-d", "3-c", "2-b"], _deleted=True)], new_edits=False) == []
        assert [(row.revs, row.deleted) for row in rows(replica, style="all_docs", since=before)] == [(("4-d",), True)]
        assert (replica.info().doc_count, replica.info().doc_del_count) == (0, 1)
        assert replica.verify() == []
