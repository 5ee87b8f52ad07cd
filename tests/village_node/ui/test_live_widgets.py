"""What a person leaves behind on the screen is given up: the app runs all day, and many sit down at it.

Counted are the widgets that are alive after a collection of garbage, wherever they hang.
"""

from __future__ import annotations

import collections
import gc
import json
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest
from kivy.uix.modalview import ModalView
from kivy.uix.widget import Widget

from tests.support import stays
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.ui import garbage

pytestmark = pytest.mark.gui
PAGES = ("sync", "all", "scan", "conflicts", "settings", "duplicates", "directory", "calendar", "due", "tasks")


@pytest.fixture(autouse=True)
def _nothing_set_aside() -> Iterator[None]:
    """As in a process of the app's own; the test run sets aside what is its own (tests/conftest.py)."""
    stays.bring_back()
    yield
    stays.set_aside()


def living() -> collections.Counter[str]:
    gc.collect()
    return collections.Counter(type(one).__name__ for one in gc.get_objects() if issubclass(type(one), Widget))


def a_day(one: Table, case: str) -> None:
    """Somebody sits down, looks at everything once and leaves."""
    app, driver = one.app, one.driver
    app.sit_down(next(p for p in one.desk.staff() if p.id == CLERK))
    for name in ("overdue", "all", "mine"):
        app.open_list(name)
        driver.settle()
    app.open_case(case)
    driver.settle()
    driver.tap(driver.find(cls="IconButton"))           # a group of acts, or whatever stands first
    for dialog in [w for w in driver.window.children if isinstance(w, ModalView)]:
        getattr(dialog, "leave", dialog.dismiss)()
    driver.settle()
    app.open_help()
    driver.settle()
    next(w for w in driver.window.children if isinstance(w, ModalView)).dismiss()
    driver.settle()
    for page in PAGES:
        app.open_page(page)
        driver.settle()
    app.open_records("hazard")
    app.open_intake()
    for step in (1, 2, 4, 5):
        app.intake.go(step)
        driver.settle()
    app.stand_up()
    driver.settle()


def test_who_signs_out_leaves_no_widgets_behind(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    a_day(one, case)
    first = living()
    for _ in range(2):
        a_day(one, case)
    assert living() - first == collections.Counter(), "more of these than after the first day"


def windows(folder: Path) -> list[int]:
    """How many widgets live after each of three windows that were opened and closed."""
    counted = []
    for n in range(3):
        world = World(folder / f"world-{n}")
        one = Table(world, world.desk(world.home()), folder)
        one.sit_down()
        one.app.open_case(one.desk.register(CLERK, DRAFT).id)
        one.driver.settle()
        one.app.open_intake()
        one.driver.settle()
        one.driver.close()
        one.desk.close()
        counted.append(living().total())
    return counted


def test_a_window_that_was_closed_is_given_up_whole(tmp_path: Path) -> None:
    """The process opens another: the demo and then one's own HOME. A process of its own, for here other tests had theirs."""
    ran = subprocess.run([sys.executable, "-m", "tests.village_node.ui.test_live_widgets", str(tmp_path)], capture_output=True,
                         env={**os.environ, "KIVY_NO_ARGS": "1"}, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    counted = json.loads(ran.stdout.splitlines()[-1])
    assert counted[2] <= counted[0], counted


def test_turning_the_tablet_binds_nothing_anew(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    before, size = living(), one.driver.window.size
    for width, height in ((800, 1280), (1280, 800)) * 2:
        one.driver.window.size = (width, height)
        one.driver.settle()
    one.driver.window.size = size
    one.driver.settle()
    one.app.notices.clear()         # a sentence that is just being said is no leak
    assert living() - before == collections.Counter()


def test_what_lives_for_the_day_is_set_aside_and_put_back_at_the_end(table: Callable[..., Table]) -> None:  # noqa: F811
    before = gc.get_threshold()
    one = table()
    one.app.garbage.start()
    one.sit_down()
    one.app.garbage.collect()
    assert gc.get_freeze_count() > 100_000, "the program itself is not looked through again"
    assert gc.get_threshold()[2] > 100_000, "the old are not looked through in the middle of a page"
    one.app.garbage.stop()
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before)


def test_no_page_waits_for_the_garbage_of_those_before_it(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.app.garbage.start()
    one.sit_down()
    one.app.garbage.collect()
    looked: list[int] = []

    def old_looked_through(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            looked.append(one.app.garbage._pages)

    gc.callbacks.append(old_looked_through)
    try:
        for _ in range(2 * garbage.PAGES):
            one.app.garbage.page_made()
            one.app.garbage.touched()
        assert looked == [], "somebody taps: the next page is made first"
        one.driver.until(lambda: looked, "read, and tidied up meanwhile")
        for _ in range(garbage.MOST_PAGES + 1):
            one.app.garbage.page_made()
            one.app.garbage.touched()
        assert len(looked) == 2, "whoever reads nothing: their pages must go"
    finally:
        gc.callbacks.remove(old_looked_through)
        one.app.garbage.stop()


def test_a_page_that_stood_while_a_long_look_was_made_is_given_up_when_it_goes(
        table: Callable[..., Table], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(garbage, "LONG_S", 0.0)         # every look is a long one, as on a slow tablet
    one = table()
    kept = one.app.garbage
    kept.start()
    one.sit_down()
    kept.collect()
    try:
        first, second = (one.desk.register(CLERK, {**DRAFT, "summary": f"DEMO {n}"}).id for n in range(2))
        one.app.open_case(first)
        one.driver.settle()
        page = weakref.ref(one.driver.find(cls="PrimaryButton"))
        kept.collect()
        one.app.open_case(second)
        one.driver.settle()
        kept.collect()
        assert page() is None, "each page that was read would stay for the day"
        frozen, rested = gc.get_freeze_count(), garbage.REST_S
        monkeypatch.setattr(garbage, "REST_S", 0.0)
        one.driver.until(lambda: gc.get_freeze_count() > frozen, "nobody is there: what stays is set aside")
        assert rested > garbage.QUIET_S
    finally:
        kept.stop()


if __name__ == "__main__":
    print(json.dumps(windows(Path(sys.argv[1]))))
    sys.stdout.flush()
    os._exit(0)         # nothing of Kivy's ending is looked at
