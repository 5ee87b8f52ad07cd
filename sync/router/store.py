"""What a router must remember: one SQLite file, every change one transaction, durable when the call returns.

    checkpoints  how far each source was read, and which replica and epoch that source was
    ledger       16-byte names of revisions: *accepted* (durable in the consolidated database, its subject's
                 audience read) and *settled* (copied to every member of that audience, told to the author)
    audiences    the row of each subject, made by the rules; `n` counts its changes
    changes      members that an audience has gained or lost, until their copies are made or taken away
    waiting      documents not done with: held by the judge, failed, or released by a person
    wanted       chunks of files to copy, until they have come

Everything here can be made again by reading the sources from zero; so a consolidated database that is not
the one
of before (restored, new) empties the file. It must not know what rules say, nor touch a replica.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sync.errors import SyncError
from sync.router import tuning
from sync.router.cache_file import CacheFile
from sync.router.rules import Audience
from sync.router.shards import furthest
from sync.router.values import Change, Key, Mark, Settlement, Waiting, Wanted

_MOST_WOKEN = 10_000     # remembered at a time; beyond it the oldest wait for their next look within the hour
_MOST_SETTLED = 20_000          # remembered by this process: 3 MB
_IN = 500                       # bound variables per statement; SQLite's own limit has been 999 in old builds

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS checkpoints (source TEXT, worker TEXT, peer_id TEXT, epoch TEXT, seq TEXT,
    PRIMARY KEY (source, worker)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ledger (key BLOB PRIMARY KEY, settled INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS audiences (subject TEXT PRIMARY KEY, n INTEGER NOT NULL, row TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes (subject TEXT, database TEXT, gained INTEGER, n INTEGER, due REAL,
    PRIMARY KEY (subject, database)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (key BLOB, source TEXT, subject TEXT, id TEXT, doc TEXT, state TEXT,
    reason TEXT, tries INTEGER, horizon TEXT, since REAL, due REAL, PRIMARY KEY (key, source)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS waiting_subject ON waiting (subject) WHERE state = 'held';
CREATE INDEX IF NOT EXISTS waiting_due ON waiting (due);
CREATE INDEX IF NOT EXISTS waiting_id ON waiting (id);
CREATE TABLE IF NOT EXISTS wanted (origin TEXT, chunk TEXT, target TEXT, looked INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (origin, chunk, target)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS wanted_fresh ON wanted (origin) WHERE looked = 0;
CREATE TABLE IF NOT EXISTS sweeps (database TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS woken (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_DERIVED = ("checkpoints", "ledger", "audiences", "changes", "waiting", "wanted", "sweeps", "woken")


class AnotherLife(SyncError):
    """Another worker has tied the file to another consolidated database: what this step did is done again."""


class RouterStore:
    """See the module. Thread-safe; several processes may use one file."""

    def __init__(self, path: Path | str, key: bytes | None = None) -> None:
        file = CacheFile(Path(path), _SCHEMA, key)
        self._file = file
        self._transaction, self._rows, self.close = file.transaction, file.rows, file.close
        self._life: str | None = None       # of the consolidated database, as this process knows it
        # What this process has settled in this life: what it copied comes round in the feeds, and is not looked up for that.
        self._settled, self._settled_in = dict[Key, None](), file.lives

    # --- identity and checkpoints -----------------------------------------------------------------

    def bind(self, consolidated: str) -> bool:
        """Tie the file to the consolidated database of that identity. True = it was another one: the file
        was emptied."""
        with self._transaction() as db:
            row = db.execute("SELECT value FROM meta WHERE name = 'consolidated'").fetchone()
            self._life = consolidated
            if row is not None and row[0] == consolidated:
                return False
            self._settled.clear()
            for table in _DERIVED:
                db.execute(f"DELETE FROM {table}")
            db.execute("INSERT OR REPLACE INTO meta VALUES ('consolidated', ?)", (consolidated,))
            return row is not None

    def _require_this_life(self, db: sqlite3.Connection) -> None:
        """A step that began before another worker emptied the file must leave no checkpoint in it: what lies below it was not
        written to the store of the new life. Raises `AnotherLife`, once; the next step goes on in what there is then."""
        row = db.execute("SELECT value FROM meta WHERE name = 'consolidated'").fetchone()
        if self._life is not None and row is not None and row[0] != self._life:
            self._life = None
            self._settled.clear()
            raise AnotherLife("another worker has found another consolidated database: the step is done again")

    @property
    def is_bound(self) -> bool:
        return self._life is not None

    def unbind(self) -> None:
        """Look again, before the next step, whether it still is the consolidated database of before."""
        self._life = None

    def mark(self, source: str, worker: str) -> Mark | None:
        """How far this worker needs to look at `source` no more: its own checkpoint, or how far all workers of another number of
        them have come, whichever is further."""
        rows = self._rows("SELECT worker, peer_id, epoch, seq FROM checkpoints WHERE source = ?", (source,))
        return furthest(worker, {str(w): Mark(source, str(p), str(e), json.loads(str(s))) for w, p, e, s in rows})

    # --- ledger -----------------------------------------------------------------------------------

    def known(self, keys: Iterable[Key], *, settled: bool) -> set[Key]:
        """Those of `keys` that are accepted, or (with `settled`) settled."""
        asked, condition = list(keys), " AND settled = 1" if settled else ""
        here = self._remembered()
        found = {key for key in asked if key in here}
        wanted = [key for key in asked if key not in found] if found else asked
        for start in range(0, len(wanted), _IN):
            part = wanted[start : start + _IN]
            marks = ",".join("?" * len(part))
            rows = self._rows(f"SELECT key FROM ledger WHERE key IN ({marks}){condition}", part)
            found.update(row[0] for row in rows if isinstance(row[0], bytes))
        return found

    # --- audiences --------------------------------------------------------------------------------

    def admit(
        self,
        subjects: Sequence[str],
        change: Callable[[str, Audience | None], Audience | None],
        accepted: Callable[[], list[Key]],
    ) -> dict[str, Audience]:
        """Event (c) and growth (a), one transaction: read the row of each subject, let `change(subject,
        row)` say what it is now (None = leave it), note the members gained and lost, and mark what
        `accepted()` then names.

        A subject's first row notes no change: whoever wrote a document of it to the consolidated database
        before has not read the row yet, and will read this one.
        """
        result = {}
        with self._transaction() as db:
            self._require_this_life(db)
            for subject in subjects:
                found = db.execute("SELECT n, row FROM audiences WHERE subject = ?", (subject,)).fetchone()
                old: Audience | None = json.loads(found[1]) if found else None
                new = change(subject, json.loads(found[1]) if found else None)
                if new is None:
                    continue
                result[subject] = new
                if old is None:
                    db.execute("INSERT INTO audiences VALUES (?, 0, ?)", (subject, _dump(new)))
                elif old != new:
                    self._move(db, subject, found[0], old, new)
                if old != new:
                    # Whoever was not heard may be heard now. (Mostly this step has asked; another worker may hold more.)
                    db.execute("UPDATE waiting SET due = 0 WHERE subject = ? AND state = 'held'", (subject,))
            db.executemany("INSERT OR IGNORE INTO ledger VALUES (?, 0)", [(key,) for key in accepted()])
        return result

    def _move(self, db: sqlite3.Connection, subject: str, n: int, old: Audience, new: Audience) -> None:
        before, after = set(old["databases"]), set(new["databases"])
        for database in sorted(before ^ after):
            n += 1
            row = (subject, database, database in after, n, 0.0)
            db.execute("INSERT OR REPLACE INTO changes VALUES (?, ?, ?, ?, ?)", row)
        n += before == after        # a row that has changed has another number
        db.execute("UPDATE audiences SET n = ?, row = ? WHERE subject = ?", (n, _dump(new), subject))

    def audience(self, subject: str) -> Audience | None:
        return self.numbered_audience(subject)[1]

    def numbered_audience(self, subject: str) -> tuple[int, Audience | None]:
        """The row with its number; (-1, None) while nothing of the subject is accepted."""
        rows = self._rows("SELECT n, row FROM audiences WHERE subject = ?", (subject,))
        return (int(str(rows[0][0])), json.loads(str(rows[0][1]))) if rows else (-1, None)

    def audience_with_changes(self, subject: str) -> tuple[Audience | None, set[str]]:
        """The row, and the members whose copies are still being made or taken away: one moment of both."""
        with self._transaction() as db:
            row = db.execute("SELECT row FROM audiences WHERE subject = ?", (subject,)).fetchone()
            moving = db.execute("SELECT database FROM changes WHERE subject = ?", (subject,)).fetchall()
        return (json.loads(row[0]) if row else None), {database for (database,) in moving}

    def subjects(self, after: str = "", limit: int = tuning.ROUTER_PAGE) -> list[str]:
        """Subjects in order, the page after `after`."""
        query = "SELECT subject FROM audiences WHERE subject > ? ORDER BY subject LIMIT ?"
        return [str(row[0]) for row in self._rows(query, (after, limit))]

    # --- changes of audiences ---------------------------------------------------------------------

    def changes(self, now: float, mine: Callable[[str], bool] = lambda subject: True) -> list[Change]:
        """Members gained and lost that are due, of the subjects that are `mine`."""
        rows = self._rows("SELECT subject, database, gained, n FROM changes WHERE due <= ? ORDER BY subject, n", (now,))
        return [Change(str(s), str(d), bool(g), int(str(n))) for s, d, g, n in rows if mine(str(s))]

    def postpone(self, change: Change, due: float) -> None:
        with self._transaction() as db:
            db.execute("UPDATE changes SET due = ? WHERE subject = ? AND database = ? AND n = ?",
                       (due, change.subject, change.database, change.n))

    def finish(self, change: Change, wanted: Sequence[Wanted], counts: Mapping[str, int]) -> None:
        """The change is done. Has the audience changed again meanwhile, the newer change stays."""
        with self._transaction() as db:
            db.execute("DELETE FROM changes WHERE subject = ? AND database = ? AND n = ?",
                       (change.subject, change.database, change.n))
            _want(db, wanted)
            _count(db, counts)

    # --- the end of a step ------------------------------------------------------------------------

    def settle(self, settlement: Settlement, worker: str) -> None:
        """Event (e). Raises `AnotherLife`."""
        with self._transaction() as db:
            self._require_this_life(db)
            db.executemany("INSERT OR REPLACE INTO ledger VALUES (?, 1)", [(key,) for key in settlement.settled])
            db.executemany("DELETE FROM waiting WHERE key = ? AND source = ?", settlement.done)
            _wait(db, [_unless_woken(db, _unless_outdated(db, waiting)) for waiting in settlement.waiting])
            _wake(db, settlement.woken)
            _want(db, settlement.wanted)
            _count(db, settlement.counts)
            db.executemany("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?)", [
                (mark.source, worker, mark.peer_id, mark.epoch, json.dumps(mark.seq)) for mark in settlement.marks])
        here = self._remembered()
        here.update(dict.fromkeys(settlement.settled))
        for key in list(itertools.islice(here, max(0, len(here) - _MOST_SETTLED))):
            del here[key]

    def _remembered(self) -> dict[Key, None]:
        """What this process has settled in the file as it is now: one that was made anew knows nothing of it."""
        if self._settled_in != self._file.lives:
            self._settled.clear()
            self._settled_in = self._file.lives
        return self._settled

    # --- waiting documents ------------------------------------------------------------------------

    def wait(self, waiting: Sequence[Waiting]) -> None:
        with self._transaction() as db:
            _wait(db, waiting)

    def due(self, now: float, horizon: str, limit: int = tuning.ROUTER_PAGE, mine: Callable[[str], bool] | None = None
            ) -> list[Waiting]:
        """Documents whose time has come, and held ones that were judged under another horizon; of the subjects that are `mine`
        (None: of all)."""
        where, values = "(due <= ? OR (state = 'held' AND horizon <> ?))", list[object]([now, horizon])
        if mine is not None:
            subjects = [str(row[0]) for row in self._rows(f"SELECT DISTINCT subject FROM waiting WHERE {where}", values)]
            where += " AND subject IN (SELECT value FROM json_each(?))"
            values.append(json.dumps([subject for subject in subjects if mine(subject)]))
        return self._waiting(f"{where} ORDER BY source, since LIMIT ?", (*values, limit))

    def waiting(self, doc_id: str | None = None) -> list[Waiting]:
        """All waiting documents, or those of one id."""
        if doc_id is None:
            return self._waiting("1 ORDER BY since", ())
        return self._waiting("id = ? ORDER BY since", (doc_id,))

    def _waiting(self, where: str, values: Sequence[object]) -> list[Waiting]:
        query = f"SELECT source, subject, doc, state, reason, tries, horizon, since, due FROM waiting WHERE {where}"
        rows: list[Any] = self._rows(query, values)
        return [Waiting(row[0], row[1], json.loads(row[2]), *row[3:]) for row in rows]

    def held(self, subject: str) -> list[Waiting]:
        """What is held of this subject, for whatever reason."""
        return self._waiting("subject = ? AND state = 'held' ORDER BY since", (subject,))

    def queue(self) -> tuple[dict[str, int], float | None]:
        """How many documents wait in which state, and since when the oldest held one does (seconds since 1970 UTC)."""
        states = {str(row[0]): int(str(row[1])) for row in self._rows("SELECT state, count(*) FROM waiting GROUP BY state")}
        oldest = self._rows("SELECT min(since) FROM waiting WHERE state = 'held'")[0][0]
        return states, None if oldest is None else float(str(oldest))

    def next_due(self) -> float | None:
        """When the next waiting document or change is due, in seconds of the router's clock."""
        rows = self._rows("SELECT min(due) FROM (SELECT due FROM waiting UNION ALL SELECT due FROM changes)")
        return None if rows[0][0] is None else float(str(rows[0][0]))

    # --- wanted chunks ----------------------------------------------------------------------------

    def wanted(self, origin: str, chunks: Sequence[str]) -> list[Wanted]:
        """Who wants these chunks of the database `origin`."""
        found = []
        for start in range(0, len(chunks), _IN):
            part = chunks[start : start + _IN]
            marks = ",".join("?" * len(part))
            query = f"SELECT chunk, target FROM wanted WHERE origin = ? AND chunk IN ({marks})"
            found += [Wanted(origin, str(c), str(t)) for c, t in self._rows(query, (origin, *part))]
        return found

    def fresh_wanted(self, limit: int = tuning.ROUTER_PAGE, without: Iterable[str] = ()) -> list[Wanted]:
        """Wishes that nobody has looked for yet, but for those from or to the databases `without`."""
        rows = self._rows(
            "SELECT origin, chunk, target FROM wanted WHERE looked = 0 AND origin NOT IN (SELECT value FROM json_each(?1))"
            " AND target NOT IN (SELECT value FROM json_each(?1)) ORDER BY origin LIMIT ?2",
            (json.dumps(sorted(without)), limit),
        )
        return [Wanted(str(o), str(c), str(t)) for o, c, t in rows]

    def looked(self, absent: Sequence[Wanted]) -> None:
        """These have not come yet: from now on the feed of their origin will tell."""
        with self._transaction() as db:
            db.executemany("UPDATE wanted SET looked = 1 WHERE origin = ? AND chunk = ? AND target = ?",
                           [(w.origin, w.chunk, w.target) for w in absent])

    def delivered(self, wanted: Sequence[Wanted], counts: Mapping[str, int]) -> None:
        with self._transaction() as db:
            db.executemany("DELETE FROM wanted WHERE origin = ? AND chunk = ? AND target = ?",
                           [(w.origin, w.chunk, w.target) for w in wanted])
            _count(db, counts)

    # --- sweeps and counters ----------------------------------------------------------------------

    def ask_sweep(self, database: str) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO sweeps VALUES (?)", (database,))

    def asked_sweeps(self) -> list[str]:
        return [str(row[0]) for row in self._rows("SELECT database FROM sweeps")]

    def swept(self, databases: Iterable[str], counts: Mapping[str, int]) -> None:
        with self._transaction() as db:
            db.executemany("DELETE FROM sweeps WHERE database = ?", [(name,) for name in databases])
            _count(db, counts)

    def counters(self) -> dict[str, int]:
        return {str(name): int(str(value)) for name, value in self._rows("SELECT name, value FROM counters")}

    def sizes(self) -> dict[str, int]:
        """Rows per table, for a status page."""
        return {table: int(str(self._rows(f"SELECT count(*) FROM {table}")[0][0])) for table in _DERIVED}


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _wait(db: sqlite3.Connection, waiting: Sequence[Waiting]) -> None:
    # A document that waits again keeps the time since when it has been waiting.
    db.executemany(
        "INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key, source) DO UPDATE SET"
        " state = excluded.state, reason = excluded.reason, tries = excluded.tries,"
        " horizon = excluded.horizon, due = excluded.due",
        [
            (*w.key, w.subject, str(w.doc["_id"]), _dump(w.doc), w.state, w.reason, w.tries, w.horizon,
             w.since, w.due)
            for w in waiting
        ],
    )


def _unless_outdated(db: sqlite3.Connection, waiting: Waiting) -> Waiting:
    """A document that a row did not hear, when this is the row no more, is judged again at once: so it does not matter whether
    the row grew before or after this was written."""
    if waiting.row_n is None:
        return waiting
    found = db.execute("SELECT n FROM audiences WHERE subject = ?", (waiting.subject,)).fetchone()
    return waiting if (found[0] if found else -1) == waiting.row_n else replace(waiting, due=0.0)


def _unless_woken(db: sqlite3.Connection, waiting: Waiting) -> Waiting:
    """Another worker may have brought what it waits for before this was written."""
    if waiting.state != "held" or not db.execute("DELETE FROM woken WHERE id = ?", (waiting.doc["_id"],)).rowcount:
        return waiting
    return replace(waiting, due=0.0)


def _wake(db: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Held documents are due now; what is not held yet will be when it comes (`_unless_woken`)."""
    absent = [(id,) for id in ids if not db.execute(
        "UPDATE waiting SET due = 0 WHERE id = ? AND state = 'held'", (id,)).rowcount]
    if absent:
        db.executemany("INSERT OR REPLACE INTO woken (id) VALUES (?)", absent)
        db.execute("DELETE FROM woken WHERE n <= (SELECT max(n) FROM woken) - ?", (_MOST_WOKEN,))


def _want(db: sqlite3.Connection, wanted: Sequence[Wanted]) -> None:
    rows = [(w.origin, w.chunk, w.target) for w in wanted]
    db.executemany("INSERT OR IGNORE INTO wanted VALUES (?, ?, ?, 0)", rows)


def _count(db: sqlite3.Connection, counts: Mapping[str, int]) -> None:
    db.executemany(
        "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        [(name, value) for name, value in counts.items() if value],
    )
