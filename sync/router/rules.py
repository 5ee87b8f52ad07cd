"""What a router is given from outside: the rules of one product, and the databases that they name.

Here live the protocols and values that join the generic router with a product. The router knows documents,
databases, subjects and audiences; it must not know what a subject is about. A *subject* is what documents are
gathered by and routed as one (a case, a patient, a parcel); its *audience* is the set of databases that get
all its documents.

Rules are called with whole documents, inside the router's steps, and may be called again for the same
document at any time (feeds repeat, programs crash): `judge`, `standing`, `route`, `files` must be functions of what they
are given and of `horizon()`; `settled` must be idempotent. `route` must give the same audience whatever order
the documents of a subject arrive in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Unpack

from sync.peer import (
    AllDocs,
    BulkGetResult,
    CancelFlag,
    ChangesFeed,
    ChangesRequest,
    Doc,
    PeerInfo,
    RevsDiff,
    Row,
    WriteResult,
)

Decision = Literal["accept", "refuse", "hold"]
Audience = dict[str, Any]
"""A row of the rules' own making. `databases` (list of names) is all that the router reads; the rest is the
rules' memory."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge says of a document. `hold` = cannot be judged yet (it will be asked again when
    `horizon()` moves, and later). `line`: databases that get a held document nevertheless, if its author is heard; it is not
    accepted by that."""

    decision: Decision
    reason: str = ""
    line: tuple[str, ...] = ()


ACCEPT = Verdict("accept")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document that was found in `source`. For an accepted one: it is durable in the
    consolidated database."""

    source: str
    doc: Doc
    decision: Decision
    reason: str = ""

    @property
    def id(self) -> str:
        return str(self.doc["_id"])


class Rules(Protocol):
    """The product's side of the router."""

    consolidated: str
    """Name of the database that gets every accepted document."""
    quarantine: str
    """Name of the database that gets every refused document with its reason. Nothing is ever deleted
    there."""

    def lineage(self) -> str:
        """Names this installation since its last restore: when it changes, everything is routed, and every
        outcome published, again."""
        ...

    def is_source(self, database: str) -> bool:
        """Does the router follow this database? (The consolidated one usually is a source too: somebody may
        write there.)"""
        ...

    def files_database(self, database: str) -> str | None:
        """The database of chunks beside `database`, or None."""
        ...

    def home(self, doc: Doc, source: str) -> str:
        """The database of the author's office: chunks of its files come from `files_database(home)` only."""
        ...

    def subject(self, doc: Doc) -> str | None:
        """The subject of the document, by its `_id` alone (a worker asks before it reads the document); None = the router leaves
        it alone. Must not raise on documents of any shape."""
        ...

    def subject_range(self, subject: str) -> tuple[str, str]:
        """First and last possible `_id` of the subject's documents, both included."""
        ...

    def horizon(self) -> str:
        """Names the state of what the judge knows. Called before each step; held documents are judged again
        when it changed."""
        ...

    def judge(self, doc: Doc, source: str) -> Verdict:
        """Is the document, found in the database `source`, to be accepted? An exception here counts as a
        failed try."""
        ...

    def standing(self, doc: Doc, audience: Audience | None) -> str:
        """"" when the document may enter its subject, of which `audience` is the row; else the reason for which it is held
        until the row has grown. Of the document and the row alone; what was "" stays so for every larger row."""
        ...

    def route(self, doc: Doc, audience: Audience | None) -> Audience:
        """The subject's audience after an accepted document, from the audience before it (None = first
        document). Of these two and what the judge knows in this step; `audience` itself is not changed."""
        ...

    def files(self, doc: Doc) -> Sequence[str]:
        """Ids of the chunks that an accepted document's manifests name."""
        ...

    def judge_chunk(self, doc: Doc) -> bool:
        """Is the chunk what its id says?"""
        ...

    def granted(self, subject: str, n: int, database: str, docs: Sequence[Doc]) -> Doc | None:
        """The n-th grant document of the subject, written into `database` (new in the audience) after `docs`
        have been copied there."""
        ...

    def withdrawn(self, subject: str, n: int, database: str, ids: Sequence[str]) -> Doc | None:
        """The n-th document that tells `database` to forget the subject, written before `ids` are purged from
        it."""
        ...

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        """Called before the checkpoint moves over these documents: the place to write receipts. May be
        repeated."""
        ...

    def chunks_came(self, database: str, chunks: Sequence[str]) -> None:
        """Chunks (their ids) were copied into `database`. May be repeated."""
        ...

    def woken(self) -> Sequence[str]:
        """Asked after `settled`: ids of held documents that can be judged now because of what has come. Each is named once; a
        held document is judged again from time to time in any case."""
        ...


class RouterPeer(Protocol):
    """What the router needs of a database: part of `Peer`, and ranges of ids."""

    def info(self) -> PeerInfo: ...
    def changes(self, request: ChangesRequest, *, cancel: CancelFlag | None = None) -> ChangesFeed: ...
    def bulk_get(self, wanted: Sequence[Mapping[str, Any]], *, revs: bool = True, latest: bool = False,
                 attachments: bool = True) -> list[BulkGetResult]: ...
    def revs_diff(self, revs: Mapping[str, Sequence[str]]) -> dict[str, RevsDiff]: ...
    def bulk_docs(self, docs: Sequence[Doc], *, new_edits: bool = True) -> list[WriteResult]: ...
    def all_docs(self, **asked: Unpack[AllDocs]) -> Sequence[Row]: ...
    def purge(self, revs: Mapping[str, Sequence[str]]) -> Mapping[str, Any]: ...


class RouterDatabases(Protocol):
    """A hub's databases: `sync.databases.Databases`, or the same over a CouchDB server."""

    def names(self) -> Iterable[str]: ...
    def exists(self, name: str) -> bool: ...
    def create(self, name: str) -> Any: ...
    def lease(self, name: str) -> AbstractContextManager[Any]: ...
    def on_commit(self, callback: Callable[[str], None]) -> Any: ...
