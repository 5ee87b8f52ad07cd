"""What can be done inside one write transaction of a replica, and how a group of documents becomes stored
ones.

Knows nothing of BEGIN and COMMIT: `replica` opens the transaction, hands this out, and ends it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync import errors
from sync.peer import Doc, WriteResult
from sync.replica import local_docs as replica_local
from sync.replica import upkeep as replica_maintain
from sync.replica.batch import Batch
from sync.replica.connection import Connection
from sync.replica.incoming import Incoming, StoredDoc, check_id, read_edit, read_replicated
from sync.replica.reader import Reader
from sync.replica.values import Validator
from sync.storage import storage_errors


@dataclass(frozen=True, slots=True)
class WriteSettings:
    """What every write of a replica obeys."""

    path: Path
    revs_limit: int
    validators: Sequence[Validator]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One document after the checks that need no storage: `incoming`, or the `refusal`."""

    id: str
    rev: str | None
    incoming: Incoming | None
    refusal: errors.SyncError | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document."""

    id: str
    rev: str | None
    refusal: errors.SyncError | None

    def result(self) -> WriteResult:
        if self.refusal is None:
            return WriteResult(self.id, self.rev)
        return WriteResult(self.id, self.rev, self.refusal.error, self.refusal.reason)


def prepare(docs: Sequence[Doc], settings: WriteSettings, *, new_edits: bool) -> list[Prepared]:
    """Check documents before the write lock is taken; those of new_edits=false meet their validators here.

    Raises BadRequest when something is no document at all.
    """
    if not all(isinstance(doc, dict) for doc in docs):
        raise errors.BadRequest("Document must be a JSON object")
    return [_prepare_edit(doc) for doc in docs] if new_edits else [_prepare_replicated(doc, settings) for doc in docs]


def _prepare_edit(doc: Doc) -> Prepared:
    if "_id" not in doc:
        doc = {"_id": uuid.uuid4().hex, **doc}
    try:
        return Prepared(doc["_id"], None, read_edit(doc), None)
    except errors.PeerError as refusal:
        return Prepared(str(doc["_id"]), None, None, refusal)


def _prepare_replicated(doc: Doc, settings: WriteSettings) -> Prepared:
    rev = doc.get("_rev")
    try:
        incoming = read_replicated(doc)
        if type(doc) is StoredDoc:      # as it would be stored
            for validator in settings.validators:
                validator(doc)
        elif settings.validators:
            Batch.validate_with(settings.validators, incoming, incoming.path[0])
        return Prepared(incoming.id, incoming.path[0], incoming, None)
    except errors.PeerError as refusal:
        return Prepared(str(doc.get("_id", "")), rev if isinstance(rev, str) else None, None, refusal)


class Transaction(Reader):
    """Reads see its own writes. A refusal of one document undoes nothing by itself; an exception that
    leaves the block does."""

    def __init__(self, connection: Connection, settings: WriteSettings) -> None:
        self._db = connection
        self._settings = settings
        self._open = True
        self.moved = False
        self.seqs: tuple[int, int] | None = None    # of the last group stored: see `peer.WriteResults`

    def end(self) -> None:
        self._open = False

    def _connection(self) -> Connection:
        if not self._open:
            raise RuntimeError("the transaction has ended; use it inside its `with` block only")
        return self._db

    # --- reading ----------------------------------------------------------------------------------

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        with storage_errors(self._settings.path):
            yield self._connection()

    def current(self, id: str, rev: str | None) -> Doc:
        """What an edit of `rev` (None: of nothing, or of a tombstone) builds on. Raises Conflict,
        NotFound."""
        try:
            doc = self.get(id, rev=rev)
        except errors.NotFound:
            if rev is not None:
                raise
            return {"_id": id}
        if rev is None:
            raise errors.Conflict("Document update conflict.")
        return {name: value for name, value in doc.items() if name != "_deleted"}

    # --- writing ----------------------------------------------------------------------------------

    def put(self, doc: Doc) -> str:
        """One edit (new_edits=true). Returns the revision. Raises what `LocalReplica.put` raises."""
        outcome = self.store(prepare([doc], self._settings, new_edits=True), new_edits=True)[0]
        if outcome.refusal is not None:
            raise outcome.refusal
        assert outcome.rev is not None
        return outcome.rev

    def put_rev(self, doc: Doc) -> str:
        """Exactly the revision `doc["_rev"]` (new_edits=false)."""
        outcome = self.store(prepare([doc], self._settings, new_edits=False), new_edits=False)[0]
        if outcome.refusal is not None:
            raise outcome.refusal
        assert outcome.rev is not None
        return outcome.rev

    def delete(self, id: str, rev: str) -> str:
        return self.put({"_id": id, "_rev": rev, "_deleted": True})

    def bulk_docs(self, docs: Sequence[Doc], *, new_edits: bool = True) -> list[WriteResult]:
        """See `Peer.bulk_docs`; with `new_edits=False` only failures are listed."""
        outcomes = self.store(prepare(docs, self._settings, new_edits=new_edits), new_edits=new_edits)
        return [outcome.result() for outcome in outcomes if new_edits or outcome.refusal is not None]

    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> str:
        with storage_errors(self._settings.path):
            return replica_local.put_local(self._connection(), local_id, doc)

    def write_local(self, local_id: str, doc: Mapping[str, Any]) -> str:
        """As CouchDB, which compares no revisions here: over whatever is there."""
        with storage_errors(self._settings.path):
            return replica_local.write_local(self._connection(), local_id, doc)

    def count_local(self, prefix: str) -> int:
        """`_local` documents whose ids begin with `prefix`."""
        with storage_errors(self._settings.path):
            return replica_local.count_local(self._connection(), prefix)

    def forget_local(self, prefix: str, *, unwritten_s: float) -> None:
        """Delete those of them that were not written for so many seconds."""
        with storage_errors(self._settings.path):
            replica_local.forget_local(self._connection(), prefix, unwritten_s=unwritten_s)

    def delete_local(self, local_id: str, rev: str) -> None:
        with storage_errors(self._settings.path):
            replica_local.delete_local(self._connection(), local_id, rev)

    def evict(self, ids: Sequence[str]) -> int:
        for id in ids:
            check_id(id)
        with storage_errors(self._settings.path):
            return replica_maintain.evict(self._connection(), ids)

    def readmit(self, ids: Sequence[str]) -> int:
        with storage_errors(self._settings.path):
            return replica_maintain.readmit(self._connection(), ids)

    def store(self, prepared: Sequence[Prepared], *, new_edits: bool) -> list[Outcome]:
        """Store a prepared group with few statements."""
        settings = self._settings
        batch = Batch(self._connection(), revs_limit=settings.revs_limit, validators=settings.validators)
        with storage_errors(settings.path):
            batch.prefetch(one.incoming.id for one in prepared if one.incoming is not None)
            write = _store_edit if new_edits else _store_replicated
            outcomes = [write(batch, one) for one in prepared]
            self.moved = batch.flush() or self.moved
            self.seqs = batch.seqs
        return outcomes


def _store_edit(batch: Batch, one: Prepared) -> Outcome:
    if one.incoming is None:
        return Outcome(one.id, None, one.refusal)
    try:
        return Outcome(one.id, batch.store_edit(one.incoming), None)
    except errors.PeerError as refusal:
        return Outcome(one.id, None, refusal)


def _store_replicated(batch: Batch, one: Prepared) -> Outcome:
    if one.incoming is None:
        return Outcome(one.id, one.rev, one.refusal)
    try:
        batch.store_replicated(one.incoming)
    except errors.PeerError as refusal:
        return Outcome(one.id, one.rev, refusal)
    return Outcome(one.id, one.rev, None)
