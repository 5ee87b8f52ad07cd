"""Cuts the rows out of a `_changes` answer while it is still arriving.

What lives here: bytes in, complete rows out. It knows neither HTTP nor replication.

    {"results":[                                     head
    {"seq":1,"id":"a","changes":[...]},              rows: servers write one a line (CouchDB, PouchDB, ours)
                                                     an empty line is a heartbeat
    ],
    "last_seq":1,"pending":0}                        tail

A raw newline cannot stand inside a JSON string, so lines are cut without looking inside, and a line that is one row is
decoded at once. What is not one row a line is scanned token by token: slower, same rows. An answer that does not
begin with "results" is kept and decoded whole. Rows, head and tail have bounds: the other side is not trusted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from sync.errors import BadAnswer, Unreachable
from sync.json_cost import count_values
from sync.remote import tuning

T = TypeVar("T")

_HEAD = re.compile(rb'\s*\{\s*"results"\s*:\s*\[')
# Possessive: a string that never ends must not cost memory for every byte that could be tried again.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
_BETWEEN = b" \t\r\n,"
_BROKEN = (ValueError, RecursionError)      # msgspec's errors, bytes that are no UTF-8, nesting without end
_TRIES = 4      # ends of one row tried before it is scanned: rows rarely hold more than a few objects in a list


class RowSplitter(Generic[T]):
    """`feed(bytes)` returns the rows completed by them; `finish()` checks the end: `Unreachable` after a cut."""

    def __init__(self, decode: Callable[[bytes], T], *, max_row_bytes: int = tuning.MAX_ROW_BYTES) -> None:
        self._decode_one = decode
        self._max_row_bytes = max_row_bytes
        self._take: Callable[[bytes], list[T]] = self._head
        self._parts: list[bytes] = []
        self._held = 0
        self._scan_again_at = 0
        self.tail: dict[str, Any] = {}
        self.rows_before_cut: list[T] = []

    def feed(self, data: bytes) -> list[T]:
        self._parts.append(data)
        self._held += len(data)
        if self._held > self._max_row_bytes:
            raise BadAnswer(f"a row of the changes feed is larger than {self._max_row_bytes} bytes")
        if self._take == self._line_by_line and b"\n" not in data and self._held < tuning.SCAN_WITHOUT_NEWLINE_BYTES:
            return []
        if self._held < self._scan_again_at:
            return []
        return self._take(self._joined())

    def finish(self) -> list[T]:
        """The rows still held when the bytes have ended; `tail` then holds {"last_seq", "pending"?}."""
        rows: list[T] = []
        if self._take in (self._line_by_line, self._token_by_token):
            rows = self._token_by_token(self._joined())
        if self._take != self._in_tail:
            self.rows_before_cut = rows
            raise Unreachable("the changes feed was cut before its end")
        try:
            self.tail = msgspec.json.decode(b'{"results":[' + self._joined())
        except _BROKEN as error:
            self.rows_before_cut = rows
            raise Unreachable("the changes feed was cut in its last line") from error
        if "last_seq" not in self.tail:
            raise BadAnswer(f"the changes feed ends without last_seq: {excerpt(msgspec.json.encode(self.tail))}")
        return rows

    # --- the parts of the answer, in order ---------------------------------------------------------------------

    def _head(self, data: bytes) -> list[T]:
        match = _HEAD.match(data)
        if match:
            self._take = self._line_by_line
            return self._line_by_line(data[match.end():])
        if len(data) > tuning.MAX_HEAD_BYTES or not b'{"results":['.startswith(b"".join(data.split())):
            raise BadAnswer(f"this is no changes feed: {excerpt(data)}")
        self._keep(data)
        return []

    def _line_by_line(self, data: bytes) -> list[T]:
        rows: list[T] = []
        lines = data.split(b"\n")
        last = lines.pop()
        for at, line in enumerate(lines):
            row = line.strip(_BETWEEN)
            if not row:
                continue
            try:
                if row[0] != 0x7B:      # not "{"
                    raise ValueError
                rows.append(self._decode(row))
            except _BROKEN:             # not exactly one row
                rest = b"\n".join([*lines[at:], last])
                return rows + self._token_by_token(rest)
        if len(last) >= tuning.SCAN_WITHOUT_NEWLINE_BYTES:
            return rows + self._token_by_token(last)
        self._keep(last)
        return rows

    def _token_by_token(self, data: bytes) -> list[T]:
        check_values(data, "a row of the changes feed comes")      # before it is looked through, again and again
        rows, data = self._row_by_row(data.lstrip(_BETWEEN))
        begin, depth, consumed = 0, 0, 0
        for token in _TOKEN.finditer(data):
            mark = data[token.start():token.end()]
            if mark == b'"':            # a string that goes on in the next bytes
                break
            if mark in (b"{", b"["):
                begin = token.start() if depth == 0 else begin
                depth += 1
            elif mark in (b"}", b"]"):
                if depth == 0:
                    self._to_tail(data[token.start():])
                    return rows
                depth -= 1
                if depth == 0:
                    rows.append(self._decode_row(data[begin:token.end()]))
                    consumed = token.end()
        rest = data[consumed:].lstrip(_BETWEEN)
        self._take = self._token_by_token if rest else self._line_by_line
        self._scan_again_at = 2 * len(rest) if len(rest) > tuning.SCAN_WITHOUT_NEWLINE_BYTES else 0
        self._keep(rest)
        return rows

    def _row_by_row(self, data: bytes) -> tuple[list[T], bytes]:
        """`{...},{...},` in one line (pouchdb-server): tries every `},{` as an end. No JSON object is the beginning of
        another, so what decodes is a row. Returns the rows before the first that takes too many tries, and the rest."""
        rows: list[T] = []
        begin, tries = 0, 0
        end = data.find(b"},{")
        while end >= 0 and tries < _TRIES:
            try:
                rows.append(self._decode(data[begin:end + 1]))
            except _BROKEN:
                tries += 1
            else:
                begin, tries = end + 2, 0
            end = data.find(b"},{", end + 2)
        return rows, data[begin:]

    def _in_tail(self, data: bytes) -> list[T]:
        if len(data) > tuning.MAX_HEAD_BYTES:
            raise BadAnswer(f"the changes feed goes on after its rows: {excerpt(data)}")
        self._keep(data)
        return []

    # --- small steps ---------------------------------------------------------------------------------------------

    def _decode(self, row: bytes) -> T:
        check_values(row, "a row of the changes feed comes")
        return self._decode_one(row)

    def _decode_row(self, row: bytes) -> T:
        try:
            return self._decode(row)
        except _BROKEN as error:
            raise BadAnswer(f"a row of the changes feed is malformed ({error}): {excerpt(row)}") from error

    def _to_tail(self, data: bytes) -> None:
        self._take = self._in_tail
        self._scan_again_at = 0
        self._in_tail(data.lstrip(_BETWEEN))

    def _joined(self) -> bytes:
        data = b"".join(self._parts) if len(self._parts) > 1 else (self._parts[0] if self._parts else b"")
        self._parts.clear()
        self._held = 0
        return data

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._parts.append(rest)
            self._held = len(rest)


def check_values(data: bytes, who: str) -> None:
    """Raises BadAnswer for JSON that would fill the memory once it is parsed."""
    most = tuning.MAX_ANSWER_VALUES
    if len(data) > most and count_values(data, most) > most:
        raise BadAnswer(f"{who} with more than {most} values: {excerpt(data)}")


def excerpt(data: bytes, length: int = 160) -> str:
    """The beginning of an answer for an error message: bounded, printable, one line."""
    text = " ".join(data[: 4 * length].decode("utf-8", "replace").split())
    return text[:length] + ("..." if len(text) > length else "")
