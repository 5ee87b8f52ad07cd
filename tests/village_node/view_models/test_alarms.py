"""What rings is one sentence, told when it begins or grows, and one number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, Hub, World
from village_node.desk import cases as desk_cases
from village_node.desk.views import DeadlineView
from village_node.point.sync_round import run_round
from village_node.view_models.alarms import Alarms, Ring, alarms, ring_words, told

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def _unasked(ring: Ring) -> str:
    raise AssertionError(f"nothing rings, {ring} neither")


def test_ten_red_cases_ring_as_one_sentence() -> None:
    now = Alarms("2026-11-23", tuple((f"c{n}", "red") for n in range(10)), overdue=10)
    asked: list[Ring] = []

    def words(ring: Ring) -> str:
        asked.append(ring)
        return f"{ring[0]}响了"

    assert told(None, now, words) == t("alarm.several", first="c0响了", n=9)
    assert told(now, now, words) == ""
    assert asked == [("c0", "red")], "one of ten is put into words"
    one_more = Alarms("2026-11-23", (*now.rings, ("c10", "red")), overdue=11)
    assert told(now, one_more, words) == "c10响了"
    assert now.badge == 10


def test_of_many_that_are_overdue_none_is_put_into_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(**of: Any) -> DeadlineView:
        made.append(of["kind"])
        return DeadlineView(**of)

    monkeypatch.setattr(desk_cases, "DeadlineView", counted)
    world = World(tmp_path)
    with world.desk(world.home()) as desk:
        for _ in range(6):
            desk.register(CLERK, DRAFT)
        world.clock.ms += 60 * DAY_MS
        red = desk.register(CLERK, {**DRAFT, "risk": 4}).id
        world.clock.ms += 3 * HOUR_MS
        made.clear()
        now = alarms(desk)
        said = told(None, now, lambda ring: ring_words(desk, ring))
        assert made == [now.rings[0][1]]
        assert len(desk.alarms()) > 12
    assert {case for case, _ in now.rings} == {red}
    assert now.overdue == 7, "what rings is among what is overdue"
    assert "限时已过" in said


def test_a_list_of_alarms_makes_words_for_what_it_lists_and_prints_each_number_once(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[str] = []

    def counted(directory: Any, number: str, case: str, *more: Any) -> str:
        printed.append(case)
        return short_number(directory, number, case, *more)

    short_number = desk_cases.short_number
    monkeypatch.setattr(desk_cases, "short_number", counted)
    world = World(tmp_path)
    with world.desk(world.home()) as desk:
        cases = {desk.register(CLERK, {**DRAFT, "summary": f"DEMO {n}"}).id for n in range(4)}
        desk.write_record("hazard.reported", CLERK, None, {"title": "DEMO 渠堤裂缝", "level": 4, "place": {"text": "二组"}})
        world.clock.ms += 60 * DAY_MS
        printed.clear()
        whole = desk.alarms()
        assert len(whole) > len(cases) == len(printed), "several clocks of a case, one number"
        printed.clear()
        assert desk.alarms(most=2) == whole[:2]
        assert len(printed) <= 2
        others = [row for row in desk.due() if row["aggregate"] != "case"]
        assert desk.due_beside_cases() == others != []


def test_what_is_overdue_is_told_when_it_grows_and_again_the_next_day() -> None:
    one, two = Alarms("2026-11-23", overdue=1, due=2), Alarms("2026-11-23", overdue=2, due=2)
    assert told(None, one, _unasked) == t("alarm.join").join((t("alarm.overdue", n=1), t("alarm.due", n=2)))
    assert told(one, two, _unasked) == t("alarm.overdue", n=2)
    assert told(two, one, _unasked) == ""
    assert told(one, Alarms("2026-11-24", overdue=1), _unasked) == t("alarm.overdue", n=1)


def test_days_without_contact_and_records_that_do_not_arrive_are_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    hub = Hub(world)
    with world.desk(world.home()) as desk:
        assert alarms(desk).badge == 0
        desk.register(CLERK, DRAFT)
        assert run_round(desk.node, hub=hub, receipt_wait_s=0).ok           # arrived there, not signed for
        world.clock.ms += 2 * DAY_MS
        early = alarms(desk)
        assert (early.unsent, early.silent) == (0, 0)
        world.clock.ms += 2 * DAY_MS
        late = alarms(desk)
        assert (late.unsent, late.silent) == (4, 4)
        assert late.badge >= 2
        assert t("alarm.silent", days=4) in told(early, late, _unasked)
        hub.sign(desk.node.config.device)
        assert run_round(desk.node, hub=hub, receipt_wait_s=0).ok
        assert (alarms(desk).unsent, alarms(desk).silent) == (0, 0)
    hub.close()
