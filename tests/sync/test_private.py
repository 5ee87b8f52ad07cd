"""A folder for its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from sync.private import only_owner


def test_everything_below_is_closed_and_told_and_a_link_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o644)
    home = tmp_path / "home"
    (home / "log").mkdir(parents=True)
    for path, mode in ((home, 0o755), (home / "log", 0o750)):
        path.chmod(mode)
    for name, mode in (("a", 0o644), ("log/b", 0o600), ("log/c", 0o666)):
        (home / name).write_text("x")
        (home / name).chmod(mode)
    os.symlink(outside, home / "link")
    assert {(path.name, mode) for path, mode in only_owner(home)} == {("home", 0o755), ("log", 0o750), ("a", 0o644), ("c", 0o666)}
    assert {p.name: p.stat().st_mode & 0o777 for p in home.rglob("*") if not p.is_symlink()} == {
        "log": 0o700, "a": 0o600, "b": 0o600, "c": 0o600}
    assert home.stat().st_mode & 0o777 == 0o700
    assert outside.stat().st_mode & 0o777 == 0o644
    assert only_owner(home) == []
