"""A second app on one HOME is told so, by another process too; the place is free again when the first is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.village_node.app_driver import Driver  # noqa: F401  first: it prepares Kivy's environment

from shared.ledger.texts import t  # isort: skip
from tests.support.village_node.node_world import World  # isort: skip
from village_node.point.errors import AppBusy  # isort: skip
from village_node.ui.start import only_one  # isort: skip

pytestmark = pytest.mark.gui

_OTHER = """
import sys
from village_node.point.home import Home
from village_node.point.lock import worker_lock
with worker_lock(Home(sys.argv[1]).app_lock_file):
    print("open", flush=True)
    sys.stdin.readline()
"""


def test_a_second_app_is_told_and_the_place_is_free_after_the_first_was_killed(tmp_path: Path) -> None:
    home = World(tmp_path / "world").home()
    first = subprocess.Popen([sys.executable, "-c", _OTHER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline() == "open\n"
    with pytest.raises(AppBusy) as told, only_one(home):
        pytest.fail("two apps on one HOME")
    assert told.value.sentence == t("app.second")
    first.kill()
    first.wait()
    with only_one(home):
        pass


_WHOLE = """
import sys
from village_node.ui import setup
from kivy.app import App
from kivy.clock import Clock
from village_node.ui.run import run
Clock.schedule_once(lambda _dt: App.get_running_app().stop(), 1)
print("ended with", run(sys.argv[1]))
"""


def test_the_app_opens_and_ends_by_itself_whole(tmp_path: Path) -> None:
    home = World(tmp_path / "world").home()
    ended = subprocess.run([sys.executable, "-c", _WHOLE, str(home)], capture_output=True, text=True, timeout=120, check=False)
    assert "ended with 0" in ended.stdout, ended.stderr[-2000:]
