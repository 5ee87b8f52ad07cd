"""Every row of the table of use cases that writes something, from the home to the saved event, by touch in a real window.

One county for all rows, one window per office; each row has a case or record of its own. What a form asks is answered by taps,
typed letters and strokes. A seeded sample is played in the normal run, the whole table with
`--soak` or `ROWS=all`; `SEED` replays one.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from kivy.uix.modalview import ModalView  # isort: skip

from shared.ledger.texts import t  # isort: skip
from tests.support.sample import SEED  # isort: skip
from tests.support.village_node import glass, hand, plays, use_cases  # isort: skip
from tests.support.village_node.stages import PEOPLE, Offices, build  # isort: skip
from tests.village_node.view_models.test_every_form import something_beside  # isort: skip
from village_node.point.clock import date_of  # isort: skip
from village_node.ui.app import ShuoshiApp  # isort: skip
from village_node.ui.services import AppServices  # isort: skip

pytestmark = pytest.mark.gui
ROWS = use_cases.rows()
PLAYED = [name for name, row in ROWS.items() if row.event and not row.test]
SAMPLE = 6
CHOSEN = frozenset(PLAYED if os.environ.get("ROWS") == "all" else random.Random(SEED).sample(PLAYED, SAMPLE))


def params() -> list[object]:
    return [pytest.param(name, id=name, marks=() if name in CHOSEN else (pytest.mark.soak,)) for name in PLAYED]


class Windows:
    """Three offices, and a window on one of them at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.offices = folder, Offices(folder / "world")
        self.office, self.driver = "", None
        self.count = 0
        something_beside(self.offices)

    def at(self, staff: str) -> Driver:
        office = next(office for office, people in PEOPLE.items() if staff in people)
        if office != self.office:
            self.shut()
            world, desk = self.offices.world, self.offices.desks[office]
            self.office, self.driver = office, Driver(ShuoshiApp(AppServices(
                desk=desk, worker=None, now_ms=world.clock, today=lambda: date_of(world.clock.ms), demo=True,
                photo_folder=self.folder / "photos", log_file=self.folder / "app.log")))
            self.driver.app.notices.seconds = .5
        driver = self.driver
        assert driver is not None
        for left in [w for w in driver.window.children if isinstance(w, ModalView)]:       # of a row that failed
            left.dismiss(animation=False)
        driver.settle()
        person = next(person for person in self.desk.staff() if person.id == staff)
        if driver.app.staff is None or driver.app.staff.id != staff:
            driver.app.sit_down(person)
        else:
            driver.app.open_tab("home")
        driver.settle()
        return driver

    @property
    def desk(self) -> object:
        return self.offices.desks[self.office]

    def shut(self) -> None:
        if self.driver is not None:
            self.driver.close()
        self.office, self.driver = "", None


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    made = Windows(tmp_path_factory.mktemp("use-cases"))
    yield made
    made.shut()
    made.offices.close()


@pytest.mark.parametrize("name", params())
def test_each_use_case_is_done_by_touch_from_the_home_to_the_saved_event(name: str, windows: Windows) -> None:
    print(f"SEED={SEED} chose this sample")
    windows.count += 1
    verb = plays.verb_of(name)
    (act_on_case if verb else act_on_record)(windows, name)
    windows.offices.share()


def test_every_row_that_writes_is_played_here_or_by_the_test_that_it_names() -> None:
    """A verb without a play fails here before anybody looks for it."""
    assert not [name for name in PLAYED if plays.verb_of(name) and plays.verb_of(name) not in plays.STAGE
                and ROWS[name].screen != "case"]
    assert not set(plays.STAGE) - {plays.verb_of(name) for name in PLAYED}


# ---- a case


def act_on_case(windows: Windows, name: str) -> None:
    """Home, list, the case by its words, the group of the act, the act, its form, save."""
    verb, row = plays.verb_of(name), ROWS[name]
    stage, staff = plays.STAGE.get(verb, plays.JUST_REGISTERED)
    about = f"演示：第{windows.count}件"
    case = build(windows.offices, stage, about)
    driver, desk = windows.at(staff), windows.desk
    driver.tap(driver.app.nav._buttons["cases"])
    driver.tap(driver.app.cases._chips["all"])
    search = driver.app.cases.ids.search
    search.text = ""
    driver.type(search, about)
    driver.until(lambda: driver.app.cases.total == 1, "the case is found")
    driver.settle()
    driver.tap(driver.look(cls="CaseCard"))
    driver.until(lambda: driver.app.screens.current == "case" and driver.app.case.case == case, "its page is open")
    driver.settle()
    wrong = glass.faults(driver.window)
    view = desk.case(case, staff_id=staff)
    action, before = next(a for a in view.actions if a.verb == verb), {line.id for line in view.timeline}
    assert action.enabled, f"{stage}: {action.reason}"
    driver.tap(driver.find(t(f"app.case.group_{row.touches[0]}"), cls="IconButton"))
    wrong += glass.faults(driver.window)
    driver.tap(driver.find(action.label, cls="QuietButton"))
    fill_and_save(driver, wrong, plays.INSTEAD.get(row.event))
    written = [line.kind for line in desk.case(case).timeline if line.id not in before]
    assert row.event in written
    assert not wrong, "\n".join(dict.fromkeys(wrong))


# ---- a record


def act_on_record(windows: Windows, name: str) -> None:
    """Home, its tile or all things, the list, the card or what begins one, the step, its form, save."""
    row = ROWS[name]
    staff, record = plays.reach(windows.offices, row.event)
    aggregate = row.event.partition(".")[0]
    driver, desk = windows.at(staff), windows.desk
    known = {r["record_id"] for r in desk.records(aggregate)}
    tile = driver.look(text=t(f"app.home.{aggregate}"), cls="IconTile")
    if tile is None:
        driver.tap(driver.find(t("app.home.all")))
        tile = driver.find(text=t(f"app.home.{aggregate}"), cls="IconTile")
    driver.tap(tile)
    driver.until(lambda: driver.app.screens.current == "records" and driver.app.records.children, "the list is there")
    driver.settle()
    wrong = glass.faults(driver.window)
    if not record:
        driver.tap(driver.app.records.new_button)
    else:
        card = driver.until(lambda: next((w for w in driver.app.records.walk() if getattr(w, "record", "") == record), None),
                            "it stands in the list")
        driver.tap(card)
        driver.until(lambda: row.event in driver.app.record.buttons and driver.app.record.record == record, "the step is offered")
        driver.settle()
        wrong += glass.faults(driver.window)
        driver.tap(driver.app.record.buttons[row.event])
    fill_and_save(driver, wrong, plays.INSTEAD.get(row.event))
    made = record or next(r["record_id"] for r in desk.records(aggregate) if r["record_id"] not in known)
    assert row.event in [step.kind for step in desk.record(made).steps]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def fill_and_save(driver: Driver, wrong: list[str], instead: dict[str, object] | None) -> None:
    dialog = hand.open_sheet(driver)
    driver.settle()
    wrong += glass.faults(driver.window)
    hand.fill(driver, dialog, instead)
    wrong += glass.faults(driver.window)
    said = hand.save(driver, dialog)
    if said and hand.say_no(driver, dialog):
        said = hand.save(driver, dialog)
    if said:
        dialog.leave()
        driver.settle()
    assert not said, said
