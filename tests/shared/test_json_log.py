"""A log that the disk does not take: no traceback, no end of the program; a file that is too long is put aside."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from shared.json_log import DailyLog, SizedLog


@pytest.mark.parametrize("kind", ["sized", "daily"])
def test_a_full_disk_costs_lines_and_nothing_else(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    full = Path("/dev/full")
    handler = SizedLog(full) if kind == "sized" else DailyLog(full, 3)
    logger = logging.getLogger(f"tests.full.{kind}")
    logger.addHandler(handler)
    try:
        logger.warning("a line")
    finally:
        logger.removeHandler(handler)
        handler.close()
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_that_is_too_long_is_put_aside_and_few_are_kept(tmp_path: Path) -> None:
    handler = SizedLog(tmp_path / "a.log", most=200, kept=2)
    for n in range(20):
        handler.handle(logging.LogRecord("tests", logging.WARNING, __file__, n, "line %s", (n,), None))
    handler.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.log", "a.log.1", "a.log.2"]
