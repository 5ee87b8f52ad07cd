"""Requests that a hostile or broken client could send, as hypothesis strategies."""

from __future__ import annotations

import gzip
from typing import Any
from urllib.parse import quote

import msgspec
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ODD_NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 1e308, -0.0, 0.1, 5e-324])
SCALARS = st.one_of(st.none(), st.booleans(), ODD_NUMBERS, TEXT)
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)), max_leaves=12
)
IDS = st.one_of(
    st.sampled_from(["a", "b", "c/d", "渠", "_design/x", "_design/", "_local/x", "_local/", "_x", "", "a" * 8000, "\u0000",
    "%"]),
    TEXT,
)
REVS = st.one_of(
    st.sampled_from(["1-a", "2-b", "1-" + "a" * 32, "0-0", "-1-a", "1-", "x", "99999999999999999999-a", "1-" + "z" * 300]),
    TEXT
)

# --- documents ---

ATTACHMENT = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {},
        optional={
            "data": st.one_of(st.sampled_from(["", "YQ==", "YQ", "!", "渠"]), VALUES),
            "content_type": st.one_of(st.just("text/plain"), st.just("x\r\ny: z"), VALUES),
            "stub": st.one_of(st.booleans(), VALUES), "follows": st.one_of(st.booleans(), VALUES),
            "digest": st.one_of(st.just("md5-1B2M2Y8AsgTpgAmY7PhCfg=="), VALUES), "revpos": VALUES, "length": VALUES,
            "encoding": st.one_of(st.just("gzip"), VALUES),
        },
    ),
)  # fmt: skip
REVISIONS = st.one_of(
    VALUES,
    st.fixed_dictionaries({"start": st.one_of(st.integers(-2, 5), VALUES), "ids": st.one_of(st.lists(REVS, max_size=4),
    VALUES)}),
)
DOCUMENTS = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {},
        optional={
            "_id": st.one_of(IDS, VALUES), "_rev": st.one_of(REVS, VALUES), "_revisions": REVISIONS,
            "_deleted": st.one_of(st.booleans(), VALUES), "n": VALUES, "_odd": VALUES,
            "_attachments": st.one_of(VALUES, st.dictionaries(st.one_of(TEXT, st.just("_x")), ATTACHMENT, max_size=2)),
        },
    ),
)  # fmt: skip

# --- bodies ---

OPERATORS = st.sampled_from([
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$all", "$size", "$mod", "$regex", "$type", "$exists",
    "$not", "$and",
    "$or", "$nor", "$elemMatch", "$allMatch", "$keyMapMatch", "$beginsWith", "$odd",
])  # fmt: skip
SELECTORS = st.recursive(
    VALUES,
    lambda inner: st.dictionaries(st.one_of(OPERATORS, st.just("n"), st.just("a.b"), TEXT), inner, max_size=3),
    max_leaves=10,
)
BODIES = st.one_of(
    VALUES,
    DOCUMENTS,
    st.fixed_dictionaries(
        {},
        optional={
            "docs": st.one_of(VALUES, st.lists(DOCUMENTS, max_size=4)), "new_edits": st.one_of(st.booleans(), VALUES),
            "keys": st.one_of(VALUES, st.lists(IDS, max_size=3)), "selector": SELECTORS, "limit": VALUES, "skip": VALUES,
            "sort": VALUES, "fields": VALUES, "bookmark": VALUES, "use_index": VALUES, "doc_ids": st.one_of(VALUES,
            st.lists(IDS)),
            "index": st.one_of(VALUES, st.fixed_dictionaries({"fields": VALUES})), "ddoc": VALUES, "name": VALUES,
            "type": VALUES,
            "startkey": VALUES, "endkey": VALUES, "queries": VALUES, "admins": VALUES, "members": VALUES,
            "include_docs": VALUES,
        },
    ),
    st.dictionaries(IDS, st.one_of(VALUES, st.lists(REVS, max_size=3)), max_size=3),
)  # fmt: skip


@st.composite
def raw_bodies(draw: Any) -> tuple[bytes, dict[str, str]]:
    """Bytes and their headers: JSON, damaged JSON, gzip, multipart, anything."""
    kind = draw(st.sampled_from(["json", "json", "json", "json", "cut", "gzip", "bad gzip", "bytes", "multipart"]))
    data = msgspec.json.encode(draw(BODIES))
    headers = {"content-type": "application/json"}
    if kind == "cut":
        data = data[: draw(st.integers(0, len(data)))] + draw(st.binary(max_size=3))
    elif kind == "gzip":
        data, headers["content-encoding"] = gzip.compress(data), "gzip"
    elif kind == "bad gzip":
        data, headers["content-encoding"] = draw(st.binary(max_size=30)), draw(st.sampled_from(["gzip", "br", "gzip, gzip",
        "x"]))
    elif kind == "bytes":
        data, headers["content-type"] = (
            draw(st.binary(max_size=40)),
            draw(st.sampled_from(["", "text/plain", "application/json", "a/b"])),
        )
    elif kind == "multipart":
        data, headers = draw(_multipart(data))
    return data, headers


@st.composite
def _multipart(draw: Any, first: bytes) -> tuple[bytes, dict[str, str]]:
    ends = st.sampled_from([b"\r\n", b"\n", b""])
    lines = [b"--x", b"content-type: application/json", b"", first]
    for _ in range(draw(st.integers(0, 2))):
        lines += [
            b"--x",
            draw(st.sampled_from([b'content-disposition: attachment; filename="a"', b"content-length: 9", b"x"])),
            b"",
            b"yz",
        ]
    lines.append(draw(st.sampled_from([b"--x--", b"--x", b""])))
    end = draw(ends)
    return end.join(lines), {
        "content-type": draw(
            st.sampled_from(['multipart/related; boundary="x"', "multipart/related", "multipart/related; boundary="])
        )
    }


# --- requests ---

WORDS = st.sampled_from([
    "db", "db", "db", "db", "_all_docs", "_changes", "_bulk_docs", "_bulk_get", "_revs_diff", "_missing_revs", "_find",
    "_index",
    "_explain", "_purge", "_security", "_revs_limit", "_compact", "_local", "_design", "_local_docs", "_design_docs",
    "queries",
    "_session", "_uuids", "_all_dbs", "_dbs_info", "_db_updates", "_up", "_view", "json", "_bulk_delete",
    "_ensure_full_commit",
])  # fmt: skip
SEGMENTS = st.one_of(
    WORDS, IDS.map(lambda text: quote(text, safe="")), st.sampled_from(["..", "%2e%2e", "%FF", "%", "%2F", "x" * 300])
)
PATHS = st.one_of(
    st.lists(SEGMENTS, max_size=5), st.builds(lambda rest: ["db", *rest], st.lists(SEGMENTS, max_size=3)),
).map(lambda parts: "/" + "/".join(parts))  # fmt: skip
NUMBERS = st.sampled_from(["0", "1", "3", "-1", "1.5", "x", "", "99999999999999999999", "1e3", '"2"', "٣"])
FLAGS = st.sampled_from(["true", "false", "1", "", "True"])
KEYS = st.one_of(TEXT, VALUES.map(lambda value: msgspec.json.encode(value).decode()))
QUERIES = st.fixed_dictionaries(
    {"timeout": st.just("5")},
    optional={
        "since": st.one_of(NUMBERS, st.just("now"), TEXT), "limit": NUMBERS, "skip": NUMBERS, "descending": FLAGS,
        "include_docs": FLAGS,
        "conflicts": FLAGS, "attachments": FLAGS, "style": st.sampled_from(["main_only", "all_docs", "x"]), "revs": FLAGS,
        "feed": st.sampled_from(["normal", "longpoll", "continuous", "x"]), "heartbeat": st.sampled_from(["0", "-1", "x",
        "1.5"]),
        "filter": st.one_of(st.sampled_from(["_doc_ids", "_selector", "_design", "_view", "app/x"]), TEXT),
        "seq_interval": NUMBERS,
        "rev": REVS, "open_revs": st.one_of(KEYS, st.just("all")), "latest": FLAGS, "atts_since": KEYS, "new_edits": FLAGS,
        "key": KEYS,
        "startkey": KEYS, "endkey": KEYS, "keys": KEYS, "count": NUMBERS, "doc_ids": KEYS, "inclusive_end": FLAGS,
        "meta": FLAGS,
    },
)  # fmt: skip
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "accept": st.sampled_from(["multipart/mixed", "multipart/related", "*/*", "application/json;q=0", ",;q=9", "x"]),
        "accept-encoding": st.sampled_from(["gzip", "zstd", "br", "gzip;q=x", ""]), "if-match": st.sampled_from(['"1-a"',
        "x", "*", ""]),
        "if-none-match": st.sampled_from(['"1-a"', "*", "W/x"]), "range": st.sampled_from(["bytes=0-1", "bytes=-",
        "bytes=9-1", "x"]),
        "destination": st.sampled_from(["z", "z?rev=1-a", "http://x/y", "", "%FF", "_x", "a%2Fb"]), "last-event-id": NUMBERS,
        "cookie": st.sampled_from(["AuthSession=x", "AuthSession=", ";;=", "AuthSession=a.b.c"]),
        "origin": st.sampled_from(["null", "http://x"]), "expect": st.just("x"),
    },
)  # fmt: skip
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "COPY", "PATCH", "OPTIONS", "BREW"])


@st.composite
def requests(draw: Any) -> dict[str, Any]:
    """Arguments of `httpx2.Client.request`."""
    request: dict[str, Any] = {"method": draw(METHODS), "url": draw(PATHS), "params": draw(QUERIES),
    "headers": draw(HEADERS)}
    if request["method"] not in ("GET", "HEAD") or draw(st.booleans()):
        request["content"], headers = draw(raw_bodies())
        request["headers"] = {**request["headers"], **headers}
    request["headers"] = {name: value.encode() for name, value in request["headers"].items()}
    return request
