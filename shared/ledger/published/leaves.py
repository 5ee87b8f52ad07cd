"""Every leaf of documents that several may write under one name.

The hub and its edges write notices, grants and heads under names that follow from what they speak of; where two of them do, both
stand there, and a feed tells the winner alone. Which of them counts is a question of who signed it, never of who won.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from shared.ledger.formats.documents import Doc


class LeafStore(Protocol):
    """What is asked of a database; `sync.LocalReplica` has it."""

    def all_docs(self, *, startkey: str | None = None, endkey: str | None = None, keys: Sequence[str] | None = None,
                 include_docs: bool = False, conflicts: bool = False) -> Sequence[Any]: ...

    def get(self, id: str, *, rev: str | None = None) -> Any: ...


def leaves_between(store: LeafStore, startkey: str, endkey: str) -> list[Doc]:
    """Of all documents in this range, winners first; deleted ones are none."""
    return _leaves(store, store.all_docs(startkey=startkey, endkey=endkey, include_docs=True, conflicts=True))


def leaves_of(store: LeafStore, ids: Sequence[str]) -> list[Doc]:
    """Of those of these documents that are here."""
    return _leaves(store, store.all_docs(keys=list(ids), include_docs=True, conflicts=True)) if ids else []


def _leaves(store: LeafStore, rows: Sequence[Any]) -> list[Doc]:
    found: list[Doc] = []
    for row in rows:
        if row.doc is not None:
            others = row.doc.get("_conflicts", ())
            found.append({name: value for name, value in row.doc.items() if name != "_conflicts"})
            found += [dict(store.get(row.id, rev=rev)) for rev in others]
    return found
