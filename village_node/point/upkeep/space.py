"""Room on the device: lets go of files that lie safe elsewhere, and brings them back when they are wanted.

    _local/freed          {sha256: [chunks]}   let go of here; the county has each of them whole
    _local/wanted-files   [chunk ids]          to come back with the next round
Which files are no longer needed here the program decides (`Held.needed`); that the county has one is asked of the proofs of
delivery alone, or follows from its having come from there. By `evict`, never by a tombstone: nobody else loses anything.
Must not know: what a record means.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync.replicator import Replicator
from village_node.point import delivery
from village_node.point.files import chunk_id

if TYPE_CHECKING:
    from threading import Event

    from village_node.point.node import Node

FREED, _WANTED = delivery.FREED, "wanted-files"
_AT_ONCE = 500          # chunks let go of in one transaction: eight megabytes


@dataclass(frozen=True, slots=True)
class Held:
    """A file that a record names. `own`: this HOME brought it. `needed`: its matter still goes on."""

    sha256: str
    chunks: tuple[str, ...]
    size: int
    own: bool
    needed: bool


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes: what this HOME takes, what the disk has left, what could be let go of (in so many files)."""

    used: int
    left: int | None
    freeable: int
    files: int


def look(node: Node, held: Iterable[Held]) -> Space:
    going = _going(node, list(held))
    used = sum(path.stat().st_size for path in node.home.root.rglob("*") if path.is_file() and not path.is_symlink())
    try:
        left: int | None = shutil.disk_usage(node.home.root).free
    except OSError:
        left = None
    return Space(used, left, sum(file.size for file in going), len(going))


def let_go(node: Node, held: Iterable[Held]) -> Space:
    """Frees what may go; answers what went. A crash in between leaves files that are noted and still here: harmless."""
    every = list(held)
    going = _going(node, every)
    kept = {chunk for file in every if file not in going for chunk in file.chunks}
    _note(node, {file.sha256: list(file.chunks) for file in going})
    ids = sorted({chunk_id(chunk) for file in going for chunk in file.chunks if chunk not in kept})
    for start in range(0, len(ids), _AT_ONCE):
        node.files.evict(ids[start:start + _AT_ONCE])
    if ids:
        node.files.compact()
    return Space(0, None, sum(file.size for file in going), len(going))


def want(node: Node, chunks: Sequence[str]) -> None:
    """The next round brings these back."""
    with node.files.transaction() as tx:
        note = tx.get_local(_WANTED) or {"ids": []}
        tx.put_local(_WANTED, {**note, "ids": sorted({*note["ids"], *map(chunk_id, chunks)})})


def is_wanted(node: Node, chunks: Sequence[str]) -> bool:
    note = node.files.get_local(_WANTED)
    return note is not None and bool(chunks) and chunk_id(chunks[0]) in note["ids"]


def bring_back(node: Node, peer: Any, cancel: Event) -> None:
    """Fetches what was wanted. A cut leaves the note, so the next round goes on."""
    note = node.files.get_local(_WANTED)
    if not note or not note["ids"]:
        return
    ids = list(note["ids"])
    node.files.readmit(ids)
    Replicator(peer, node.files, local="target", doc_ids=ids, cancel=cancel).run()
    if cancel.is_set():
        return
    with node.files.transaction() as tx:
        now = tx.get_local(_WANTED) or {"ids": []}
        tx.put_local(_WANTED, {**now, "ids": sorted({*now["ids"]} - {*ids})})


def _going(node: Node, held: Sequence[Held]) -> list[Held]:
    """What may go: here, needed by nothing that goes on, and whole at the county."""
    book = delivery.book(node)
    needed = {file.sha256 for file in held if file.needed}
    found: dict[str, Held] = {}
    for file in held:
        safe = book.files_at.get(file.sha256) == "accepted" if file.own else True     # others' came from the county
        if not file.needed and file.sha256 not in needed and file.chunks:
            if safe:
                found.setdefault(file.sha256, file)
            else:
                needed.add(file.sha256)
    held_here = here(node, {chunk for file in found.values() for chunk in file.chunks})
    return [file for file in found.values() if file.sha256 not in needed and held_here.issuperset(file.chunks)]


def here(node: Node, chunks: Iterable[str]) -> set[str]:
    """Which of these chunks are on this device."""
    ids = sorted(map(chunk_id, chunks))
    rows = node.files.all_docs(keys=ids) if ids else []
    return {row.id.removeprefix("chunk:") for row in rows
            if getattr(row, "rev", None) is not None and not getattr(row, "deleted", False)}


def _note(node: Node, files: Mapping[str, list[str]]) -> None:
    if not files:
        return
    with node.files.transaction() as tx:
        note = tx.get_local(FREED) or {"files": {}}
        tx.put_local(FREED, {**note, "files": {**note["files"], **files}})
