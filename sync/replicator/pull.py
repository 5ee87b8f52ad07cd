"""Reading from the source: rows of its feed in batches, and the bodies the target lacks.

What lives here: the pipeline between the line and the disk, the rule which bodies may be taken from the feed itself,
and `_bulk_get` for all others. It writes nothing and knows no checkpoints.

    reader thread   feed -> row row row -> | bounded belt | -> batch -> commit, checkpoint   caller's thread

The caller takes whatever has arrived, so on a slow line each row is committed as it comes, and on a fast one
transactions grow by themselves while the disk works.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import accumulate
from typing import Any

import msgspec

from sync import errors
from sync import tuning as common_tuning
from sync.peer import CancelFlag, ChangeRow, ChangesFeed, ChangesRequest, Doc, Peer, Seq
from sync.replicator import tuning
from sync.replicator.pages import PagesAhead

_FEED_FIELDS = frozenset({"_id", "_rev", "_deleted"})


class Batches:
    """A feed's rows in lists. After the iteration `last_seq` is the feed's own end."""

    def __init__(self, source: Peer, request: ChangesRequest) -> None:
        self.last_seq: Seq = request.since
        self._source = source
        self._request = request

    def inline(self, room: Callable[[], tuple[int, int]], cancel: CancelFlag | None) -> Generator[list[ChangeRow], None, None]:
        """For a source without a line. `room()` is the most rows and body bytes of the next batch; bytes 0: no bound."""
        feed = self._source.changes(self._request, cancel=cancel)
        try:
            batch: list[ChangeRow] = []
            held = 0
            rows, size = room()
            for row in feed:
                batch.append(row)
                if size and row.doc is not None:
                    held += len(msgspec.json.encode(row.doc))
                if len(batch) >= rows or (size and held >= size):
                    yield batch
                    batch, held = [], 0
                    rows, size = room()
            if batch:
                yield batch
            self.last_seq = feed.last_seq
        finally:
            feed.close()

    def pipelined(self, room: Callable[[], tuple[int, int]], cancel: CancelFlag | None) -> Generator[list[ChangeRow], None, None]:
        """A thread reads ahead while the caller writes, a second batch at the most. `room` as above."""
        belt = _Belt(min(tuning.ROWS_IN_FLIGHT, 2 * room()[0]), tuning.BYTES_IN_FLIGHT)
        thread = threading.Thread(target=self._read_onto, args=(belt,), name="sync-feed", daemon=True)
        thread.start()
        try:
            while batch := belt.take(*room(), cancel):
                yield batch
            self.last_seq = belt.last_seq
        finally:
            belt.stop.set()
            belt.wake()
            thread.join()

    def _read_onto(self, belt: _Belt) -> None:
        try:
            belt.end(self._read_pages(belt), None)
        except BaseException as error:
            belt.end(self._request.since, error)

    def _read_pages(self, belt: _Belt) -> Seq:
        """The whole feed in one answer, or page by page from a peer that says so (`feed_page_rows`)."""
        request, left = self._request, self._request.limit
        with PagesAhead(self._source, belt.stop) as pages:
            while True:
                page = getattr(self._source, "feed_page_rows", None) if request.feed == "normal" else None
                if page is not None:
                    request = replace(request, limit=page if left is None else min(page, left))
                ahead = page is not None and left is None and getattr(self._source, "loads_pages_ahead", False)
                feed = pages.take(request) if ahead else self._source.changes(request, cancel=belt.stop)
                count, last_seq = self._read_page(belt, feed)
                left = None if left is None else left - count
                if page is None or count < page or left == 0 or belt.stop.is_set():
                    return last_seq
                request = replace(request, since=last_seq)

    def _read_page(self, belt: _Belt, answer: ChangesFeed) -> tuple[int, Seq]:
        """(rows read, the answer's last seq)."""
        count = 0
        with closing(answer) as feed:
            for rows in feed.lists() if hasattr(feed, "lists") else ([row] for row in feed):
                belt.put(rows)
                count += len(rows)
                if belt.stop.is_set():
                    break
            return count, feed.last_seq


class _Belt:
    """Rows on their way from the reader to the committer, bounded in number and in bytes of their bodies."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.stop = threading.Event()
        self.last_seq: Seq = 0
        self._most, self._most_bytes = most, most_bytes
        self._rows: list[ChangeRow] = []
        self._sizes: list[int] = []
        self._held = 0
        self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def put(self, rows: Sequence[ChangeRow]) -> None:
        """Waits for room, then takes all: they are in memory anyway."""
        sizes = [0 if row.doc is None else len(msgspec.json.encode(row.doc)) for row in rows]
        with self._changed:
            while (len(self._rows) >= self._most or self._held >= self._most_bytes) and not self.stop.is_set():
                self._changed.wait()
            waiting = not self._rows
            self._rows += rows
            self._sizes += sizes
            self._held += sum(sizes)
            if waiting:
                self._changed.notify_all()

    def end(self, last_seq: Seq, error: BaseException | None) -> None:
        with self._changed:
            self.last_seq, self._error, self._ended = last_seq, error, True
            self._changed.notify_all()

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def take(self, most: int, most_bytes: int, cancel: CancelFlag | None) -> list[ChangeRow]:
        """At least one row; empty at the end. Raises the reader's error once all rows before it were taken, and Cancelled."""
        with self._changed:
            while not self._rows and not self._ended:
                self._changed.wait(common_tuning.CANCEL_LOOK_S)
                if cancel is not None and cancel.is_set():
                    raise errors.Cancelled("cancelled by the caller")
            count = self._fitting(most, most_bytes)
            batch, self._rows = self._rows[:count], self._rows[count:]
            self._held -= sum(self._sizes[:count])
            self._sizes = self._sizes[count:]
            if not batch and self._error is not None:
                raise self._error
            self._changed.notify_all()
            return batch

    def _fitting(self, most: int, most_bytes: int) -> int:
        """Rows up to the one that fills `most_bytes` (0: no bound)."""
        if most_bytes:
            for count, total in enumerate(accumulate(self._sizes[:most]), start=1):
                if total >= most_bytes:
                    return count
        return most


# --- Fetch Changed Documents -------------------------------------------------------------------------------------


def direct(row: ChangeRow, rev: str) -> Doc | None:
    """The row's own body, if it is certainly the whole of revision `rev`: generation 1 has no ancestors to miss.

    With a filter, or after a newer write, a row may carry another revision's body, or none.
    """
    doc = row.doc
    if not isinstance(doc, dict) or doc.get("_rev") != rev or doc.get("_id") != row.id:
        return None
    if not rev.startswith("1-") or rev not in row.revs or "_attachments" in doc:
        return None
    if any(name[:1] == "_" and name not in _FEED_FIELDS for name in doc):
        return None
    return doc


def fetch(source: Peer, wanted: Sequence[tuple[str, str]], *, attachments: bool = True) -> Iterator[list[Doc]]:
    """Bodies with ancestry and attachments (or their stubs) of the (id, rev) pairs, in portions.

    A revision that the source no longer has (purged, compacted away) is left out; one it says nothing about is an error,
    since a checkpoint moving past it would lose it. Raises BadAnswer, ServerError.
    """
    for begin in range(0, len(wanted), tuning.BULK_GET_IDS):
        portion = wanted[begin : begin + tuning.BULK_GET_IDS]
        asked = [{"id": id, "rev": rev} for id, rev in portion]
        results = source.bulk_get(asked, revs=True, latest=True, attachments=attachments)
        docs: dict[tuple[str, str], Doc] = {}
        answered: set[str] = set()
        for result in results:
            if result.docs or result.errors:
                answered.add(result.id)
            docs.update({(doc["_id"], doc["_rev"]): doc for doc in result.docs})
            for failure in result.errors:
                _check_failure(result.id, failure)
        silent = [id for id, _ in portion if id not in answered]
        if silent:
            raise errors.BadAnswer(f"_bulk_get says nothing about {silent[0]!r}")
        yield list(docs.values())


def _check_failure(id: str, failure: dict[str, Any]) -> None:
    word = str(failure.get("error", ""))
    if word not in ("not_found", "missing", "deleted"):
        raise errors.ServerError(f"the source cannot give {id!r}: {word}: {failure.get('reason', '')}")
