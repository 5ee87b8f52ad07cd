"""`Reader`: every question about documents that one connection answers, the same for a `LocalReplica` and inside a `Transaction`.

    LocalReplica   each question sees all that was committed before it began
    Transaction    its questions see what it wrote itself, too

The questions are answered in `reading` and `local_docs`; here they get their names and a connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Unpack

from sync.peer import AllDocs, BulkGetResult, Doc, RevsDiff, Row
from sync.replica import local_docs, reading
from sync.replica.connection import Connection
from sync.replica.reading import GetOptions, Range
from sync.replica.values import Attachment


class Reader:
    def _snapshot(self) -> AbstractContextManager[Connection]:
        """A connection all of whose queries see the same state; storage faults inside the block become `sync.errors`."""
        raise NotImplementedError

    def _reader(self) -> AbstractContextManager[Connection]:
        """The same for a single query."""
        return self._snapshot()

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
        options = GetOptions(
            conflicts, deleted_conflicts, revs, revs_info, local_seq, attachments, tuple(atts_since or ())
        )
        with self._snapshot() as connection:
            return reading.get(connection, id, rev, latest, options)

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
        options = GetOptions(revs=revs, attachments=attachments, atts_since=tuple(atts_since or ()))
        with self._snapshot() as connection:
            row = reading.stored(connection, id)
            return reading.open_revs(connection, row, revs_wanted, latest, options)

    def bulk_get(
        self,
        wanted: Sequence[Mapping[str, Any]],
        *,
        revs: bool = True,
        latest: bool = False,
        attachments: bool = True,
    ) -> list[BulkGetResult]:
        """See `Peer`."""
        options = GetOptions(revs=revs, attachments=attachments)
        with self._snapshot() as connection:
            return reading.bulk_get(connection, wanted, latest, options)

    def bulk_get_stored(self, wanted: Sequence[Mapping[str, Any]]) -> list[BulkGetResult]:
        """`bulk_get` of `{"id", "rev"}` for who stores them elsewhere as they are: see `incoming.StoredDoc`."""
        with self._snapshot() as connection:
            return reading.bulk_get_stored(connection, wanted)

    def revs_diff(self, revs: Mapping[str, Sequence[str]]) -> dict[str, RevsDiff]:
        """Evicted ids lack nothing: they are never pulled again."""
        with self._snapshot() as connection:
            return reading.revs_diff(connection, revs)

    def all_docs(self, **asked: Unpack[AllDocs]) -> list[Row]:
        """Undeleted documents by id (UTF-8 order), or those of `keys`. With `descending`, `startkey` is the greater end, as in
        CouchDB."""
        span, options = Range.asked(asked), GetOptions.of_rows(asked)
        with self._snapshot() as connection:
            return reading.all_docs(connection, span, options)

    def count_docs(self, *, from_: str | None = None, below: str | None = None, most: int) -> int | None:
        """Undeleted documents with `from_` <= id < `below`, None when there are more than `most`."""
        with self._reader() as connection:
            return reading.count_docs(connection, from_, below, most)

    def get_attachment(self, id: str, name: str, *, rev: str | None = None) -> Attachment:
        """Raises NotFound."""
        with self._snapshot() as connection:
            return reading.get_attachment(connection, id, name, rev)

    def get_local(self, local_id: str) -> Doc | None:
        """The `_local` document, named without its prefix."""
        with self._reader() as connection:
            return local_docs.get_local(connection, local_id)

    def local_docs(self, prefix: str = "") -> list[Doc]:
        """All `_local` documents whose ids begin with `prefix`, by id."""
        with self._reader() as connection:
            return local_docs.all_local(connection, prefix)
