"""A feed turned into SQLite tables: a cache that follows a database and can be rebuilt from it at any time.

Lives here: the checkpoint, the batches, the rebuild, the connections. It must not know what the documents
mean; that is the *projection*. The rule: the checkpoint is written in the transaction that writes the rows,
so the tables always are exactly the feed up to the checkpoint, whenever the program is killed. Several
processes may project into one file: each batch takes the write lock, reads the checkpoint again and goes on
from there.

    projector_checkpoint (one row)   source replica_id, epoch, last_seq, projection version

A checkpoint of another replica, epoch or version means rows that nobody can vouch for: everything is
dropped and read again from zero, in the same transaction as the first batch. Documents that were purged or
evicted leave no trace in a feed: whoever removes them tells the projector (`forget`). A damaged file is thrown away and
made anew: nothing is in it that the source has not.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sync.errors import Cancelled
from sync.peer import BulkGetResult, ChangeRow, ChangesFeed, ChangesRequest, Doc, PeerInfo, Seq
from sync.storage import DRIVER_ERRORS, is_damage, open_file, storage_errors, write_ahead

PROJECTOR_BATCH = 500
"""Feed rows per transaction of a projector: one commit is spread over many rows, while another process
waits a fraction of a second for the write lock, and a program that is killed repeats at most this much."""

PROJECTOR_BUSY_S = 30.0
"""How long a projector waits for another process that writes the same file. Beyond it:
sqlite3.OperationalError, and a later call goes on."""


log = logging.getLogger(__name__)
TABLE = "projector_checkpoint"
Progress = Callable[[int], None]
_T = TypeVar("_T")


class Projection(Protocol):
    """What the tables are. `apply` must be idempotent: feeds may repeat a row. It gets the winning revision
    of each changed document, also tombstones (`_deleted`). Of documents for which `all_leaves(id)` says so, where there is
    such a method, it gets every leaf at once, the winner last: two may have written one name, and who won says nothing."""

    @property
    def version(self) -> int:
        """Raise it when tables or `apply` change: the file is then rebuilt."""
        ...

    def create(self, db: sqlite3.Connection) -> None:
        """Make the (empty) tables, inside the caller's transaction. `executescript` would commit: do not use
        it."""
        ...

    def apply(self, db: sqlite3.Connection, docs: Sequence[Doc]) -> None:
        """Bring the tables up to date with these documents, inside the caller's transaction."""
        ...


class FeedSource(Protocol):
    """What the projector needs of a database; every `Peer` has it."""

    def info(self) -> PeerInfo: ...

    def changes(self, request: ChangesRequest, *, cancel: threading.Event | None = None) -> ChangesFeed: ...

    def bulk_get(self, wanted: Sequence[Mapping[str, Any]], *, revs: bool = True, attachments: bool = True
                 ) -> Sequence[BulkGetResult]: ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far the tables are, and of what."""

    peer_id: str
    epoch: str
    seq: Seq
    version: int

    def continues(self, other: Checkpoint) -> bool:
        """Do both speak of the same feed and the same tables?"""
        return (self.peer_id, self.epoch, self.version) == (other.peer_id, other.epoch, other.version)


class Projector:
    """See the module. One object may be used by several threads."""

    def __init__(
        self, path: Path | str, source: FeedSource, projection: Projection, *, key: bytes | None = None, cache_kib: int = 2000
    ) -> None:
        """Each connection keeps `cache_kib` of pages in memory: SQLite's own amount."""
        self.path, self._source, self._projection, self._key = Path(path), source, projection, key
        self._cache_kib = cache_kib
        self._connections = threading.local()
        self._writing = threading.Lock()
        self._generation = 0

    # --- writing --------------------------------------------------------------------------------------------

    def catch_up(
        self,
        limit: int | None = None,
        progress: Progress | None = None,
        *,
        cancel: threading.Event | None = None,
    ) -> int:
        """Apply what the tables lack, at most `limit` rows; returns the number of rows read. `progress(rows
        so far)` is called after each committed batch. Raises the errors of the source, Cancelled, DiskFull, and
        StorageError or ServerError when the file cannot be written."""
        done = 0
        if self._guarded(self._is_current):
            return 0
        while limit is None or done < limit:
            if cancel is not None and cancel.is_set():
                raise Cancelled("the projection was cancelled")
            wanted = PROJECTOR_BATCH if limit is None else min(limit - done, PROJECTOR_BATCH)
            count = self._guarded(lambda: self._batch(wanted))  # noqa: B023 - called at once
            done += count
            if count and progress is not None:
                progress(done)
            if count < wanted:
                break
        if done > PROJECTOR_BATCH:      # the next change touches few of the pages that so many rows have left in the cache
            self._give_back()
        return done

    def _give_back(self) -> None:
        writer = self._known_connection("writer")
        if writer is not None:
            with storage_errors(self.path):
                writer.execute("PRAGMA shrink_memory")

    def rebuild(self, progress: Progress | None = None, *, cancel: threading.Event | None = None) -> int:
        """Drop everything and read the source from zero; returns the number of rows read."""
        def start_over() -> None:
            with self._writing, self._transaction() as db:
                self._start_over(db, self._identity())

        self._guarded(start_over)
        return self.catch_up(progress=progress, cancel=cancel)

    def forget(self, ids: Sequence[str]) -> None:
        """Take documents out of the tables that were purged or evicted from the source: `apply` gets a
        tombstone of each. Call it after the removal; a batch that had read one of them before is over
        then."""
        def remove() -> None:
            with self._writing, self._transaction() as db:
                if _read(db) is None:
                    self._start_over(db, self._identity())
                self._projection.apply(db, [{"_id": id, "_deleted": True} for id in ids])

        self._guarded(remove)

    def lag(self) -> int:
        """Rows of the source's feed that the tables lack (at most; 0 = they are up to date)."""
        here = self._identity()
        with self.reader() as db:
            mark = _read(db)
        since: Seq = mark.seq if mark is not None and mark.continues(here) else 0
        if isinstance(since, int) and isinstance(here.seq, int):
            return max(0, here.seq - since)
        feed = self._source.changes(ChangesRequest(since=since, limit=PROJECTOR_BATCH))
        try:
            return sum(1 for _ in feed) + (feed.pending or 0)
        finally:
            feed.close()

    def _is_current(self) -> bool:
        """Is there nothing to write? Asked of this thread's reader: who only looks waits for no writer, and none for him."""
        if not self.path.exists():
            return False
        db, here = self._reader_connection(), self._identity()
        mark = _read(db)
        if mark is None or not mark.continues(here) or mark.seq != here.seq:
            return False
        asked = getattr(self._projection, "is_refreshed", None)
        return bool(asked(db)) if asked is not None else not hasattr(self._projection, "refresh")

    def _batch(self, wanted: int) -> int:
        with self._writing, self._transaction() as db:
            here = self._identity()
            mark = _read(db)
            if mark is None or not mark.continues(here):
                mark = self._start_over(db, here)
            feed = self._source.changes(ChangesRequest(
                since=mark.seq, limit=wanted, include_docs=True, style="all_docs" if self._all_leaves() else "main_only"))
            try:
                rows = list(feed)
            finally:
                feed.close()
            self._refresh(db)
            docs = [doc for row in rows if row.doc is not None and not row.id.startswith("_design/")
                    for doc in (*self._other_leaves(row), row.doc)]
            if docs:
                self._projection.apply(db, docs)
            if feed.last_seq != mark.seq:
                _write(db, mark, feed.last_seq)
            return len(rows)

    def _all_leaves(self) -> Callable[[str], bool] | None:
        return getattr(self._projection, "all_leaves", None)

    def _other_leaves(self, row: ChangeRow) -> list[Doc]:
        """Beside the winner, the highest revision last."""
        asked = self._all_leaves()
        if len(row.revs) < 2 or asked is None or not asked(row.id):
            return []
        wanted = [{"id": row.id, "rev": rev} for rev in reversed(row.revs[1:])]
        found = self._source.bulk_get(wanted, revs=False, attachments=False)
        return [doc for result in found for doc in result.docs]

    def _refresh(self, db: sqlite3.Connection) -> None:
        """What the tables rest on beside documents: a projection that has such things brings its rows up to date with them; its
        `is_refreshed(db)` says whether they are, without writing."""
        refresh = getattr(self._projection, "refresh", None)
        if refresh is not None:
            refresh(db)

    def _start_over(self, db: sqlite3.Connection, here: Checkpoint) -> Checkpoint:
        _drop_everything(db)
        db.execute(
            f"CREATE TABLE {TABLE} (one INTEGER PRIMARY KEY CHECK (one = 1), peer_id TEXT NOT NULL,"
            " epoch TEXT NOT NULL, seq TEXT NOT NULL, version INTEGER NOT NULL)"
        )
        self._projection.create(db)
        assert db.in_transaction, "the projection's create() ended the transaction"
        _write(db, here, 0)
        return Checkpoint(here.peer_id, here.epoch, 0, here.version)

    def _identity(self) -> Checkpoint:
        """What a checkpoint of now would say. Asked before each question: a source that is a replica has its own `update_seq`,
        one statement instead of the six that tell how large it is as well."""
        asked = getattr(self._source, "update_seq", None)
        if asked is not None:
            here: Any = self._source
            return Checkpoint(here.replica_id, here.epoch, asked(), self._projection.version)
        info = self._source.info()
        return Checkpoint(info.peer_id, info.epoch, info.update_seq, self._projection.version)

    # --- connections ----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """This thread's read-only connection; it sees one moment of the tables for as long as the block
        lasts. The tables are made first if there are none."""
        db = self._guarded(self._reader_connection)
        if db.in_transaction:           # a block within a block sees the same moment
            yield db
            return
        try:
            db.execute("BEGIN")
            yield db
        except DRIVER_ERRORS as fault:
            if not is_damage(fault):
                raise
            self._throw_away(fault)         # the next question finds it made anew
            with storage_errors(self.path):
                raise
        finally:
            with contextlib.suppress(*DRIVER_ERRORS):   # nothing was written; a damaged file fails even here
                db.execute("ROLLBACK")

    def close(self) -> None:
        """Close this thread's connections; those of other threads end with their threads."""
        for name in ("reader", "writer"):
            db = getattr(self._connections, name, None)
            if db is not None:
                db.close()
                setattr(self._connections, name, None)

    def _guarded(self, work: Callable[[], _T]) -> _T:
        """What `work` returns; once more, on a new file, when this one is damaged."""
        try:
            return work()
        except DRIVER_ERRORS as fault:
            if not is_damage(fault):
                with storage_errors(self.path):
                    raise
            self._throw_away(fault)
        with storage_errors(self.path):
            return work()

    def _throw_away(self, why: BaseException) -> None:
        log.warning("%s is damaged and made anew: %s", self.path.name, why)
        with self._writing:
            self._generation += 1           # other threads' connections still hold the damaged file
            self.close()
            for suffix in ("-wal", "-shm", ""):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _known_connection(self, name: str) -> sqlite3.Connection | None:
        """This thread's connection, unless it is to a file that was thrown away since."""
        # Another process may have thrown the file away: its inode tells.
        here = (self._generation, _inode(self.path))
        if getattr(self._connections, "file", here) != here and here[1]:
            self.close()
        self._connections.file = here
        found: sqlite3.Connection | None = getattr(self._connections, name, None)
        return found

    def _reader_connection(self) -> sqlite3.Connection:
        db = self._known_connection("reader")
        if db is None:
            if not self._has_tables():
                with self._transaction() as writer:
                    if _read(writer) is None:
                        self._start_over(writer, self._identity())
            db = self._connections.reader = self._connect(read_only=True)
        return db

    def _has_tables(self) -> bool:
        if not self.path.exists():
            return False
        with contextlib.closing(self._connect(read_only=True)) as db:
            return _read(db) is not None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = self._known_connection("writer")
        if db is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            db = self._connections.writer = self._connect(read_only=False)
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(*DRIVER_ERRORS):   # a full disk has rolled back already
                db.execute("ROLLBACK")
            raise

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        db = open_file(self.path, self._key, read_only=read_only, timeout_s=PROJECTOR_BUSY_S)
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute(f"PRAGMA cache_size = -{self._cache_kib}")
        if not read_only:
            write_ahead(db)
            # A cache may lose its last moments with the power: the checkpoint is lost with the rows, and both
            # are made again.
            db.execute("PRAGMA synchronous = NORMAL")
        return db


def _read(db: sqlite3.Connection) -> Checkpoint | None:
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone():
        return None
    row = db.execute(f"SELECT peer_id, epoch, seq, version FROM {TABLE}").fetchone()
    return None if row is None else Checkpoint(row[0], row[1], json.loads(row[2]), row[3])


def _write(db: sqlite3.Connection, mark: Checkpoint, seq: Seq) -> None:
    db.execute(f"INSERT OR REPLACE INTO {TABLE} VALUES (1, ?, ?, ?, ?)",
               (mark.peer_id, mark.epoch, json.dumps(seq), mark.version))


def _drop_everything(db: sqlite3.Connection) -> None:
    """Drop all tables, triggers and views. Virtual tables (full-text search) first: they drop their shadow
    tables themselves."""
    db.execute("PRAGMA defer_foreign_keys = ON")
    query = ("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view', 'trigger')"
             " AND name NOT LIKE 'sqlite_%'"
             " ORDER BY type = 'trigger' DESC, type = 'view' DESC, sql LIKE 'CREATE VIRTUAL%' DESC")
    for kind, name in db.execute(query).fetchall():
        db.execute(f'DROP {kind} IF EXISTS "{name}"')


def _inode(path: Path) -> int:
    """0 while there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0
