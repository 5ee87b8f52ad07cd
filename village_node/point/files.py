"""Files of events on this device: chunks stored, counted, and put together again with every hash checked.

How a file is cut and named in an event: `shared.ledger.files.prepared`. A chunk document is `{_id, data}` and nothing else, so
equal photographs are stored and sent once (DESIGN.md 7). Must not know: cases, delivery, people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.ledger.files import prepared as ledger_files
from shared.ledger.files import voice
from shared.ledger.files.prepared import PURPOSES, FileDraft, PreparedFile
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t
from sync import blobs
from sync.errors import Forbidden, NotFound
from village_node.point.errors import InvalidDraft, NotHere, StorageTrouble, drafted

__all__ = [
    "MOST_PAPER", "PURPOSES", "FileDraft", "PreparedFile", "assemble", "chunk_id", "count_here", "fit_voice", "paper", "prepare",
    "prepare_all", "store",
]


def chunk_id(sha256: str) -> str:
    return blobs.chunk_id(sha256)


def prepare(draft: FileDraft) -> PreparedFile:
    """Manifest and chunk documents of one file; nothing is written yet. Raises InvalidDraft."""
    with drafted():
        return ledger_files.prepare(draft)


def prepare_all(drafts: Sequence[FileDraft]) -> list[PreparedFile]:
    with drafted():
        return ledger_files.prepare_all(drafts)


def fit_voice(data: bytes, type: str, name: str) -> bytes:
    """A spoken note as it is kept. Raises InvalidDraft."""
    with drafted():
        return voice.fit(data, type, name)


MOST_PAPER = 8 << 20    # bytes of a chosen file: 512 chunks, half an hour over a village line; an event holds twice as much
_PDF, _HEAD = b"%PDF-", 1024        # readers look for it so far (ISO 32000-1, annex H.3.4.1)


def paper(source: Path | bytes, name: str) -> bytes:
    """A PDF file as it is. Raises InvalidDraft for what is none, is too large, or cannot be read."""
    try:
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size > MOST_PAPER:
            raise InvalidDraft(t("intake.evidence.paper_large", name=name, mb=size >> 20, most=MOST_PAPER >> 20))
        data = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise InvalidDraft(t("file.unreadable", name=name, reason=os_reason(error))) from error
    if _PDF not in data[:_HEAD]:
        raise InvalidDraft(t("intake.evidence.paper_other", name=name))
    return data


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
