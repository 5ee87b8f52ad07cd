"""Files of events: cut into `chunk:<sha256>` documents, and put together again with every hash checked.

    ditch.jpg, 40 KB  ->  chunk:ab..  chunk:3f..  chunk:99..      files.replica, durable first
                          manifest {name, type, size, sha256, chunks, purpose, party, thumb}   inside the event, after
A chunk document is `{_id, data}` and nothing else, so equal photographs are stored and sent once
(DESIGN.md 7). Must not know: cases, delivery, people.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.ledger.entry import file_name, of_file_system
from shared.ledger.formats.characters import replaced
from shared.ledger.texts import t
from sync import blobs
from sync.errors import Forbidden, NotFound
from village_node.point import limits, pictures
from village_node.point.errors import InvalidDraft, NotHere, StorageTrouble

PURPOSES = ("photo", "signature", "paper")
_MAGIC = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"%PDF-", "application/pdf"))


_THUMBS = ((200, 60), (160, 50), (120, 45), (80, 40), (48, 35))      # (side, quality), the first that is small enough


@dataclass(frozen=True, slots=True)
class FileDraft:
    """A file to attach: a path, or bytes with a name. `party`: number of the party, or None."""

    path: str | Path | None = None
    data: bytes | None = None
    name: str = ""
    type: str = ""               # MIME; found out when empty
    purpose: str = "photo"       # photo | signature | paper
    party: int | None = None
    keep_position: bool = False  # a photograph's place is removed unless it is wanted


@dataclass(frozen=True, slots=True)
class PreparedFile:
    manifest: dict[str, Any]
    docs: tuple[dict[str, Any], ...]


def chunk_id(sha256: str) -> str:
    return blobs.chunk_id(sha256)


def prepare(draft: FileDraft) -> PreparedFile:
    """Manifest and chunk documents of one file; nothing is written yet. Raises InvalidDraft."""
    if draft.purpose not in PURPOSES:
        raise InvalidDraft(t("node.file.purpose", value=draft.purpose))
    name, mime, data = _fitted(draft, *_bytes_of(draft))
    name = file_name(replaced(name))
    docs = [blobs.chunk_document(piece) for piece in blobs.cut(data, piece=limits.CHUNK_BYTES)]
    ids = [doc["_id"].removeprefix("chunk:") for doc in docs]
    manifest = {
        "name": name, "type": mime, "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(), "chunks": ids,
        "purpose": draft.purpose, "party": draft.party,
        "thumb": _thumb(data) if mime.startswith("image/") else None,
    }
    return PreparedFile(manifest, tuple({d["_id"]: d for d in docs}.values()))


def _fitted(draft: FileDraft, name: str, data: bytes) -> tuple[str, str, bytes]:
    """(name, type, bytes) as they are kept. A photograph is made fit to travel first (`pictures.photo`); what says that it is
    one and cannot be read stays as it is, for it may be evidence all the same."""
    mime = draft.type or _mime(name, data)
    if draft.purpose == "photo" and mime.startswith("image/"):
        with contextlib.suppress(InvalidDraft, ImportError):      # the base install has no Pillow
            made = pictures.photo(data, name, keep_position=draft.keep_position)
            name, mime, data = made.name, made.type, made.data
    if len(data) > limits.MAX_FILE_BYTES:
        raise InvalidDraft(t("node.file.too_big", name=name, limit=limits.MAX_FILE_BYTES >> 20))
    return name, mime, data


def prepare_all(drafts: Sequence[FileDraft]) -> list[PreparedFile]:
    if len(drafts) > limits.MAX_FILES_PER_EVENT:
        raise InvalidDraft(t("node.file.too_many", count=len(drafts), limit=limits.MAX_FILES_PER_EVENT))
    return [prepare(draft) for draft in drafts]


def _bytes_of(draft: FileDraft) -> tuple[str, bytes]:
    limit = limits.PHOTO_SOURCE_BYTES if draft.purpose == "photo" else limits.MAX_FILE_BYTES
    if draft.data is not None:
        name, data = draft.name or "file", draft.data
    elif draft.path is not None:
        path = Path(draft.path)
        name = draft.name or of_file_system(path.name)
        try:
            if path.stat().st_size > limit:
                raise InvalidDraft(t("node.file.too_big", name=name, limit=limit >> 20))
            data = path.read_bytes()
        except OSError as error:
            raise InvalidDraft(t("node.file.unreadable", name=of_file_system(str(path)), reason=error.strerror)) from error
    else:
        raise InvalidDraft(t("node.file.nothing"))
    if not data:
        raise InvalidDraft(t("node.file.empty", name=name))
    return name, data


def _mime(name: str, data: bytes) -> str:
    for magic, mime in _MAGIC:
        if data.startswith(magic):
            return mime
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _thumb(data: bytes) -> str | None:
    """JPEG of at most THUMB_BYTES as base64, or None without Pillow or when the bytes are no picture. The
    limit is on the base64 text, for that is what travels."""
    try:
        made = pictures.jpeg_within(data, limits.THUMB_BYTES, _THUMBS)
    except ImportError:
        return None
    return base64.b64encode(made).decode("ascii") if made else None


def store(replica: Any, prepared: Sequence[PreparedFile]) -> None:
    """Commit the chunks; durable when this returns. A chunk that is here already changes nothing."""
    try:
        blobs.store(replica, [doc for p in prepared for doc in p.docs])
    except Forbidden as error:
        raise StorageTrouble(t("node.error.storage")) from error


def count_here(replica: Any, chunks: Sequence[str]) -> int:
    """How many of the chunks are on this device."""
    if not chunks:
        return 0
    rows = replica.all_docs(keys=[chunk_id(c) for c in dict.fromkeys(chunks)])
    return sum(1 for row in rows if _present(row))


def _present(row: Any) -> bool:
    return getattr(row, "rev", None) is not None and not getattr(row, "deleted", False)


def assemble(replica: Any, manifest: Mapping[str, Any]) -> bytes:
    """The file's bytes. Raises NotHere while chunks are missing, StorageTrouble when a hash does not
    match."""
    try:
        return b"".join(blobs.read(replica, blobs.Manifest.from_json(manifest)))
    except NotFound:
        raise NotHere(t("node.file.incomplete", name=manifest["name"])) from None
    except blobs.DamagedBlob as error:
        raise StorageTrouble(t("node.file.damaged", name=manifest["name"])) from error
