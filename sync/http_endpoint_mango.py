"""Mango over HTTP: `_find`, `_explain`, `_index`. Selectors are matched by `sync.mango`; there are no
indexes but the ids.

Spec: CouchDB API reference, /db/_find.
"""

from __future__ import annotations

from sync.errors import NotImplementedByPeer
from sync.http_endpoint_call import Call
from sync.http_endpoint_wire import Reply


def find(call: Call) -> Reply:
    raise NotImplementedByPeer("_find is not spoken here")


def explain(call: Call) -> Reply:
    raise NotImplementedByPeer("_explain is not spoken here")


def indexes(call: Call) -> Reply:
    """The one index there is."""
    all_docs = {"ddoc": None, "name": "_all_docs", "type": "special", "def": {"fields": [{"_id": "asc"}]}}
    return Reply(value={"total_rows": 1, "indexes": [all_docs]})


def create_index(call: Call) -> Reply:
    raise NotImplementedByPeer("_index: there are no indexes but the ids")
