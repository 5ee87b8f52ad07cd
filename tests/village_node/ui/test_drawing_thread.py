"""The thread that draws asks no database while one walks through the screens: what they show is read in the asking thread.

Left to it: what a person saves, and what an unfinished form holds when it is opened, for a form is made from it.
"""

from __future__ import annotations

import collections
import sqlite3
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from sync import storage  # isort: skip
from tests.support.drafts import draft_of  # isort: skip
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, VILLAGE  # isort: skip
from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

pytestmark = pytest.mark.gui

# (file, function) through which the drawing thread may ask; each is one look by a key, or a write
ALLOWED = {
    ("drafts.py", "get"),               # a form is made from what it held
    ("node.py", "directory"),           # whether the directory has changed: one number of its replica
    ("desk.py", "act"), ("drafts.py", "saving"), ("app.py", "seen"),
}


class Watch:
    """Which statements ran in the thread that made it, by the places of this program above them."""

    def __init__(self) -> None:
        self.found: collections.Counter[str] = collections.Counter()
        self.on, self._mine = False, threading.current_thread()

    def __call__(self, sql: str) -> None:
        if not self.on or threading.current_thread() is not self._mine:
            return
        stack = [f for f in traceback.extract_stack()[:-1] if "village_node" in f.filename or "/shared/" in f.filename]
        places = [(Path(f.filename).name, f.name) for f in stack]
        if not ALLOWED & set(places) and any("/ui/" in f.filename and "/tests/" not in f.filename for f in stack):
            self.found[" < ".join(f"{name} {what}" for name, what in reversed(places[-6:]))] += 1


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Every connection of both drivers tells what it runs."""
    made = Watch()
    for driver in filter(None, (sqlite3, storage.sqlcipher())):
        real: Callable[..., Any] = driver.connect

        def connect(*args: Any, real: Callable[..., Any] = real, **more: Any) -> Any:
            db = real(*args, **more)
            db.set_trace_callback(made)
            return db

        monkeypatch.setattr(driver, "connect", connect)
    return made


def test_the_watch_sees_what_the_drawing_thread_asks(watch: Watch, table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.sit_down()
    watch.on = True
    one.app.services.unfinished(CLERK)
    assert watch.found
    watch.found.clear()
    one.app.ask("test", lambda: one.desk.case(case), lambda _view: None)
    one.driver.settle()
    assert not watch.found


def test_no_screen_of_a_village_asks_a_database_while_it_draws(watch: Watch, table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.desk.record_forms.act("hazard.reported", CLERK, "", draft_of("hazard.reported", today="2026-11-23"))
    hazard = one.desk.records_page("hazard", 5)[0][0]["record_id"]
    one.sit_down()
    watch.on = True
    _walk(one.driver, one.app, [
        lambda: one.app.open_list("all"), lambda: one.app.open_case(case), lambda: one.app.open_tab("mine"),
        *(lambda name=name: one.app.open_records(name) for name in ("hazard", "small_service", "talk_item", "figures")),
        lambda: one.app.open_record(hazard),
        *(lambda name=name: one.app.open_page(name) for name in ("all", "due", "tasks", "calendar", "directory", "duplicates",
                                                                 "conflicts", "sync", "settings")),
        *(lambda name=name: one.app.open_page(name, case) for name in ("tools", "papers")),
        lambda: one.app.open_tab("home"),
    ])
    assert not watch.found, watch.found


def test_no_screen_of_a_township_asks_a_database_while_it_draws(watch: Watch, table: Callable[..., Table]) -> None:  # noqa: F811
    one = table(TOWNSHIP)
    case = one.desk.register(OFFICER, {**DRAFT, "place": {"office": VILLAGE, "text": "DEMO"}}).id
    one.sit_down(OFFICER)
    watch.on = True
    _walk(one.driver, one.app, [
        lambda: one.app._show("township"), lambda: one.app.screens.get_screen("township").pick(case),
        lambda: one.app.open_page("board"), lambda: one.app.open_records("petition"), lambda: one.app.open_case(case)])
    assert not watch.found, watch.found


def _walk(driver: Driver, app: Any, steps: list[Callable[[], None]]) -> None:
    for step in steps:
        step()
        driver.settle()
        app.refresh()
        driver.settle()
