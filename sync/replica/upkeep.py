"""Upkeep of a replica file: evict, purge, compact. Works with one connection inside a transaction, unless a
function names another condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sync import errors, revtree, tuning
from sync.replica.connection import Connection
from sync.replica.indexes import forget_document, forget_undefined
from sync.replica.limits import ReplicaLimits
from sync.replica.reading import Stored, body_of, check_rev, stored
from sync.replica.schema import read_meta, write_meta

_encode = msgspec.json.Encoder().encode


def evict(connection: Connection, ids: Sequence[str]) -> int:
    """Remove documents without tombstone and remember their ids. Returns how many were held."""
    held = 0
    for id in dict.fromkeys(ids):
        row = stored(connection, id)
        revs = sorted(revtree.leaves(row.tree())) if row is not None else []
        connection.execute(
            "INSERT OR REPLACE INTO evicted (id, revs) VALUES (?, ?)", (id, _encode(revs).decode())
        )
        if row is not None:
            _remove(connection, row)
            held += 1
    return held


def readmit(connection: Connection, ids: Sequence[str]) -> int:
    """Forget that documents were evicted. Returns how many were."""
    return sum(
        connection.execute("DELETE FROM evicted WHERE id = ?", (id,)).rowcount for id in dict.fromkeys(ids)
    )


def purge(connection: Connection, wanted: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Remove leaves without trace; revisions that are no leaf are left alone, as in CouchDB. Raises
    BadRequest."""
    purged: dict[str, list[str]] = {}
    for id, revs in wanted.items():
        if isinstance(revs, str) or not isinstance(revs, Sequence):
            raise errors.BadRequest("purge wants a list of revisions for every id")
        for rev in revs:
            check_rev(rev)
        row = stored(connection, id)
        purged[id] = [] if row is None else _purge_one(connection, row, revs)
    if any(purged.values()):
        connection.execute("UPDATE counters SET purge_seq = purge_seq + 1")
    return purged


def _purge_one(connection: Connection, row: Stored, revs: Sequence[str]) -> list[str]:
    tree = row.tree()
    gone = [rev for rev in dict.fromkeys(revs) if rev in revtree.leaves(tree)]
    if not gone:
        return []
    rest = revtree.prune(tree, gone)
    if not rest.parents:
        _remove(connection, row)
        return gone
    forget_document(connection, row.id)
    winner = revtree.winner(rest)
    body = body_of(connection, row, winner)
    if body is None:
        raise errors.Corrupt(f"the body of {row.id} {winner} is missing; run verify")
    deleted = winner in rest.deleted
    lost = [rev for rev in tree.parents if rev not in rest.parents]
    _drop_bodies(connection, row.id, [*lost, winner], keep_attachments_of=winner)
    connection.execute(
        "UPDATE counters SET update_seq = update_seq + 1, doc_count = doc_count + ?, doc_del_count = doc_del_count + ?",
        (row.deleted - deleted, deleted - row.deleted),
    )
    connection.execute(
        "UPDATE docs SET seq = (SELECT update_seq FROM counters), rev = ?, deleted = ?, tree = ?, body = ? WHERE id = ?",
        (winner, int(deleted), revtree.dump(rest) if len(rest.parents) > 1 else None, body, row.id),
    )
    return gone


def _remove(connection: Connection, row: Stored) -> None:
    """Take a document out entirely. update_seq stays: its numbers are never given twice."""
    digests = [found[0] for found in connection.execute("SELECT digest FROM attachments WHERE id = ?", (row.id,))]
    forget_document(connection, row.id)
    connection.execute("DELETE FROM docs WHERE id = ?", (row.id,))
    connection.execute("DELETE FROM bodies WHERE id = ?", (row.id,))
    connection.execute("DELETE FROM attachments WHERE id = ?", (row.id,))
    _drop_blobs(connection, digests)
    connection.execute(
        "UPDATE counters SET doc_count = doc_count - ?, doc_del_count = doc_del_count - ?",
        (1 - row.deleted, row.deleted + 0),
    )


def _drop_bodies(connection: Connection, id: str, revs: Iterable[str], *, keep_attachments_of: str = "") -> None:
    for rev in revs:
        connection.execute("DELETE FROM bodies WHERE id = ? AND rev = ?", (id, rev))
        if rev != keep_attachments_of:
            digests = [found[0] for found in connection.execute(
                "SELECT digest FROM attachments WHERE id = ? AND rev = ?", (id, rev)
            )]
            connection.execute("DELETE FROM attachments WHERE id = ? AND rev = ?", (id, rev))
            _drop_blobs(connection, digests)


def _drop_blobs(connection: Connection, digests: Iterable[str]) -> None:
    for digest in set(digests):
        connection.execute(
            "DELETE FROM blobs WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM attachments WHERE digest = ?1)",
            (digest,),
        )


def drop_old_bodies(connection: Connection) -> int:
    """First half of `compact`: bodies of revisions that are no leaf, and attachments that nothing names.
    Returns how many."""
    dropped = 0
    ids = [found[0] for found in connection.execute("SELECT DISTINCT id FROM bodies")]
    for id in ids:
        row = stored(connection, id)
        leaves = revtree.leaves(row.tree()) if row is not None else frozenset()
        held = [found[0] for found in connection.execute("SELECT rev FROM bodies WHERE id = ?", (id,))]
        old = [rev for rev in held if rev not in leaves]
        _drop_bodies(connection, id, old)
        dropped += len(old)
    connection.execute("DELETE FROM blobs WHERE digest NOT IN (SELECT digest FROM attachments)")
    forget_undefined(connection)
    write_meta(connection, "bodies_compacted", str(_last_body(connection)))
    return dropped


def is_worth_compacting(connection: Connection, limits: ReplicaLimits) -> bool:
    """A good part of the file is free, or as many bodies of older revisions have come since the last time as there are
    documents. Reads no table through."""
    free = int(connection.execute("PRAGMA freelist_count").fetchone()[0])
    pages = int(connection.execute("PRAGMA page_count").fetchone()[0])
    if pages >= limits.compact_min_pages and free >= pages * tuning.VACUUM_FREE_SHARE:
        return True
    seen = int(read_meta(connection).get("bodies_compacted", 0))
    (documents,) = connection.execute("SELECT doc_count + doc_del_count FROM counters").fetchone()
    return bool(_last_body(connection) - seen >= max(limits.compact_min_bodies, documents))


def _last_body(connection: Connection) -> int:
    """A number that grows with every body that is set aside."""
    return int(connection.execute("SELECT coalesce(max(rowid), 0) FROM bodies").fetchone()[0])


def give_back_space(connection: Connection, *, encrypted: bool) -> None:
    """Second half of `compact`, outside of a transaction: shrink the file when a good part of it is free."""
    # SQLCipher answers pragmas with text.
    free = int(connection.execute("PRAGMA freelist_count").fetchone()[0])
    pages = int(connection.execute("PRAGMA page_count").fetchone()[0])
    if free >= pages * tuning.VACUUM_FREE_SHARE:
        # VACUUM builds the new file in temporary storage: on the disk, or a large hub would not fit into
        # memory; but of an encrypted replica nothing may lie on the disk in the clear.
        connection.execute(f"PRAGMA temp_store = {'MEMORY' if encrypted else 'FILE'}")
        try:
            connection.execute("VACUUM")
        finally:
            connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
