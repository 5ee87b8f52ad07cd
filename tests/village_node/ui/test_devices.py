"""A new device by touch: it waits on the page 我的, is answered there, and the answer may be changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.village_node.app_driver import Driver  # noqa: F401  first: it prepares Kivy's environment

from tests.village_node.desk.test_devices import NEW, heard, note  # isort: skip
from tests.support.village_node.node_world import DRAFT  # isort: skip
from tests.village_node.ui.test_window import CLERK, Table, table  # noqa: F401  isort: skip
from shared.ledger.texts import t  # isort: skip

pytestmark = pytest.mark.gui


def test_a_new_device_is_confirmed_by_touch_and_taken_back(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    key = heard(one.world, one.desk)
    one.sit_down()
    one.app.open_tab("mine")
    one.driver.find(t("sealing.device.title"))
    one.driver.find(part=NEW)
    one.shot("mine-new-device")
    assert NEW not in note(one.desk, case)
    one.app.open_case(case)
    one.driver.find(part="还没有人认过")
    one.shot("case-new-device")
    one.app.open_tab("mine")
    one.driver.tap(t("sealing.device.yes"))
    one.driver.until(lambda: one.desk.node.recipients.of(NEW, key.public).by == CLERK, "the answer is kept")
    one.driver.find(t("sealing.device.take_back"))
    one.shot("mine-known-device")
    assert NEW in note(one.desk, case)
    one.driver.tap(t("sealing.device.take_back"))
    one.driver.find(t("sealing.device.yes"))
    assert NEW not in note(one.desk, case)
