"""A fresh device begins with what was written last, so that people can work on it while the rest comes."""

from __future__ import annotations

import pytest

from sync.peer import ChangesRequest
from tests.support.village_node.node_world import CLERK, DRAFT, Hub, World
from village_node.point import limits
from village_node.point.sync_round import run_round


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_the_newest_records_come_first_and_the_rest_after_them(world, monkeypatch):
    monkeypatch.setattr(limits, "NEWEST_FIRST", 3)
    hub = Hub(world)
    with world.desk(world.home()) as desk:
        cases = [desk.register(CLERK, DRAFT).id for _ in range(12)]
        run_round(desk.node, hub=hub, receipt_wait_s=0)
    with world.desk(world.home()) as fresh:
        assert run_round(fresh.node, hub=hub, receipt_wait_s=0).ok
        arrived = [row.id.split(":")[1] for row in fresh.node.office.changes(ChangesRequest()) if row.id.startswith("case:")]
        assert set(arrived[:3]) == set(cases[-3:])
        assert sorted(arrived) == sorted(cases), "the rest after them, nothing twice"
        again = run_round(fresh.node, hub=hub, receipt_wait_s=0)
        assert again.databases["office"]["pull"]["docs_read"] == 0
    hub.close()
