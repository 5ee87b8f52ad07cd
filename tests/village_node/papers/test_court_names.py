"""The parts of a court package on a real file system, whose names hold 255 bytes."""

from __future__ import annotations

from pathlib import Path

from shared.disputes.papers.court_package import Opened, Part
from village_node.papers.court import write_parts


def test_long_chinese_names_are_cut_with_their_ending_kept_and_stay_apart(tmp_path: Path) -> None:
    long = "01-" + "证" * 100
    parts = [Part(f"{long}一.jpg", b"1"), Part(f"{long}二.jpg", b"2"), Part("about.json", b"3"), Part("D10.pdf", b"4")]
    names = write_parts(Opened({"case": "DEMO"}, "DEMO", tuple(parts)), str(tmp_path / "opened"))
    assert len(set(names)) == 4
    assert names[0].endswith(".jpg")
    assert names[3] == "D10.pdf"
    assert all(len(name.encode()) <= 255 for name in names)
    assert [(tmp_path / "opened" / name).read_bytes() for name in names] == [b"1", b"2", b"3", b"4"]
