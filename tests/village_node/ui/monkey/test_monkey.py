"""Random touches, keys and words on every screen: nothing ends the app, and nothing is a fault of the program.

A failure prints its seed; `MONKEY=seed` plays it again. The long run belongs to `make soak` (MINUTES=n).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest

from tests.support.village_node.monkey import PAGES, Monkey
from tests.support.village_node.node_world import CLERK, DRAFT

pytestmark = [pytest.mark.gui, pytest.mark.long]
SEED = int(os.environ.get("MONKEY", "20261129"))


@pytest.fixture(autouse=True)
def nothing_leaves_the_test(tmp_path, monkeypatch):
    """No paper goes to a printer, none into the documents of whoever runs the tests."""
    spooler = tmp_path / "bin" / "lp"
    spooler.parent.mkdir()
    spooler.write_text("#!/bin/sh\ncat > /dev/null\n")
    spooler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spooler.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SHUOSHI_PAPERS", str(tmp_path / "papers"))


def laid(make: Callable[..., Table]) -> Table:
    one = make()
    first = one.desk.register(CLERK, DRAFT).id
    one.desk.register(CLERK, {**DRAFT, "summary": "DEMO 水渠又堵了"})
    one.desk.act("triage", CLERK, first, {})
    one.app.on_start()
    return one


def judged(monkey: Monkey, caplog: pytest.LogCaptureFixture) -> None:
    print("screens", sorted(monkey.seen))
    told = [record.getMessage() for record in caplog.records if "unexpected error" in record.getMessage()]
    assert not monkey.faults, "\n\n".join(monkey.faults[:5])
    assert not told, told[:5]
    monkey.table.driver.settle()
    monkey.table.app.refresh()                      # it still answers


def test_the_app_outlives_a_monkey(table, caplog):  # noqa: F811
    print("seed", SEED)
    caplog.set_level(logging.ERROR)
    monkey = Monkey(laid(table), SEED)
    monkey.run(120)
    judged(monkey, caplog)


@pytest.mark.soak
def test_the_app_outlives_a_monkey_for_minutes(table, caplog):  # noqa: F811
    caplog.set_level(logging.ERROR)
    monkey = Monkey(laid(table), SEED + 1, resizes=True)
    end = time.monotonic() + 60 * float(os.environ.get("MINUTES", "10"))
    while time.monotonic() < end and len(monkey.faults) < 20:
        monkey.run(50)
    print("seed", SEED + 1, "acts", len(monkey.done))
    judged(monkey, caplog)
    assert len(monkey.done) < 1000 or set(PAGES) <= monkey.seen, "every screen had its turn"


def test_a_form_that_was_left_for_a_page_is_there_once_and_goes_with_its_person(table):  # noqa: F811
    one = laid(table)
    one.sit_down()
    one.app.open_intake()
    one.driver.settle()
    one.app.open_page("sync")
    first = one.app.intake
    one.app.open_tab("home")
    one.app.open_intake()
    assert one.app.intake is first
    assert [screen.name for screen in one.app.screens.screens].count("intake") == 1
    one.app.open_tab("mine")
    one.app.stand_up()
    assert not one.app.screens.has_screen("intake"), "nobody else meets the form of this person"
