"""Every use case by touch: the table equals the command line, and each of its rows is played in a real window.

Many rows share one window and one county: a stage is built once, and acts are taken on it as long as they are offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from shared.disputes.records import aggregates  # isort: skip
from shared.ledger.texts import t  # isort: skip
from tests.support.village_node import use_cases  # isort: skip
from tests.support.village_node.finger import fill, save, sheet  # isort: skip
from tests.support.village_node.node_world import CLERK, COUNTY, DRAFT, OFFICER, TOWNSHIP, VILLAGE  # isort: skip
from tests.support.village_node.stages import LEADER, PEOPLE, Offices, build  # isort: skip
from tests.village_node.view_models.test_every_form import something_beside  # isort: skip
from tests.village_node.view_models.test_every_record_form import EXPERTS, save as save_at_desk  # isort: skip
from village_node.point.clock import date_of  # isort: skip
from village_node.ui.app import ShuoshiApp  # isort: skip
from village_node.ui.services import AppServices  # isort: skip
from village_node.view_models.case_page import GROUPS, OTHER  # isort: skip

pytestmark = pytest.mark.gui
ROWS = use_cases.rows()
# Where an act is offered: (stage, who). Acts of one line follow each other; the case is built anew where one is not offered
PLAN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("a sealed note, then taken up", OFFICER, (
        "add_note", "add_evidence", "add_record", "add_party", "add_parties", "correct_party", "note_particulars",
        "note_identities", "choose", "confirm_mediator", "name_handler", "add_co_handler", "raise_risk", "assess_risk",
        "report_risk", "link_petition", "record_printed", "record_removal", "renew_code", "request_erasure", "correct_date",
        "dismiss_duplicate", "note_outside", "elect_representatives", "reject_mediator", "recuse_mediator", "triage", "accept",
        "change_type", "assign", "escalate", "party_refuse", "withdraw", "terminate", "transfer_out", "settle_on_spot",
        "reject_acceptance", "merge", "absorb")),
    ("erasure asked for", OFFICER, (
        "answer_erasure", "supervise", "object", "rate", "visit", "renumber", "dispute_performance", "apply_confirmation",
        "apply_subsidy", "resolve_review", "reopen")),
    ("objected", CLERK, (
        "note_finding", "assign_grid", "supervise_grid", "extend", "suspend", "hold_session", "reach_agreement")),
    ("agreed", OFFICER, ("request_recall", "seal", "perform_item")),
    ("the grid supervised", "grid-1", ("supervise_reply", "take_from_grid", "return_to_grid")),
    ("another kind asked for", OFFICER, ("take_type", "decline_type")),
    ("a sealed note, then taken up", LEADER, ("read_sealed", "share_sealed")),
    ("transferred", LEADER, ("receive_transfer", "close")),
    ("given down", CLERK, ("acknowledge_assignment", "return_assignment")),
    ("asked up", OFFICER, ("accept_escalation", "return_escalation")),
    ("found by the grid", "grid-1", ("pass_up_grid",)), ("agreed, nobody signed", LEADER, ("sign_agreement",)),
    ("suspended", LEADER, ("resume",)), ("closed with a note", OFFICER, ("archive",)),
    ("subsidy applied for", OFFICER, ("check_subsidy",)), ("refused", OFFICER, ("party_consent",)),
    ("the grid answered", CLERK, ("judge_supervision",)), ("confirmation applied for", CLERK, ("decide_confirmation",)),
    ("yellow", CLERK, ("lower_risk",)), ("difficulty waits for the township", OFFICER, ("confirm_difficulty",)),
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


# ---- the table


def test_every_verb_of_the_command_line_has_its_row_and_no_row_is_of_none() -> None:
    wanted = use_cases.wanted()
    assert not sorted(wanted - set(ROWS)), "write a row for it in village_node/ui/use_cases.toml"
    assert not sorted(set(ROWS) - wanted), "no such verb any more"


def test_a_row_says_what_is_written_and_who_plays_it() -> None:
    played = {f"case {verb.replace('_', '-')}" for _, _, verbs in PLAN for verb in verbs}
    wrong = []
    for name, row in ROWS.items():
        if row.only:
            continue
        if row.event != use_cases.kind_of(name) and name not in ("case register", "duplicates dismiss", "duplicates merge"):
            wrong.append(f"{name}: the event is {use_cases.kind_of(name)}")
        if not row.touches or not row.screen:
            wrong.append(f"{name}: no screen, no touches")
        if row.test.startswith("tests/"):
            path, _, test = row.test.partition("::")
            text = (use_cases.ROOT / path).read_text(encoding="utf-8") if (use_cases.ROOT / path).is_file() else ""
            if not text or (test and not re.search(rf"^def {test}\(", text, re.MULTILINE)):
                wrong.append(f"{name}: no such test, {row.test}")
        elif row.test and row.test not in ROWS:
            wrong.append(f"{name}: no such row, {row.test}")
        elif not row.test and name not in played and not name.startswith("record write "):
            wrong.append(f"{name}: nobody plays it")
    assert not wrong, "\n".join(wrong)


def test_the_place_of_an_act_on_the_page_of_a_case_is_that_of_the_table() -> None:
    group = {verb: name for name, (_, verbs) in GROUPS.items() for verb in verbs}
    wrong = [name for name, row in ROWS.items() if row.screen == "case" and row.event and len(row.touches) == 3
             and row.touches[0] != group.get(row.touches[1], OTHER[0])]
    assert not wrong


def test_the_document_is_the_table() -> None:
    assert use_cases.DOC.read_text(encoding="utf-8") == use_cases.render(), \
        "python -m tests.support.village_node.use_cases --write"


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


def test_opening_a_case_that_was_handed_over_is_its_acknowledgement(windows: Windows) -> None:
    case = build(windows.offices, "asked up")
    driver = windows.at(OFFICER)
    driver.app.open_list("new")
    driver.settle()
    driver.tap(driver.find(cls="CaseCard"))
    driver.until(lambda: driver.app.screens.current == "case", "the case is open")
    opened = driver.app.case.case
    kinds = [line.kind for line in windows.offices.desks[TOWNSHIP].case(opened).timeline]
    assert kinds[-1] == "case.acknowledged"
    assert case


def test_each_record_is_opened_and_taken_further_by_touch(windows: Windows) -> None:
    """Village and township by touch, the county between them at its desk."""
    wanted = {row.event for name, row in ROWS.items() if name.startswith("record write ")}
    windows.offices.desks[VILLAGE].register(CLERK, {**DRAFT, "summary": "演示：另一件"})
    windows.offices.share()
    taken: set[str] = set()
    wrong: list[str] = []
    for aggregate in aggregates.NAMES:
        walk(windows, aggregate, taken, wrong)
    assert not wrong, "\n".join(wrong)
    assert not sorted(wanted - taken), "nobody came to these steps"


def everybody(windows: Windows) -> list[tuple[str, str]]:
    """Who sits at the open window first: another window costs time."""
    people = [(office, staff) for office, found in PEOPLE.items() for staff in found]
    return sorted(people, key=lambda one: one[0] != windows.office)


def walk(windows: Windows, aggregate: str, taken: set[str], wrong: list[str]) -> None:
    """Records of one aggregate, until every step that is offered to anybody was taken once."""
    opening = aggregates.opening(aggregate)
    for _ in range(6):
        found = next(((office, staff, a) for office, staff in everybody(windows)
                      for a in windows.offices.desks[office].record_forms.openings(staff) if a.kind == opening), None)
        if found is None:
            return
        office, staff, action = found
        before = len(taken)
        record = step(windows, office, staff, "", action, taken, wrong)
        if not record:
            return
        further(windows, record, taken, wrong)
        if len(taken) == before or not _more(aggregate, taken):
            return


def _more(aggregate: str, taken: set[str]) -> bool:
    return any(one["kind"] not in taken for one in aggregates.kinds(aggregate))


def further(windows: Windows, record: str, taken: set[str], wrong: list[str]) -> None:
    while True:
        windows.offices.share()
        offered = [(office, staff, a) for office, staff in everybody(windows)
                   for a in windows.offices.desks[office].record_forms.view(record, staff).actions if a.kind not in taken]
        # what ends the record comes last
        offered.sort(key=lambda one: one[2].kind.rpartition(".")[2] in ENDS)
        if not offered:
            return
        step(windows, *offered[0][:2], record, offered[0][2], taken, wrong)


ENDS = frozenset({"closed", "cancelled", "confirmed", "done", "became_case", "became", "withdrawn", "ended", "declined",
                  "terminated", "rejected", "no_show"})


def step(windows: Windows, office: str, staff: str, record: str, action: Any, taken: set[str], wrong: list[str]) -> str:
    """The id of the record, "" when it could not be done."""
    fresh = action.kind not in taken
    taken.add(action.kind)
    if office == COUNTY:
        desk = windows.offices.desks[COUNTY]
        view = desk.record_forms.view(record, staff) if record else None
        made, why = save_at_desk(desk, view, staff, action, whole=False)
        wrong += [f"{action.kind}: {why}"] if why and fresh else []
        return made
    driver = windows.at(staff)
    if record:
        driver.app.open_record(record)
        driver.until(lambda: action.kind in driver.app.record.buttons, f"the page offers {action.kind}")
        driver.settle()
        driver.tap(driver.app.record.buttons[action.kind])
    else:
        driver.app.open_records(action.kind.partition(".")[0])
        driver.settle()
        driver.tap(driver.app.records.new_button)
    dialog = sheet(driver)
    fill(dialog, {"experts": EXPERTS, "repeat_of": "", "case": dialog.fields["case"].value if "case" in dialog.fields else ""})
    why = save(driver, dialog)
    if why:
        wrong.append(f"{action.kind}: {why}")
        dialog.leave()
        return ""
    driver.until(lambda: driver.app.screens.current == "record", "its page is open")
    return str(driver.app.record.record)
