"""The file of heads that devices brought back to a restored hub (`chains.offered`).

    HOME/offered-heads.json   {hash: head}   mode 600; may be lost: devices bring them again to the next life of the hub
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

from county_hub.hub.kept.home import write_private
from shared.ledger.formats.documents import Doc
from shared.ledger.published.directory_heads import head_hash

MOST = 500                      # heads kept in all: the hub's lost days, not its history


class OfferedHeads:
    """The file. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()

    def stamp(self) -> int:
        """Changes when the file does; 0 while there is none."""
        try:
            return self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def heads(self) -> list[Doc]:
        try:
            return list(json.loads(self._path.read_text("utf-8")).values())
        except (OSError, ValueError, AttributeError):
            return []

    def keep(self, heads: Sequence[Doc]) -> int:
        """How many were new."""
        with self._lock:
            known = {head_hash(head): head for head in self.heads()}
            new = [head for head in heads if head_hash(head) not in known][: max(MOST - len(known), 0)]
            if new:
                known |= {head_hash(head): head for head in new}
                write_private(self._path, json.dumps(known, ensure_ascii=False).encode())
            return len(new)
