"""`LocalReplica`: a CouchDB database in one SQLite file. It is a `Peer`.

This module is the table of contents: it owns the locks and the connections, and names every operation; the
work is done by the modules beside it, which get a connection and know nothing of locks and threads.

    writer   one connection behind a lock; every write is one transaction, durable (fsync) when the call returns
    readers  a small pool; a read sees all that was committed before it began
    others   several processes may open the same file; their commits are seen, and wake waiters within a moment
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import uuid4

from sync import errors, tuning
from sync.mango.index import IndexDefinition
from sync.peer import CancelFlag, ChangesRequest, Doc, PeerInfo, Seq, WriteResult, WriteResults
from sync.replica import indexes as replica_index
from sync.replica import schema as replica_schema
from sync.replica import upkeep as replica_maintain
from sync.replica import verify as replica_verify
from sync.replica.changes import LocalChangesFeed, leaves_after, parse_seq, read_seq
from sync.replica.connection import Connection, ReaderPool, check_openable, connect
from sync.replica.indexes import IndexPage, IndexRange
from sync.replica.limits import DEFAULT, ReplicaLimits
from sync.replica.reader import Reader
from sync.replica.reading import GetOptions
from sync.replica.transaction import Transaction, WriteSettings, prepare
from sync.replica.values import Validator
from sync.replica.wait import Waiter
from sync.storage import storage_errors


class LocalReplica(Reader):
    """Thread-safe; several processes may open the same file. Make one with `LocalReplica.open`."""

    replica_id: str
    epoch: str
    path: Path

    def __init__(
        self, path: Path, writer: Connection, *, key: bytes | None, validators: Sequence[Validator], name: str,
        limits: ReplicaLimits,
    ) -> None:
        self.path = path
        self._name = name
        self._key = key
        self._writer = writer
        self._lock = RLock()
        self._writing = False
        self._lent = False
        self._pool = ReaderPool(path, key, limits.cache_kib, self if limits.lend_writer else None)
        self._waiter = Waiter(self.update_seq)
        self._validators = tuple(validators)
        self._limits = limits
        meta = replica_schema.read_meta(writer)
        self.replica_id, self.epoch = meta["replica_id"], meta["epoch"]
        self._revs_limit = int(meta["revs_limit"])

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        key: bytes | None = None,
        validators: Sequence[Validator] = (),
        name: str | None = None,
        limits: ReplicaLimits = DEFAULT,
    ) -> LocalReplica:
        """Open or create. `key` (32 bytes) encrypts with SQLCipher. `name` is `info().db_name` (default: the
        file's stem).

        Raises NotFound (create=False), NotAReplica, WrongKey, NewerVersion, Corrupt, DiskFull.
        """
        path = Path(path)
        check_openable(path, key, create=create)
        writer = connect(path, key, cache_kib=limits.cache_kib)
        try:
            with storage_errors(path):
                replica_schema.prepare(writer, path, create=create)
                replica_schema.notice_copy(writer, path)
                return cls(path, writer, key=key, validators=validators, name=name or path.stem, limits=limits)
        except BaseException:
            writer.close()
            raise

    def close(self) -> None:
        """Close all connections; a feed that is still iterated fails."""
        self._pool.close()
        with self._lock:
            self._writer.close()

    def __enter__(self) -> LocalReplica:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- reading: the questions of `Reader`, and ---------------------------------------------------------

    def _snapshot(self) -> AbstractContextManager[Connection]:
        return self._pool.snapshot()

    def _reader(self) -> AbstractContextManager[Connection]:
        return self._pool.reader()

    def borrow(self) -> Connection | None:
        """For the pool: the writer's connection, while nobody writes or reads by it. To be given back by the same thread."""
        if not self._lock.acquire(blocking=False):
            return None
        if self._writing or self._lent:     # this thread's own: what it writes is not to be seen yet
            self._lock.release()
            return None
        self._lent = True
        return self._writer

    def give_back(self) -> None:
        self._lent = False
        self._lock.release()

    def info(self) -> PeerInfo:
        """Costs the same whatever the size of the replica."""
        with self._pool.snapshot() as connection:
            seq, count, deleted, purges = connection.execute(
                "SELECT update_seq, doc_count, doc_del_count, purge_seq FROM counters"
            ).fetchone()
            pages = int(connection.execute("PRAGMA page_count").fetchone()[0])
            free = int(connection.execute("PRAGMA freelist_count").fetchone()[0])
            page_size = int(connection.execute("PRAGMA page_size").fetchone()[0])
        extra = {
            "purge_seq": purges,
            "disk_format_version": replica_schema.SCHEMA_VERSION,
            "sizes": {"file": pages * page_size, "active": (pages - free) * page_size},
            "revs_limit": self._revs_limit,
            "encrypted": self._key is not None,
        }
        return PeerInfo(self._name, self.replica_id, seq, count, deleted, self.epoch, extra)

    def update_seq(self) -> int:
        with self._pool.reader() as connection:
            return read_seq(connection)

    def changes(self, request: ChangesRequest, *, cancel: CancelFlag | None = None) -> LocalChangesFeed:
        """Rows are read in chunks while the feed is iterated; no read transaction stays open between rows."""
        return LocalChangesFeed(self._pool, self._waiter, request, cancel, scan_s=self._limits.scan_s)

    def leaves_after(self, since: Seq, limit: int) -> tuple[list[tuple[str, Sequence[str]]], int]:
        """What `changes` of style `all_docs` tells, in one statement: (id, leaves) of at most `limit` documents, and the seq that
        they reach. Raises BadRequest for a seq that is none."""
        with self._pool.snapshot() as connection:
            at = parse_seq(since)
            return leaves_after(connection, read_seq(connection) if at is None else at, limit)

    def wait_for_change(self, since: Seq, timeout_s: float, cancel: CancelFlag | None = None) -> bool:
        """True when `update_seq` has passed `since`, in this process or another; False after the timeout or
        when cancelled."""
        at = parse_seq(since)
        return self._waiter.wait(self.update_seq() if at is None else at, timeout_s, cancel)

    def on_commit(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` (on the writing thread, outside the lock) after each commit of this process that
        moved the feed. Returns the function that ends it."""
        return self._waiter.subscribe(callback)

    # --- writing ----------------------------------------------------------------------------------

    def put(self, doc: Doc) -> str:
        """One document (new_edits=true). Returns the new revision once it is durable. Raises Conflict,
        Forbidden, BadRequest, TooLarge, PreconditionFailed (missing_stub), DiskFull."""
        with self.transaction() as tx:
            return tx.put(doc)

    def delete(self, id: str, rev: str) -> str:
        with self.transaction() as tx:
            return tx.delete(id, rev)

    def bulk_docs(self, docs: Sequence[Doc], *, new_edits: bool = True) -> list[WriteResult]:
        """See `Peer`. With `new_edits=False` an empty list means that all are stored."""
        prepared = prepare(docs, self._settings(), new_edits=new_edits)
        with self.transaction() as tx:
            outcomes = tx.store(prepared, new_edits=new_edits)
        results = WriteResults(outcome.result() for outcome in outcomes if new_edits or outcome.refusal is not None)
        results.seqs = tx.seqs
        return results

    def put_attachment(
        self, id: str, name: str, data: bytes, content_type: str, *, rev: str | None = None
    ) -> str:
        with self.transaction() as tx:
            doc = tx.current(id, rev)
            entries = {**doc.get("_attachments", {}), name: {"content_type": content_type, "data": data}}
            return tx.put({**doc, "_attachments": entries})

    def delete_attachment(self, id: str, name: str, *, rev: str) -> str:
        with self.transaction() as tx:
            doc = tx.current(id, rev)
            entries = doc.get("_attachments", {})
            if name not in entries:
                raise errors.NotFound("Document is missing attachment")
            return tx.put({**doc, "_attachments": {key: entries[key] for key in entries if key != name}})

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """`with replica.transaction() as tx:` BEGIN IMMEDIATE; `tx` is a `transaction.Transaction`
        with get, put, put_rev, delete, bulk_docs, all_docs, get_local, put_local. All or nothing; durable
        when the block ends; an exception undoes all."""
        with self._lock:
            assert not self._lent, "a read of this thread is not over"
            if self._writing:
                raise RuntimeError("a transaction of this thread is open; use it, not the replica, inside its block")
            with storage_errors(self.path):
                self._writer.execute("BEGIN IMMEDIATE")
            self._writing = True
            tx = Transaction(self._writer, self._settings())
            try:
                yield tx
                with storage_errors(self.path):
                    self._writer.execute("COMMIT")
            finally:
                tx.end()
                self._writing = False
                if self._writer.in_transaction:  # an exception is on its way, or the commit failed
                    self._writer.execute("ROLLBACK")
        if tx.moved:
            self._waiter.notify()

    def _settings(self) -> WriteSettings:
        return WriteSettings(self.path, self._revs_limit, self._validators)

    # --- _local documents -------------------------------------------------------------------------

    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> str:
        with self.transaction() as tx:
            return tx.put_local(local_id, doc)

    def delete_local(self, local_id: str, rev: str) -> None:
        with self.transaction() as tx:
            tx.delete_local(local_id, rev)

    # --- Mango indexes ----------------------------------------------------------------------------

    def index_definitions(self) -> list[IndexDefinition]:
        with self._pool.snapshot() as connection:
            return replica_index.definitions(connection)

    def refresh_index(self, definition: IndexDefinition) -> None:
        """Take in what was written since the index was last asked."""
        with self._pool.snapshot() as connection:
            if replica_index.is_current(connection, definition):
                return
        more = True
        while more:
            with self.transaction(), storage_errors(self.path):
                more = replica_index.refresh(self._writer, definition, self._limits)

    def scan_index(self, definition: IndexDefinition, part: IndexRange, limit: int, *, conflicts: bool = False) -> IndexPage:
        """At most `limit` entries of an index that was refreshed, with their documents as they are now."""
        with self._pool.snapshot() as connection:
            return replica_index.scan(connection, definition, part, limit, GetOptions(conflicts=conflicts))

    def forget_undefined_indexes(self) -> None:
        with self.transaction(), storage_errors(self.path):
            replica_index.forget_undefined(self._writer)

    # --- upkeep -----------------------------------------------------------------------------------

    @property
    def revs_limit(self) -> int:
        return self._revs_limit

    def set_revs_limit(self, limit: int) -> None:
        if not 1 <= limit <= tuning.MAX_REVISIONS_IDS:
            raise errors.BadRequest(f"revs_limit must be from 1 to {tuning.MAX_REVISIONS_IDS}")
        self._write_meta("revs_limit", str(limit))
        self._revs_limit = limit

    def _write_meta(self, name: str, value: str) -> None:
        with self.transaction(), storage_errors(self.path):
            replica_schema.write_meta(self._writer, name, value)

    def evict(self, ids: Sequence[str]) -> int:
        """Remove here, without tombstone; remembered, so that no pull brings them back. Returns how many were held."""
        with self.transaction() as tx:
            return tx.evict(ids)

    def readmit(self, ids: Sequence[str]) -> int:
        """Forget that ids were evicted, so that they may be pulled again (a case whose audience grows anew)."""
        with self.transaction() as tx:
            return tx.readmit(ids)

    def purge(self, revs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Remove leaves without trace. Returns `{id: revisions purged}`."""
        with self.transaction() as tx, storage_errors(self.path):
            purged = replica_maintain.purge(self._writer, revs)
            tx.moved = any(purged.values())
        return purged

    def compact(self) -> None:
        """Drop bodies of non-leaf revisions and unreferenced attachments, and give the space back to the
        file system."""
        with self._lock:
            with self.transaction(), storage_errors(self.path):
                replica_maintain.drop_old_bodies(self._writer)
            with storage_errors(self.path):
                replica_maintain.give_back_space(self._writer, encrypted=self._key is not None)

    def compact_if_worth(self) -> bool:
        """Compact when a good part of the file is free or old bodies have gathered; asking costs next to nothing."""
        with self._pool.snapshot() as connection:
            worth = replica_maintain.is_worth_compacting(connection, self._limits)
        if worth:
            self.compact()
        return worth

    def verify(self, *, quick: bool = False) -> list[str]:
        """Problems found, one sentence each; empty = sound. Reads everything; `quick` only looks whether it can be read."""
        with self._pool.snapshot() as connection:
            return replica_verify.verify(connection, encrypted=self._key is not None, quick=quick)

    def new_epoch(self) -> str:
        """Write a new epoch (after a restore from backup) and return it."""
        self.epoch = uuid4().hex
        self._write_meta("epoch", self.epoch)
        return self.epoch
