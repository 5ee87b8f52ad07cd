"""Entries of Mango indexes in a replica file: kept up when a query asks, like CouchDB's views, so that writes cost nothing.

    mango_indexes   one row per signature of a definition (`mango_index`): up to which seq it is kept
    mango_entries   (index, key, id): the documents it lists, in the order of their keys

An index lags behind the documents until it is asked. So a query first brings it up to date, then reads pages; every document
is read afresh and tested again, and one that is gone is passed over. Works with one connection inside a transaction.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import msgspec

from sync import tuning
from sync.mango import index as mango_index
from sync.mango.index import IndexDefinition
from sync.peer import Doc
from sync.replica.changes import read_seq
from sync.replica.connection import Connection
from sync.replica.limits import ReplicaLimits
from sync.replica.reading import GetOptions, Stored, make_doc, read_rev

_encode = msgspec.json.Encoder().encode
_COLUMNS = "d.seq, d.id, d.rev, d.deleted, d.tree, d.body"


@dataclass(frozen=True, slots=True)
class IndexRange:
    """A part of an index: keys from `low` to `high`, both included. With `after`, what follows that entry; without its first
    `skip` entries, of which no document is read."""

    low: bytes
    high: bytes
    descending: bool = False
    after: tuple[bytes, str] | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True)
class IndexHit:
    key: bytes
    doc: Doc


@dataclass(frozen=True, slots=True)
class IndexPage:
    """`ended`: there is nothing behind these."""

    hits: list[IndexHit]
    ended: bool


def definitions(connection: Connection) -> list[IndexDefinition]:
    """Those of all design documents, by name."""
    rows = connection.execute(
        "SELECT id, rev, body FROM docs WHERE id >= '_design/' AND id < '_design0' AND deleted = 0 ORDER BY id"
    )
    return [found for id, rev, body in rows for found in mango_index.definitions_of(make_doc(id, rev, False, body))]


def is_current(connection: Connection, definition: IndexDefinition) -> bool:
    row = connection.execute("SELECT last_seq FROM mango_indexes WHERE signature = ?", (definition.signature,)).fetchone()
    return row is not None and row[0] >= read_seq(connection)


def refresh(connection: Connection, definition: IndexDefinition, limits: ReplicaLimits) -> bool:
    """Take in the documents of one batch. Returns whether there are more. Inside a write transaction."""
    signature = definition.signature
    connection.execute("INSERT OR IGNORE INTO mango_indexes (signature, last_seq) VALUES (?, 0)", (signature,))
    number, since = connection.execute(
        "SELECT number, last_seq FROM mango_indexes WHERE signature = ?", (signature,)
    ).fetchone()
    records = connection.execute(
        "SELECT seq, id, rev, deleted, body FROM docs WHERE seq > ? ORDER BY seq LIMIT ?", (since, limits.index_batch_docs)
    ).fetchall()
    if since:
        ids = _encode([record[1] for record in records]).decode()
        connection.execute(
            "DELETE FROM mango_entries WHERE id IN (SELECT value FROM json_each(?)) AND number = ?", (ids, number)
        )
    keys = mango_index.Keys(definition)
    entries = []
    until, done = time.monotonic() + limits.scan_s, len(records)
    for number_read, (_, id, rev, deleted, body) in enumerate(records, start=1):
        key = None if deleted else keys.of(make_doc(id, rev, False, body))
        if key is not None:
            entries.append((number, key, id))
        if time.monotonic() > until:    # a costly filter: other writers wait
            done = number_read
            break
    connection.executemany("INSERT OR IGNORE INTO mango_entries (number, key, id) VALUES (?, ?, ?)", entries)
    more = len(records) == limits.index_batch_docs or done < len(records)
    reached = records[done - 1][0] if more else read_seq(connection)
    connection.execute("UPDATE mango_indexes SET last_seq = ? WHERE number = ?", (reached, number))
    return more


def scan(
    connection: Connection, definition: IndexDefinition, part: IndexRange, limit: int, options: GetOptions
) -> IndexPage:
    """At most `limit` entries in order, with their documents as they are now."""
    step, order = ("<", "DESC") if part.descending else (">", "ASC")
    where = ["e.number = (SELECT number FROM mango_indexes WHERE signature = ?)", "e.key >= ?", "e.key <= ?"]
    values: list[object] = [definition.signature, part.low, part.high]
    if part.after is not None:
        where.append(f"(e.key, e.id) {step} (?, ?)")
        values += part.after
    rows = connection.execute(
        f"SELECT e.key, {_COLUMNS} FROM mango_entries AS e CROSS JOIN docs AS d ON d.id = e.id AND d.deleted = 0"
        f" WHERE {' AND '.join(where)} ORDER BY e.key {order}, e.id {order} LIMIT ? OFFSET ?",
        (*values, limit, part.skip),
    )
    hits: list[IndexHit] = []
    read, volume = 0, 0
    for key, *record in rows:
        stored = Stored(*record)
        doc = read_rev(connection, stored, stored.tree(), stored.rev, options)
        if doc is not None:
            hits.append(IndexHit(bytes(key), doc))
        read, volume = read + 1, volume + len(stored.body)
        if volume > tuning.CHANGES_CHUNK_BYTES:     # very large documents: a shorter page
            return IndexPage(hits, ended=False)
    return IndexPage(hits, ended=read < limit)


def forget_undefined(connection: Connection) -> int:
    """Drop the entries of indexes whose definitions are gone. Returns how many indexes."""
    kept = _encode([each.signature for each in definitions(connection)]).decode()
    gone = connection.execute(
        "SELECT number FROM mango_indexes WHERE signature NOT IN (SELECT value FROM json_each(?))", (kept,)
    ).fetchall()
    for (number,) in gone:
        connection.execute("DELETE FROM mango_entries WHERE number = ?", (number,))
        connection.execute("DELETE FROM mango_indexes WHERE number = ?", (number,))
    return len(gone)


def forget_document(connection: Connection, id: str) -> None:
    """What is purged or evicted must not live on in a key."""
    connection.execute("DELETE FROM mango_entries WHERE id = ?", (id,))
