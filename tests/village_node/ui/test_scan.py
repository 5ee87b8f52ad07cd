"""A slip that somebody brings to a tablet: read from a picture or typed, its case opens; else whom to ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest
import segno

from shared.ledger.published.directory_heads import change
from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, OTHER_VILLAGE

pytestmark = pytest.mark.gui


def test_a_slip_that_was_read_opens_its_case(table: Callable[..., Table], tmp_path: Path) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    slip = one.desk.citizens.slip(case)
    assert slip is not None
    photos = tmp_path / "photos"
    photos.mkdir(exist_ok=True)
    segno.make(slip.qr).save(str(photos / "slip.png"), scale=8, border=4)
    one.sit_down()
    one.driver.tap(t("app.home.all"))
    one.driver.tap(one.app.screens.get_screen("all").tiles["scan"])
    page = one.app.screens.get_screen("scan")
    one.driver.tap(page.pick_button)
    one.driver.tap(one.driver.find(cls="PhotoTile"))
    one.driver.tap(t("app.photo.chosen"))
    one.driver.until(lambda: one.app.screens.current == "case" and one.app.case.case == case, "its case is open")
    one.app.go_back()
    one.driver.tap(page.open_button)
    one.driver.until(lambda: page.fault.text, "what was not typed is told")
    one.driver.type(page.number.entry, one.desk.case(case).number)
    one.driver.type(page.code.entry, slip.typed)
    one.shot("67-scan")
    one.driver.tap(page.open_button)
    one.driver.until(lambda: one.app.screens.current == "case", "typed, it opens too")


def test_a_slip_of_another_office_says_whom_to_ask(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    neighbour = one.world.desk(one.world.home(OTHER_VILLAGE))
    one.world.publish([change("setting", f"phone:{OTHER_VILLAGE}", {"phone": "100 0000 0007"}),
                       change("staff", "clerk-2", {"name": "演示邻村员", "office": OTHER_VILLAGE, "roles": ["mediator"],
                                                   "active": True, "from": None, "to": None})])
    for desk in (neighbour, one.desk):
        desk.node.directory_replica.bulk_docs(one.world.heads, new_edits=False)
        desk.node.reload_directory()
    case = neighbour.register("clerk-2", DRAFT).id
    slip, number = neighbour.citizens.slip(case), neighbour.case(case).number
    neighbour.close()
    assert slip is not None
    one.sit_down()
    one.app.open_page("scan")
    page = one.app.screens.get_screen("scan")
    one.driver.type(page.number.entry, number)
    one.driver.type(page.code.entry, slip.typed)
    one.driver.tap(page.open_button)
    one.driver.until(lambda: page.fault.text, "an answer")
    assert "不归本单位看" in page.fault.text
    assert "乙村" in page.fault.text
    assert "100 0000 0007" in page.fault.text
    assert one.app.screens.current == "scan"
    one.shot("68-scan-elsewhere")
