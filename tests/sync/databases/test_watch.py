"""Which files the watch looks at: those that the system names, all of them where it names none."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.databases import Databases
from sync.databases.watch import CommitWatch
from sync.databases.written import WrittenFiles, watched

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")


@contextmanager
def looking(root: Path, *, told: bool) -> Iterator[CommitWatch]:
    """A watch that looks only when it is told to, and never at all files again where the system tells."""
    watch = CommitWatch(root, watched if told else lambda folder: None)
    watch._stop.set()
    end = watch.subscribe(lambda name: None)
    watch._all_due = math.inf
    try:
        yield watch
    finally:
        end()
        watch.close()


@pytest.mark.parametrize("told", [pytest.param(True, marks=linux), False])
def test_commits_new_and_deleted_databases_are_seen(tmp_path: Path, told: bool) -> None:
    with Databases(tmp_path / "data") as databases:
        for name in ("one", "two", "a/b"):
            databases.create(name)
        with looking(databases.root, told=told) as watch:
            watch._changed()
            watch._fresh.clear()
            for name in ("two", "a/b"):
                with databases.lease(name) as replica:
                    replica.put({"_id": "a"})
                assert name in watch._changed()
            databases.create("three")
            assert "three" in watch._changed()
            databases.delete("one")
            assert "one" in watch._changed()
            assert "one" not in watch._seen


@linux
def test_a_file_that_nobody_wrote_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Databases(tmp_path / "data") as databases:
        for name in ("one", "two"):
            databases.create(name)
        with looking(databases.root, told=True) as watch:
            watch._changed()
            watch._fresh.clear()
            with databases.lease("two") as replica:
                replica.put({"_id": "a"})
            assert watch._worth_a_look() == {"two"}
            assert watch._worth_a_look() == set()
            watch._all_due = 0.0
            assert watch._worth_a_look() is None


@linux
def test_after_too_many_writes_or_a_deleted_folder_all_are_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    there = watched(folder)
    assert isinstance(there, WrittenFiles)
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    for n in range(most // 2 + 2):          # two each: made, and taken away
        (folder / f"{n % 2}").touch()
        (folder / f"{n % 2}").unlink()
    assert there.take() is None
    (folder / "a").touch()
    assert there.take() == {"a"}
    shutil.rmtree(folder)
    folder.mkdir()
    assert there.take() is None
    assert there.take() is None
    there.close()


def test_where_the_system_tells_nothing_everything_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched(tmp_path / "nowhere") is None
    monkeypatch.setattr(sys, "platform", "win32")
    assert watched(tmp_path) is None


def test_a_watch_that_is_closed_twice_closes_no_file_of_anybody_else(tmp_path: Path) -> None:
    watch = CommitWatch(tmp_path)
    watch.subscribe(lambda _name: None)
    watch.close()
    with (tmp_path / "other").open("wb", buffering=0) as other:
        watch.close()
        assert other.write(b"whole") == 5
