"""The commands `put`, `bulk`, `get` of `python -m sync`: documents in and out of a replica file."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from sync import errors, tuning
from sync.commands.common import add_file, open_replica, print_json
from sync.peer import Doc

_decode = msgspec.json.Decoder().decode
Subparsers = Any  # argparse names its type only privately


def register(subparsers: Subparsers) -> None:
    put = subparsers.add_parser("put", help="write one document; creates the replica if new")
    add_file(put)
    put.add_argument("source", metavar="-|doc.json", nargs="?", default="-", help="the document (default: stdin)")
    put.set_defaults(func=run_put)
    bulk = subparsers.add_parser("bulk", help="write many documents; creates the replica if new")
    add_file(bulk)
    bulk.add_argument("source", metavar="docs.json", help='{"docs": [...]}, a JSON list, or one document a line; - is stdin')
    bulk.set_defaults(func=run_bulk)
    get = subparsers.add_parser("get", help="print one document")
    add_file(get)
    get.add_argument("id", metavar="ID")
    get.add_argument("--rev", metavar="R", help="this revision instead of the winner")
    get.add_argument("--conflicts", action="store_true", help="list the revisions that lost")
    get.add_argument("--revs", action="store_true", help="list the history")
    get.add_argument("--attachments", action="store_true", help="with the attachments' bytes")
    get.set_defaults(func=run_get)


def run_put(arguments: argparse.Namespace) -> int:
    """Prints `{"ok", "id", "rev"}` only after the document is durable."""
    with _source(arguments.source) as file:
        doc = _read_json(file.read(), arguments.source)
    if not isinstance(doc, dict):
        raise errors.BadRequest(f"{arguments.source}: a document must be a JSON object")
    with open_replica(arguments, create=True) as replica:
        result = replica.bulk_docs([doc])[0]
    if not result.ok:
        raise errors.BadRequest(f"{result.id}: {result.error}: {result.reason}")
    print_json({"ok": True, "id": result.id, "rev": result.rev})
    return 0


def run_bulk(arguments: argparse.Namespace) -> int:
    """Prints `{"ok", "docs", "stored", "failed": [{"id", "error", "reason"}]}`; exit code 1 when a document
    failed."""
    total, failed = 0, []
    with _source(arguments.source) as file, open_replica(arguments, create=True) as replica:
        new_edits, docs = _read_docs(file, arguments.source)
        while batch := list(itertools.islice(docs, tuning.CLI_BULK_BATCH)):
            total += len(batch)
            failed += [one for one in replica.bulk_docs(batch, new_edits=new_edits) if not one.ok]
    print_json({
        "ok": not failed, "docs": total, "stored": total - len(failed),
        "failed": [{"id": one.id, "error": one.error, "reason": one.reason} for one in failed],
    })
    if failed:
        raise errors.BadRequest(f"{len(failed)} of {total} documents were not stored, the first: {failed[0].id}: "
                                f"{failed[0].reason}")
    return 0


def run_get(arguments: argparse.Namespace) -> int:
    with open_replica(arguments) as replica:
        if arguments.id.startswith("_local/"):
            doc = replica.get_local(arguments.id.removeprefix("_local/"))
            if doc is None:
                raise errors.NotFound(f"there is no document {arguments.id}: missing")
        else:
            doc = _get(replica, arguments)
    print_json(doc)
    return 0


def _get(replica: Any, arguments: argparse.Namespace) -> Doc:
    try:
        doc: Doc = replica.get(
            arguments.id, rev=arguments.rev, conflicts=arguments.conflicts, revs=arguments.revs,
            attachments=arguments.attachments,
        )
    except errors.NotFound as absent:
        wanted = arguments.id if arguments.rev is None else f"{arguments.id} {arguments.rev}"
        raise errors.NotFound(f"there is no document {wanted}: {absent.reason}") from None
    return doc


# --- reading JSON -------------------------------------------------------------------------------------


def _source(name: str) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    try:
        return Path(name).open("rb")
    except OSError as fault:
        raise errors.BadRequest(f"{name}: cannot be read: {fault.strerror}") from None


_BOM = b"\xef\xbb\xbf"


def _read_json(text: bytes, name: str, where: str = "") -> Any:
    """Editors of Windows put a byte order mark before the text; it says nothing here."""
    try:
        return _decode(text.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise errors.BadRequest(f"{'stdin' if name == '-' else name}{where}: no JSON: {fault}") from None


def _read_docs(file: BinaryIO, name: str) -> tuple[bool, Iterator[Doc]]:
    """new_edits and the documents: of a list, of CouchDB's `{"docs", "new_edits"}`, or one a line, read as
    they come."""
    first = next((line for line in file if line.strip()), b"").removeprefix(_BOM)
    try:
        head = _decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        head = _read_json(first + file.read(), name)  # one JSON value over several lines, or none at all
    if isinstance(head, dict) and not isinstance(head.get("docs"), list):
        return True, _lines(head, file, name)
    docs = head if isinstance(head, list) else head.get("docs") if isinstance(head, dict) else None
    if docs is None:
        raise errors.BadRequest(f'{name}: expected {{"docs": [...]}}, a JSON list, or one document a line')
    return not (isinstance(head, dict) and head.get("new_edits") is False), iter(docs)


def _lines(head: Doc, file: Iterable[bytes], name: str) -> Iterator[Doc]:
    yield head
    for number, line in enumerate(file, start=2):
        if line.strip():
            yield _read_json(line, name, f" line {number}")
