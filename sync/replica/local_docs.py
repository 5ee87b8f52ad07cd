"""`_local` documents: never replicated, no history, revisions `0-N`. Works with one open connection."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from sync import errors
from sync.peer import Doc
from sync.replica.connection import Connection
from sync.replica.incoming import check_text, encode_body

_decode = msgspec.json.Decoder().decode
_REV = re.compile(r"0-([0-9]{1,15})", re.ASCII)


def get_local(connection: Connection, local_id: str) -> Doc | None:
    row = connection.execute("SELECT rev, body FROM local_docs WHERE id = ?", (local_id,)).fetchone()
    return None if row is None else _doc(local_id, *row)


def all_local(connection: Connection, prefix: str = "") -> list[Doc]:
    """Those whose ids begin with `prefix`, by id."""
    rows = connection.execute(f"SELECT id, rev, body FROM local_docs WHERE {_BEGINS} ORDER BY id", _begins(prefix))
    return [_doc(*row) for row in rows]


def count_local(connection: Connection, prefix: str) -> int:
    count: int = connection.execute(f"SELECT count(*) FROM local_docs WHERE {_BEGINS}", _begins(prefix)).fetchone()[0]
    return count


def forget_local(connection: Connection, prefix: str, *, unwritten_s: float) -> None:
    """Delete those with this prefix that were not written for so long."""
    connection.execute(f"DELETE FROM local_docs WHERE {_BEGINS} AND written < ?", (*_begins(prefix), time.time() - unwritten_s))


_BEGINS = "id >= ? AND id < ?"


def _begins(prefix: str) -> tuple[str, str]:
    return prefix, prefix + "\U0010ffff" * 2


def put_local(connection: Connection, local_id: str, doc: Mapping[str, Any]) -> str:
    """Raises Conflict, BadRequest, TooLarge."""
    body = _body(local_id, doc)
    return _store(connection, local_id, body, _check_current(connection, local_id, doc.get("_rev")) + 1)


def write_local(connection: Connection, local_id: str, doc: Mapping[str, Any]) -> str:
    """As CouchDB: over whatever is there, as the revision after the one that `doc` names, or the first. Raises BadRequest,
    TooLarge."""
    given = doc.get("_rev")
    found = _REV.fullmatch(given) if isinstance(given, str) else None
    if given is not None and found is None:
        raise errors.BadRequest("Invalid rev format")
    return _store(connection, local_id, _body(local_id, doc), (int(found[1]) if found else 0) + 1)


def _body(local_id: str, doc: Mapping[str, Any]) -> bytes:
    if not local_id:
        raise errors.BadRequest("a _local document needs an id", error="illegal_docid")
    check_text(local_id)
    return encode_body({name: value for name, value in doc.items() if name not in ("_id", "_rev", "_revisions")})


def _store(connection: Connection, local_id: str, body: bytes, number: int) -> str:
    row = local_id, number, body, int(time.time())
    connection.execute("INSERT OR REPLACE INTO local_docs (id, rev, body, written) VALUES (?, ?, ?, ?)", row)
    return f"0-{number}"


def delete_local(connection: Connection, local_id: str, rev: str) -> None:
    """Raises Conflict, NotFound."""
    if get_local(connection, local_id) is None:
        raise errors.NotFound("missing")
    _check_current(connection, local_id, rev)
    connection.execute("DELETE FROM local_docs WHERE id = ?", (local_id,))


def _check_current(connection: Connection, local_id: str, given: Any) -> int:
    """The number of the current revision, 0 when there is none. Raises Conflict."""
    row = connection.execute("SELECT rev FROM local_docs WHERE id = ?", (local_id,)).fetchone()
    current = 0 if row is None else int(row[0])
    if given != (f"0-{current}" if row is not None else None):
        raise errors.Conflict("Document update conflict.")
    return current


def _doc(local_id: str, rev: int, body: bytes) -> Doc:
    return {"_id": f"_local/{local_id}", "_rev": f"0-{rev}", **_decode(body)}
