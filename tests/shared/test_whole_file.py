"""Files that a person names: whole or not at all, and nothing but a file is replaced."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.whole_file import AS_USUAL, write_whole


def test_a_file_is_replaced_whole_and_its_link_stays(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    write_whole(file, (b"one",))
    link.symlink_to(file)
    write_whole(link, (b"two", b"three"), AS_USUAL)
    assert (link.is_symlink(), file.read_bytes()) == (True, b"twothree")
    write_whole(tmp_path / "private", (b"",))
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600


def test_what_lies_beside_is_not_written_through(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"other")
    (tmp_path / "file.new").symlink_to(other)
    write_whole(tmp_path / "file", (b"private",))
    assert (other.read_bytes(), (tmp_path / "file").read_bytes(), (tmp_path / "file").is_symlink()) == (
        b"other", b"private", False)
    (tmp_path / "file.new").write_bytes(b"left by a killed program, readable by all")
    (tmp_path / "file.new").chmod(0o644)
    write_whole(tmp_path / "file", (b"again",))
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_what_fails_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"half"
        raise OSError("no more")

    write_whole(tmp_path / "file", (b"old",))
    with pytest.raises(OSError, match="no more"):
        write_whole(tmp_path / "file", parts())
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, (b"x",))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX has pipes with a name")
def test_a_pipe_takes_the_bytes_and_stays_a_pipe_as_a_device_does(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, (b"one", b"two"))
    reader.join()
    assert (got, stat.S_ISFIFO(pipe.stat().st_mode)) == ([b"onetwo"], True)
