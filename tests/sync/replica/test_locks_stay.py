"""Looking at the beginning of a file that is open here drops none of the locks that this process has on it.

POSIX drops all of them when any handle to the file is closed. The next program that closes the file then takes itself for the
last one, and removes the log into which this process goes on writing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sync import storage
from sync.encrypting import looks_like_sqlite
from sync.errors import StorageError, WrongKey
from sync.replica import LocalReplica
from sync.replica.connection import connect, looks_encrypted
from sync.storage import can_encrypt

VISIT = """import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("SELECT count(*) FROM sqlite_master").fetchone()
db.close()"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there locks belong to handles")


def wrong_key(path: Path) -> None:
    with pytest.raises((WrongKey, StorageError)):
        connect(path, bytes(32))


@pytest.mark.parametrize("look", [looks_like_sqlite, looks_encrypted, *([wrong_key] if can_encrypt() else [])])
def test_another_program_that_comes_and_goes_takes_no_log_away(tmp_path: Path, look: Callable[[Path], object]) -> None:
    path = tmp_path / "a.replica"
    with LocalReplica.open(path) as replica:
        replica.put({"_id": "one"})
        look(path)
        subprocess.run([sys.executable, "-c", VISIT, str(path)], check=True, timeout=60)
        assert path.with_name(path.name + "-wal").exists(), "the log was removed under a program that writes into it"
        replica.put({"_id": "two"})
    with LocalReplica.open(path) as again:
        assert {row.id for row in again.all_docs()} == {"one", "two"}


@pytest.mark.skipif(not can_encrypt(), reason="needs SQLCipher")
def test_a_file_open_with_a_key_is_not_opened_without_one(tmp_path: Path) -> None:
    path, key = tmp_path / "a.replica", bytes(range(32))
    with LocalReplica.open(path, key=key) as replica:
        replica.put({"_id": "one"})
        with pytest.raises(WrongKey, match="encrypted"):
            connect(path, None)
        code = ("import sys; from pathlib import Path; from sync.replica.connection import connect;"
                "connect(Path(sys.argv[1]), bytes(range(32))).close()")
        subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=60)
        replica.put({"_id": "two"})
        assert path.with_name(path.name + "-wal").exists()
    with LocalReplica.open(path, key=key) as again:
        assert {row.id for row in again.all_docs()} == {"one", "two"}


def test_a_file_that_was_replaced_is_looked_at_anew(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"SQLite format 3\x00" + bytes(100))
    assert looks_like_sqlite(path)
    other.write_bytes(b"nothing" * 20)
    os.replace(other, path)
    assert not looks_like_sqlite(path)
    path.write_bytes(b"SQLite format 3\x00" + bytes(100))
    assert looks_like_sqlite(path)


def test_so_many_files_are_held_and_those_that_are_gone_are_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_MOST_HEADS", 5)
    monkeypatch.setattr(storage, "_HEADS", {})
    for n in range(20):
        path = tmp_path / f"{n}"
        path.write_bytes(b"x" * 20)
        assert not looks_like_sqlite(path)
        path.unlink()
    for n in range(5):
        (tmp_path / f"kept{n}").write_bytes(b"x")
    assert not any(looks_like_sqlite(tmp_path / f"kept{n}") for n in (0, 1, 2, 3, 4, 0, 1))
    (tmp_path / "more").write_bytes(b"x")
    with pytest.raises(OSError, match="held open"):
        looks_like_sqlite(tmp_path / "more")
