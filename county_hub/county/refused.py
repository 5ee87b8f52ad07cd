"""What lies in quarantine, read by its indexes: a device may have sent ten thousand records that were refused, and a page shows
twenty of them. It must not know what a row of a page says.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync.mango.index import END, IndexDefinition, encode_key
from sync.peer import Doc
from sync.replica import LocalReplica
from sync.replica.indexes import IndexRange

REFUSED, RELEASE = "quarantine:", "release:"        # as the router keeps them
_ONLY = {"kind": {"$eq": "quarantine"}}
# kept in the file of the quarantine, each up to date when it is asked
BY_TIME = IndexDefinition("", "by_time", ("received_at",), partial=_ONLY)
BY_DOCUMENT = IndexDefinition("", "by_document", ("doc_id",), partial=_ONLY)
_EVERYTHING = sys.maxsize
AT_ONCE = 100               # documents in memory: each may be as large as an event may
LATEST = 253_402_300_800_000    # ms: the year 10000, which no calendar writes


def newest(replica: LocalReplica, skip: int, limit: int) -> list[Doc]:
    """Newest first."""
    return _scanned(replica, BY_TIME, IndexRange(b"", END, descending=True, skip=skip), limit)


def of_document(replica: LocalReplica, doc_id: str) -> list[Doc]:
    """Every time that this document was refused."""
    key = encode_key(doc_id)
    return _scanned(replica, BY_DOCUMENT, IndexRange(key, key), _EVERYTHING)


def _scanned(replica: LocalReplica, index: IndexDefinition, part: IndexRange, limit: int) -> list[Doc]:
    replica.refresh_index(index)
    found = list[Doc]()
    while len(found) < limit:       # of very large documents a scan brings fewer
        page = replica.scan_index(index, IndexRange(part.low, part.high, part.descending, skip=part.skip + len(found)),
                                  limit - len(found))
        found += [hit.doc for hit in page.hits]
        if page.ended:
            break
    return found


def total(replica: LocalReplica) -> int:
    return _count(replica, REFUSED)


def waiting(replica: LocalReplica) -> int:
    """Those that no person has released. Who releases what is held puts it into quarantine first, so each release has its one."""
    return max(0, total(replica) - _count(replica, RELEASE))


def released(replica: LocalReplica, names: Sequence[str]) -> set[str]:
    """Of these names those that a person has let in after all."""
    rows: Iterable[Any] = replica.all_docs(keys=[RELEASE + name.partition(":")[2] for name in names])
    return {REFUSED + row.id.partition(":")[2] for row in rows if row.rev is not None}


def by_device(replica: LocalReplica) -> Counter[str]:
    """Of those that no person has let in. Reads everything, some at a time."""
    found, since = Counter[str](), REFUSED
    while True:
        docs = [row.doc for row in replica.all_docs(startkey=since, endkey=f"{REFUSED}\uffff", include_docs=True, limit=AT_ONCE)
                if row.doc is not None]
        gone = released(replica, [doc["_id"] for doc in docs])
        found.update(str(record(doc).get("device", "")) for doc in docs if doc["_id"] not in gone)
        if len(docs) < AT_ONCE:
            return found
        since = docs[-1]["_id"] + "\0"


def record(doc: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was refused, {} where it is no record at all."""
    inner = doc.get("doc")
    return inner if isinstance(inner, dict) else {}


def received_at(doc: Mapping[str, Any]) -> int:
    """ms since 1970 UTC, 0 where it is not said."""
    at = doc.get("received_at")
    return at if type(at) is int and 0 <= at < LATEST else 0


def _count(replica: LocalReplica, prefix: str) -> int:
    return replica.count_docs(from_=prefix, below=prefix[:-1] + ";", most=_EVERYTHING - 1) or 0
