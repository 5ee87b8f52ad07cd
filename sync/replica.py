"""`LocalReplica`: a CouchDB database in one SQLite file. It is a `Peer`.

This module is the table of contents: it owns the locks and the connections, and names every operation; the
work is done by the `replica_*` modules, which get a connection and know nothing of locks and threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event as CancelFlag
from typing import Any

from sync.peer import (
    BulkGetResult,
    ChangesFeed,
    ChangesRequest,
    Doc,
    PeerInfo,
    RevsDiff,
    Seq,
    WriteResult,
)
from sync.replica_types import Attachment, Row, Validator


class LocalReplica:
    """Thread-safe: one writer connection behind a lock, pooled readers. Several processes may open the same
    file."""

    replica_id: str
    epoch: str
    path: Path

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        key: bytes | None = None,
        validators: Sequence[Validator] = (),
        name: str | None = None,
    ) -> LocalReplica:
        """Open or create. `key` (32 bytes) encrypts with SQLCipher. `name` is `info().db_name` (default:
        the file's stem).

        Raises NotFound (create=False), NotAReplica, WrongKey, NewerVersion, Corrupt, DiskFull.
        """
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    # --- reading ----------------------------------------------------------------------------------

    def info(self) -> PeerInfo:
        raise NotImplementedError

    def update_seq(self) -> int:
        raise NotImplementedError

    def get(
        self,
        id: str,
        *,
        rev: str | None = None,
        conflicts: bool = False,
        deleted_conflicts: bool = False,
        revs: bool = False,
        revs_info: bool = False,
        local_seq: bool = False,
        attachments: bool = False,
        atts_since: Sequence[str] | None = None,
        latest: bool = False,
    ) -> Doc:
        """The winner, or revision `rev`. Raises NotFound with reason `missing` or `deleted`."""
        raise NotImplementedError

    def open_revs(
        self,
        id: str,
        revs_wanted: Sequence[str] | None = None,
        *,
        revs: bool = False,
        latest: bool = False,
        attachments: bool = False,
        atts_since: Sequence[str] | None = None,
    ) -> list[Doc | str]:
        """Documents of the revisions asked for (None: every leaf, also deleted ones); a revision that is
        missing stays text."""
        raise NotImplementedError

    def bulk_get(
        self,
        wanted: Sequence[Mapping[str, Any]],
        *,
        revs: bool = True,
        latest: bool = False,
        attachments: bool = True,
    ) -> list[BulkGetResult]:
        raise NotImplementedError

    def revs_diff(self, revs: Mapping[str, Sequence[str]]) -> dict[str, RevsDiff]:
        """Evicted ids lack nothing: they are never pulled again."""
        raise NotImplementedError

    def all_docs(
        self,
        *,
        startkey: str | None = None,
        endkey: str | None = None,
        keys: Sequence[str] | None = None,
        include_docs: bool = False,
        conflicts: bool = False,
        attachments: bool = False,
        limit: int | None = None,
        skip: int = 0,
        descending: bool = False,
        inclusive_end: bool = True,
    ) -> list[Row]:
        """Undeleted documents by id (UTF-8 order). With `descending`, startkey is the greater end, as in
        CouchDB."""
        raise NotImplementedError

    def changes(self, request: ChangesRequest, *, cancel: CancelFlag | None = None) -> ChangesFeed:
        """Rows are read in chunks while the feed is iterated; no read transaction stays open between rows."""
        raise NotImplementedError

    def wait_for_change(self, since: Seq, timeout_s: float, cancel: CancelFlag | None = None) -> bool:
        """True when `update_seq` has passed `since`, in this process or another; False after the timeout or
        when cancelled."""
        raise NotImplementedError

    def on_commit(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` (on the writing thread, outside the lock) after each commit of this process that
        moved the feed. Returns the function that ends it."""
        raise NotImplementedError

    def get_attachment(self, id: str, name: str, *, rev: str | None = None) -> Attachment:
        raise NotImplementedError

    # --- writing ----------------------------------------------------------------------------------

    def put(self, doc: Doc) -> str:
        """One document (new_edits=true). Returns the new revision once it is durable. Raises Conflict,
        Forbidden, BadRequest, TooLarge, PreconditionFailed (missing_stub), DiskFull."""
        raise NotImplementedError

    def delete(self, id: str, rev: str) -> str:
        raise NotImplementedError

    def bulk_docs(self, docs: Sequence[Doc], *, new_edits: bool = True) -> list[WriteResult]:
        """See `Peer`. With `new_edits=False` an empty list means that all are stored."""
        raise NotImplementedError

    def put_attachment(
        self, id: str, name: str, data: bytes, content_type: str, *, rev: str | None = None
    ) -> str:
        raise NotImplementedError

    def delete_attachment(self, id: str, name: str, *, rev: str) -> str:
        raise NotImplementedError

    def transaction(self) -> AbstractContextManager[Any]:
        """`with replica.transaction() as tx:` BEGIN IMMEDIATE; `tx` is a `replica_transaction.Transaction`
        with get, put, put_rev, delete, bulk_docs, all_docs, get_local, put_local. All or nothing; durable
        when the block ends; an exception undoes all."""
        raise NotImplementedError

    # --- _local documents -------------------------------------------------------------------------

    def get_local(self, local_id: str) -> Doc | None:
        raise NotImplementedError

    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def delete_local(self, local_id: str, rev: str) -> None:
        raise NotImplementedError

    def local_docs(self) -> list[Doc]:
        """All `_local` documents, by id."""
        raise NotImplementedError

    # --- upkeep -----------------------------------------------------------------------------------

    @property
    def revs_limit(self) -> int:
        raise NotImplementedError

    def set_revs_limit(self, limit: int) -> None:
        raise NotImplementedError

    def evict(self, ids: Sequence[str]) -> int:
        """Remove here, without tombstone; remembered, so that no pull brings them back. Returns how many
        were held."""
        raise NotImplementedError

    def readmit(self, ids: Sequence[str]) -> int:
        """Forget that ids were evicted, so that they may be pulled again (a case whose audience grows
        anew)."""
        raise NotImplementedError

    def purge(self, revs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Remove leaves without trace. Returns `{id: revisions purged}`."""
        raise NotImplementedError

    def compact(self) -> None:
        """Drop bodies of non-leaf revisions and unreferenced attachments, and give the space back to the
        file system."""
        raise NotImplementedError

    def verify(self) -> list[str]:
        """Problems found, one sentence each; empty = sound. Reads everything."""
        raise NotImplementedError

    def new_epoch(self) -> str:
        """Write a new epoch (after a restore from backup) and return it."""
        raise NotImplementedError
