"""What a device says of itself at the beginning of every exchange of records, signed by it (for ever).

    statement:<device>:<n, 10 digits>   {kind, format: 1, device, n, seq, hash, directory, waiting, report, alg, sig}

    n          1, 2, 3... of this device; the highest is the newest
    seq, hash  the last number of its chain and the hash of that event; 0 and null before its first
    directory  the newest place of the directory that it holds: [epoch, version, hash of the head]. It cites no older one any
               more, so what it writes under higher numbers is judged at least by that place (docs/decisions/0024)
    waiting    {records, files, bodies, oldest}: how many are not known to be at the county; the device's time of the oldest,
               in ms since 1970, or null
    report     whatever else it tells: {app, clock_offset_ms, free_bytes, last_error, ...}. A reader takes what it knows and
               proves nothing by it; new names may come at any time

A statement goes to whoever the device exchanges records with, before any record, and may be carried on. It is no event: it
stands in no database of an office. No network, no database here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats.citation import Cited, cited_in
from shared.ledger.formats.documents import (
    Doc,
    check_generation_one,
    check_signature,
    content,
    fields_exactly,
    integer,
    sign_document,
    text,
)
from shared.ledger.formats.ids import is_hash, is_name
from shared.ledger.formats.keys import DeviceKey

FORMAT = 1
MAX_BYTES = 8 * 1024        # a last error and a few figures; a peer must not choose how large the newest one of each device is
_FIELDS = frozenset({"kind", "format", "device", "n", "seq", "hash", "directory", "waiting", "report", "alg", "sig"})
_WAITING = ("records", "files", "bodies")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_MAX_COUNT, _MAX_N, _MAX_MS = 2**31 - 1, 9_999_999_999, 2**48 - 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of a device is not known to be at the county. `oldest`: ms since 1970 by its own clock, None when nothing waits."""

    records: int = 0
    files: int = 0
    bodies: int = 0
    oldest: int | None = None

    def json(self) -> Doc:
        return {"records": self.records, "files": self.files, "bodies": self.bodies, "oldest": self.oldest}


@dataclass(frozen=True, slots=True)
class Statement:
    """One checked statement; `hash` is None while `seq` is 0."""

    device: str
    n: int
    seq: int
    hash: str | None
    directory: Cited
    waiting: Waiting = Waiting()
    report: Mapping[str, Any] = field(default_factory=dict)


def statement_id(device: str, n: int) -> str:
    return f"statement:{device}:{n:010d}"


def build_statement(said: Statement, key: DeviceKey) -> Doc:
    """The signed document. `key`: the device's."""
    doc = sign_document({
        "_id": statement_id(said.device, said.n), "kind": "statement", "format": FORMAT, "device": said.device, "n": said.n,
        "seq": said.seq, "hash": said.hash, "directory": list(said.directory), "waiting": said.waiting.json(),
        "report": dict(said.report),
    }, key)
    parse_statement(doc)
    return doc


def parse_statement(doc: Mapping[str, Any]) -> Statement:
    """Shape, size, id and revision; not the signature. Raises `Refused`."""
    fields_exactly(doc, _FIELDS, "a statement")
    device, n = text(doc, "device"), integer(doc, "n", 1, _MAX_N)
    if not is_name(device) or doc["kind"] != "statement" or doc.get("_id") != statement_id(device, n):
        raise Refused("_id", doc.get("_id"), f"it must be {statement_id(device, n)}", code="bad_id")
    integer(doc, "format", FORMAT, FORMAT)
    seq, hash = integer(doc, "seq", 0, _MAX_COUNT), doc["hash"]
    if not (hash is None if seq == 0 else is_hash(hash)):
        raise Refused("hash", hash, "give the hash of the event with this number; null for number 0")
    report = doc["report"]
    if not isinstance(report, dict) or not all(_NAME.fullmatch(name) for name in report):
        raise Refused("report", report, "give an object of names in lower case")
    check_generation_one(doc)
    if len(content(doc)) > MAX_BYTES:
        raise Refused("document", f"{len(content(doc))} bytes", f"keep a statement below {MAX_BYTES} bytes", code="too_large")
    return Statement(device, n, seq, hash, cited_in(doc["directory"]), _waiting(doc["waiting"]), dict(report))


def check_statement(doc: Mapping[str, Any], public_key: str) -> Statement:
    """As `parse_statement`, and the signature by the device's public key. Raises `Refused`."""
    said = parse_statement(doc)
    check_signature(doc, public_key)
    return said


def _waiting(value: object) -> Waiting:
    if not isinstance(value, dict) or set(value) != {*_WAITING, "oldest"}:
        raise Refused("waiting", value, "give records, files, bodies and oldest")
    records, files, bodies = (integer(value, name, 0, _MAX_COUNT) for name in _WAITING)
    oldest = None if value["oldest"] is None else integer(value, "oldest", 0, _MAX_MS)
    return Waiting(records, files, bodies, oldest)
