"""Ranges of ids, and purging: what a router asks of a database beyond the replication protocol.

Spec: CouchDB API reference, /db/_all_docs and /db/_purge. Every answer is checked against what was asked. It knows no `Peer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sync import errors
from sync.peer import AllDocs, Row
from sync.remote import tuning
from sync.remote.exchange import HttpDatabase


def all_docs(http: HttpDatabase, asked: AllDocs) -> list[Row]:
    """Raises BadAnswer for rows that were not asked for, beside the line's own errors."""
    keys = asked.get("keys")
    params = {name: _text(asked[name]) for name in ("include_docs", "conflicts", "attachments", "descending")
              if asked.get(name)}
    if keys is not None:
        wanted, rows = list(keys), list[Row]()
        for start in range(0, len(wanted), tuning.KEYS_AT_ONCE):
            part = wanted[start : start + tuning.KEYS_AT_ONCE]
            found = [_row(entry) for entry in _rows(http.json("POST", "/_all_docs", params=params, body={"keys": part}))]
            if [row.id for row in found] != part:
                raise errors.BadAnswer("_all_docs answers other keys than were asked")
            rows += found
        return rows
    for name in ("startkey", "endkey"):
        if asked.get(name) is not None:
            params[name] = _text(asked[name])
    if asked.get("limit") is not None:
        params["limit"] = str(asked["limit"])
    if asked.get("skip"):
        params["skip"] = str(asked["skip"])
    if asked.get("inclusive_end") is False:
        params["inclusive_end"] = "false"
    return [_row(entry) for entry in _rows(http.json("GET", "/_all_docs", params=params))]


def purge(http: HttpDatabase, revs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Remove leaves without trace; `{id: revisions purged}`. Raises NotImplementedByPeer where the server cannot
    (pouchdb-server), and ServerError when not enough copies of the database have taken it (202): ask again."""
    gone, ids = dict[str, list[str]](), list(revs)
    for start in range(0, len(ids), tuning.PURGED_AT_ONCE):
        part = ids[start : start + tuning.PURGED_AT_ONCE]
        try:
            answer = http.exchange("POST", "/_purge", body={id: list(revs[id]) for id in part})
        except (errors.NotFound, errors.MethodNotAllowed) as error:
            if "atabase" in error.reason or "no_db" in error.reason:
                raise
            raise errors.NotImplementedByPeer(f"{http.address.url} cannot purge") from error
        told = answer.value.get("purged") if isinstance(answer.value, dict) else None
        if not isinstance(told, dict) or not set(told) <= set(part):
            raise errors.BadAnswer("_purge speaks of documents that were not named")
        if answer.status == 202:
            raise errors.ServerError(f"{http.address.url} has not purged every copy", status=503)
        gone.update({id: [rev for rev in found if isinstance(rev, str)] for id, found in told.items() if isinstance(found, list)})
    return gone


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _rows(answer: Any) -> list[dict[str, Any]]:
    rows = answer.get("rows") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(entry, dict) for entry in rows):
        raise errors.BadAnswer("_all_docs answered no rows")
    return rows


def _row(entry: Mapping[str, Any]) -> Row:
    key, error, value = entry.get("key"), entry.get("error"), entry.get("value")
    if not isinstance(key, str):
        raise errors.BadAnswer("a row of _all_docs has no key")
    if error is not None:
        return Row(key, None, error=str(error))
    value = value if isinstance(value, dict) else {}
    rev = value.get("rev")
    if not isinstance(rev, str) or entry.get("id") != key:
        raise errors.BadAnswer(f"_all_docs gave no revision of {key!r}")
    doc = entry.get("doc")
    return Row(key, rev, deleted=bool(value.get("deleted")), doc=doc if isinstance(doc, dict) else None)
