"""The changes feed of a remote peer: asked over HTTP, decoded row by row while it arrives."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from typing import Annotated, Any

import msgspec

from sync import errors
from sync.peer import ChangeRow, ChangesRequest, Doc, Seq
from sync.remote import tuning
from sync.remote.exchange import HttpDatabase
from sync.remote.json_rows import RowSplitter


class _Change(msgspec.Struct):
    rev: str


class _Row(msgspec.Struct):
    seq: int | str
    id: str
    changes: Annotated[list[_Change], msgspec.Meta(min_length=1)]
    deleted: bool = False
    doc: Doc | None = None


_decode_row = msgspec.json.Decoder(_Row).decode
_PIECE = 262_144    # of a page that is decoded while its first rows are stored
_LAST_SEQ = re.compile(rb'"last_seq"\s*:\s*(\d+|"[^"\\]*")\s*(?:,\s*"pending"\s*:\s*\d+\s*)?\}\s*$')


def query(request: ChangesRequest) -> tuple[dict[str, str], dict[str, Any] | None]:
    """Parameters and body of `_changes` (CouchDB API reference, /db/_changes)."""
    params = {"since": str(request.since)}
    flags = {
        "include_docs": request.include_docs, "descending": request.descending,
        "conflicts": request.conflicts, "attachments": request.attachments,
    }
    params.update({name: "true" for name, on in flags.items() if on})
    if request.style != "main_only":
        params["style"] = request.style
    if request.limit is not None:
        params["limit"] = str(request.limit)
    if request.feed == "longpoll":
        params["feed"] = "longpoll"
        params["timeout"] = str(request.timeout_ms)
        if beat := _heartbeat_ms(request):
            params["heartbeat"] = str(beat)
    elif request.heartbeat_ms is not None:
        params["heartbeat"] = str(request.heartbeat_ms)
    if request.doc_ids is not None:
        return {**params, "filter": "_doc_ids"}, {"doc_ids": list(request.doc_ids)}
    if request.selector is not None:
        return {**params, "filter": "_selector"}, {"selector": dict(request.selector)}
    return params, None


def _heartbeat_ms(request: ChangesRequest) -> int | None:
    """Of a longpoll: a short one needs none, and servers that send it may forget the timeout."""
    if request.heartbeat_ms is not None:
        return request.heartbeat_ms
    return tuning.HEARTBEAT_MS if request.timeout_ms > 2 * tuning.HEARTBEAT_MS else None


class RemoteChanges:
    """A `ChangesFeed`. The request is sent when iteration begins. Iterate once."""

    def __init__(self, http: HttpDatabase, request: ChangesRequest, cancel: Any) -> None:
        self.last_seq: Seq = request.since
        self.pending: int | None = None
        self._http = http
        self._request = request
        self._cancel = cancel
        self._rows: Iterator[list[ChangeRow]] | None = None

    def __iter__(self) -> Iterator[ChangeRow]:
        for rows in self.lists():
            for row in rows:
                self.last_seq = row.seq
                yield row

    def lists(self) -> Iterator[list[ChangeRow]]:
        """The same rows, as many at once as have arrived. Either way, once."""
        if self._rows is None:
            self._rows = self._read()
        return self._rows

    def close(self) -> None:
        """Stop reading; the connection is dropped if the answer has not ended."""
        rows, self._rows = self._rows, iter(())
        if rows is not None and hasattr(rows, "close"):
            rows.close()

    def load(self) -> Seq | None:
        """Take the whole answer off the line and look only at its end: its last seq, if another page may follow, so that the
        server can begin with that one before this one is decoded. None: none follows, or it is not to be seen."""
        parts, held, answer = [], 0, self._answer()
        for part in answer:
            parts.append(part)
            held += len(part)
            if held > self._http.limits.page_bytes:
                self._rows = self._split(self._splitter(), chain(parts, answer))
                return None
        body = b"".join(parts)
        self._rows = self._split(self._splitter(), (body[at : at + _PIECE] for at in range(0, len(body), _PIECE)))
        found = _LAST_SEQ.search(body, max(0, len(body) - 4096))
        if found is None or body.count(b'"changes"') < (self._request.limit or 0):
            return None
        try:
            last_seq: Seq = msgspec.json.decode(found[1])
        except ValueError:          # the page is read whole, and refused there
            return None
        return last_seq

    def _read(self) -> Iterator[list[ChangeRow]]:
        with closing(self._answer()) as answer:
            yield from self._split(self._splitter(), answer)

    def _answer(self) -> Generator[bytes]:
        request = self._request
        params, body = query(request)
        data = None if body is None else msgspec.json.encode(body)
        method = "GET" if data is None else "POST"
        silence = None
        if request.feed == "longpoll":      # twice the distance of heartbeats without one is a cut
            beat = _heartbeat_ms(request)
            silence = self._http.read_timeout_s + (request.timeout_ms if beat is None else 2 * beat) / 1000
        with (
            self._http.line.cancelled_by(self._cancel),
            self._http.open(
                method, "/_changes", params=params, data=data, silence_s=silence, plain=self._http.is_near
            ) as answer,
        ):
            yield from answer.iter_bytes()

    def _splitter(self) -> RowSplitter[_Row]:
        return RowSplitter(_decode_row, max_row_bytes=self._http.limits.row_bytes)

    def _split(self, splitter: RowSplitter[_Row], parts: Iterator[bytes]) -> Iterator[list[ChangeRow]]:
        without_rows_s = self._http.limits.feed_without_rows_s
        give_up, rows_until = None, time.monotonic() + without_rows_s
        if self._request.feed == "longpoll":
            give_up = time.monotonic() + self._request.timeout_ms / 1000 + tuning.LONGPOLL_GRACE_S
        try:
            for part in parts:
                if self._cancel is not None and self._cancel.is_set():
                    raise errors.Cancelled("cancelled by the caller")
                rows = splitter.feed(part)
                yield from self._given(rows)
                if not rows and give_up is not None and time.monotonic() > give_up:
                    return      # only heartbeats: the peer does not keep to the timeout, we do
                if rows:
                    rows_until = time.monotonic() + without_rows_s
                elif give_up is None and time.monotonic() > rows_until:
                    raise errors.Unreachable(f"the feed gave no row for {without_rows_s:.0f} s, and did not end")
            yield from self._given(splitter.finish())
        except errors.Unreachable:
            yield from self._given(splitter.rows_before_cut)
            raise
        self._ended(splitter.tail)

    def _given(self, rows: list[_Row]) -> Iterator[list[ChangeRow]]:
        if rows:
            given = [
                ChangeRow(row.seq, row.id, tuple([change.rev for change in row.changes]), row.deleted, row.doc) for row in rows
            ]
            yield given
            self.last_seq = given[-1].seq

    def _ended(self, tail: dict[str, Any]) -> None:
        last_seq, pending = tail["last_seq"], tail.get("pending")
        if not isinstance(last_seq, int | str) or isinstance(last_seq, bool):
            raise errors.BadAnswer(f"the changes feed ends with the seq {last_seq!r}")
        self.last_seq = last_seq
        self.pending = pending if isinstance(pending, int) else None
