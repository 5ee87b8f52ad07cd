"""The revision tree: laws of merging under random histories, and the revisions themselves."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import revisions, revtree
from sync.revtree import RevTree


def history(rng: random.Random, size: int) -> tuple[dict[str, str | None], set[str]]:
    """A random honest history: parents by revision, and the deleted ones."""
    parents: dict[str, str | None] = {f"1-{rng.randrange(3)}r": None}
    deleted: set[str] = set()
    for number in range(size):
        parent = rng.choice(sorted(parents))
        rev = f"{revisions.generation(parent) + 1}-{number:x}{rng.randrange(16):x}"
        parents[rev] = parent
        if rng.random() < 0.3:
            deleted.add(rev)
    return parents, deleted


def truncated_paths(rng: random.Random, parents, deleted) -> list[RevTree]:
    """One path per revision, cut at a random length, as peers with different revs limits send them."""
    paths = []
    for rev in parents:
        path, at = [], rev
        while at is not None:
            path.append(at)
            at = parents[at]
        paths.append(revtree.from_path(path[: rng.randint(1, len(path))], deleted=rev in deleted))
    return paths


def joined(trees) -> RevTree:
    result = revtree.EMPTY
    for tree in trees:
        result = revtree.merge(result, tree)
    return result


seeds = st.integers(0, 10**9)


@given(seeds, st.integers(0, 25))
def test_the_tree_does_not_depend_on_the_order_of_arrival(seed, size):
    rng = random.Random(seed)
    paths = truncated_paths(rng, *history(rng, size))
    first = joined(paths)
    rng.shuffle(paths)
    second = joined(paths)
    assert first == second
    assert revtree.winner(first) == revtree.winner(second)


@given(seeds)
def test_merging_is_commutative_associative_and_idempotent(seed):
    rng = random.Random(seed)
    # Three unrelated histories over the same names contradict each other: the laws hold even then.
    a, b, c = (joined(truncated_paths(rng, *history(rng, 8))) for _ in range(3))
    assert revtree.merge(a, b) == revtree.merge(b, a)
    assert revtree.merge(revtree.merge(a, b), c) == revtree.merge(a, revtree.merge(b, c))
    assert revtree.merge(a, a) == a


@given(seeds, st.integers(0, 25))
def test_leaves_are_those_of_the_true_history_when_paths_are_whole(seed, size):
    rng = random.Random(seed)
    parents, deleted = history(rng, size)
    whole = RevTree(parents)
    tree = joined(
        revtree.from_path(revtree.path_to_root(whole, rev), deleted=rev in deleted) for rev in parents
    )
    assert revtree.leaves(tree) == set(parents) - set(parents.values())
    assert tree.deleted == deleted


@given(seeds, st.integers(1, 6))
def test_stemming_keeps_every_leaf_and_the_winner(seed, limit):
    rng = random.Random(seed)
    parents, deleted = history(rng, 30)
    tree = RevTree(parents, frozenset(deleted))
    stemmed = revtree.stem(tree, limit)
    assert revtree.leaves(stemmed) == revtree.leaves(tree)
    assert revtree.winner(stemmed) == revtree.winner(tree)
    assert all(len(revtree.path_to_root(stemmed, leaf)) >= min(limit, len(revtree.path_to_root(tree, leaf)))
               for leaf in revtree.leaves(stemmed))
    assert revtree.stem(stemmed, limit) == stemmed


@given(seeds)
def test_a_stored_tree_reads_back_equal(seed):
    rng = random.Random(seed)
    parents, deleted = history(rng, 12)
    tree = RevTree(parents, frozenset(deleted))
    assert revtree.load(revtree.dump(tree)) == tree


def test_an_undeleted_leaf_wins_over_a_longer_deleted_one():
    tree = joined([revtree.from_path(["3-z", "2-z", "1-a"], deleted=True), revtree.from_path(["2-b", "1-a"])])
    assert revtree.winner(tree) == "2-b"
    assert revtree.deleted_conflicts(tree) == ["3-z"]
    assert revtree.conflicts(tree) == []


def test_generations_compare_as_numbers_and_digests_as_text():
    tree = joined([revtree.from_path(["10-a"]), revtree.from_path(["9-b"]), revtree.from_path(["10-b"])])
    assert revtree.order(tree, revtree.leaves(tree)) == ["10-b", "10-a", "9-b"]
    assert revtree.conflicts(tree) == ["10-a", "9-b"]


def test_missing_lists_only_what_the_tree_does_not_know():
    tree = revtree.from_path(["2-b", "1-a"])
    assert revtree.missing(tree, ["2-c", "1-a", "2-b"]) == ["2-c"]


def test_the_leaves_below_an_ancestor_are_its_descendants_alone():
    tree = joined(map(revtree.from_path, [["2-b", "1-a"], ["2-c", "1-a"], ["1-x"]]))
    assert revtree.leaves_below(tree, "1-a") == ["2-c", "2-b"]


def test_pruning_a_leaf_takes_its_lonely_ancestors_with_it():
    tree = joined([revtree.from_path(["3-c", "2-b", "1-a"]), revtree.from_path(["2-x", "1-a"])])
    assert revtree.prune(tree, ["3-c"]) == revtree.from_path(["2-x", "1-a"])
    assert revtree.prune(tree, ["3-c", "2-x"]) == revtree.EMPTY


# --- revisions ---


def test_the_revision_of_a_first_plain_document_is_md5_over_its_canonical_json_with_its_id():
    doc = {"b": 1, "_id": "x", "_rev": "1-ignored", "a": "é"}
    expected = hashlib.md5('{"_id":"x","a":"é","b":1}'.encode()).hexdigest()
    assert revisions.new_revision(doc) == f"1-{expected}"


def test_the_same_edit_of_the_same_parent_is_the_same_revision_and_anything_else_is_not():
    base = {"_id": "x", "v": 1}
    made = {
        revisions.new_revision(base), revisions.new_revision(base, deleted=True),
        revisions.new_revision(base, parent="1-a"), revisions.new_revision(base, parent="1-b"),
        revisions.new_revision(base, parent="1-a", deleted=True),
        revisions.new_revision(base, attachments={"f": "md5-1"}),
        revisions.new_revision(base, attachments={"f": "md5-2"}),
    }
    assert len(made) == 7
    assert revisions.new_revision(dict(base), parent="1-a") in made


@pytest.mark.parametrize("text", ["", "1", "1-", "-a", "0-a", "01-a", "x-a", "1-a b", '1-"', "1-a\n", "²-a",
"1-" + "a" * 200])
def test_what_is_no_revision_is_refused(text):
    with pytest.raises(ValueError):
        revisions.parse(text)


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"start": 1}, {"start": "1", "ids": ["a"]}, {"start": True, "ids": ["a"]},
     {"start": 1, "ids": []},
     {"start": 1, "ids": ["a", "b"]}, {"start": 2, "ids": ["a", ""]}, {"start": 1, "ids": [1]},
     {"start": 1, "ids": "a"}],
)
def test_a_malformed_revisions_member_is_refused(value):
    with pytest.raises(ValueError):
        revisions.from_revisions(value)


def test_a_path_becomes_revisions_and_back():
    path = ["3-c", "2-b"]
    assert revisions.to_revisions(path) == {"start": 3, "ids": ["c", "b"]}
    assert revisions.from_revisions(revisions.to_revisions(path)) == path
