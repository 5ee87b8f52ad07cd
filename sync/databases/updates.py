"""Which databases of a folder were made, written or deleted, in order: what `_db_updates` tells.

The history is the state: each database once, at its latest event, so that it stays as small as the list of databases. It
lives as long as the process; a seq names that life, and one of another life means: from the start. It must not know HTTP.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sync.databases import tuning
from sync.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Update:
    name: str
    type: str       # created | updated | deleted
    number: int


class DbUpdates:
    """The latest event of each database. `exists(name)` tells a deletion from a write. Thread-safe."""

    def __init__(self, names: Iterable[str], exists: Callable[[str], bool], life: str) -> None:
        self._exists, self._life = exists, life
        self._lock = threading.Lock()
        self._number = 0
        self._latest: OrderedDict[str, Update] = OrderedDict()
        for name in names:
            self._note(name, "updated")

    def committed(self, name: str) -> None:
        """`Databases.on_commit` has named this database."""
        here = self._exists(name)
        with self._lock:
            before = self._latest.get(name)
            gone = before is None or before.type == "deleted"
            if not here and gone:
                return
            self._note(name, "deleted" if not here else "created" if gone else "updated")
            while len(self._latest) > tuning.MAX_DB_UPDATES:
                self._latest.popitem(last=False)

    def _note(self, name: str, type: str) -> None:
        self._number += 1
        self._latest[name] = Update(name, type, self._number)
        self._latest.move_to_end(name)

    def now(self) -> int:
        return self._number

    def after(self, number: int, limit: int | None = None) -> list[Update]:
        """Oldest first."""
        with self._lock:
            found: list[Update] = []
            for update in reversed(self._latest.values()):
                if update.number <= number:
                    break
                found.append(update)
        return found[::-1][:limit]

    def seq(self, number: int) -> str:
        return f"{number}-{self._life}"

    def number_of(self, seq: str) -> int:
        """0 for a seq of another life. Raises BadRequest for what is no seq."""
        if seq == "now":
            return self.now()
        number, _, life = seq.strip('"').partition("-")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise BadRequest(f"Malformed sequence supplied in 'since': {seq[:60]!r}")
        return int(number) if life == self._life else 0
