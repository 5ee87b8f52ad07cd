"""`POST /db/_bulk_get`: small answers in one piece, large ones as a stream, so that no request, however much it asks for, holds
more than a page of them in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from sync.endpoint import tuning
from sync.endpoint.call import Call, bounded_list, in_thread
from sync.endpoint.multipart import bulk_get_multipart
from sync.endpoint.wire import Reply, Stream, encode_json, quality_of
from sync.errors import BadRequest, TooLarge
from sync.peer import BulkGetResult


async def bulk_get(call: Call) -> Reply | Stream:
    """`{"docs": [{"id", "rev", "atts_since"}]}` as JSON, or as multipart when `Accept` prefers that."""
    kind = quality_of(call.headers.get("accept", ""), "application/json", "multipart/mixed", "multipart/related")
    if kind.startswith("multipart/"):
        return await in_thread(call, partial(_multipart, call, kind))
    pages = await in_thread(call, partial(BulkGetPages, call, _wanted(call), attachments=call.flag("attachments")))
    rows: list[bytes] = []
    while not pages.ended and sum(map(len, rows)) < call.context.limits.bulk_get_stream_bytes:
        rows += await in_thread(call, pages.next_rows)
    if pages.ended:
        return Reply(raw=b'{"results":[' + b",".join(rows) + b"]}\n")
    return Stream(_enveloped(call, pages, rows))


def _wanted(call: Call) -> list[dict[str, Any]]:
    wanted = bounded_list(call.json_object().get("docs"), "docs")
    for index, item in enumerate(wanted):
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            raise BadRequest(f"docs[{index}] must be an object with an `id`")
    return wanted


class BulkGetPages:
    """What was asked for, some at a time: as many as their weight allows. Used by one worker thread at a time."""

    def __init__(self, call: Call, wanted: list[dict[str, Any]], *, attachments: bool) -> None:
        self._call, self._wanted, self._at = call, wanted, 0
        self._flags = {"revs": call.flag("revs"), "latest": call.flag("latest"), "attachments": attachments}
        self._most = tuning.BULK_GET_PAGE_ATTACHED if attachments else tuning.BULK_GET_PAGE_DOCS
        self._count = 1

    @property
    def ended(self) -> bool:
        return self._at >= len(self._wanted)

    def next(self) -> tuple[list[BulkGetResult], list[bytes]]:
        """Results, and each as JSON. An error of the whole request shows with its first page."""
        some = self._wanted[self._at : self._at + self._count]
        with self._call.replica() as replica:
            results = replica.bulk_get(some, **self._flags)
        self._at += len(some)
        rows = [encode_json(_row(result)) for result in results]
        weight = max(sum(map(len, rows)) // max(len(rows), 1), 1)
        self._count = max(1, min(self._call.context.limits.page_bytes // weight, self._most))
        return results, rows

    def next_rows(self) -> list[bytes]:
        return self.next()[1]


async def _enveloped(call: Call, pages: BulkGetPages, rows: list[bytes]) -> AsyncIterator[bytes]:
    yield b'{"results":[' + b",".join(rows)
    while not pages.ended:
        yield b"," + b",".join(await in_thread(call, pages.next_rows))
    yield b"]}\n"


def _multipart(call: Call, kind: str) -> Reply:
    pages = BulkGetPages(call, _wanted(call), attachments=True)
    results: list[BulkGetResult] = []
    held, most = 0, call.context.limits.multipart_answer_bytes
    while not pages.ended:
        some, rows = pages.next()
        results += some
        held += sum(map(len, rows))
        if held > most:
            raise TooLarge(f"the answer would be larger than {most} bytes; ask for fewer, or for JSON")
    body, content_type = bulk_get_multipart(results, kind, call.context.new_uuid())
    return Reply(raw=body, content_type=content_type)


def _row(result: BulkGetResult) -> dict[str, Any]:
    docs: list[dict[str, Any]] = [{"ok": doc} for doc in result.docs]
    docs += [{"error": {"id": result.id, **error}} for error in result.errors]
    return {"id": result.id, "docs": docs}
