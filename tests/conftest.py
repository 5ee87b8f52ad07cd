"""Options of the whole test run."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support import stays

# Hundreds of child processes start our programs, each of a thousand modules: compiling them anew each time was a third of the
# run where PYTHONDONTWRITEBYTECODE is set. Who sets it wants none of it beside the sources; it lies in the cache of the tests.
# Set here, before the workers of xdist start, so that they and the rewritten assertions have it too.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    sys.dont_write_bytecode, sys.pycache_prefix = False, os.environ["PYTHONPYCACHEPREFIX"]


# What the tests write lies in memory where there is room: SQLite waits for the disk at each commit, 25 times as long as a small
# database takes otherwise, and half of its processor time. No test cuts the power; what a killed process leaves is the same.
MEMORY, ROOM = Path("/dev/shm"), 6 << 30


def _in_memory() -> Path | None:
    """Where, None without such a folder or with too little of it (a container has 64 MB, and may run nothing there)."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return None
    free = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
    if free is None or int(free[1]) << 10 < ROOM:
        return None
    here = MEMORY / f"tests-{os.getuid()}"
    here.mkdir(mode=0o700, exist_ok=True)
    return here if here.stat().st_uid == os.getuid() else None


if "TMPDIR" not in os.environ and (place := _in_memory()) is not None:
    os.environ["TMPDIR"], tempfile.tempdir = str(place), None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long fault runs too")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files with a test that is `long` first: begun last, one of them would run alone on one core at the end. The others as they
    lie in the folders, so that what the tests of a folder share is made once."""
    long = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(key=lambda item: item.path not in long)
    if config.getoption("--soak"):
        return
    kept = [item for item in items if "soak" not in item.keywords]
    config.hook.pytest_deselected(items=[item for item in items if "soak" in item.keywords])
    items[:] = kept


def pytest_collection_finish() -> None:
    stays.set_aside()


LOGGER = logging.getLogger("tests.stays")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """A test that puts out the loggers of its process takes their words from whatever test comes after it, on some runs only."""
    put_out, LOGGER.disabled = not LOGGER.isEnabledFor(logging.CRITICAL), False
    logging.disable(logging.NOTSET)
    assert not put_out, f"{item.nodeid} left the loggers of this process disabled"
