"""What an edge has brought into CouchDB, and what it knows of that server: one SQLite file in HOME, no cache.

    brought  (database, id, rev) of every document that was acknowledged, with the time; kept for `outbox_days`
    lost     what was acknowledged and is neither there nor here; `told`: an epoch of the hub was opened since
    caches   databases whose copy here is whole: (database, replica id of the cache)
    meta     what was seen of the server last: its uuid, the identity of the consolidated database, when these caches began; what
             a worker process has seen of it and the server's own process must know (`AWAY`, `WROTE`, `FAILURE`, `WAITS`)

An acknowledgement of CouchDB proves less than it says (docs/decisions/0085): so whatever was brought is remembered, and offered
again when the server was not what it was. It must not know HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sync.router.cache_file import CacheFile

Leaf = tuple[str, str]          # (id, rev)
DAY_MS = 86_400_000
TELL_AGAIN = "tell_again"       # noted: an epoch was opened, and its receipts are not told yet
AWAY = "away_since"             # noted: when a node was first seen away (ms)
WROTE = "wrote"                 # noted: something was acknowledged since somebody last took note of it
FAILURE = "failure"             # noted: why the last write was not acknowledged
SERVER = "server"               # noted: the uuid of the server as it was looked at last
RENEWED = "renewed"             # noted: the server is not what it was, and nobody has begun a new life for it yet
MEMBERS = "tells_members"       # noted: the uuid of the server that has said which nodes it has
WAITS = "waits"                 # noted: a write was not acknowledged, and the router is to be asked to try again
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS caches (name TEXT PRIMARY KEY, replica TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS brought (db TEXT, id TEXT, rev TEXT, at INTEGER NOT NULL, again INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (db, id, rev)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (db TEXT, id TEXT, rev TEXT, told INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (db, id, rev))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS brought_at ON brought (db, at);
CREATE INDEX IF NOT EXISTS brought_again ON brought (db) WHERE again = 1;
"""


class Outbox:
    """Thread-safe. Times are ms since 1970 UTC."""

    def __init__(self, path: Path, key: bytes | None = None) -> None:
        file = CacheFile(path, _SCHEMA, key)
        self._transaction, self._rows, self.close = file.transaction, file.rows, file.close

    # --- what is known of the server ---

    def noted(self, name: str) -> Any:
        rows = self._rows("SELECT value FROM meta WHERE name = ?", (name,))
        return json.loads(str(rows[0][0])) if rows else None

    def note(self, name: str, value: object) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    def note_first(self, name: str, value: object) -> None:
        """Where nothing is noted under this name yet."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    def note_not(self, *names: str) -> None:
        """Nothing is noted under these names any more."""
        with self._transaction() as db:
            db.executemany("DELETE FROM meta WHERE name = ?", [(name,) for name in names])

    def nodes_came_back(self, slack_ms: int) -> int | None:
        """All nodes are here: what was brought since `slack_ms` before one was seen away is to be offered again. How much that
        is; None: none was away."""
        with self._transaction() as db:     # one moment: whoever sees a node away after it notes that anew
            row = db.execute("SELECT value FROM meta WHERE name = ?", (AWAY,)).fetchone()
            if row is None:
                return None
            db.execute("DELETE FROM meta WHERE name = ?", (AWAY,))
            return int(db.execute("UPDATE brought SET again = 1 WHERE at >= ?", (json.loads(row[0]) - slack_ms,)).rowcount)

    def is_whole(self, name: str, replica: str) -> bool:
        return bool(self._rows("SELECT 1 FROM caches WHERE name = ? AND replica = ?", (name, replica)))

    def whole(self, name: str, replica: str) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO caches VALUES (?, ?)", (name, replica))

    # --- what was brought ---

    def brought(self, database: str, leaves: Iterable[Leaf], now: int) -> None:
        """The server has acknowledged these."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, 'true')", (WROTE,))
            db.execute("DELETE FROM meta WHERE name = ?", (FAILURE,))
            db.executemany("INSERT OR REPLACE INTO brought VALUES (?, ?, ?, ?, 0)", [(database, *leaf, now) for leaf in leaves])

    def holds(self, database: str, leaves: Sequence[Leaf]) -> set[Leaf]:
        """Those that were acknowledged and need not be offered again."""
        rows = self._rows(
            "SELECT b.id, b.rev FROM json_each(?) AS asked JOIN brought AS b ON b.db = ? AND b.id = asked.value"
            " WHERE b.again = 0", (json.dumps(sorted({id for id, _ in leaves})), database))
        return {(str(id), str(rev)) for id, rev in rows} & set(leaves)

    def newest(self, database: str, limit: int) -> list[Leaf]:
        rows = self._rows("SELECT id, rev FROM brought WHERE db = ? ORDER BY at DESC LIMIT ?", (database, limit))
        return [(str(id), str(rev)) for id, rev in rows]

    def acknowledged(self, database: str) -> dict[Leaf, int]:
        """When each of its documents was acknowledged last."""
        rows = self._rows("SELECT id, rev, at FROM brought WHERE db = ?", (database,))
        return {(str(id), str(rev)): int(str(at)) for id, rev, at in rows}

    def databases(self, *, again: bool = False) -> list[str]:
        return [str(row[0]) for row in self._rows(
            "SELECT DISTINCT db FROM brought" + (" WHERE again = 1" if again else ""))]

    def offer_again(self, since: int = 0, database: str | None = None) -> int:
        """Everything brought since then is to be offered again; how much that is."""
        with self._transaction() as db:
            done = db.execute("UPDATE brought SET again = 1 WHERE at >= ? AND (?2 IS NULL OR db = ?2)", (since, database))
            return int(done.rowcount)

    def due(self, database: str, limit: int) -> list[Leaf]:
        """What is to be offered again, the oldest ids first."""
        rows = self._rows("SELECT id, rev FROM brought WHERE db = ? AND again = 1 ORDER BY id LIMIT ?", (database, limit))
        return [(str(id), str(rev)) for id, rev in rows]

    # --- what is lost ---

    def lose(self, database: str, leaves: Iterable[Leaf]) -> None:
        """The server had acknowledged these, and nobody has them: they are offered no more, and remembered as lost."""
        with self._transaction() as db:
            for id, rev in leaves:
                db.execute("INSERT OR IGNORE INTO lost (db, id, rev) VALUES (?, ?, ?)", (database, id, rev))
                db.execute("DELETE FROM brought WHERE db = ? AND id = ? AND rev = ?", (database, id, rev))

    def lost(self, *, told: bool) -> dict[str, list[Leaf]]:
        """By database: what is lost, without that for which an epoch was opened or (`told`) with it."""
        found: dict[str, list[Leaf]] = {}
        for name, id, rev in self._rows("SELECT db, id, rev FROM lost WHERE told <= ? ORDER BY db, id", (int(told),)):
            found.setdefault(str(name), []).append((str(id), str(rev)))
        return found

    def tell_losses(self) -> None:
        """An epoch was opened: what is lost now is no longer said to be accepted."""
        with self._transaction() as db:
            db.execute("UPDATE lost SET told = 1")

    def came_back(self, database: str, leaves: Iterable[Leaf]) -> None:
        with self._transaction() as db:
            db.executemany("DELETE FROM lost WHERE db = ? AND id = ? AND rev = ?", [(database, *leaf) for leaf in leaves])

    def forget(self, database: str, ids: Iterable[str]) -> None:
        """These were withdrawn: nobody is to offer them again."""
        with self._transaction() as db:
            db.executemany("DELETE FROM brought WHERE db = ? AND id = ?", [(database, id) for id in ids])

    def clock_was_put_on(self, by: int, before: int) -> int:
        """What bears a time of the old clock, up to `before`, gets that of the new one; how much that is."""
        with self._transaction() as db:
            return int(db.execute("UPDATE brought SET at = at + ? WHERE at <= ?", (by, before)).rowcount)

    def forget_old(self, before: int) -> int:
        """What was brought before then and is not to be offered again; how much that was."""
        with self._transaction() as db:
            return int(db.execute("DELETE FROM brought WHERE at < ? AND again = 0", (before,)).rowcount)

    def size(self) -> tuple[int, int]:
        """(documents remembered, of them to be offered again)."""
        rows = self._rows("SELECT count(*), coalesce(sum(again), 0) FROM brought")
        return int(str(rows[0][0])), int(str(rows[0][1]))
