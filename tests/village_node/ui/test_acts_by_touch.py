"""Acts on a case, each from the page of the case to what is written, by touch in a real window, as the table of use cases says.

Many rows share one window and one county: a stage is built once, and acts are taken on it as long as they are offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from shared.ledger.texts import t  # isort: skip
from tests.support.village_node import use_cases  # isort: skip
from tests.support.village_node.finger import fill, save, sheet  # isort: skip
from tests.support.village_node.node_world import CLERK, OFFICER  # isort: skip
from tests.support.village_node.stages import LEADER, PEOPLE, Offices, build  # isort: skip
from tests.village_node.view_models.test_every_form import something_beside  # isort: skip
from village_node.point.clock import date_of  # isort: skip
from village_node.ui.app import ShuoshiApp  # isort: skip
from village_node.ui.services import AppServices  # isort: skip

pytestmark = pytest.mark.gui
ROWS = use_cases.rows()
# Where an act is offered: (stage, who). Acts of one line follow each other; the case is built anew where one is not offered
PLAN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("a sealed note, then taken up", OFFICER, (
        "add_note", "add_evidence", "add_record", "add_party", "correct_party", "note_particulars", "choose", "raise_risk",
        "link_petition", "renew_code", "correct_date", "dismiss_duplicate")),
    ("asked up", OFFICER, ("accept_escalation", "return_escalation")), ("suspended", LEADER, ("resume",)),
    ("yellow", CLERK, ("lower_risk",)),
)


class Windows:
    """Three offices, and a window on one of them at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.offices = folder, Offices(folder / "world")
        self.office, self.driver = "", None
        self.turn()

    def turn(self) -> None:
        """Two more matters, for acts that name one."""
        something_beside(self.offices)

    def at(self, staff: str) -> Driver:
        office = next(office for office, people in PEOPLE.items() if staff in people)
        desk = self.offices.desks[office]
        if office != self.office:
            self.shut()
            world = self.offices.world
            self.office, self.driver = office, Driver(ShuoshiApp(AppServices(
                desk=desk, worker=None, now_ms=world.clock, today=lambda: date_of(world.clock.ms), demo=True,
                photo_folder=self.folder / "photos", log_file=self.folder / "app.log")))
            self.driver.app.notices.seconds = 0.05
        assert self.driver is not None
        if self.driver.app.staff is None or self.driver.app.staff.id != staff:
            self.driver.app.sit_down(next(person for person in desk.staff() if person.id == staff))
            self.driver.settle()
        return self.driver

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


# ---- played


def act(windows: Windows, staff: str, case: str, verb: str) -> str:
    """From the case's page by its group to the saved act; what kept it from being saved."""
    driver = windows.at(staff)
    desk = windows.offices.desks[windows.office]
    row = ROWS[f"case {verb.replace('_', '-')}"]
    driver.app.open_case(case)
    driver.settle()
    view = desk.case(case, staff_id=staff)
    label, before = next(a.label for a in view.actions if a.verb == verb), {line.id for line in view.timeline}
    driver.tap(t(f"app.case.group_{row.touches[0]}"))
    driver.tap(label)
    dialog = sheet(driver)
    fill(dialog)
    wrong = save(driver, dialog)
    if wrong:
        fill(dialog, {q.name: "no" for q in dialog.form.all if q.control == "yes"})      # who is refused a yes may still say no
        wrong = save(driver, dialog)
    if wrong:
        dialog.leave()
        return wrong
    written = [line for line in desk.case(case).timeline if line.id not in before]
    return "" if row.event in {line.kind for line in written} else f"{[line.kind for line in written]} was written"


@pytest.mark.parametrize("line", PLAN, ids=lambda line: f"{line[0]} ({line[1]})")
def test_each_act_on_a_case_is_done_by_touch(line: tuple[str, str, tuple[str, ...]], windows: Windows) -> None:
    stage, staff, verbs = line
    case, wrong = build(windows.offices, stage), []
    for verb in verbs:
        windows.at(staff)
        desk = windows.offices.desks[windows.office]
        if not any(a.enabled and a.verb == verb for a in desk.case(case, staff_id=staff).actions):
            windows.offices.share()
            case = build(windows.offices, stage)
        wrong += [f"{verb}: {why}"] if (why := act(windows, staff, case, verb)) else []
    windows.offices.share()
    assert not wrong, "\n".join(wrong)
