"""A file that processes share stays one file for all of them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sync.shared_file import SharedFile

ANOTHER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
print(sorted(row[0] for row in db.execute("SELECT word FROM words")))
db.close()
"""


def another_process(path: Path) -> str:
    """What a process of its own reads; closing, it removes the log when it believes that nobody else uses the file."""
    return subprocess.run([sys.executable, "-c", ANOTHER, str(path)], capture_output=True, text=True, check=True).stdout.strip()


def write(file: SharedFile, word: str) -> None:
    with file.changing() as db:
        db.execute("INSERT INTO words VALUES (?)", (word,))


def test_opening_the_file_a_second_time_does_not_let_go_of_what_the_first_holds(tmp_path: Path) -> None:
    path = tmp_path / "shared.sqlite"
    first = SharedFile(path)
    with first.changing() as db:
        db.execute("CREATE TABLE words(word TEXT)")
    first.keep()
    second = SharedFile(path)               # POSIX: one handle closed, and all locks of the process are gone
    another_process(path)
    write(first, "a")
    assert another_process(path) == "['a']"
    write(second, "b")
    second.close()
    write(first, "c")
    first.close()
    with closing(sqlite3.connect(path)) as db:
        assert sorted(row[0] for row in db.execute("SELECT word FROM words")) == ["a", "b", "c"]


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "shared.sqlite"
    file = SharedFile(path)
    with file.changing() as db:
        db.execute("CREATE TABLE words(word TEXT)")
    assert {entry.name: entry.stat().st_mode & 0o777 for entry in tmp_path.iterdir()}.items() >= {("shared.sqlite", 0o600)}
    assert all(entry.stat().st_mode & 0o077 == 0 for entry in tmp_path.iterdir())
    file.close()
