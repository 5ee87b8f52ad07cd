"""What is not finished: forms as they stand at every change, one for each form, case and person, on this device alone.

    drafts.sqlite     drafts(form, case, staff | title, words, saved_at, dropped_at, after_seq)      one row per draft
                      draft_files(form, case, staff, slot | name, type, purpose, party, data)        photographs, ready to send
A thread of its own writes: a form says what it holds now, the newest of it is durable a moment later, and no touch waits for a
disk. What is read is always the newest (`flush` first). The file has mode 600 and the key of the HOME's databases, where there is
one; what is thrown away is overwritten. Must not know: widgets, what a form means, replicas.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.ledger.identity import without
from sync.errors import SyncError
from sync.replica.connection import Connection, connect
from sync.storage import DRIVER_ERRORS, make_private, write_ahead

VERSION = 1
UNDO_MS = 60_000
"""A draft that was thrown away can be taken back for so long; then it is gone from the file."""

log = logging.getLogger("village_node.drafts")
_TROUBLE: tuple[type[Exception], ...] = (SyncError, OSError, *DRIVER_ERRORS)

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS drafts(form TEXT, case_id TEXT, staff TEXT, title TEXT NOT NULL, words TEXT NOT NULL,"
    " saved_at INTEGER NOT NULL, dropped_at INTEGER, after_seq INTEGER, PRIMARY KEY (form, case_id, staff))",
    "CREATE TABLE IF NOT EXISTS draft_files(form TEXT, case_id TEXT, staff TEXT, slot TEXT, name TEXT NOT NULL,"
    " type TEXT NOT NULL, purpose TEXT NOT NULL, party INTEGER, data BLOB NOT NULL, PRIMARY KEY (form, case_id, staff, slot))",
)
_HERE = "form = ? AND case_id = ? AND staff = ?"


@dataclass(frozen=True, slots=True)
class DraftKey:
    """Which form ("intake", "act:escalate"), on which case ("": none), whose."""

    form: str
    case: str
    staff: str

    @property
    def row(self) -> tuple[str, str, str]:
        return (self.form, self.case, self.staff)


@dataclass(frozen=True, slots=True)
class DraftFile:
    name: str
    type: str
    purpose: str
    data: bytes
    party: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """`words`: what the form holds, plain JSON. `after_seq`: it was being saved when the device had written so many records."""

    key: DraftKey
    title: str
    words: Mapping[str, Any]
    saved_at: int
    files: Mapping[str, DraftFile] = field(default_factory=dict)
    after_seq: int | None = None


class Drafts:
    """One per HOME; thread-safe. Writing never raises: a disk that is full is told by `trouble`, and `told()` is called, in the
    thread that writes, when there is trouble and when there is none any more."""

    def __init__(self, path: Path, *, key: bytes | None, clock: Callable[[], int]) -> None:
        self._path, self._key, self._clock = path, key, clock
        self._turn = threading.Condition()
        self._waiting: dict[tuple[str, ...], Callable[[Connection], None]] = {}
        self._writing = False
        self._closed = False
        self._thread: threading.Thread | None = None
        self.trouble = ""
        self.told: Callable[[], None] = lambda: None

    # ---- writing: the newest of each kind is enough

    def save(self, key: DraftKey, title: str, words: Mapping[str, Any]) -> None:
        """What the form holds now; in a file without a key without whole identity numbers, which are typed again rather than kept
        in the clear."""
        text, at = json.dumps(words, ensure_ascii=False), self._clock()
        text = text if self._key else without(text)
        self._later(("words", *key.row), lambda db: db.execute(
            "INSERT INTO drafts(form, case_id, staff, title, words, saved_at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET title = excluded.title, words = excluded.words, saved_at = excluded.saved_at,"
            " dropped_at = NULL, after_seq = NULL", (*key.row, title, text, at)))

    def put_file(self, key: DraftKey, slot: str, file: DraftFile) -> None:
        row = (*key.row, slot, file.name, file.type, file.purpose, file.party, file.data)
        self._later(("file", *key.row, slot), lambda db: db.execute(
            "INSERT OR REPLACE INTO draft_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row))

    def drop_file(self, key: DraftKey, slot: str) -> None:
        self._later(("file", *key.row, slot), lambda db: db.execute(
            f"DELETE FROM draft_files WHERE {_HERE} AND slot = ?", (*key.row, slot)))

    def saving(self, key: DraftKey, seq: int) -> None:
        """The form is about to be saved: should the program end before `finish`, a record after `seq` is what became of it."""
        self._later(("saving", *key.row), lambda db: db.execute(
            f"UPDATE drafts SET after_seq = ? WHERE {_HERE}", (seq, *key.row)))
        self.flush()

    def finish(self, key: DraftKey) -> None:
        """The form is a record now, or has nothing in it."""
        self._forget_waiting(key)
        self._later(("finish", *key.row), lambda db: _delete(db, key))

    def drop(self, key: DraftKey) -> None:
        """Thrown away; `take_back` undoes it for a while."""
        at = self._clock()
        self._later(("drop", *key.row), lambda db: db.execute(
            f"UPDATE drafts SET dropped_at = ? WHERE {_HERE}", (at, *key.row)))

    def take_back(self, key: DraftKey) -> None:
        self._later(("drop", *key.row), lambda db: db.execute(
            f"UPDATE drafts SET dropped_at = NULL WHERE {_HERE}", key.row))

    def flush(self) -> None:
        """Returns when everything said so far is durable (or has failed: `trouble`)."""
        with self._turn:
            self._turn.wait_for(lambda: not self._waiting and not self._writing)

    def close(self) -> None:
        self.flush()
        with self._turn:
            self._closed = True
            self._turn.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    # ---- reading

    def get(self, key: DraftKey) -> Draft | None:
        with self._reader() as db:
            row = db.execute(f"SELECT title, words, saved_at, after_seq FROM drafts WHERE {_HERE} AND dropped_at IS NULL",
                             key.row).fetchone()
            files = db.execute("SELECT slot, name, type, purpose, data, party FROM draft_files"
                               f" WHERE {_HERE} ORDER BY rowid", key.row).fetchall()
        if row is None:
            return None
        return Draft(key, row[0], json.loads(row[1]), row[2], {f[0]: DraftFile(*f[1:]) for f in files}, row[3])

    def listed(self, staff: str) -> list[Draft]:
        """A person's unfinished forms, the newest first, without their files."""
        with self._reader() as db:
            rows = db.execute("SELECT form, case_id, staff, title, words, saved_at, after_seq FROM drafts"
                              " WHERE staff = ? AND dropped_at IS NULL ORDER BY saved_at DESC", (staff,)).fetchall()
        return [Draft(DraftKey(*r[:3]), r[3], json.loads(r[4]), r[5], after_seq=r[6]) for r in rows]

    # ---- inside

    def _later(self, name: tuple[str, ...], write: Callable[[Connection], Any]) -> None:
        with self._turn:
            self._waiting.pop(name, None)           # the newest of a kind goes to the end, after what it may rest on
            self._waiting[name] = write
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="drafts", daemon=True)
                self._thread.start()
            self._turn.notify_all()

    def _forget_waiting(self, key: DraftKey) -> None:
        with self._turn:
            for name in [n for n in self._waiting if n[1:4] == key.row]:
                del self._waiting[name]

    def _write(self) -> None:
        db: Connection | None = None
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    break
                batch, self._waiting, self._writing = list(self._waiting.values()), {}, True
            try:
                db = db or self._open()
                with _transaction(db):
                    for write in batch:
                        write(db)
                trouble = ""
            except _TROUBLE as error:
                log.error("a draft could not be kept: %s", type(error).__name__)
                trouble = type(error).__name__
            before, self.trouble = self.trouble, trouble
            if bool(before) != bool(trouble):
                self.told()
            with self._turn:
                self._writing = False
                self._turn.notify_all()
        if db is not None:
            db.close()

    def _open(self) -> Connection:
        make_private(self._path)
        db = connect(self._path, self._key)
        write_ahead(db)
        db.execute("PRAGMA secure_delete = ON")
        found = db.execute("PRAGMA user_version").fetchone()[0]
        with _transaction(db):
            if found > VERSION:                    # a newer program's drafts: kept for it, under another name
                raise OSError("the drafts were written by a newer program")
            for sql in _SCHEMA:
                db.execute(sql)
            db.execute(f"PRAGMA user_version = {VERSION}")
            gone = db.execute("SELECT form, case_id, staff FROM drafts WHERE dropped_at < ?", (self._clock() - UNDO_MS,))
            for row in gone.fetchall():
                _delete(db, DraftKey(*row))
        return db

    @contextlib.contextmanager
    def _reader(self) -> Iterator[Connection]:
        self.flush()
        if not self._path.exists():
            self._later(("open",), lambda db: None)
            self.flush()
        db = connect(self._path, self._key, query_only=True)
        try:
            yield db
        finally:
            db.close()


@contextlib.contextmanager
def _transaction(db: Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(*DRIVER_ERRORS):
            db.execute("ROLLBACK")
        raise


def _delete(db: Connection, key: DraftKey) -> None:
    db.execute(f"DELETE FROM drafts WHERE {_HERE}", key.row)
    db.execute(f"DELETE FROM draft_files WHERE {_HERE}", key.row)
