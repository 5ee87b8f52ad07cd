"""A file as an event names it: the manifest, and the `chunk:<sha256>` documents that hold its bytes.

    ditch.jpg, 40 KB  ->  chunk:ab..  chunk:3f..  chunk:99..      durable first
                          manifest {name, type, size, sha256, chunks, purpose, party, thumb}   inside the event, after
Nothing is written here. It must not know cases, delivery, people.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.ledger.entry import file_name, of_file_system
from shared.ledger.files import pictures
from shared.ledger.files.pictures import BadFile
from shared.ledger.formats.characters import replaced
from shared.ledger.formats.documents import make_chunk
from shared.ledger.formats.fields import MAX_CHUNKS, MAX_FILES
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t

CHUNK_BYTES = 16 * 1024
"""Bytes of a file in one `chunk:` document (DESIGN.md 7): at 16 kbit/s one takes about ten seconds, the
most that a cut line may cost."""

MAX_FILE_BYTES = MAX_CHUNKS * CHUNK_BYTES
"""16 MiB, what a manifest can name (`shared.ledger.formats.fields`): a photograph of a good tablet camera is 3-8 MB, a scanned
file 10."""

THUMB_BYTES = 4 * 1024
"""A thumbnail travels inside the event (DESIGN.md 7); 4 KiB is a recognisable 200-pixel picture."""

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


def prepare(draft: FileDraft) -> PreparedFile:
    """Manifest and chunk documents of one file; nothing is written yet. Raises BadFile."""
    if draft.purpose not in PURPOSES:
        raise BadFile(t("file.purpose", value=draft.purpose))
    name, mime, data = _fitted(draft, *_bytes_of(draft))
    name = file_name(replaced(name))
    docs = [make_chunk(data[place:place + CHUNK_BYTES]) for place in range(0, len(data), CHUNK_BYTES)]
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
        with contextlib.suppress(BadFile, ImportError):      # the base install has no Pillow
            made = pictures.photo(data, name, keep_position=draft.keep_position)
            name, mime, data = made.name, made.type, made.data
    if len(data) > MAX_FILE_BYTES:
        raise BadFile(t("file.too_big", name=name, limit=MAX_FILE_BYTES >> 20))
    return name, mime, data


def prepare_all(drafts: Sequence[FileDraft]) -> list[PreparedFile]:
    if len(drafts) > MAX_FILES:
        raise BadFile(t("file.too_many", count=len(drafts), limit=MAX_FILES))
    return [prepare(draft) for draft in drafts]


def _bytes_of(draft: FileDraft) -> tuple[str, bytes]:
    limit = pictures.PHOTO_SOURCE_BYTES if draft.purpose == "photo" else MAX_FILE_BYTES
    if draft.data is not None:
        name, data = draft.name or "file", draft.data
    elif draft.path is not None:
        path = Path(draft.path)
        name = draft.name or of_file_system(path.name)
        try:
            if path.stat().st_size > limit:
                raise BadFile(t("file.too_big", name=name, limit=limit >> 20))
            data = path.read_bytes()
        except OSError as error:
            raise BadFile(t("file.unreadable", name=of_file_system(str(path)), reason=os_reason(error))) from error
    else:
        raise BadFile(t("file.nothing"))
    if not data:
        raise BadFile(t("file.empty", name=name))
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
        made = pictures.jpeg_within(data, THUMB_BYTES, _THUMBS)
    except ImportError:
        return None
    return base64.b64encode(made).decode("ascii") if made else None
