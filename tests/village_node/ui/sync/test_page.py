"""The page 送到没有 by touch: what waits, what was refused and its remedy, pause, room, photographs on Wi-Fi only."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest
from kivy.core.window import Window

from shared.ledger.published.directory_heads import change
from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, COUNTY, DRAFT, Hub
from village_node.desk.desk import FileDraft
from village_node.point.sync_round import run_round
from village_node.ui.kit.progress import OnOff
from village_node.ui.screens.action_dialog import ActionDialog
from village_node.ui.sync.parts import TapRow

pytestmark = pytest.mark.gui


def paper(seed: int) -> FileDraft:
    return FileDraft(data=b"%PDF-1.4 " + random.Random(seed).randbytes(60_000), name="DEMO.pdf", purpose="paper")


@pytest.fixture
def one(table: Callable[..., Table]) -> Table:  # noqa: F811
    """An ended case that has arrived with its paper, one with a refused note, and one that waits with a paper."""
    made = table()
    desk, hub = made.desk, Hub(made.world)
    made.world.publish([change("setting", f"phone:{COUNTY}", {"phone": "100 0000 0009"})])
    ended = desk.register(CLERK, {**DRAFT, "summary": "DEMO 占了过道"}, files=[paper(1)]).id
    desk.act("settle_on_spot", CLERK, ended, {"text": "演示", "agreed_by": [0, 1]})
    noted = desk.register(CLERK, {**DRAFT, "summary": "DEMO 羊吃了苗"}).id
    desk.act("add_note", CLERK, noted, {"text": "演示：收条看不清"})
    note = desk.case(noted).timeline[-1].id
    made.ended, made.noted = ended, noted
    for _ in range(2):
        run_round(desk.node, hub=hub, receipt_wait_s=0)
        hub.sign(desk.node.config.device, refused={note: "not_custodian"}, files=(desk.files(ended)[0].sha256,))
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    hub.close()
    made.world.clock.ms += 3_600_000
    made.waiting = desk.register(CLERK, {**DRAFT, "summary": "DEMO 种子没出苗"}, files=[paper(2)]).id
    made.sit_down()
    made.driver.tap(made.app.foot)
    made.driver.until(lambda: made.app.screens.current == "sync" and made.driver.look(part="县里都收到了"), "the page is there")
    made.driver.settle()
    return made


def widget(kind: type, **having: object) -> object:
    return next(w for top in Window.children for w in top.walk()
                if isinstance(w, kind) and all(getattr(w, name, None) == value for name, value in having.items()))


def test_the_page_says_what_arrived_what_waits_and_whom_to_call(one: Table) -> None:
    words = one.driver.words()
    assert t("sending.later_line", n=1) in "".join(words)
    assert t("sending.waiting", n=1) in words
    assert any("DEMO 种子没出苗" in line for line in words)
    assert any("0/4 块" in line for line in words), "the share of its paper"
    assert "100 0000 0009" in words
    one.shot("50-sync")
    one.driver.tap(widget(TapRow, matter=one.waiting))
    one.driver.until(lambda: one.app.case.case == one.waiting and one.app.screens.current == "case", "its case is open")
    one.app.go_back()
    assert one.app.screens.current == "sync"
    one.app.go_back()
    assert one.app.screens.current == "home"


def test_a_refused_record_is_written_once_more_from_what_it_said(one: Table) -> None:
    one.driver.tap(t("sending.rewrite"))
    dialog = one.driver.until(lambda: next((w for w in Window.children if isinstance(w, ActionDialog)), None), "its form is open")
    assert dialog.fields["text"].commit() == "演示：收条看不清"
    one.driver.tap(dialog.save_button)
    one.driver.until(lambda: len(one.desk.case(one.noted).timeline) == 3, "another record stands beside the refused one")
    assert [bool(line.refused) for line in one.desk.case(one.noted).timeline].count(True) == 1


def test_room_is_made_after_asking_and_the_paper_comes_back_when_wanted(one: Table) -> None:
    one.driver.tap(t("sending.free"))
    one.driver.find(part="还能取回来")
    one.shot("51-sync-free")
    one.driver.tap(t("sending.free_yes", n=1))
    one.driver.until(lambda: not one.desk.files(one.ended)[0].complete, "the file has left the device")
    assert one.desk.files(one.waiting)[0].complete
    one.driver.find(part="没有能腾的")


def test_what_is_wished_is_kept(one: Table) -> None:
    one.driver.tap(widget(OnOff, name="wifi"))
    one.driver.until(lambda: one.desk.sending.wishes().files_on_wifi, "photographs wait for Wi-Fi")
    one.driver.tap(t("sending.cadence_minutes", n=30))
    one.driver.until(lambda: one.desk.sending.wishes().cadence_s == 1800, "the cadence")
