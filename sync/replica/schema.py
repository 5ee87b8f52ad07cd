"""The tables of a replica file and their numbered migrations. Knows no documents.

    docs         one row per document at its latest seq, with the winner's revision and body; tree is NULL
                 when the document has one revision only
    bodies       bodies of the other leaves, and of older revisions until compaction
    attachments  which revision uses which blob
    blobs        bytes of attachments, once per digest
    counters     one row: update_seq and counts, so that `info` costs nothing whatever the size
    evicted      ids removed here without tombstone, never to be pulled again
    local_docs   `_local` documents; when they were written, in seconds since 1970, since format 3
    mango_*      indexes of Mango queries (`indexes`); format 2
"""

from __future__ import annotations

import uuid
from pathlib import Path

from sync import errors, tuning
from sync.replica.connection import Connection
from sync.storage import write_ahead

APPLICATION_ID = 0x73796E63  # "sync"; SQLite shows it in the file's header

_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE docs (
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rev TEXT NOT NULL, deleted INTEGER NOT NULL,
            tree TEXT, body BLOB NOT NULL)""",
        """CREATE TABLE bodies (
            id TEXT NOT NULL, rev TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (id, rev))""",
        """CREATE TABLE attachments (
            id TEXT NOT NULL, rev TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (id, rev, digest)
            ) WITHOUT ROWID""",
        "CREATE INDEX attachments_digest ON attachments (digest)",
        "CREATE TABLE blobs (digest TEXT PRIMARY KEY, data BLOB NOT NULL)",
        "CREATE TABLE local_docs (id TEXT PRIMARY KEY, rev INTEGER NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE evicted (id TEXT PRIMARY KEY, revs TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE counters (
            one INTEGER PRIMARY KEY CHECK (one = 1), update_seq INTEGER NOT NULL,
            doc_count INTEGER NOT NULL, doc_del_count INTEGER NOT NULL, purge_seq INTEGER NOT NULL)""",
        "INSERT INTO counters VALUES (1, 0, 0, 0, 0)",
    ),
    (
        """CREATE TABLE mango_indexes (
            number INTEGER PRIMARY KEY, signature TEXT NOT NULL UNIQUE, last_seq INTEGER NOT NULL)""",
        """CREATE TABLE mango_entries (
            number INTEGER NOT NULL, key BLOB NOT NULL, id TEXT NOT NULL, PRIMARY KEY (number, key, id)
            ) WITHOUT ROWID""",
        "CREATE INDEX mango_entries_id ON mango_entries (id)",
    ),
    ("ALTER TABLE local_docs ADD COLUMN written INTEGER NOT NULL DEFAULT 0",),
)
SCHEMA_VERSION = len(_MIGRATIONS)


def prepare(connection: Connection, path: Path, *, create: bool) -> None:
    """Make the tables in an empty file, bring older ones up to date. Raises NotAReplica, NewerVersion."""
    version = _version(connection, path, create=create)
    write_ahead(connection)  # only now: a file that is not ours must not be touched
    if version == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")  # two processes may come here at once: look again under the lock
    try:
        version = _version(connection, path, create=create)
        for number, statements in enumerate(_MIGRATIONS[version:], start=version + 1):
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        if version == 0:
            _found(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _found(connection: Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    born = {
        "replica_id": uuid.uuid4().hex, "epoch": uuid.uuid4().hex, "revs_limit": str(tuning.REVS_LIMIT),
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", list(born.items()))


def notice_copy(connection: Connection, path: Path) -> None:
    """A file that lies elsewhere than when it was opened last was copied, restored from a backup or moved: it gets a new
    epoch, so that whoever remembers a seq of it looks anew. A restore into the same place of the disk shows in replication
    sessions only; whoever makes one calls `LocalReplica.new_epoch`."""
    here = str(path.stat().st_ino)
    home = read_meta(connection).get("home")
    if home == here:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if home is not None:
            write_meta(connection, "epoch", uuid.uuid4().hex)
        write_meta(connection, "home", here)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: Connection, path: Path, *, create: bool) -> int:
    """The schema version of the file, 0 for an empty one."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if mark != APPLICATION_ID and (tables or version or mark):
        raise errors.NotAReplica(f"{path.name} is an SQLite database, but no replica")
    if mark != APPLICATION_ID and not create:
        raise errors.NotAReplica(f"{path.name} is an empty file, not a replica")
    if version > SCHEMA_VERSION:
        raise errors.NewerVersion(
            f"{path.name} was written by a newer version (format {version}, this program knows "
            f"{SCHEMA_VERSION}); update the program"
        )
    return version


def read_meta(connection: Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, value FROM meta").fetchall())


def write_meta(connection: Connection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
