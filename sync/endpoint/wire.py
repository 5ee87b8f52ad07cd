"""What crosses the wire: reading bodies within bounds, JSON in and out, replies, compression, errors as HTTP.

Lives here: everything between bytes and values, for every route alike; and the one place that turns an
error into a status. It must not know databases or routes. Nothing from the wire is believed: each length,
depth and encoding has a bound.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import re
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request

from sync.allowance import Allowance
from sync.endpoint import tuning
from sync.endpoint.turns import BodyBudget
from sync.errors import (
    BadRequest,
    Corrupt,
    PeerError,
    ServerError,
    StorageError,
    SyncError,
    TooLarge,
    Unauthorized,
    UnsupportedMedia,
)
from sync.json_cost import collector_at_rest, count_values, memory_of

try:
    import zstandard
except ImportError:  # an option: gzip is always there
    zstandard = None  # type: ignore[assignment]

log = logging.getLogger("sync.http")
JSON_TYPE = "application/json"
encode_json = msgspec.json.Encoder().encode


# --- replies ---


@dataclass(slots=True)
class Reply:
    """An answer in one piece: `value` is sent as JSON unless `raw` is there."""

    status: int = 200
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = JSON_TYPE
    compressible: bool = True


@dataclass(slots=True)
class Stream:
    """An answer in pieces, as they are made."""

    pieces: AsyncIterator[bytes]
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)


def ok(status: int = 200, **more: Any) -> Reply:
    return Reply(status, {"ok": True, **more})


def error_reply(exc: Exception) -> Reply:
    """The one place where an error becomes HTTP. An unknown exception is our fault: logged here, never
    shown to the client."""
    headers: dict[str, str] = {}
    status, error, reason = 500, "internal_server_error", "The server failed; its log says why."
    if isinstance(exc, StorageError) and not isinstance(exc, PeerError):
        log.error("storage error: %s", exc.reason)
        status, error = exc.status, exc.error
        reason = "the database file is damaged" if isinstance(exc, Corrupt) else "the database file cannot be used"
        if status == 507:
            reason = "the disk of the server is full"
    elif isinstance(exc, SyncError):
        status, error, reason = exc.status, exc.error, exc.reason
        if isinstance(exc, ServerError) and (status in (429, 503) or exc.retry_after):
            headers["retry-after"] = str(max(1, round(exc.retry_after or 1)))
        if isinstance(exc, Unauthorized):
            headers["www-authenticate"] = 'Basic realm="sync"'
    elif isinstance(exc, RecursionError):
        status, error, reason = 400, "bad_request", "the JSON is nested too deeply"
    else:
        log.exception("unexpected error", exc_info=exc)
    return Reply(status, {"error": error, "reason": reason}, headers)


# --- bodies ---


async def read_body(request: Request, budget: BodyBudget, limit: int = tuning.MAX_BODY_BYTES, who: str = "") -> bytes:
    """The body as it came; its length stays taken from the budget. Raises TooLarge, ServerError 408 when
    it comes too slowly, ClientDisconnect."""
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit():
        raise BadRequest("Content-Length must be a number")
    if int(declared) > limit:
        raise _too_large(limit)
    body, taken = bytearray(), 0
    clock = asyncio.get_running_loop().time
    allowance = Allowance(tuning.BODY_GRACE_S, tuning.MIN_BODY_BYTES_PER_S, clock())
    try:
        async with asyncio.timeout_at(allowance.until) as timeout:
            async for piece in request.stream():
                allowance.moved(len(piece), clock())
                timeout.reschedule(allowance.until)
                taken += len(piece)
                if taken > limit:
                    taken -= len(piece)
                    raise _too_large(limit)
                budget.take(len(piece), who)
                body += piece
    except BaseException as exc:
        budget.give_back(len(body), who)
        if isinstance(exc, TimeoutError):
            raise ServerError("the request body did not arrive in time", status=408, error="timeout") from None
        raise
    return bytes(body)


def decode_body(
    body: bytes, encoding: str, limit: int = tuning.MAX_BODY_BYTES, take: Callable[[int], None] = lambda count: None
) -> bytes:
    """Undo `Content-Encoding`; `take` is called with the size of every piece before the next is made. Raises TooLarge,
    BadRequest, UnsupportedMedia."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise UnsupportedMedia(f"Content-Encoding {encoding[:40]!r} is not spoken; send gzip or nothing")
    inflater = zlib.decompressobj(wbits=31)
    plain = bytearray()
    try:
        while body and not inflater.eof:
            piece = inflater.decompress(body, min(tuning.GUNZIP_PIECE_BYTES, limit - len(plain) + 1))
            take(len(piece))
            plain += piece
            if len(plain) > limit:
                raise _too_large(limit)
            body = inflater.unconsumed_tail
    except zlib.error as exc:
        raise BadRequest(f"the gzip body is damaged: {exc}") from None
    if not inflater.eof or inflater.unused_data:
        raise BadRequest("the gzip body ends too early or has something after its end")
    return bytes(plain)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the request body is larger than {limit} bytes; send less at a time")


# --- JSON in ---

_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_decode = msgspec.json.Decoder().decode


def parse_json(body: bytes | str, what: str = "request body", take: Callable[[int], None] = lambda count: None) -> Any:
    """The JSON value of `body`; `take` is called with the bytes it may need in memory before it is made. Raises BadRequest
    that says where it is wrong, TooLarge for too many values."""
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    values = count_values(data, tuning.MAX_JSON_VALUES)
    if values > tuning.MAX_JSON_VALUES:
        raise TooLarge(f"{what}: more than {tuning.MAX_JSON_VALUES} values; send less at a time")
    take(memory_of(data, values))
    try:
        with collector_at_rest(values):
            value = _decode(data)
    except RecursionError:
        raise _too_deep(what) from None
    except UnicodeDecodeError:
        raise BadRequest(f"{what}: invalid UTF-8 at byte {_bad_utf8_at(data)}") from None
    except msgspec.DecodeError as exc:
        raise BadRequest(f"{what}: {_words(exc)}") from None
    if _depth_bound(data) > tuning.MAX_JSON_DEPTH and _depth(value) > tuning.MAX_JSON_DEPTH:
        raise _too_deep(what)
    return value


def refuse_huge_numbers(value: Any, body: bytes, what: str = "request body") -> None:
    """What asks for something (a limit, a selector) holds no whole number beyond 64 bits; documents may (`MAX_NUMBER_DIGITS`).
    Raises BadRequest."""
    if _LONG_NUMBER.search(body):
        _refuse_huge_numbers(value, what)


def _words(exc: msgspec.DecodeError) -> str:
    text = str(exc)
    return (
        "invalid JSON: it ends too early" if "truncated" in text else f"invalid JSON: {text.removeprefix('JSON is malformed: ')}"
    )


def _bad_utf8_at(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as exc:
        return exc.start
    return 0


def _too_deep(what: str) -> BadRequest:
    return BadRequest(f"{what}: nested deeper than {tuning.MAX_JSON_DEPTH} arrays and objects")


def _depth_bound(data: bytes) -> int:
    """An upper bound of the nesting, cheap: keep the brackets, peel innermost pairs. Brackets in strings
    only raise it."""
    rest, peeled = data.translate(None, _OTHER_BYTES), 0
    while rest and peeled <= tuning.MAX_JSON_DEPTH:
        smaller = rest.replace(b"{}", b"").replace(b"[]", b"")
        if len(smaller) == len(rest):
            break
        rest, peeled = smaller, peeled + 2
    return peeled + len(rest)


_OTHER_BYTES = bytes(set(range(256)) - set(b"[]{}"))


def _depth(value: Any) -> int:
    depth, layer = 0, [value]
    while layer:
        containers = [each for each in layer if isinstance(each, dict | list)]
        layer = [inner for each in containers for inner in (each.values() if isinstance(each, dict) else each)]
        depth += bool(containers)
        if depth > tuning.MAX_JSON_DEPTH:
            break
    return depth


def _refuse_huge_numbers(value: Any, what: str) -> None:
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
        elif isinstance(each, int) and not -(2**63) <= each < 2**63:
            raise BadRequest(f"{what}: a whole number beyond 64 bits; send it as a string")


# --- compression out ---


@functools.lru_cache(maxsize=256)
def choose_encoding(accept: str) -> str | None:
    """`zstd`, `gzip` or None for an `Accept-Encoding` header; what the client ranks `q=0` is not used."""
    wanted = set()
    for item in accept.lower().split(","):
        name, _, parameters = item.partition(";")
        if not re.search(r"q=0(\.0*)?\s*$", parameters):
            wanted.add(name.strip())
    if zstandard is not None and "zstd" in wanted:
        return "zstd"
    return "gzip" if wanted & {"gzip", "x-gzip"} else None


def compress(data: bytes, encoding: str) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=tuning.ZSTD_LEVEL).compress(data)
    deflater = zlib.compressobj(tuning.GZIP_LEVEL, wbits=31)
    return deflater.compress(data) + deflater.flush()


class StreamCompressor:
    """Compresses piece by piece; every piece can be read as soon as it has arrived."""

    def __init__(self, encoding: str) -> None:
        self._zstd = zstandard.ZstdCompressor(level=tuning.ZSTD_LEVEL).compressobj() if encoding == "zstd" else None
        self._gzip = None if self._zstd else zlib.compressobj(tuning.GZIP_LEVEL, wbits=31)

    def piece(self, data: bytes) -> bytes:
        if self._zstd is not None:
            return self._zstd.compress(data) + self._zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        assert self._gzip is not None
        return self._gzip.compress(data) + self._gzip.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._zstd.flush() if self._zstd is not None else self._gzip.flush()  # type: ignore[union-attr]


def finished_body(reply: Reply, accept_encoding: str) -> tuple[bytes, dict[str, str]]:
    """Bytes and headers of a reply: encoded, and compressed where that pays."""
    data = reply.raw if reply.raw is not None else encode_json(reply.value) + b"\n"
    headers = {"content-type": reply.content_type, "cache-control": "must-revalidate", **reply.headers}
    encoding = choose_encoding(accept_encoding) if reply.compressible else None
    if encoding is not None and len(data) >= tuning.COMPRESS_MIN_BYTES:
        data = compress(data, encoding)
        headers["content-encoding"] = encoding
    if reply.compressible:
        headers["vary"] = "accept-encoding"
    return data, headers


def media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def quality_of(accept: str, *types: str) -> str:
    """The first of `types` that an `Accept` header names with the greatest quality; "" if it names none."""
    best, best_quality = "", 0.0
    for item in accept.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            if match := re.fullmatch(r"q=(\d(?:\.\d{0,3})?)", parameter):
                quality = float(match[1])
        if name in types and quality > best_quality:
            best, best_quality = name, quality
    return best


def accepts(accept: str, wanted: str) -> bool:
    """Whether an `Accept` header lets this media type through; none at all lets through everything."""
    if not accept.strip():
        return True
    for item in accept.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name in (wanted, "*/*", wanted.partition("/")[0] + "/*"):
            return not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return False


def etag_of(rev: str) -> str:
    return f'"{rev}"'


def etag_matches(header: str | None, etag: str) -> bool:
    """Whether `If-None-Match` names this entity tag."""
    if header is None:
        return False
    return header.strip() == "*" or etag in (item.strip().removeprefix("W/") for item in header.split(","))
