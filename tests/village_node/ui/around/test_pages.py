"""The pages around a case and an office, opened by touch: each draws, says something in Chinese, and leads back."""

from __future__ import annotations

from collections.abc import Callable

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest

from shared.ledger.texts import t
from tests.support.village_node.finger import fill, save
from tests.support.village_node.finger import sheet as form
from tests.support.village_node.node_world import CLERK, COUNTY, DISPATCHER, DRAFT, OFFICER, TOWNSHIP, VILLAGE
from village_node.desk.desk import Desk
from village_node.ui.around.acts import ReasonSheet

pytestmark = pytest.mark.gui
ALIKE = {**DRAFT, "summary": "DEMO 水渠又堵了"}


def sheet(one: Table) -> ReasonSheet:
    from kivy.core.window import Window

    return one.driver.until(lambda: next((w for w in Window.children if isinstance(w, ReasonSheet)), None), "the sheet is open")


def from_the_village(one: Table, draft: dict[str, object]) -> str:
    """A case that a village registered and handed up, as the hub would bring it."""
    village: Desk = one.world.desk(one.world.home())
    case = village.register(CLERK, draft).id
    village.act("escalate", CLERK, case, {"reason": "演示"})
    one.desk.node.office.bulk_docs([row.doc for row in village.node.office.all_docs(include_docs=True)], new_edits=False)
    village.close()
    return str(case)


def open_page(one: Table, name: str) -> None:
    one.app.open_tab("home")
    one.driver.tap(t("app.home.all"))
    page = one.app.screens.get_screen("all")
    one.driver.tap(page.tiles[name])
    one.driver.settle()


def test_every_tile_of_the_page_of_all_things_opens_its_list_and_leads_back(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.desk.register(CLERK, DRAFT)
    one.sit_down()
    one.driver.tap(t("app.home.all"))
    one.shot("60-all")
    for name in list(one.app.screens.get_screen("all").tiles):
        one.driver.tap(one.app.screens.get_screen("all").tiles[name])
        expected = "records" if name.startswith("records ") else name
        one.driver.until(lambda expected=expected: one.app.screens.current == expected, f"{name} is open")
        one.app.go_back()
        one.driver.until(lambda: one.app.screens.current == "all", f"back from {name}")
        one.driver.settle()


def test_two_cases_that_look_alike_are_told_apart_or_merged_with_a_reason(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table(TOWNSHIP)
    first, second = from_the_village(one, DRAFT), from_the_village(one, ALIKE)
    one.sit_down(OFFICER)
    open_page(one, "duplicates")
    one.shot("61-duplicates")
    one.driver.tap(t("around.same"))
    dialog = sheet(one)
    one.driver.tap(dialog.save_button)
    assert dialog.reason.error, "a merge has its reason"
    one.driver.type(dialog.reason.entry, "演示：同一条水渠")
    one.driver.tap(dialog.save_button)
    one.driver.until(lambda: any(line.kind == "case.absorbed" for line in one.desk.case(first).timeline)
                     or any(line.kind == "case.absorbed" for line in one.desk.case(second).timeline), "one goes on for both")
    kinds = {line.kind for case in (first, second) for line in one.desk.case(case).timeline}
    assert {"case.absorbed", "case.merged"} <= kinds


def test_a_case_shows_who_has_it_and_who_might_mediate(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.desk.escalate(CLERK, case, {"reason": "演示：谈不拢"})
    one.sit_down()
    one.app.open_case(case)
    one.driver.tap(t("around.tools"))
    one.driver.find(part=t("around.has_now"))
    one.driver.find(part="演示：谈不拢")
    one.driver.find(part=t("around.proposed"))
    one.shot("62-tools")
    assert not [word for word in one.driver.words() if word.isascii() and word.replace("_", "").isalpha()]
    one.app.go_back()
    assert one.app.screens.current == "case"


def test_a_township_sees_what_waits_for_its_answer(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table(TOWNSHIP)
    from_the_village(one, DRAFT)
    one.sit_down(OFFICER)
    open_page(one, "tasks")
    one.driver.find(t("around.open"))
    one.shot("63-tasks")
    one.driver.tap(t("around.open"))
    one.driver.until(lambda: one.app.screens.current == "case", "the case is open")


def test_two_cases_that_only_look_alike_are_told_apart(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table(TOWNSHIP)
    first, second = from_the_village(one, DRAFT), from_the_village(one, ALIKE)
    one.sit_down(OFFICER)
    one.app.open_page("duplicates")
    one.driver.settle()
    one.driver.tap(t("around.not_same"))
    dialog = sheet(one)
    one.driver.type(dialog.reason.entry, "演示：两条水渠")
    one.driver.tap(dialog.save_button)
    one.driver.until(lambda: not one.desk.duplicates(), "the suggestion stays away")
    kinds = {line.kind for case in (first, second) for line in one.desk.case(case).timeline}
    assert "case.duplicate_dismissed" in kinds


def test_what_is_due_of_all_kinds_stands_on_one_page(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, {**DRAFT, "summary": "DEMO 到期的"}).id
    one.world.clock.ms += 10 * 86_400_000
    one.sit_down()
    one.app.open_page("due")
    page = one.app.screens.get_screen("due")
    one.driver.until(lambda: page.page is not None and page.page.cards, "what is due")
    one.driver.settle()
    one.driver.tap(page.buttons[("case", case)])
    one.driver.until(lambda: one.app.screens.current == "case" and one.app.case.case == case, "its case is open")


def test_a_duty_post_is_asked_for_from_the_calendar(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    county: Desk = one.world.desk(one.world.home(COUNTY))
    duty = county.record_forms.act("duty.published", DISPATCHER, "", {
        "date": "2026-12-01", "start": "09:00", "end": "11:00", "service": "lawyer", "person": "演示律师", "place": "县中心",
        "seats": 4, "quotas": [], "offices": []})
    one.desk.node.office.bulk_docs([row.doc for row in county.node.office.all_docs(include_docs=True)], new_edits=False)
    county.close()
    one.sit_down()
    one.app.open_page("calendar")
    page = one.app.screens.get_screen("calendar")
    one.driver.until(lambda: page.buttons, "the duty posts")
    one.driver.settle()
    one.shot("69-calendar")
    one.driver.tap(page.buttons[("step", "appointment.requested", "", f"duty={duty}")])
    dialog = form(one.driver)
    fill(dialog)
    assert save(one.driver, dialog) == ""
    assert [row["duty"] for row in one.desk.appointments()] == [duty]


def test_a_seat_kept_for_the_village_is_given_by_a_tap_on_the_calendar(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    county: Desk = one.world.desk(one.world.home(COUNTY))
    duty = county.record_forms.act("duty.published", DISPATCHER, "", {
        "date": "2026-12-01", "start": "09:00", "end": "11:00", "service": "lawyer", "person": OFFICER, "place": "县中心",
        "seats": 4, "quotas": [{"office": VILLAGE, "seats": 2}], "offices": []})
    one.desk.node.office.bulk_docs([row.doc for row in county.node.office.all_docs(include_docs=True)], new_edits=False)
    county.close()
    made = one.desk.appointment("request", CLERK, None, {"asker": "演示甲", "topic": "演示：租地", "duty": duty})["id"]
    one.sit_down()
    one.app.open_page("calendar")
    page = one.app.screens.get_screen("calendar")
    one.driver.until(lambda: ("seat", made) in page.buttons, "the appointment can be given a seat")
    one.driver.settle()
    one.driver.find(part="司法员")
    one.shot("69-calendar-own-seat")
    one.driver.tap(page.buttons[("seat", made)])
    one.driver.until(lambda: ("seat", made) not in page.buttons, "it has one")
    assert [(row["state"], row["seat"]) for row in one.desk.appointments()] == [("confirmed", 1)]


def test_who_can_help_is_listed_with_load_and_households(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    one.app.open_page("directory")
    page = one.app.screens.get_screen("directory")
    one.driver.until(lambda: page.page is not None and page.page.cards, "the roster")
    one.driver.find(part=t("around.load", n=0))
    assert "演示员" in {card.title for card in page.page.cards}
