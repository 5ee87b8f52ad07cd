"""A form that is left, or whose process is killed, is there again: text, choices, photographs and strokes."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from shared.ledger.texts import t  # isort: skip
from shared.disputes.acts.refusal import act_title  # isort: skip
from tests.demo import cast  # isort: skip
from tests.support.drafts import draft_of  # isort: skip
from tests.support.village_node import intake_filler as filler  # isort: skip
from tests.support.village_node.node_world import CLERK, DRAFT, World  # isort: skip
from tests.village_node.ui.test_window import PICTURES, Table, table  # noqa: F401  isort: skip
from village_node.point.drafts import DraftKey  # isort: skip
from village_node.ui.kit.pictures import worker  # isort: skip
from village_node.ui.screens.action_dialog import open_action  # isort: skip

pytestmark = pytest.mark.gui
INTAKE = DraftKey("intake", "", CLERK)


def half_filled(one: Table, folder: Path) -> None:
    cast.photograph(folder / "ditch.jpg", "ditch", 1)
    one.driver.tap(t("app.list.new"))
    form = one.app.intake
    one.driver.type(form.fields["people.p1.name"].entry, "演示甲")
    filler.onward(one.driver, form)
    filler.what(one.driver, form, "DEMO 水进了院子")
    filler.onward(one.driver, form, 2)
    one.driver.tap(t("app.form.add_photo"))
    one.driver.tap(one.driver.find(cls="PhotoTile"))
    one.driver.tap(t("app.photo.chosen"))
    one.driver.until(lambda: not worker.busy, "the photograph is fit")
    filler.onward(one.driver, form)
    one.driver.sign(form.page.cards["p1"].pad)


def holds_all(one: Table) -> None:
    form = one.app.intake
    assert form.step == 4, "one goes on where one was"
    card = form.page.cards["p1"]
    assert card.pad.signed
    assert card.signed_at
    assert len(form.shelf.photos) == 1
    assert [f.purpose for f in form.files()] == ["photo", "signature"]
    form.go(1)
    assert form.fields["summary"].entry.text == "DEMO 水进了院子"
    assert form.page.tiles.tiles["neighbour"].chosen
    form.go(0)
    assert form.fields["people.p1.name"].entry.text == "演示甲"
    one.driver.settle()


def test_a_form_that_is_left_waits_on_a_card_and_is_continued_whole(table: Callable[..., Table], tmp_path: Path) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    half_filled(one, tmp_path / "photos")
    one.app.intake.leave()
    one.driver.find(t("app.draft.intake"))
    one.driver.find(part=t("intake.step.card", n=5))
    one.shot("30-draft-card")
    one.driver.tap(t("app.draft.resume"))
    holds_all(one)
    one.shot("31-draft-continued")
    form = one.app.intake
    filler.open_person(one.driver, form, "p2")
    one.driver.type(form.fields["people.p2.name"].entry, "演示乙")
    filler.onward(one.driver, form, 2)
    filler.where(one.driver, form)
    filler.onward(one.driver, form, 3)
    filler.register(one.driver, form)
    one.driver.find(t("app.case.tab_timeline", n=2))
    assert sorted(f.purpose for f in one.desk.files(one.desk.list_cases()[0].id)) == ["photo", "signature"]
    assert one.app.services.unfinished(CLERK) == []


def test_what_could_not_be_kept_is_told_and_no_mark_says_that_it_was(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.app.on_start()
    one.sit_down()
    one.driver.tap(t("app.list.new"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, before[1]))         # no file grows, as on a full disk
    try:
        one.driver.type(one.app.intake.fields["people.p1.name"].entry, "演示甲")
        one.driver.find(t("app.draft.lost"))
        assert one.app.kept.words == ""
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    one.driver.type(one.app.intake.fields["people.p1.phone"].entry, "100")
    one.driver.until(lambda: one.app.services.unfinished(CLERK), "kept after all")
    one.driver.until(lambda: one.app.kept.words, "and said so")


def test_a_form_that_holds_nothing_leaves_no_card(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    one.driver.tap(t("app.list.new"))
    entry = one.app.intake.fields["people.p1.name"].entry
    one.driver.type(entry, "演示甲")
    entry.text = ""
    one.driver.tap(t("app.form.leave"))
    one.driver.find(t("app.home.hazard"))
    assert one.driver.look(t("app.draft.resume")) is None


def test_a_draft_is_thrown_away_after_one_question_and_can_be_taken_back(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    one.driver.tap(t("app.list.new"))
    one.driver.type(one.app.intake.fields["people.p1.name"].entry, "演示甲")
    one.driver.tap(t("app.form.leave"))
    one.driver.tap(t("app.draft.drop"))
    one.driver.find(t("app.draft.drop_question"))
    dialog = one.driver.find(cls="Question")
    one.driver.tap(dialog.ids.buttons.children[0])
    one.driver.find(t("app.draft.dropped"))
    assert one.driver.look(t("app.draft.resume")) is None
    one.driver.tap(t("app.draft.undo"))
    one.driver.tap(t("app.draft.resume"))
    assert one.app.intake.fields["people.p1.name"].entry.text == "演示甲"


def test_an_act_left_in_its_dialog_is_offered_again_and_another_person_does_not_see_it(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.sit_down()
    one.app.open_case(case)
    view = one.desk.case(case, staff_id=CLERK)
    action = next(a for a in view.actions if a.verb == "add_note")
    dialog = open_action(one.app, view, action)
    one.driver.settle()
    one.driver.type(dialog.fields["text"].entry, "DEMO 电话里说明天来")
    one.driver.tap(dialog.ids.buttons.children[-1])
    one.app.open_tab("home")
    one.driver.find(t("app.draft.act", what=action.label))
    one.driver.tap(t("app.draft.resume"))
    again = one.driver.find(cls="ActionDialog")
    assert again.fields["text"].entry.text == "DEMO 电话里说明天来"
    one.driver.tap(again.save_button)
    one.driver.until(lambda: not one.app.services.unfinished(CLERK), "the draft is over")
    assert one.app.services.unfinished("grid-1") == []


_CLERK = """
import sys
from pathlib import Path
from tests.support.village_node.app_driver import Driver
from tests.support.village_node.node_world import CLERK, World
from tests.village_node.ui import test_window
from tests.village_node.ui.kit import test_drafts
world = World(Path(sys.argv[1]))
home = world.home(name="tablet")
one = test_window.Table(world, world.desk(home), Path(sys.argv[2]))
one.sit_down()
test_drafts.half_filled(one, Path(sys.argv[2]))
one.driver.frames(2)
one.app.services.drafts.flush()
print("typed", flush=True)
while True:
    one.driver.frames(1)
"""


def test_a_killed_app_gives_the_form_back_at_the_next_start(tmp_path: Path) -> None:
    """SIGKILL of the real process in mid-intake; the same HOME is opened by another."""
    photos = tmp_path / "photos"
    words = [sys.executable, "-c", _CLERK, str(tmp_path / "world"), str(photos)]
    app = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert app.stdout is not None
    try:
        line = next((line for line in app.stdout if line.startswith("typed")), "")
    finally:
        os.kill(app.pid, signal.SIGKILL)
        app.wait()
    assert line, "the first process did not come to the end of its typing"
    world = World(tmp_path / "world")
    one = Table(world, world.desk(tmp_path / "world" / "tablet"), photos)
    try:
        one.sit_down()
        one.driver.tap(t("app.draft.resume"))
        holds_all(one)
    finally:
        one.driver.close()
        one.desk.close()


def test_a_form_that_became_a_record_just_before_the_end_is_not_offered_again(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    services = one.app.services
    services.drafts.save(INTAKE, "演示甲", {"fields": {}})
    services.drafts.saving(INTAKE, services.chain_seq())
    assert [d.key for d in services.unfinished(CLERK)] == [INTAKE], "nothing was written yet"
    one.desk.register(CLERK, DRAFT)
    assert services.unfinished(CLERK) == []
    assert isinstance(one.driver, Driver)


HAZARD = DraftKey("act:hazard.reported", "", CLERK)


def test_a_record_that_was_saved_just_before_the_end_is_not_offered_again_and_no_case_is_taken_for_it(
    table: Callable[..., Table], tmp_path: Path  # noqa: F811
) -> None:
    """A hazard, a visit, an appointment: as an act on a case."""
    one = table()
    services = one.app.services
    services.drafts.save(HAZARD, "登记隐患　DEMO 井盖", {"fields": {}})
    services.drafts.saving(HAZARD, services.chain_seq())
    one.desk.register(CLERK, DRAFT)
    assert [d.key for d in services.unfinished(CLERK)] == [HAZARD], "a case is not what became of it"
    one.sit_down()
    one.driver.find(t("app.draft.act", what=act_title("hazard.reported")))
    one.desk.record_forms.act("hazard.reported", CLERK, "", draft_of("hazard.reported", today="2026-11-23"))
    assert services.unfinished(CLERK) == []


def test_a_form_that_was_refused_is_no_record_whatever_comes_later(table: Callable[..., Table]) -> None:  # noqa: F811
    """Refused, and the app killed before another letter was typed."""
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.sit_down()
    action = next(a for a in one.desk.case(case, staff_id=CLERK).actions if a.verb == "add_note")
    dialog = open_action(one.app, one.desk.case(case, staff_id=CLERK), action)
    one.driver.settle()
    dialog.fields["text"].entry.text = "DEMO " + "长" * 5000
    one.driver.tap(dialog.save_button)
    assert dialog.fields["text"].error
    draft = one.app.services.drafts.get(dialog.draft.key)
    assert draft is not None
    assert draft.after_seq is None
