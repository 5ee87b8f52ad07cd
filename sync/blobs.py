"""Files as content-addressed chunks: cut, put, missing, fetch, offer, read. Each chunk is a small document of its own.

    40 KB  ->  chunk:ab..  chunk:3f..  chunk:99..           {"_id": "chunk:<sha256>", "data": base64}, and nothing else
               manifest {"size", "sha256", "chunk_bytes", "chunks": [sha256, ...]}       the program keeps it, in a record

The id is the hash of the bytes: equal pieces are stored and sent once, a chunk never changes, and whoever reads checks each
piece and the whole. A transfer goes on at the chunk where the last one was cut, either way, because what a side holds is all
there is to remember. Nothing is fetched that nobody asks for: keep chunks in a replica of their own and call `fetch`, or
replicate that replica whole. What must be seen at once travels inside the record: `Manifest.thumb`.

It must not know what a file is for, nor who may see it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, TypeGuard

from sync import errors, revisions, tuning
from sync.peer import CancelFlag, Doc, Peer, WriteResult
from sync.replica import LocalReplica

PREFIX = "chunk:"
_HEX = frozenset("0123456789abcdef")


class DamagedBlob(errors.SyncError):
    """Bytes do not match their hash, or a manifest contradicts itself."""

    error = "damaged_blob"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a file is made of. `thumb` is a picture of it of at most `BLOB_THUMB_BYTES`, or None."""

    size: int
    sha256: str
    chunks: tuple[str, ...]
    chunk_bytes: int = tuning.BLOB_CHUNK_BYTES
    thumb: bytes | None = None

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"size": self.size, "sha256": self.sha256, "chunks": list(self.chunks)}
        body["chunk_bytes"] = self.chunk_bytes
        if self.thumb is not None:
            body["thumb"] = base64.b64encode(self.thumb).decode("ascii")
        return body

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Manifest:
        """Further members are the program's and left alone. Raises DamagedBlob."""
        size, whole, chunks = value.get("size"), value.get("sha256"), value.get("chunks")
        piece, thumb = value.get("chunk_bytes", tuning.BLOB_CHUNK_BYTES), value.get("thumb")
        fault = DamagedBlob("a manifest needs size, sha256, chunks (hashes) and perhaps chunk_bytes")
        if not isinstance(chunks, list | tuple) or not all(map(_is_digest, (*chunks, whole))):
            raise fault
        if not _is_count(size) or not _is_count(piece) or not 0 < piece <= tuning.BLOB_CHUNK_BYTES_MAX:
            raise fault
        # Without chunk_bytes the pieces may have any size: all that can be checked is that none is empty.
        fits = len(chunks) == -(-size // piece) if "chunk_bytes" in value else len(chunks) <= size and bool(chunks) == bool(size)
        if not fits or len(chunks) > tuning.BLOB_CHUNKS_MAX:
            raise DamagedBlob(f"{len(chunks)} chunks of {piece} bytes cannot be a file of {size} bytes")
        return cls(size, str(whole), tuple(chunks), piece, None if thumb is None else _thumb_of(thumb))


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and _HEX.issuperset(value)


def _thumb_of(value: Any) -> bytes:
    try:
        thumb = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise DamagedBlob("the thumb of a manifest is base64 text") from None
    if len(thumb) > tuning.BLOB_THUMB_BYTES:
        raise DamagedBlob(f"a thumb has at most {tuning.BLOB_THUMB_BYTES} bytes")
    return thumb


# --- chunks -------------------------------------------------------------------------------------------------------


def chunk_id(digest: str) -> str:
    return PREFIX + digest


def chunk_document(data: bytes) -> Doc:
    """With the only revision it can have, so that all who store it store the same."""
    doc: Doc = {"_id": chunk_id(hashlib.sha256(data).hexdigest()), "data": base64.b64encode(data).decode("ascii")}
    return {**doc, "_rev": revisions.new_revision(doc, parent=None, deleted=False, attachments={})}


def chunk_bytes(doc: Mapping[str, Any]) -> bytes:
    """Raises DamagedBlob when the bytes are not those that the id names."""
    try:
        data = base64.b64decode(doc["data"], validate=True)
    except (KeyError, binascii.Error, ValueError, TypeError):
        raise DamagedBlob(f"{doc.get('_id')} holds no base64 data") from None
    if doc.get("_id") != chunk_id(hashlib.sha256(data).hexdigest()):
        raise DamagedBlob(f"the bytes of {doc.get('_id')} do not match its hash")
    return data


def only_chunks(doc: Doc) -> None:
    """A validator for a replica of chunks alone: `LocalReplica.open(path, validators=[only_chunks])`."""
    if set(doc) - {"_id", "_rev"} != {"data"}:
        raise errors.Forbidden("here are chunks only: documents of _id and data")
    try:
        chunk_bytes(doc)
    except DamagedBlob as fault:
        raise errors.Forbidden(fault.reason) from None


# --- put and read -------------------------------------------------------------------------------------------------


def cut(data: bytes | BinaryIO, *, piece: int = tuning.BLOB_CHUNK_BYTES) -> Iterator[bytes]:
    """The pieces, in order; a file is read as it goes."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    while part := file.read(piece):
        yield part


def put(
    replica: LocalReplica, data: bytes | BinaryIO, *, piece: int = tuning.BLOB_CHUNK_BYTES, thumb: bytes | None = None,
    batch_bytes: int = tuning.BLOB_BATCH_BYTES,
) -> Manifest:
    """Store the chunks; durable when this returns. After a crash just put again: what is there changes nothing.

    A file is never held whole, but `batch_bytes` at a time. Raises DiskFull, BadRequest for sizes beyond the bounds.
    """
    if not 0 < piece <= tuning.BLOB_CHUNK_BYTES_MAX:
        raise errors.BadRequest(f"a chunk has 1 to {tuning.BLOB_CHUNK_BYTES_MAX} bytes")
    if thumb is not None and len(thumb) > tuning.BLOB_THUMB_BYTES:
        raise errors.BadRequest(f"a thumb has at most {tuning.BLOB_THUMB_BYTES} bytes")
    whole, size, digests = hashlib.sha256(), 0, []
    pieces = cut(data, piece=piece)
    while group := list(islice(pieces, max(1, batch_bytes // piece))):
        docs = [chunk_document(each) for each in group]
        digests += [doc["_id"].removeprefix(PREFIX) for doc in docs]
        if len(digests) > tuning.BLOB_CHUNKS_MAX:
            raise errors.TooLarge(f"a file has at most {tuning.BLOB_CHUNKS_MAX} chunks of {piece} bytes")
        store(replica, docs)
        for each in group:
            whole.update(each)
            size += len(each)
    return Manifest(size, whole.hexdigest(), tuple(digests), piece, thumb)


def store(replica: LocalReplica, docs: Iterable[Doc]) -> None:
    """Store chunk documents, also those that were evicted here before. Raises what a validator says."""
    wanted = list({doc["_id"]: doc for doc in docs}.values())
    with replica.transaction() as tx:
        tx.readmit([doc["_id"] for doc in wanted])
        for failure in tx.bulk_docs(wanted, new_edits=False):
            raise errors.from_status(403, failure.error, f"{failure.id}: {failure.reason}")


def missing(replica: LocalReplica, *manifests: Manifest) -> list[str]:
    """Hashes of the chunks that are not here, each once, in the order in which they are wanted."""
    wanted = list(dict.fromkeys(digest for each in manifests for digest in each.chunks))
    rows = replica.all_docs(keys=[chunk_id(digest) for digest in wanted])
    return [digest for digest, row in zip(wanted, rows, strict=True) if row.error is not None or row.deleted]


def read(replica: LocalReplica, manifest: Manifest) -> Iterator[bytes]:
    """The pieces in order, each checked, and the whole at the end. Raises NotFound while one is missing, DamagedBlob."""
    whole, size = hashlib.sha256(), 0
    for digest in manifest.chunks:
        part = chunk_bytes(replica.get(chunk_id(digest)))
        whole.update(part)
        size += len(part)
        yield part
    if size != manifest.size or whole.hexdigest() != manifest.sha256:
        raise DamagedBlob("the chunks are whole, but they are not the file that the manifest names")


def free(replica: LocalReplica, *manifests: Manifest, keep: Iterable[Manifest] = ()) -> int:
    """Remove chunks from this device alone, but those of `keep`; `fetch` brings them back. Returns how many went."""
    kept = {digest for each in keep for digest in each.chunks}
    return replica.evict([chunk_id(digest) for each in manifests for digest in each.chunks if digest not in kept])


# --- between two sides --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Transfer:
    """What a transfer did. `absent`: the other side has not got them; `damaged`: it gave other bytes, or refused ours."""

    chunks: int = 0
    bytes: int = 0
    absent: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


Progress = Callable[[int, int], None]
"""Chunks done, chunks in all."""


def fetch(
    local: LocalReplica,
    remote: Peer,
    *manifests: Manifest,
    progress: Progress | None = None,
    cancel: CancelFlag | None = None,
    batch_bytes: int = tuning.BLOB_BATCH_BYTES,
) -> Transfer:
    """Bring what is missing here, in the order of the manifests (put the small ones first). Every request's chunks are
    durable before the next is sent: after an error call again, and it goes on where it was cut. Raises Unreachable,
    Cancelled, DiskFull and the peer's own errors."""
    wanted, done = missing(local, *manifests), Transfer()
    for at, digests in _requests(wanted, remote, manifests, batch_bytes):
        _check(cancel)
        found: dict[str, Doc] = {}
        for result in remote.bulk_get([{"id": chunk_id(digest)} for digest in digests], revs=False, attachments=False):
            _take(result.id, result.docs, found, done)
        store(local, found.values())
        done.absent += [digest for digest in digests if chunk_id(digest) not in found and digest not in done.damaged]
        done.chunks += len(found)
        if progress is not None:
            progress(at + len(digests), len(wanted))
    return done


def _take(id: str, docs: Sequence[Doc], found: dict[str, Doc], done: Transfer) -> None:
    """The leaf whose bytes are the right ones: a store that does not check may hold others beside it."""
    for doc in docs:
        try:
            data = chunk_bytes(doc)
        except DamagedBlob:
            continue
        found[id] = chunk_document(data)
        done.bytes += len(data)
        return
    if docs and not all(doc.get("_deleted") for doc in docs):
        done.damaged.append(id.removeprefix(PREFIX))


def offer(
    local: LocalReplica,
    remote: Peer,
    *manifests: Manifest,
    progress: Progress | None = None,
    cancel: CancelFlag | None = None,
    batch_bytes: int = tuning.BLOB_BATCH_BYTES,
) -> Transfer:
    """Send what the other side lacks; asked before it is sent. Goes on where it was cut, like `fetch`."""
    absent = missing(local, *manifests)
    here = [digest for digest in dict.fromkeys(d for each in manifests for d in each.chunks) if digest not in set(absent)]
    rows = local.all_docs(keys=[chunk_id(digest) for digest in here])
    lacking = remote.revs_diff({row.id: [str(row.rev)] for row in rows}) if rows else {}
    wanted = [digest for digest in here if chunk_id(digest) in lacking]
    done = Transfer(absent=absent)
    for at, digests in _requests(wanted, remote, manifests, batch_bytes):
        _check(cancel)
        docs = [local.get(chunk_id(digest)) for digest in digests]
        refused = {result.id for result in remote.bulk_docs(docs, new_edits=False) if _is_refusal(result)}
        for doc in docs:
            if doc["_id"] in refused:
                done.damaged.append(doc["_id"].removeprefix(PREFIX))
            else:
                done.chunks += 1
                done.bytes += len(doc["data"]) * 3 // 4
        if progress is not None:
            progress(at + len(digests), len(wanted))
    return done


def _is_refusal(result: WriteResult) -> bool:
    return not result.ok


def _requests(
    wanted: Sequence[str], remote: Peer, manifests: Sequence[Manifest], batch_bytes: int
) -> Iterator[tuple[int, Sequence[str]]]:
    """As many chunks at a time as the line carries in about `BLOB_REQUEST_S`, of `batch_bytes` at the most."""
    piece = max((each.chunk_bytes for each in manifests), default=1)
    at = 0
    while at < len(wanted):
        goodput = getattr(remote, "goodput", batch_bytes)     # measured anew with each request
        budget = min(goodput * tuning.BLOB_REQUEST_S, batch_bytes)
        count = max(1, int(budget * 3 / 4) // piece)
        yield at, wanted[at : at + count]
        at += count


def _check(cancel: CancelFlag | None) -> None:
    if cancel is not None and cancel.is_set():
        raise errors.Cancelled("cancelled by the caller")
