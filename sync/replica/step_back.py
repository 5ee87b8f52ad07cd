"""A replica file as an older program expects it: the last numbered migrations of `schema` undone.

Only what a migration added is taken away again; documents, revisions and sequences stay as they are. For an operator who goes
back to the program of before; nobody may have the file open.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from sync.errors import NewerVersion, StorageError
from sync.replica.schema import APPLICATION_ID, SCHEMA_VERSION
from sync.storage import open_file, storage_errors

# What undoes the migration to this number. A new migration brings its way back, or says here that there is none.
_BACK: dict[int, tuple[str, ...]] = {
    3: ("ALTER TABLE local_docs DROP COLUMN written",),
    2: ("DROP TABLE mango_entries", "DROP TABLE mango_indexes"),
}
OLDEST = min(_BACK) - 1


def schema_of(path: Path, key: bytes | None = None) -> int:
    """The number of the file's tables; 0 for an empty file."""
    with storage_errors(path), contextlib.closing(open_file(path, key, read_only=True, timeout_s=10)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def step_back(path: Path, to: int, key: bytes | None = None) -> None:
    """Undo migrations until the file has the tables of number `to`; one transaction. Raises NewerVersion for a file that is
    newer than this program, StorageError for a number to which no way leads or a file in use."""
    if not OLDEST <= to <= SCHEMA_VERSION:
        raise StorageError(f"{path.name}: no way leads to schema {to}; it may be {OLDEST} to {SCHEMA_VERSION}")
    with storage_errors(path), contextlib.closing(open_file(path, key, timeout_s=5)) as db:
        db.execute("BEGIN EXCLUSIVE")
        version, mark = (int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("user_version", "application_id"))
        if mark != APPLICATION_ID or version > SCHEMA_VERSION:
            db.execute("ROLLBACK")
            raise NewerVersion(f"{path.name}: made by a newer program, or no replica")
        for number in range(version, to, -1):
            for statement in _BACK[number]:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number - 1}")
        db.execute("COMMIT")
