"""What a replicator needs of either end. `LocalReplica` and `RemotePeer` both are a `Peer`; one contract suite tests both.

Words are CouchDB's. A `Doc` is a JSON object with `_id`, `_rev` and, when asked for, `_revisions`, `_deleted`,
`_attachments`. A seq is opaque: store it, send it back, never compare it with another replica's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypedDict

Doc = dict[str, Any]
Seq = int | str
Style = Literal["main_only", "all_docs"]
Feed = Literal["normal", "longpoll"]


class CancelFlag(Protocol):
    """Says that whoever waits has to stop: a `threading.Event`, or a `replicator.Control`."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One row of a changes feed. `revs` are the leaves that the row lists (only the winner with `main_only`)."""

    seq: Seq
    id: str
    revs: tuple[str, ...]
    deleted: bool = False
    doc: Doc | None = None


@dataclass(frozen=True, slots=True)
class ChangesRequest:
    """Parameters of `_changes` (CouchDB API reference, /db/_changes)."""

    since: Seq = 0
    limit: int | None = None
    style: Style = "main_only"
    include_docs: bool = False
    descending: bool = False
    conflicts: bool = False
    attachments: bool = False
    feed: Feed = "normal"
    timeout_ms: int = 60_000            # longpoll: how long to wait for the first row
    heartbeat_ms: int | None = None
    doc_ids: tuple[str, ...] | None = None
    selector: Mapping[str, Any] | None = None


class ChangesFeed(Protocol):
    """Rows as they arrive. `last_seq` is the seq of the last complete row until the feed has ended well, then the feed's own
    `last_seq`; so after a cut it is the resume point. `pending` is known only at the end, and not by every peer."""

    last_seq: Seq
    pending: int | None

    def __iter__(self) -> Iterator[ChangeRow]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class WriteResult:
    """Outcome of one document of `bulk_docs`. `ok` is False with `error`/`reason` in CouchDB's words."""

    id: str
    rev: str | None
    error: str | None = None
    reason: str | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


class WriteResults(list[WriteResult]):
    """What `bulk_docs` answers. `seqs` is (before, after) of the peer's update_seq when everything in (before, after] is
    documents of this call that the peer did not know at all: whoever has read the feed up to `before` need not read them.
    None when older documents were touched, or the peer does not tell. `by_quorum` is False where a server answered anything but
    201: 202 of a cluster is too few copies, and that is no acknowledgement."""

    seqs: tuple[Seq, Seq] | None = None
    by_quorum: bool = True


@dataclass(frozen=True, slots=True)
class BulkGetResult:
    """Outcome of one id of `bulk_get`: the revisions found, and an error per revision that was not
    (`{"rev","error","reason"}`)."""

    id: str
    docs: tuple[Doc, ...] = ()
    errors: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class RevsDiff:
    missing: tuple[str, ...]
    possible_ancestors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `all_docs`. With `keys`, an unknown id has `error="not_found"` and a deleted one
    `deleted=True` without doc."""

    id: str
    rev: str | None
    deleted: bool = False
    doc: Doc | None = None
    error: str | None = None


class AllDocs(TypedDict, total=False):
    """What `all_docs` may be asked (CouchDB API reference, /db/_all_docs). `keys` go before a range; `inclusive_end` is True
    unless it is given; `conflicts` and `attachments` go with `include_docs`."""

    startkey: str | None
    endkey: str | None
    keys: Sequence[str] | None
    limit: int | None
    skip: int
    descending: bool
    inclusive_end: bool
    include_docs: bool
    conflicts: bool
    attachments: bool


@dataclass(frozen=True, slots=True)
class PeerInfo:
    """`peer_id` names the replica, not its address (our `replica_id`, or server uuid + database name of another CouchDB);
    `epoch` changes when the replica was restored; both may be empty for foreign peers."""

    db_name: str
    peer_id: str
    update_seq: Seq
    doc_count: int
    doc_del_count: int = 0
    epoch: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


class Peer(Protocol):
    """Either end of a replication. Every method may raise the errors of `errors.py`."""

    def info(self) -> PeerInfo: ...

    def changes(self, request: ChangesRequest, *, cancel: CancelFlag | None = None) -> ChangesFeed: ...

    def revs_diff(self, revs: Mapping[str, Sequence[str]]) -> dict[str, RevsDiff]:
        """`_revs_diff`: for each id the revisions the peer lacks; ids with nothing missing are absent."""
        ...

    def bulk_get(
        self,
        wanted: Sequence[Mapping[str, Any]],
        *,
        revs: bool = True,
        latest: bool = False,
        attachments: bool = True,
    ) -> list[BulkGetResult]:
        """`_bulk_get`: `wanted` are `{"id", "rev"?, "atts_since"?}`; errors stay per document. Attachments come inline
        (base64)."""
        ...

    def bulk_docs(self, docs: Sequence[Doc], *, new_edits: bool = True) -> list[WriteResult]:
        """`_bulk_docs`. With `new_edits=False` only failures are listed, as CouchDB does (empty list = all stored).
        When this returns, what succeeded is durable."""
        ...

    def get_local(self, local_id: str) -> Doc | None:
        """The `_local/<local_id>` document or None. `local_id` is without the `_local/` prefix."""
        ...

    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> str:
        """Write `_local/<local_id>`; `_rev` in `doc` must be the current one (or absent when new). Returns the new `0-N`."""
        ...

    def close(self) -> None: ...
