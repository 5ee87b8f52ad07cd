"""Whatever a peer gives where a number belongs (or a revision, which begins with one) is taken or refused, and never our fault:
in paths, queries, headers and bodies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support import loopback
from tests.support.sync.server import running

GIVEN = ["9" * 5000, "1e400", "-1", "²", "１", "1_0", "1.5", "NaN", "+5", " 7", "18446744073709551616", "null", '"5"', "[1]"]
QUERIES = {
    "n/_changes": ("since", "limit", "timeout", "heartbeat", "seq_interval"),
    "n/_all_docs": ("limit", "skip", "startkey", "key"),
    "n/a": ("rev", "open_revs", "atts_since"),
    "n/_local_docs": ("limit", "skip", "startkey"),
    "n/_design_docs": ("limit", "skip"),
    "n/a/f": ("rev",),
    "_all_dbs": ("limit", "skip", "startkey", "endkey"),
    "_uuids": ("count",),
    "_db_updates": ("since", "limit"),
}
HEADERS = ("if-match", "if-none-match", "range", "content-encoding", "destination")
VALUES: list[Any] = [10**4000, -(10**400), 2**64, -1, 1.5, True, "5", "9" * 5000, [], {}, [1]]
Body = Callable[[Any], Any]
BODIES: list[tuple[str, str, Body]] = [
    ("PUT", "n/_revs_limit", lambda v: v),
    ("POST", "n/_find", lambda v: {"selector": {}, "limit": v}),
    ("POST", "n/_find", lambda v: {"selector": {}, "skip": v, "bookmark": v}),
    ("POST", "n/_find", lambda v: {"selector": {"a": {"$mod": [v, 1]}}}),
    ("POST", "n/_find", lambda v: {"selector": {"a": {"$size": v}}}),
    ("POST", "n/_find", lambda v: {"selector": {f"l.{str(v)[:5000]}": v}}),
    ("POST", "n/_bulk_docs", lambda v: {"docs": [{"_id": "q", "_rev": f"{str(v)[:5000]}-a", "x": v}], "new_edits": False}),
    ("POST", "n/_bulk_docs", lambda v: {"docs": [{"_id": "q", "_revisions": {"start": v, "ids": ["a"]}}], "new_edits": False}),
    ("PUT", "n/w", lambda v: {"_attachments": {"f": {"stub": True, "revpos": v, "length": v, "digest": "md5-x"}}}),
    ("PUT", "n/w", lambda v: {"_attachments": {"f": {"data": "AAAA", "revpos": v}}}),
    ("POST", "n/_bulk_get", lambda v: {"docs": [{"id": "a", "rev": f"{str(v)[:5000]}-a", "atts_since": [v]}]}),
    ("POST", "n/_revs_diff", lambda v: {"a": [f"{str(v)[:5000]}-a"]}),
    ("POST", "n/_all_docs", lambda v: {"keys": [v], "limit": v}),
    ("POST", "n/_changes?filter=_doc_ids", lambda v: {"doc_ids": [v]}),
    ("POST", "n/_purge", lambda v: {"a": [v]}),
    ("PUT", "n/_local/z", lambda v: {"_rev": f"0-{str(v)[:5000]}", "x": v}),
    ("PUT", "n/_local/z", lambda v: {"_rev": v}),
    ("PUT", "n/z", lambda v: {"_rev": v}),
    ("POST", "_session", lambda v: {"name": v, "password": v}),
    ("POST", "n/_all_docs/queries", lambda v: {"queries": [{"limit": v, "startkey": v}]}),
    ("POST", "_dbs_info", lambda v: {"keys": [v]}),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[httpx2.Client]:
    with running(tmp_path / "data") as made, loopback.Client(base_url=f"{made.url}/", timeout=60) as http:
        http.put("n")
        files = {"f": {"content_type": "text/plain", "data": "AAAA"}}
        assert http.put("n/a", json={"_attachments": files}).status_code == 201
        yield http


def ours(answer: httpx2.Response) -> bool:
    return answer.status_code >= 500 and answer.status_code != 501  # 501: what does not run here, docs/decisions/0005


def test_in_queries_and_paths(server: httpx2.Client) -> None:
    asked = [(path, name, value) for path, names in QUERIES.items() for name in names for value in GIVEN]
    assert [row for row in asked if ours(server.get(row[0], params={row[1]: row[2]}))] == []
    assert [
        value
        for value in GIVEN
        if ours(server.get(f"n/_local/{value}")) or ours(server.delete("n/a", params={"rev": f"{value}-x"}))
    ] == []


def test_in_headers(server: httpx2.Client) -> None:
    values = [
        *(v for v in GIVEN if v.isascii() and v == v.strip()),
        *(f"bytes={v}" for v in ("9" * 5000 + "-", "-" + "9" * 5000, "0-" + "9" * 5000)),
    ]
    asked = [
        (method, path, name, value)
        for method, path in (("GET", "n/a/f"), ("COPY", "n/a"), ("PUT", "n/_local/h"))
        for name in HEADERS
        for value in values
    ]
    assert [row for row in asked if ours(server.request(row[0], row[1], headers={row[2]: row[3]}))] == []


def test_in_bodies(server: httpx2.Client) -> None:
    head = {"content-type": "application/json"}
    wrong = [
        (method, path, str(value)[:20])
        for method, path, body in BODIES
        for value in VALUES
        if ours(server.request(method, path, content=json.dumps(body(value)), headers=head))
    ]
    assert wrong == []


def test_any_json_bounds_the_list_of_databases_as_couchdb_collates(server: httpx2.Client) -> None:
    every = server.get("_all_dbs").json()
    for bound, after in ((-1, every), (True, every), ([], []), ({}, [])):
        assert server.get("_all_dbs", params={"startkey": json.dumps(bound)}).json() == after, bound
        assert server.get("_all_dbs", params={"endkey": json.dumps(bound)}).json() == ([] if after else every), bound
