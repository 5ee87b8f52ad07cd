"""`verify`: reads everything of a replica file and names what is wrong. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from sync import revisions, revtree, tuning
from sync.replica.connection import Connection
from sync.replica.incoming import digest_of
from sync.replica.reading import Stored
from sync.storage import DRIVER_ERRORS

_decode = msgspec.json.Decoder().decode


def verify(connection: Connection, *, encrypted: bool, quick: bool = False) -> list[str]:
    """One sentence per problem; empty = sound. Stops after `tuning.MAX_PROBLEMS`. `quick`: can every page be read? Nothing is
    asked of what stands there."""
    problems: list[str] = []
    try:
        for problem in _pages(connection) if quick else _problems(connection, encrypted):
            problems.append(problem)
            if len(problems) >= tuning.MAX_PROBLEMS:
                problems.append("more problems than are listed here")
                break
    except DRIVER_ERRORS as fault:
        problems.append(f"the file cannot be read to its end: {fault}")
    return problems


def _pages(connection: Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA quick_check(1)").fetchall():
        if line != "ok":
            yield f"SQLite: {line}"


def _problems(connection: Connection, encrypted: bool) -> Iterator[str]:
    if encrypted:
        for (line,) in connection.execute("PRAGMA cipher_integrity_check").fetchall():
            yield f"encryption: {line}"
    for (line,) in connection.execute("PRAGMA integrity_check").fetchall():
        if line != "ok":
            yield f"SQLite: {line}"
    counts = [0, 0]
    for row in connection.execute("SELECT seq, id, rev, deleted, tree, body FROM docs ORDER BY seq"):
        counts[1 if row[3] else 0] += 1
        yield from _document(connection, Stored(*row))
    yield from _counters(connection, counts)
    yield from _attachments(connection)
    for (id,) in connection.execute("SELECT DISTINCT id FROM bodies WHERE id NOT IN (SELECT id FROM docs)"):
        yield f"{id}: bodies without a document"
    for (id,) in connection.execute("SELECT id FROM evicted WHERE id IN (SELECT id FROM docs)"):
        yield f"{id}: evicted, but still held"


def _document(connection: Connection, row: Stored) -> Iterator[str]:
    try:
        tree = row.tree()
        winner = revtree.winner(tree)
        for rev in tree.parents:
            revisions.parse(rev)
    except (ValueError, msgspec.DecodeError) as fault:
        yield f"{row.id}: the revision tree is damaged ({fault})"
        return
    if winner != row.rev or (winner in tree.deleted) != bool(row.deleted):
        yield f"{row.id}: the winner should be {winner}, but {row.rev} is stored"
    if (fault_text := _body_fault(row.body)) is not None:
        yield f"{row.id} {row.rev}: {fault_text}"
    if row.tree_text is None:
        return
    held = dict(connection.execute("SELECT rev, body FROM bodies WHERE id = ?", (row.id,)).fetchall())
    for rev in revtree.leaves(tree) - {row.rev}:
        if rev not in held:
            yield f"{row.id} {rev}: the body of a leaf is missing"
    for rev, body in held.items():
        if (fault_text := _body_fault(body)) is not None:
            yield f"{row.id} {rev}: {fault_text}"


def _body_fault(body: Any) -> str | None:
    try:
        value = _decode(body)
    except (msgspec.DecodeError, TypeError, UnicodeDecodeError):
        return "the body is not JSON"
    return None if isinstance(value, dict) else "the body is no object"


def _counters(connection: Connection, counts: list[int]) -> Iterator[str]:
    update_seq, doc_count, deleted = connection.execute(
        "SELECT update_seq, doc_count, doc_del_count FROM counters"
    ).fetchone()
    top = connection.execute("SELECT coalesce(max(seq), 0) FROM docs").fetchone()[0]
    if top > update_seq:
        yield f"a document has seq {top}, beyond update_seq {update_seq}"
    if [doc_count, deleted] != counts:
        yield f"counted {counts[0]} documents and {counts[1]} deleted ones, but {doc_count} and {deleted} are noted"


def _attachments(connection: Connection) -> Iterator[str]:
    for id, rev, digest in connection.execute(
        "SELECT id, rev, digest FROM attachments WHERE digest NOT IN (SELECT digest FROM blobs)"
    ):
        yield f"{id} {rev}: the bytes of attachment {digest} are missing"
    for digest, data in connection.execute("SELECT digest, data FROM blobs"):
        if digest_of(bytes(data)) != digest:
            yield f"attachment {digest}: the bytes do not match the digest"
