"""The body of a form as the browser sent it: pairs of names and values, and files, all of bounded size.

Urlencoded, or multipart where a file is chosen (RFC 7578). What is neither is an empty form; what is too large is said so before
it was read whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.frame import Console
from county_hub.console.session import COOKIE, anybody_of
from shared.ledger.texts import t
from sync.endpoint.tuning import MAX_OPEN_BODY_BYTES

MOST_FIELDS = 2000          # a register of parties is 60 rows of 14
MOST_FORM_BYTES = 512 * 1024
MOST_FILE_BYTES = 8 * 1024 * 1024       # a county's list of grids is 100 kB; a year's cases as XLSX 3 MB
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(r'[\s;]name="([^"]*)"')
_FILE = re.compile(r'filename="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    pairs: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, Upload], ...] = ()

    @property
    def last(self) -> dict[str, str]:
        """Of each name its last value."""
        return dict(self.pairs)


async def sent(console: Console, request: Request) -> Sent | Response:
    """What was sent, or the answer that it is too much. Before a login a form is small."""
    cookie = request.cookies.get(COOKIE, "")
    known = await run_in_threadpool(anybody_of, console.accounts, cookie) is not None or bool(
        cookie and await run_in_threadpool(console.accounts.sessions.ran_out, cookie))
    kind = request.headers.get("content-type", "")
    parts = _BOUNDARY.search(kind) if kind.startswith("multipart/form-data") else None
    most = MAX_OPEN_BODY_BYTES if not known else MOST_FILE_BYTES if parts else MOST_FORM_BYTES
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return Response(t("console.error.too_large"), 413, {**render.HEADERS, "connection": "close"}, "text/plain")
    if parts:
        return _parts(body, parts[1].encode())
    try:
        return Sent(tuple(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)))
    except ValueError:
        return Sent()


def _parts(body: bytes, boundary: bytes) -> Sent:
    pairs: list[tuple[str, str]] = []
    files: list[tuple[str, Upload]] = []
    for piece in body.split(b"--" + boundary)[1:-1][:MOST_FIELDS]:
        head, _, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        words = head.decode("utf-8", "replace")
        name, file = _NAME.search(words), _FILE.search(words)
        data = data.removesuffix(b"\r\n")
        if name is None:
            continue
        if file is None:
            pairs.append((name[1], data.decode("utf-8", "replace")))
        elif file[1]:
            files.append((name[1], Upload(file[1].replace("\\", "/").rpartition("/")[2][:120], data)))
    return Sent(tuple(pairs), tuple(files))
