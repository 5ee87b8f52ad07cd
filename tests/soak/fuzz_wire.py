"""Coverage-guided fuzzing of what reads bytes from the wire: `python tests/soak/fuzz_wire.py TARGET [libFuzzer options]`.

    body       the endpoint: gzip, JSON, multipart, documents, selectors
    feed       the replicator: rows of a `_changes` answer, cut anywhere
    file       manifests of files, ranges and multipart bodies of attachments
    request    the endpoint whole, in this process: method, path, query, headers, body

Needs `atheris` (PyPI). Useful options: `-max_total_time=600`, `-max_len=4096`, a folder for the corpus, a crash file to replay.
An error of `sync.errors` is a clear word and no finding; any other exception, a hang or 1 GB of memory is one.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import atheris

with atheris.instrument_imports(include=["sync"]):
    from sync import blobs, errors
    from sync.databases import Databases
    from sync.endpoint import (
        attachments as http_endpoint_attachments,
    )
    from sync.endpoint import (
        multipart as http_endpoint_multipart,
    )
    from sync.endpoint import (
        wire as http_endpoint_wire,
    )
    from sync.endpoint.app import create_app
    from sync.endpoint.auth import OpenAccess
    from sync.mango import index as mango_index
    from sync.mango import selector as mango
    from sync.remote import json_rows
    from sync.remote.changes import _decode_row
    from sync.replica.incoming import read_edit, read_replicated


def body(data: bytes) -> None:
    kind, data = data[:1], data[1:]
    with contextlib.suppress(errors.SyncError):
        if kind < b"\x40":
            data = http_endpoint_wire.decode_body(data, "gzip", 1_000_000)
        if kind > b"\xc0":
            value = http_endpoint_multipart.document_from_related(data, 'multipart/related; boundary="x"')
        else:
            value = http_endpoint_wire.parse_json(data)
        http_endpoint_wire.encode_json(value)
        mango_index.encode_key(value)
        if isinstance(value, dict):
            with contextlib.suppress(errors.SyncError):
                mango.compile_selector(value)({"_id": "a", "n": value})
                mango_index.make_plan(value, [], [mango_index.IndexDefinition("_design/x", "x", ("n",))])
            with contextlib.suppress(errors.SyncError):
                read_edit(value)
            read_replicated(value)


def feed(data: bytes) -> None:
    size, data = (data[0] % 64 + 1 if data else 1), data[1:]
    splitter = json_rows.RowSplitter(_decode_row, max_row_bytes=100_000)
    with contextlib.suppress(errors.SyncError):
        for start in range(0, len(data), size):
            splitter.feed(data[start : start + size])
        splitter.finish()


def file(data: bytes) -> None:
    kind, data = data[:1], data[1:]
    with contextlib.suppress(errors.SyncError):
        if kind < b"\x55":
            value = http_endpoint_wire.parse_json(data)
            if isinstance(value, dict):
                manifest = blobs.Manifest.from_json(value)
                assert blobs.Manifest.from_json(manifest.as_json()) == manifest or "chunk_bytes" not in value
                blobs.chunk_bytes(value)
        elif kind < b"\xaa":
            length = len(data)
            span = http_endpoint_attachments._range(data.decode("latin-1"), length)
            assert span is None or 0 <= span[0] <= span[1] < length, (data, span)
        else:
            boundary = http_endpoint_multipart.boundary_of(data[:40].decode("latin-1"))
            for headers, _ in http_endpoint_multipart.parse_parts(data[40:], boundary):
                http_endpoint_multipart._file_name(headers)


class Whole:
    """The endpoint as an ASGI application, asked without a network."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._databases = Databases(self._folder.name)
        self._databases.create("db")
        self._app = create_app(self._databases, OpenAccess())
        self._loop = asyncio.new_event_loop()

    def __call__(self, data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        methods = ["GET", "POST", "PUT", "DELETE", "COPY", "HEAD", "OPTIONS"]
        method = methods[provider.ConsumeIntInRange(0, len(methods) - 1)]
        path = b"/db/" + provider.ConsumeBytes(provider.ConsumeIntInRange(0, 40))
        query = b"timeout=1&" + provider.ConsumeBytes(provider.ConsumeIntInRange(0, 40))
        encoding = [b"", b"gzip"][provider.ConsumeBool()]
        kinds = [b"application/json", b'multipart/related; boundary="x"', b"text/plain"]
        kind = kinds[provider.ConsumeIntInRange(0, 2)]
        rest = provider.ConsumeBytes(provider.remaining_bytes())
        if b"heartbeat" in query or (method == "DELETE" and path.strip(b"/") == b"db"):
            return      # a feed without end, or the end of the database
        headers = [(b"content-type", kind), (b"content-length", str(len(rest)).encode()), (b"content-encoding", encoding)]
        status = self._loop.run_until_complete(self._ask(method, path, query, headers, rest))
        assert status < 500 or status == 501, (method, path, query, status)

    async def _ask(self, method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], content: bytes) -> int:
        status = 0
        scope = {
            "type": "http", "method": method, "path": path.decode("latin-1"), "raw_path": path, "query_string": query,
            "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 80), "scheme": "http", "root_path": "",
            "http_version": "1.1", "asgi": {"version": "3.0"},
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)

        await self._app(scope, receive, send)
        return status


SEEDS: dict[str, list[bytes]] = {
    "body": [
        b"\x80" + b'{"_id":"a","_rev":"1-a","_deleted":true,"_attachments":{"f":{"data":"YQ==","content_type":"x","revpos":1}}}',
        b"\x80" + b'{"_id":"a","_revisions":{"start":2,"ids":["b","a"]},"n":[1,-0.5,1e9,null,"\\u6e20"]}',
        b"\x80" + b'{"$and":[{"a.b":{"$gt":1,"$in":[1]}},{"$not":{"n":{"$regex":"^a","$elemMatch":{"$size":1}}}}]}',
        b"\xff" + b'--x\r\ncontent-type: application/json\r\n\r\n{"_attachments":{"f":{"follows":true,"length":1}}}\r\n'
        b'--x\r\ncontent-disposition: attachment; filename="f"\r\n\r\ny\r\n--x--',
        b"\x00" + gzip.compress(b'{"a":1}'),
    ],
    "feed": [
        b"\x09" + b'{"results":[\n{"seq":1,"id":"a","changes":[{"rev":"1-a"}],"doc":{"_id":"a","t":"\\"]}"}},\n\n'
        b'{"seq":"2-x","id":"b","changes":[],"deleted":true}\n],\n"last_seq":2,"pending":0}\n',
        b"\x30" + b'{"results":[{"seq":1,"id":"a","changes":[{"rev":"1-a"}]},{"seq":2,"id":"b","changes":[]}],"last_seq":2}',
    ],
    "file": [
        b"\x00" + b'{"size":3,"sha256":"%s","chunks":["%s"],"chunk_bytes":16384,"thumb":"YQ=="}' % (b"a" * 64, b"b" * 64),
        b"\x60bytes=0-5", b"\x60bytes=-3", b"\x60bytes=2-",
        b"\xff" + b'multipart/related; boundary="x"'.ljust(40)
        + b'--x\r\ncontent-disposition: attachment; filename="a"\r\n\r\ny\r\n--x--',
    ],
    "request": [b"a", b"_all_docs include_docs=true", b'_bulk_docs{"docs":[{"_id":"a"}]}', b"_changes feed=longpoll"],
}


def corpus(name: str) -> str:
    """A fresh folder with the seeds; what is found during the run is added there."""
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for number, seed in enumerate(SEEDS[name]):
        (folder / f"seed{number}").write_bytes(seed)
    return str(folder)


def main() -> None:
    targets = {"body": lambda: body, "feed": lambda: feed, "file": lambda: file, "request": Whole}
    if len(sys.argv) < 2 or sys.argv[1] not in targets:
        raise SystemExit(f"usage: fuzz_wire.py {'|'.join(targets)} [libFuzzer options]")
    target = targets[sys.argv[1]]()
    given = sys.argv[2:]
    if all(each.startswith("-") for each in given):
        given.append(corpus(sys.argv[1]))
    atheris.Setup([sys.argv[0], *given, "-rss_limit_mb=1024", "-timeout=20"], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
