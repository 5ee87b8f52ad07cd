"""The projector: tables follow the feed, exactly, whatever happens in between."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from sync.errors import Corrupt, DiskFull
from sync.peer import Doc
from sync.projector import PROJECTOR_BATCH, Projector
from sync.replica import LocalReplica


class Words:
    """Counts words per document; version 2 keeps them in upper case."""

    def __init__(self, version: int = 1) -> None:
        self.version = version
        self.fail = False

    def create(self, db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE words (id TEXT PRIMARY KEY, word TEXT)")
        db.execute("CREATE VIRTUAL TABLE found USING fts5 (word)")
        db.execute("CREATE VIEW short AS SELECT id FROM words WHERE length(word) < 4")

    def apply(self, db: sqlite3.Connection, docs: Sequence[Doc]) -> None:
        for doc in docs:
            if doc.get("_deleted"):
                db.execute("DELETE FROM words WHERE id = ?", (doc["_id"],))
                continue
            word = doc["word"].upper() if self.version == 2 else doc["word"]
            db.execute("INSERT OR REPLACE INTO words VALUES (?, ?)", (doc["_id"], word))
        if self.fail:
            raise RuntimeError("the power failed")


@pytest.fixture
def source(tmp_path: Path):
    replica = LocalReplica.open(tmp_path / "source.replica")
    yield replica
    replica.close()


def fill(source: LocalReplica, start: int, stop: int) -> None:
    assert all(r.ok for r in source.bulk_docs([{"_id": f"w{i:04d}", "word": f"word {i}"} for i in range(start, stop)]))


def words(projector: Projector) -> dict[str, str]:
    with projector.reader() as db:
        return dict(db.execute("SELECT id, word FROM words ORDER BY id").fetchall())


def test_tables_follow_the_feed_and_stop_when_there_is_nothing_new(source, tmp_path) -> None:
    projector = Projector(tmp_path / "read.sqlite", source, Words())
    fill(source, 0, 1200)
    seen: list[int] = []
    assert projector.lag() == 1200
    assert projector.catch_up(progress=seen.append) == 1200
    assert seen[-1] == 1200
    assert len(seen) > 1
    assert projector.catch_up() == 0
    assert projector.lag() == 0
    assert len(words(projector)) == 1200
    source.delete("w0007", source.get("w0007")["_rev"])
    fill(source, 1200, 1203)
    assert projector.catch_up(limit=2) == 2
    assert projector.catch_up() == 2
    assert "w0007" not in words(projector)
    assert len(words(projector)) == 1202
    projector.close()


def test_a_batch_that_fails_leaves_neither_rows_nor_checkpoint(source, tmp_path) -> None:
    projection = Words()
    projector = Projector(tmp_path / "read.sqlite", source, projection)
    fill(source, 0, 10)
    projection.fail = True
    with pytest.raises(RuntimeError):
        projector.catch_up()
    assert words(projector) == {}
    projection.fail = False
    assert projector.catch_up() == 10
    projector.close()


def test_a_new_version_of_the_projection_rebuilds_by_itself(source, tmp_path) -> None:
    fill(source, 0, 5)
    old = Projector(tmp_path / "read.sqlite", source, Words(1))
    old.catch_up()
    old.close()
    new = Projector(tmp_path / "read.sqlite", source, Words(2))
    assert new.lag() == 5
    assert new.catch_up() == 5
    assert words(new)["w0003"] == "WORD 3"
    new.close()


def test_another_replica_or_epoch_rebuilds_by_itself(source, tmp_path) -> None:
    fill(source, 0, 5)
    projector = Projector(tmp_path / "read.sqlite", source, Words())
    projector.catch_up()
    source.new_epoch()
    assert projector.catch_up() == 5
    projector.close()
    with_other = LocalReplica.open(tmp_path / "other.replica")
    fill(with_other, 100, 102)
    other = Projector(tmp_path / "read.sqlite", with_other, Words())
    assert other.catch_up() == 2
    assert sorted(words(other)) == ["w0100", "w0101"]
    other.close()
    with_other.close()


def test_rebuild_reads_everything_again(source, tmp_path) -> None:
    fill(source, 0, 5)
    projector = Projector(tmp_path / "read.sqlite", source, Words())
    projector.catch_up()
    assert projector.rebuild() == 5
    assert len(words(projector)) == 5
    projector.close()


def test_documents_that_were_evicted_leave_the_tables(source, tmp_path) -> None:
    fill(source, 0, 5)
    projector = Projector(tmp_path / "read.sqlite", source, Words())
    projector.catch_up()
    source.evict(["w0002"])
    projector.forget(["w0002"])
    projector.catch_up()
    assert "w0002" not in words(projector)
    projector.close()


def test_two_projectors_on_one_file_share_the_work(source, tmp_path) -> None:
    fill(source, 0, 2000)
    counts: list[int] = []

    def work() -> None:
        projector = Projector(tmp_path / "read.sqlite", source, Words())
        counts.append(projector.catch_up())
        projector.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    projector = Projector(tmp_path / "read.sqlite", source, Words())
    assert sum(counts) == 2000
    assert len(words(projector)) == 2000
    projector.close()


def test_a_reader_cannot_write_and_sees_one_moment(source, tmp_path) -> None:
    fill(source, 0, 5)
    projector = Projector(tmp_path / "read.sqlite", source, Words())
    projector.catch_up()
    with projector.reader() as db:
        assert db.execute("SELECT count(*) FROM words").fetchone() == (5,)
        fill(source, 5, 8)
        projector.catch_up()
        assert db.execute("SELECT count(*) FROM words").fetchone() == (5,)
        assert projector.lag() == 3
        with pytest.raises(sqlite3.OperationalError):
            db.execute("DELETE FROM words")
    assert len(words(projector)) == 8
    projector.close()


def test_the_tables_can_be_encrypted(source, tmp_path) -> None:
    pytest.importorskip("sqlcipher3")
    fill(source, 0, 5)
    projector = Projector(tmp_path / "read.sqlite", source, Words(), key=bytes(range(32)))
    projector.catch_up()
    assert len(words(projector)) == 5
    projector.close()
    assert b"word 3" not in (tmp_path / "read.sqlite").read_bytes()


@pytest.mark.parametrize("harm", ["noise", "cut", "text", "holes"])
def test_a_damaged_file_is_made_anew_by_itself(source, tmp_path, harm: str) -> None:
    path = tmp_path / "read.sqlite"
    projector = Projector(path, source, Words())
    fill(source, 0, 800)
    projector.catch_up()
    projector.close()
    data = path.read_bytes()
    noise = bytes(range(255, -1, -1)) * 16
    path.write_bytes({
        "noise": noise * 5, "cut": data[: len(data) // 3], "text": b"not a database at all\n" * 400,
        "holes": data[:4096] + noise * (len(data) // 4096 - 1),
    }[harm])
    again = Projector(path, source, Words())
    for _ in range(2):          # damage that only a question meets is told once
        try:
            again.catch_up()
            if len(words(again)) == 800:
                break
        except Corrupt:
            continue
    assert len(words(again)) == 800
    assert again.lag() == 0
    again.close()


def test_a_thread_whose_file_was_thrown_away_goes_on_with_the_new_one(source, tmp_path) -> None:
    path = tmp_path / "read.sqlite"
    projector = Projector(path, source, Words())
    fill(source, 0, 10)
    projector.catch_up()
    with projector.reader() as old:
        assert old.execute("SELECT count(*) FROM words").fetchone() == (10,)
    projector._throw_away(RuntimeError("found damaged by another thread"))
    fill(source, 10, 20)
    done: list[int] = []
    worker = threading.Thread(target=lambda: done.append(projector.catch_up()))
    worker.start()
    worker.join()
    assert done == [20]
    assert len(words(projector)) == 20
    projector.close()


def test_a_full_disk_is_named_and_costs_nothing_but_time(source, tmp_path) -> None:
    path = tmp_path / "read.sqlite"
    full = Words()
    make = full.create
    full.create = lambda db: (db.execute("PRAGMA max_page_count = 12"), make(db))  # type: ignore[assignment,method-assign]
    projector = Projector(path, source, full)
    fill(source, 0, 1000)
    with pytest.raises(DiskFull):
        projector.catch_up()
    projector.close()
    roomy = Projector(path, source, Words())
    roomy.catch_up()
    assert len(words(roomy)) == 1000
    roomy.close()


def test_a_large_catch_up_gives_its_pages_back_and_a_small_one_keeps_them(source: LocalReplica, tmp_path: Path) -> None:
    projector, said = Projector(tmp_path / "tables", source, Words()), list[str]()
    fill(source, 0, 1)
    projector.catch_up()
    fill(source, 1, 2)
    projector.catch_up()                    # opens the file that is there now
    projector._connections.writer.set_trace_callback(said.append)
    fill(source, 2, 3)
    projector.catch_up()
    assert said
    assert "PRAGMA shrink_memory" not in said
    fill(source, 3, PROJECTOR_BATCH + 10)
    projector.catch_up()
    assert said[-1] == "PRAGMA shrink_memory"
    projector.close()


def test_who_only_looks_waits_for_no_writer(source: LocalReplica, tmp_path: Path) -> None:
    """Nothing is new: no write lock is asked for, so another process may hold it for as long as it likes."""
    projector = Projector(tmp_path / "read.sqlite", source, Words())
    fill(source, 0, 3)
    assert projector.catch_up() == 3
    with contextlib.closing(sqlite3.connect(tmp_path / "read.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert projector.catch_up() == 0
        other.execute("ROLLBACK")
    fill(source, 3, 4)
    assert projector.catch_up() == 1
    assert len(words(projector)) == 4
    projector.close()
