"""The app in a real window, touched as a person touches it, on a real desk with real files. Pictures lie in test-output/app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from shared.ledger.texts import t  # isort: skip
from tests.demo import cast  # isort: skip
from tests.support.village_node import intake_filler as filler  # isort: skip
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, VILLAGE, World  # isort: skip
from village_node.point.clock import date_of  # isort: skip
from village_node.desk.desk import Desk  # isort: skip
from village_node.ui.app import ShuoshiApp  # isort: skip
from village_node.ui.services import AppServices  # isort: skip
from village_node.view_models.home import GRID  # isort: skip

PICTURES = Path(__file__).resolve().parents[3] / "test-output" / "app"
pytestmark = pytest.mark.gui


class Table:
    """One desk with a window on it."""

    def __init__(self, world: World, desk: Desk, photos: Path) -> None:
        self.world, self.desk = world, desk
        self.driver = Driver(ShuoshiApp(AppServices(
            desk=desk, worker=None, now_ms=world.clock, today=lambda: date_of(world.clock.ms), photo_folder=photos,
            log_file=photos / "app.log", demo=True,
        )))

    @property
    def app(self) -> ShuoshiApp:
        return self.driver.app

    def sit_down(self, staff: str = CLERK) -> None:
        person = next(p for p in self.desk.staff() if p.id == staff)
        self.driver.tap(self.driver.find(part=person.name))
        self.driver.find(t("app.list.new"))

    def open_list(self, name: str = "mine") -> None:
        self.app.open_list(name)
        self.driver.settle()

    def shot(self, name: str) -> None:
        picture = self.driver.shot(PICTURES / f"{name}.png")
        assert picture.stat().st_size > 5_000, "the picture is empty"


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Callable[..., Table]]:
    world, made = World(tmp_path / "world"), []

    def lay(office: str = VILLAGE) -> Table:
        one = Table(world, world.desk(world.home(office)), tmp_path / "photos")
        made.append(one)
        return one

    yield lay
    for one in made:
        one.driver.close()
        one.desk.close()


def test_a_dispute_is_taken_in_by_touch_and_shows_saved_here(table: Callable[..., Table], tmp_path: Path) -> None:
    one = table()
    cast.photograph(tmp_path / "photos" / "ditch.jpg", "ditch", 1)
    one.shot("1-people")
    one.sit_down()
    one.driver.tap(t("app.list.new"))
    form = one.app.intake
    filler.people(one.driver, form, phone="13800000001")
    one.shot("2-intake")
    filler.onward(one.driver, form)
    filler.what(one.driver, form)
    filler.onward(one.driver, form)
    filler.where(one.driver, form)
    filler.onward(one.driver, form)
    one.driver.tap(t("app.form.add_photo"))
    one.driver.tap(one.driver.find(cls="PhotoTile"))
    one.shot("3-photo")
    one.driver.tap(t("app.photo.chosen"))
    one.driver.until(lambda: form.shelf.photos and not form.shelf.busy, "the photograph is made fit")
    filler.onward(one.driver, form)
    for card in form.page.cards.values():
        one.driver.sign(card.pad)
    one.shot("4-signed")
    filler.onward(one.driver, form)
    filler.register(one.driver, form)
    one.driver.find(t("app.case.tab_timeline", n=3))
    one.driver.find(t("app.delivery.saved"))
    one.shot("5-saved")
    rows = one.desk.list_cases()
    assert [row.parties for row in rows] == ["演示甲、演示乙"]
    purposes = sorted(file.purpose for file in one.desk.files(rows[0].id))
    assert purposes == ["photo", "signature", "signature"]


def test_a_wrong_form_names_each_field_and_keeps_what_was_typed(table: Callable[..., Table]) -> None:
    one = table()
    one.sit_down()
    one.driver.tap(t("app.list.new"))
    form = one.app.intake
    one.driver.type(form.fields["people.p1.phone"].entry, "12")
    filler.onward(one.driver, form)
    one.shot("6-wrong-form")
    assert form.step == 0
    assert "电话“12”不对" in form.fields["people.p1.phone"].error
    assert form.fields["people.p1.phone"].entry.text == "12"
    form.save()
    assert form.fields["people.p1.name"].error
    assert one.desk.list_cases() == []


def test_what_the_registers_ask_besides_opens_by_a_tap_and_a_fault_in_it_opens_it_too(table: Callable[..., Table]) -> None:
    one = table()
    one.sit_down()
    one.driver.tap(t("app.list.new"))
    form = one.app.intake
    form.go(1)
    one.driver.settle()
    assert not form.page.more.children
    one.driver.tap(t("intake.matter.more"))
    assert form.page.more.children
    one.driver.show(form.fields["other_number"])
    one.shot("6-intake-more")
    one.driver.type(form.fields["other_number"].entry, "DEMO-1")
    one.driver.tap(t("intake.matter.less"))
    filler.onward(one.driver, form)
    assert form.page.more.children, "the wrong field is shown"
    assert form.fields["other_system"].error == t("app.form.other_both")


def test_a_case_is_escalated_by_the_dialog_and_waits_for_the_township(table: Callable[..., Table]) -> None:
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.sit_down()
    one.open_list()
    one.driver.tap(one.driver.find(cls="CaseCard"))
    one.driver.find(t("app.next.triage.title"))
    one.shot("7-case")
    one.driver.tap(t("app.case.group_hand"))
    one.shot("7-group")
    label = next(a.label for a in one.desk.actions(case, staff_id=CLERK) if a.verb == "escalate")
    one.driver.tap(label)
    dialog = one.driver.find(cls="ActionDialog")
    phrase = t("kinds.case.escalate_requested.phrases.reason").split("|")[1]
    one.driver.tap(phrase)
    assert dialog.fields["reason"].value == phrase
    one.shot("8-escalate")
    one.driver.tap(t("kinds.case.escalate_requested.yes"))
    one.driver.until(lambda: one.desk.case(case).row.pending_to == TOWNSHIP, "the request is saved")
    one.driver.find(t("app.next.handed_up", who=t("app.level.township")))
    one.driver.find(t("app.next.still_ours"))
    one.shot("9-escalated")
    assert one.desk.case(case).row.holder == VILLAGE, "until accepted the village stays responsible"


def test_the_list_shows_an_overdue_deadline_in_red_without_any_network(table: Callable[..., Table]) -> None:
    one = table()
    one.desk.register(CLERK, DRAFT)
    one.world.clock.ms += 5 * 86_400_000
    one.sit_down()
    tile = one.app.home.tiles["overdue"]
    assert (tile.number, tile.shown_tone) == (1, "bad")
    one.shot("10-home")
    one.driver.tap(tile)
    card = one.driver.find(cls="CaseCard")
    one.shot("10-overdue")
    assert card.deadline_tone == "bad"
    assert "超期" in card.deadline
    one.driver.find(t("app.list.count", n=1))


def test_the_list_finds_while_one_types_by_words_and_by_initials(table: Callable[..., Table]) -> None:
    one = table()
    one.desk.register(CLERK, DRAFT)
    one.desk.register(CLERK, {**DRAFT, "summary": "DEMO 院墙"})
    one.sit_down()
    one.open_list()
    box = one.app.cases.ids.search
    for typed in ("院墙", "yq"):
        box.text = ""
        one.driver.type(box, typed)
        one.driver.find(t("app.list.count", n=1))
    box.text = "没有这样的"
    one.driver.find(t("app.list.nothing_found", text="没有这样的"))


def test_a_long_list_says_its_true_total_and_brings_more_at_its_end(table: Callable[..., Table]) -> None:
    one = table()
    for number in range(60):
        one.desk.register(CLERK, {**DRAFT, "summary": f"DEMO {number}"})
    one.sit_down()
    one.open_list()
    one.driver.find(t("app.list.shown", shown=50, n=60))
    view = one.app.cases.ids.list
    changes: list[dict[str, object]] = []
    view.data_model.bind(on_data_changed=lambda *_, **change: changes.append(change))
    view.scroll_y = 0.05
    one.driver.find(t("app.list.count", n=60))
    assert changes == [{"appended": slice(50, 60)}], "what is there is not laid out again"
    assert 0.1 < view.scroll_y < 0.4, "what was on the screen stays there"
    cards = [w for w in view.walk() if type(w).__name__ == "CaseCard"]
    middle = view.to_window(*view.center)[1]
    one.driver.tap(min(cards, key=lambda card: abs(card.to_window(*card.center)[1] - middle)))
    one.driver.settle()
    assert one.app.screens.current == "case"
    place = view.scroll_y
    one.app.go_back()
    one.driver.settle()
    assert one.app.screens.current == "cases"
    assert view.scroll_y == place, "back in the list one is where one was"


def test_every_case_begins_at_its_top(table: Callable[..., Table]) -> None:
    one = table()
    cases = [one.desk.register(CLERK, {**DRAFT, "summary": "DEMO " + "水渠堵了。" * 60}).id for _ in range(2)]
    one.sit_down()
    one.app.open_case(cases[0])
    one.driver.settle()
    one.app.case._scrolls["overview"].scroll_y = 0
    one.app.open_case(cases[1])
    one.driver.settle()
    assert one.app.case._scrolls["overview"].scroll_y == 1


def test_escape_closes_what_is_on_top_then_goes_back_and_never_ends_the_app(table: Callable[..., Table]) -> None:
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.sit_down()
    one.open_list()
    one.app.open_case(case)
    one.driver.tap(t("app.case.group_papers"))
    seen = []
    for _ in range(6):
        assert one.app._key(None, 27), "the key is taken: it must not reach Kivy's own handler"
        one.driver.settle()
        seen.append((one.driver.look(cls="GroupSheet") is not None, one.app.screens.current))
    assert seen[:3] == [(False, "case"), (False, "cases"), (False, "home")]
    assert seen[3:] == [(False, "home")] * 3


def test_forbidden_acts_stand_in_their_place_with_the_reason(table: Callable[..., Table]) -> None:
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.sit_down()
    one.app.open_case(case)
    one.driver.tap(t("app.case.group_mediate"))
    seal = next(a for a in one.desk.actions(case, staff_id=CLERK) if a.verb == "seal")
    assert not seal.enabled
    one.driver.find(seal.label)
    one.driver.find(seal.reason)


def test_each_tile_of_the_home_opens_something(table: Callable[..., Table]) -> None:
    one = table()
    one.sit_down()
    for name in one.app.home.tiles:
        one.driver.tap(one.app.home.tiles[name])
        assert (one.app.screens.current, one.app.cases.chosen) == ("cases", name)
        one.app.open_tab("home")
        one.driver.settle()
    for name in (tile[0] for tile in GRID if one.app.sees(tile[0])):
        one.driver.tap(t(f"app.home.{name}"))
        if name == "all":
            assert one.app.screens.current == "all"
        else:
            assert (one.app.screens.current, one.app.records.showing) == ("records", name)
            one.driver.find(part="调解案件" if name == "figures" else t("app.records.empty"))
        one.app.go_back()
        one.driver.settle()
    assert one.app.screens.current == "home"


def test_the_township_desk_opens_too(table: Callable[..., Table]) -> None:
    one = table(TOWNSHIP)
    one.sit_down(OFFICER)
    one.shot("11-township")
    assert one.driver.look(t("app.demo")) is not None


def test_a_long_list_builds_only_the_cards_that_are_seen(table: Callable[..., Table]) -> None:
    one = table()
    for number in range(60):
        one.desk.register(CLERK, {**DRAFT, "summary": f"DEMO {number}"})
    one.sit_down()
    one.open_list()
    cards = [w for w in one.app.cases.walk() if type(w).__name__ == "CaseCard"]
    assert 0 < len(cards) < 20


def test_a_red_case_rings_on_whatever_screen_is_open(table: Callable[..., Table]) -> None:
    desk = table()
    case = desk.desk.register(CLERK, {**DRAFT, "risk": 4}).id
    desk.sit_down()
    desk.world.clock.ms += 119 * 60_000
    desk.app.refresh()
    desk.driver.frames(10)
    assert not desk.app.ringing.last.rings
    desk.world.clock.ms += 60_000
    desk.app.refresh()
    desk.driver.find(part="限时已过")
    assert {key[0] for key in desk.app.ringing.last.rings} == {case}
    desk.shot("ringing")
