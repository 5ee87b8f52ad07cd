"""Files that several programs make at the same moment: an app and a command at the first start of a HOME, a hub and its workers.

SQLite gives up the change to a write-ahead log at once where somebody else has the file, whatever its patience else.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sync import errors, tuning
from sync.projector import Projector
from sync.replica import LocalReplica
from sync.router.cache_file import CacheFile
from sync.shared_file import SharedFile
from sync.storage import open_file, write_ahead
from tests.sync.test_projector import Words
from village_node.point.drafts import DraftKey, Drafts

ROUNDS, AT_ONCE = 60, 6


def made(what: str, path: Path, source: LocalReplica) -> None:
    if what == "projector":
        projector = Projector(path, source, Words())
        assert projector.catch_up() in (0, 1)
        projector.close()
    elif what == "router's cache":
        CacheFile(path, "CREATE TABLE IF NOT EXISTS t (id TEXT)").close()
    elif what == "shared file":
        file = SharedFile(path)
        with file.changing() as db:
            db.execute("CREATE TABLE IF NOT EXISTS t (id TEXT)")
        file.close()
    else:
        drafts = Drafts(path, key=None, clock=lambda: 0)
        drafts.save(DraftKey("f", "", "p"), "", {"x": what})
        drafts.close()
        assert not drafts.trouble


@pytest.mark.parametrize("what", ["projector", "router's cache", "shared file", "drafts"])
def test_a_file_that_several_make_at_once_is_made_by_all(tmp_path: Path, what: str) -> None:
    source = LocalReplica.open(tmp_path / "source.replica")
    source.bulk_docs([{"_id": "w1", "word": "one"}])
    wrong: list[BaseException] = []

    def work(path: Path, go: threading.Barrier) -> None:
        go.wait(60)
        try:
            made(what, path, source)
        except BaseException as fault:
            wrong.append(fault)

    for n in range(ROUNDS):
        go = threading.Barrier(AT_ONCE)
        threads = [threading.Thread(target=work, args=(tmp_path / f"{n}.sqlite", go)) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    source.close()
    assert wrong == []


def test_a_file_that_another_never_lets_go_is_an_error_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "WAL_TRIES", 3)
    holder = open_file(tmp_path / "held.sqlite", timeout_s=0.1)
    holder.execute("BEGIN EXCLUSIVE")
    other = open_file(tmp_path / "held.sqlite", timeout_s=0.1)
    with pytest.raises(errors.ServerError, match="locked"):
        write_ahead(other)
    holder.execute("ROLLBACK")
    write_ahead(other)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    holder.close()
    other.close()
