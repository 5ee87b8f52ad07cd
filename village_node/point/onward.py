"""What of the office's database is pushed on: everything but receipts.

A receipt says what one issuer holds. The hub knows its own, and a relay's says something of the township alone: pushed on, it
would only be refused there (over HTTP nobody writes what is published).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sync.peer import ChangeRow, ChangesFeed, ChangesRequest
from sync.replica import LocalReplica


class Onward:
    """The office's replica as the source of a push; its feed leaves receipts out and ends where the replica's ends."""

    def __init__(self, replica: LocalReplica) -> None:
        self._replica = replica

    def __getattr__(self, name: str) -> Any:
        return getattr(self._replica, name)

    def changes(self, request: ChangesRequest, **options: Any) -> _Feed:
        return _Feed(self._replica.changes(request, **options))


class _Feed:
    def __init__(self, feed: ChangesFeed) -> None:
        self._feed = feed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feed, name)

    def __iter__(self) -> Iterator[ChangeRow]:
        return (row for row in self._feed if not row.id.startswith("receipt:"))
