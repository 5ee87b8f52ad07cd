"""The revision tree of one document, as a parent map. Pure: no storage, no bodies, no hashing, nothing is
ever mutated.

    1-a -- 2-b -- 3-c          parents  {"3-c": "2-b", "2-b": "1-a", "1-a": None, "2-x": "1-a"}
        \\- 2-x (deleted)       deleted  {"2-x"}          leaves  {"3-c", "2-x"}          winner  "3-c"

One mapping revision -> parent, where None means "root, or not known here". Merging takes for each revision
the greater of the parents both sides name (None is the least), and the union of the deleted ones. That is
the join of a lattice, so merging is commutative, associative and idempotent by construction, also for
truncated histories, and needs no recursion.

    leaves   revisions that are nobody's parent
    winner   max of leaves by (not deleted, generation, digest): all replicas pick the same without talking
    missing  revisions that are no key
    stem     keep what lies within `limit` generations above a leaf
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from sync.revisions import parse


@dataclass(frozen=True, slots=True)
class RevTree:
    """Value of a revision tree. `parents` is never mutated; every operation makes a new tree."""

    parents: Mapping[str, str | None] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()

    def __contains__(self, rev: object) -> bool:
        return rev in self.parents


EMPTY = RevTree()


def from_path(path: Sequence[str], *, deleted: bool = False) -> RevTree:
    """The tree of one branch. `path` is newest first, as `_revisions` lists it; `deleted` speaks of the
    newest."""
    parents = dict(zip(path, [*path[1:], None], strict=True))
    return RevTree(parents, frozenset(path[:1]) if deleted else frozenset())


def merge(left: RevTree, right: RevTree) -> RevTree:
    """Join of two trees (see the head of this module)."""
    parents = dict(left.parents)
    for rev, parent in right.parents.items():
        known = parents.get(rev)
        if rev not in parents or (parent is not None and (known is None or parent > known)):
            parents[rev] = parent
    return RevTree(parents, left.deleted | right.deleted)


def leaves(tree: RevTree) -> frozenset[str]:
    """Revisions that are nobody's parent."""
    return frozenset(tree.parents).difference(tree.parents.values())


def order(tree: RevTree, revs: Iterable[str]) -> list[str]:
    """`revs` with the winner's order, best first."""
    return sorted(revs, key=lambda rev: (rev not in tree.deleted, *parse(rev)), reverse=True)


def winner(tree: RevTree) -> str:
    """The winning revision. Raises ValueError for an empty tree."""
    return max(leaves(tree), key=lambda rev: (rev not in tree.deleted, *parse(rev)))


def conflicts(tree: RevTree) -> list[str]:
    """Undeleted leaves besides the winner, best first."""
    best = winner(tree)
    return order(tree, (rev for rev in leaves(tree) if rev != best and rev not in tree.deleted))


def deleted_conflicts(tree: RevTree) -> list[str]:
    """Deleted leaves besides the winner, best first."""
    best = winner(tree)
    return order(tree, (rev for rev in leaves(tree) if rev != best and rev in tree.deleted))


def missing(tree: RevTree, revs: Iterable[str]) -> list[str]:
    """Those of `revs` that the tree does not know, in the order given."""
    return [rev for rev in revs if rev not in tree.parents]


def path_to_root(tree: RevTree, rev: str) -> list[str]:
    """`rev` and its known ancestors, newest first. Raises KeyError for an unknown revision."""
    path = [rev]
    parent = tree.parents[rev]
    while parent is not None and parent in tree.parents:
        path.append(parent)
        parent = tree.parents[parent]
    return path


def leaves_below(tree: RevTree, rev: str) -> list[str]:
    """The leaves that descend from `rev` (itself, when it is a leaf), best first."""
    return order(tree, (leaf for leaf in leaves(tree) if rev in path_to_root(tree, leaf)))


def stem(tree: RevTree, limit: int) -> RevTree:
    """Keep what lies within `limit` revisions of a leaf, the leaf counted. Raises ValueError for a limit
    below 1."""
    if limit < 1:
        raise ValueError("the revs limit must be at least 1")
    if len(tree.parents) <= limit:
        return tree
    kept: set[str] = set()
    for leaf in leaves(tree):
        kept.update(path_to_root(tree, leaf)[:limit])
    return _restrict(tree, kept)


def prune(tree: RevTree, gone: Iterable[str]) -> RevTree:
    """The tree without the leaves `gone` and without the ancestors that led to them alone (purge)."""
    dropped = frozenset(gone)
    kept: set[str] = set()
    for leaf in leaves(tree) - dropped:
        kept.update(path_to_root(tree, leaf))
    return _restrict(tree, kept)


def _restrict(tree: RevTree, kept: set[str]) -> RevTree:
    if len(kept) == len(tree.parents):
        return tree
    parents = {rev: (old if old in kept else None) for rev, old in tree.parents.items() if rev in kept}
    return RevTree(parents, tree.deleted & frozenset(kept))


# --- text form, for a column ----------------------------------------------------------------------


class _Stored(msgspec.Struct, array_like=True):
    parents: dict[str, str | None]
    deleted: list[str]


_decoder = msgspec.json.Decoder(_Stored)


def dump(tree: RevTree) -> str:
    """`[{rev: parent or null}, [deleted revs]]` as compact JSON."""
    return msgspec.json.encode(_Stored(dict(tree.parents), sorted(tree.deleted))).decode()


def load(text: str) -> RevTree:
    """Inverse of `dump`. Raises msgspec.DecodeError for anything else."""
    stored = _decoder.decode(text)
    return RevTree(stored.parents, frozenset(stored.deleted))
