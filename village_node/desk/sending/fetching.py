"""Files that this device let go of, and how far each is on its way back from the county. Must not know: widgets, sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from village_node.desk.sending import rows
from village_node.point.delivery import FREED
from village_node.point.files import count_here
from village_node.point.upkeep import space
from village_node.point.upkeep.wishes import files_may_go

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.point.node import Node

SHOWN = 50          # matters of one look, the newest first; a matter's own page has the button too


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """One file: `here` of `chunks` are on this device. `wanted`: it comes with the next round. `waits_for_wifi`: not before."""

    here: int
    chunks: int
    wanted: bool
    waits_for_wifi: bool

    @property
    def complete(self) -> bool:
        return self.here == self.chunks


@dataclass(frozen=True, slots=True)
class Freed:
    """A case or record whose files lie at the county alone: how many, how many bytes, how many of them are to come back."""

    id: str
    title: str
    files: int
    size: int
    wanted: int


class Fetching:
    """One per desk."""

    def __init__(self, node: Node, cases: Cases, titles: Callable[[Mapping[str, str]], dict[str, str]]) -> None:
        self._node, self._cases, self._titles = node, cases, titles

    def want_file(self, case: str, sha256: str) -> None:
        """It comes back with the next round."""
        found = self._cases.manifest(sha256, case)
        if found is not None:
            space.want(self._node, found.chunks)

    def on_the_way(self, case: str, sha256: str) -> OnTheWay | None:
        """None: no such file."""
        found = self._cases.manifest(sha256, case)
        if found is None:
            return None
        return OnTheWay(count_here(self._node.files, found.chunks), len(set(found.chunks)),
                        space.is_wanted(self._node, found.chunks), not files_may_go(self._node.home))

    def freed(self) -> tuple[list[Freed], int]:
        """(the newest of them, how many matters in all)."""
        node = self._node
        note = (node.files.get_local(FREED) or {}).get("files", {})
        here = space.here(node, {chunk for chunks in note.values() for chunk in chunks}) if note else set()
        gone = {sha for sha, chunks in note.items() if not here.issuperset(chunks)}
        found: dict[str, dict[str, rows.Brought]] = {}
        aggregates: dict[str, str] = {}
        for file in rows.brought(node) if gone else ():
            if file.sha256 in gone:
                found.setdefault(file.subject, {})[file.sha256] = file
                aggregates[file.subject] = file.aggregate
        newest = [*found][-SHOWN:][::-1]
        titles = self._titles({subject: aggregates[subject] for subject in newest})
        return [self._freed(subject, titles[subject], found[subject]) for subject in newest], len(found)

    def want_all(self, subject: str) -> None:
        """Every file of one matter that was let go of."""
        note = (self._node.files.get_local(FREED) or {}).get("files", {})
        for file in rows.brought(self._node):
            if file.subject == subject and file.sha256 in note:
                space.want(self._node, file.chunks)

    def _freed(self, subject: str, title: str, files: Mapping[str, rows.Brought]) -> Freed:
        wanted = sum(1 for file in files.values() if space.is_wanted(self._node, file.chunks))
        return Freed(subject, title, len(files), sum(file.size for file in files.values()), wanted)
