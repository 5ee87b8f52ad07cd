"""The file of heads that devices brought back to a restored hub (`chains.offered`).

    HOME/offered-heads.json   {hash: head}   mode 600, encrypted where HOME is; may be lost: devices bring them again
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from county_hub.hub.safe.private_file import write_private
from county_hub.hub.safe.safe import Safe
from shared.ledger.formats.documents import Doc
from shared.ledger.published.directory_heads import head_hash

MOST = 500                      # heads kept in all: the hub's lost days, not its history


class OfferedHeads:
    """The file. Thread-safe."""

    def __init__(self, path: Path, safe: Safe | None = None) -> None:
        self._path, self._safe, self._lock = path, safe or Safe(path.parent), threading.Lock()

    def stamp(self) -> int:
        """Changes when the file does; 0 while there is none."""
        try:
            return self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def heads(self) -> list[Doc]:
        try:
            return list(self._safe.opened(self._path).values())
        except (OSError, ValueError, AttributeError):
            return []

    def keep(self, heads: Sequence[Doc]) -> int:
        """How many were new."""
        with self._lock:
            known = {head_hash(head): head for head in self.heads()}
            new = [head for head in heads if head_hash(head) not in known][: max(MOST - len(known), 0)]
            if new:
                known |= {head_hash(head): head for head in new}
                write_private(self._path, self._safe.sealed(self._path, known))
            return len(new)
