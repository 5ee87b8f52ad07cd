"""What a replication is about: its filters, and the requests for the source's feed that follow from them. No state of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.mango import selector as mango
from sync.peer import ChangesRequest, Seq
from sync.replicator import tuning


@dataclass(slots=True)
class Scope:
    """`selector` and `doc_ids` restrict what is copied, at most one of them; `own_filter` only spares what is here anyway.
    Raises BadRequest, TooLarge for a selector that our own side would not run: the other side must not read it differently."""

    selector: Mapping[str, Any] | None
    doc_ids: Sequence[str] | None
    own_filter: Mapping[str, Any] | None

    def __post_init__(self) -> None:
        for selector in (self.selector, self.own_filter):
            if selector is not None:
                mango.compile_selector(selector)

    def request(self, since: Seq, *, own_filter: bool) -> ChangesRequest:
        """Everything after `since`."""
        filters = [one for one in (self.selector, self.own_filter if own_filter else None) if one is not None]
        return ChangesRequest(
            since=since,
            style="all_docs",
            timeout_ms=tuning.LONGPOLL_MS,
            doc_ids=tuple(self.doc_ids) if self.doc_ids is not None else None,
            selector=None if not filters else filters[0] if len(filters) == 1 else {"$and": filters},
        )

    def only(self, ids: Sequence[str]) -> ChangesRequest | None:
        """These documents as they are now, as far as they are copied at all. None: none of them is."""
        if self.doc_ids is not None:
            ids = [id for id in ids if id in set(self.doc_ids)]
        if not ids:
            return None
        if self.selector is None:
            return ChangesRequest(style="all_docs", include_docs=True, doc_ids=tuple(ids))
        among = {"$and": [self.selector, {"_id": {"$in": list(ids)}}]}
        return ChangesRequest(style="all_docs", include_docs=True, selector=among)
