"""The changes feed of a local replica: rows in the order of their seq, read in chunks.

No read transaction stays open between chunks, so a slow reader never holds up the write-ahead log. As in
CouchDB a feed ends at the seq that was the newest when it began, or a slow reader of a busy database would
never come to an end: a document written meanwhile moves to its new seq and is left to the next feed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from sync import errors, revtree, tuning
from sync.mango import selector as mango
from sync.peer import CancelFlag, ChangeRow, ChangesRequest, Doc, Seq
from sync.replica.connection import Connection, ReaderPool
from sync.replica.reading import GetOptions, Stored, make_doc, read_rev
from sync.replica.wait import Waiter

_encode = msgspec.json.Encoder().encode


def parse_seq(seq: Seq) -> int | None:
    """A seq of this replica; None for `now`. Raises BadRequest for what no replica of ours has given out."""
    if seq == "now":
        return None
    if isinstance(seq, int) and not isinstance(seq, bool) and seq >= 0:
        return seq
    if isinstance(seq, str) and seq.isascii() and seq.isdigit() and len(seq) < 19:
        return int(seq)
    raise errors.BadRequest(f"Malformed sequence supplied in 'since': {str(seq)[:60]!r}")


def read_seq(connection: Connection) -> int:
    seq: int = connection.execute("SELECT update_seq FROM counters").fetchone()[0]
    return seq


def leaves_after(connection: Connection, since: int, limit: int) -> tuple[list[tuple[str, Sequence[str]]], int]:
    """The feed of all leaves without documents, for who follows many databases: (id, revisions) of at most `limit` documents,
    and the seq that they reach: that of now where nothing is left."""
    top = read_seq(connection)
    if since == top:
        return [], top
    records = connection.execute(
        "SELECT seq, id, rev, deleted, tree FROM docs WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", (since, top, limit)
    ).fetchall()
    rows = [(id, (rev,) if tree is None else _leaves(Stored(seq, id, rev, bool(deleted), tree, b"")))
            for seq, id, rev, deleted, tree in records]
    return rows, records[-1][0] if len(records) == limit else top


def _leaves(stored: Stored) -> Sequence[str]:
    tree = stored.tree()
    return revtree.order(tree, revtree.leaves(tree))


class LocalChangesFeed:
    """See `peer.ChangesFeed`."""

    def __init__(
        self, pool: ReaderPool, waiter: Waiter, request: ChangesRequest, cancel: CancelFlag | None, *, scan_s: float
    ) -> None:
        """`scan_s`: seconds of one read transaction, and of one look when `scan_limit` is set."""
        self._pool = pool
        self._waiter = waiter
        self._request = request
        self._cancel = cancel
        self._scan_s = scan_s
        self._closed = False
        self._passes: Callable[[Doc], bool] | None = (
            None if request.selector is None else mango.compile_selector(request.selector)
        )
        self._options = GetOptions(conflicts=request.conflicts, attachments=request.attachments)
        since = parse_seq(request.since)
        if since is None:
            with pool.reader() as connection:
                since = read_seq(connection)
        self._at = since
        # CouchDB: "limit=0 has the same effect as 1".
        self._left = None if request.limit is None else max(1, request.limit)
        self.last_seq: Seq = since
        self.pending: int | None = None
        self.below: int | None = None
        """Descending only: begin under this seq."""
        self.scan_limit: int | None = None
        """Stop after so many rows, or after `scan_s`, whatever passed the filter; `last_seq` then is the last row read."""
        self.upto: int | None = None
        """Ascending: the seq where this feed ends, known once it has begun; to be set when it goes on from another one."""
        self.exhausted = False
        """Nothing was left behind the last row read."""

    def __iter__(self) -> Iterator[ChangeRow]:
        deadline = time.monotonic() + self._request.timeout_ms / 1000
        yield from self._rows()
        while self._request.feed == "longpoll" and not self._found and not self._closed:
            left = deadline - time.monotonic()
            if left <= 0 or not self._waiter.wait(self._at, left, self._cancel):
                self._check_cancel()
                return
            self.upto = None
            yield from self._rows()

    def close(self) -> None:
        self._closed = True

    _found = False

    def _check_cancel(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise errors.Cancelled("the changes feed was cancelled")

    def _rows(self) -> Iterator[ChangeRow]:
        before = self._at if self._request.descending else None
        below, chunks, until = self.below, 0, time.monotonic() + self._scan_s
        while not self._closed:
            self._check_cancel()
            rows, scanned, top = self._chunk(below)
            for row in rows:
                self._found = True
                if before is None:
                    self._at = int(row.seq)
                self.last_seq = row.seq
                yield row
            if self._left is not None:
                self._left -= len(rows)
            if scanned is None or (self._left is not None and self._left <= 0):
                self._finish(scanned, top)
                return
            if self._request.descending:
                self.below = below = scanned
            else:
                self._at = scanned
            chunks += 1
            if self.scan_limit is not None and (chunks * tuning.CHANGES_CHUNK >= self.scan_limit or time.monotonic() > until):
                self.last_seq = scanned
                return

    def _finish(self, scanned: int | None, top: int) -> None:
        """The feed ended well: `scanned` is None when nothing is left behind it."""
        self.exhausted = scanned is None
        if self._request.descending:
            self.pending = 0
        elif scanned is None:
            # Above the last row there may be seqs of documents that were purged or evicted; a since from
            # another life of this file may lie above everything.
            self.last_seq = self._at = top
            self.pending = 0
        else:
            self.pending = self._count_after(self._at, top)

    def _count_after(self, seq: int, top: int) -> int:
        limit = tuning.PENDING_COUNT_LIMIT
        with self._pool.reader() as connection:
            count: int = connection.execute(
                "SELECT count(*) FROM (SELECT 1 FROM docs WHERE seq > ? AND seq <= ? LIMIT ?)", (seq, top, limit + 1)
            ).fetchone()[0]
        return count if count <= limit else max(count, top - seq)

    def _chunk(self, below: int | None) -> tuple[list[ChangeRow], int | None, int]:
        """Rows that pass, the seq of the last row looked at (None when it was the very last), and
        update_seq then."""
        size = tuning.ATTACHMENTS_CHUNK if self._request.attachments else tuning.CHANGES_CHUNK
        if self._left is not None and self._passes is None:
            size = min(size, self._left)
        until = time.monotonic() + self._scan_s
        with self._pool.snapshot() as connection:
            top = self._top(connection)
            sql, values = self._query(below, size + 1)
            rows: list[ChangeRow] = []
            count, volume, scanned = 0, 0, None
            for record in connection.execute(sql, values):
                enough = count >= size or volume > tuning.CHANGES_CHUNK_BYTES or (count and time.monotonic() > until)
                if enough or (self._left is not None and len(rows) >= self._left):
                    return rows, scanned, top  # there is more
                count, scanned, volume = count + 1, record[0], volume + len(record[5] or b"")
                row = self._row(connection, record)
                if row is not None:
                    rows.append(row)
        return rows, None, top

    def _top(self, connection: Connection) -> int:
        if self.upto is None:
            self.upto = read_seq(connection)
        return self.upto

    def _query(self, below: int | None, size: int) -> tuple[str, tuple[Any, ...]]:
        request = self._request
        body = "body" if request.include_docs or self._passes is not None else "NULL"
        tree = "tree" if request.style == "all_docs" or request.conflicts or self._passes is not None else "NULL"
        where, values = ["seq > ?"], [self._at]
        if below is not None:
            where.append("seq < ?")
            values.append(below)
        elif self.upto is not None:
            where.append("seq <= ?")
            values.append(self.upto)
        arguments: tuple[Any, ...] = tuple(values)
        if request.doc_ids is not None:
            # The unary plus keeps SQLite from walking all seqs: few ids, looked up one by one.
            where = [f"+{term}" for term in where]
            where.append("id IN (SELECT value FROM json_each(?))")
            arguments = (*arguments, _encode(list(request.doc_ids)).decode())
        order = "DESC" if request.descending else "ASC"
        sql = f"SELECT seq, id, rev, deleted, {tree}, {body} FROM docs WHERE {' AND '.join(where)}"
        return f"{sql} ORDER BY seq {order} LIMIT ?", (*arguments, size)

    def _row(self, connection: Connection, record: tuple[Any, ...]) -> ChangeRow | None:
        seq, id, rev, deleted, tree_text, body = record
        request = self._request
        simple = not (request.conflicts or request.attachments or self._passes is not None)
        if tree_text is None and simple:
            doc = make_doc(id, rev, deleted, body) if request.include_docs else None
            return ChangeRow(seq, id, (rev,), bool(deleted), doc)
        stored = Stored(seq, id, rev, bool(deleted), tree_text, body)
        tree = stored.tree()
        revs = revtree.order(tree, revtree.leaves(tree)) if request.style == "all_docs" else [rev]
        if self._passes is not None:
            # CouchDB lists the leaves that pass; `doc` stays the winner.
            revs = [leaf for leaf in revs if self._leaf_passes(connection, stored, tree, leaf)]
            if not revs:
                return None
        doc = read_rev(connection, stored, tree, rev, self._options) if request.include_docs else None
        return ChangeRow(seq, id, tuple(revs), bool(deleted), doc)

    def _leaf_passes(self, connection: Connection, stored: Stored, tree: revtree.RevTree, leaf: str) -> bool:
        doc = read_rev(connection, stored, tree, leaf, GetOptions())
        return doc is not None and self._passes is not None and self._passes(doc)
