"""The lists of the app: true totals by pages, what is typed finds what is meant, what was handed over or back is marked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.disputes.tables.cases import Filter, Moment
from shared.ledger import pinyin
from sync.replica import LocalReplica
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, VILLAGE, World
from village_node.desk import store
from village_node.desk.desk import Desk
from village_node.desk.lists import NAMES
from village_node.point.node import Node


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def village(world: World) -> Iterator[Desk]:
    with world.desk(world.home(VILLAGE)) as desk:
        yield desk


@pytest.fixture
def township(world: World) -> Iterator[Desk]:
    with world.desk(world.home(TOWNSHIP)) as desk:
        yield desk


def carry(source: Desk, target: Desk) -> None:
    """What the router does, without a hub: events of one office come to the other."""
    here: LocalReplica = source.node.office
    docs = [row.doc for row in here.all_docs(startkey="case:", endkey="case:\uffff", include_docs=True)]
    target.node.office.bulk_docs([doc for doc in docs if doc is not None], new_edits=False)


def named(desk: Desk, a: str, b: str, **more: object) -> str:
    parties = [{"name": a}, {"name": b, "role": "respondent"}]
    return desk.register(CLERK, {**DRAFT, "parties": parties, **more}).id


def test_a_page_says_how_many_there_are_in_all_and_pages_meet_without_gap(village: Desk):
    made = {named(village, f"演示{n}", "演示乙") for n in range(23)}
    first = village.lists.page("mine", limit=10)
    assert (len(first.rows), first.total) == (10, 23)
    found = [row.id for offset in (0, 10, 20) for row in village.lists.page("mine", limit=10, offset=offset).rows]
    assert len(found) == 23
    assert set(found) == made
    assert village.lists.numbers()["mine"] == village.lists.numbers()["all"] == 23


def test_every_number_is_the_total_of_its_list_at_any_time(world: World, village: Desk):
    hours, day = 3_600_000, 86_400_000
    case = village.register(CLERK, DRAFT).id
    village.register(CLERK, {**DRAFT, "risk": 4})
    village.settle_on_spot(CLERK, village.register(CLERK, DRAFT).id, {"text": "DEMO 说和了", "agreed_by": [0, 1]})
    seen = set()
    for later in (0, 3 * hours, day, 4 * day, 60 * day):
        world.clock.ms += later
        numbers = village.lists.numbers()
        assert numbers == {name: village.lists.page(name).total for name in NAMES}
        assert numbers == {name: len(village.lists.page(name).rows) for name in NAMES}
        seen.add((numbers["mine"], numbers["warn"], numbers["overdue"]))
    assert len(seen) > 2, "they move with the clock"
    village.escalate(CLERK, case, {"reason": "双方谈不拢"})
    assert village.lists.numbers() == {name: len(village.lists.page(name).rows) for name in NAMES}


def test_what_is_due_by_matter_is_what_is_due_of_all_kinds_with_its_true_number(world: World, village: Desk):
    hours, day = 3_600_000, 86_400_000
    for n in range(4):
        village.register(CLERK, {**DRAFT, "summary": f"DEMO {n}"})
        world.clock.ms += 3 * day
    village.write_record("hazard.reported", CLERK, None, {"title": "DEMO 渠堤裂缝", "level": 4, "place": {"text": "二组"}})
    village.register(CLERK, {**DRAFT, "risk": 4})
    kinds = set()
    for later in (0, 3 * hours, day, 60 * day):
        world.clock.ms += later
        matters = dict[str, list[dict[str, object]]]()
        for row in village.due():
            matters.setdefault(row["id"], []).append(row)
            kinds.add(row["aggregate"])
        for most in (1, 3, 100):
            assert village.matters_due(most) == (list(matters.values())[:most], len(matters))
    assert kinds == {"case", "hazard"}
    assert len(matters) == 6


def test_what_waits_is_counted_again_only_when_a_record_or_a_proof_came(village: Desk, monkeypatch: pytest.MonkeyPatch):
    village.register(CLERK, DRAFT)
    asked = list[Filter]()

    def counted(node: Node, wanted: Filter, moment: Moment) -> int:
        asked.append(wanted)
        return total(node, wanted, moment)

    total = store.total
    monkeypatch.setattr(store, "total", counted)

    def looked_up() -> int:
        asked.clear()
        village.lists.numbers()
        return sum(wanted.ids is not None for wanted in asked)

    assert looked_up() == 2, "what waits, what was refused"
    assert looked_up() == 0
    village.register(CLERK, DRAFT)
    assert looked_up() == 2
    assert village.lists.numbers()["waiting"] == 2


@pytest.mark.parametrize("typed", [
    "ysjy", "ysj", "YSJ", "sqps", "水渠", "邻里", "邻里纠纷", "排水", "甲村", "二组", "ezsq", "13800000000",
    "甲村〔2026〕001-0001", "甲村〔2026〕", "甲村〔20", "001-0001", "ysjy 水渠",
])
def test_what_is_typed_finds_the_case(village: Desk, typed: str):
    case = village.register(CLERK, {**DRAFT, "parties": [{"name": "演示甲", "phone": "13800000000"},
                                                         {"name": "演示乙", "role": "respondent"}]})
    other = {key: value for key, value in DRAFT.items() if key != "subcategory"}
    village.register(CLERK, other | {"parties": [{"name": "某丙"}, {"name": "某丁", "role": "respondent"}],
                                     "summary": "羊吃了苗", "category": "DC04", "place": {"text": "五队"}})
    found = [row.id for row in village.lists.page("all", typed).rows]
    assert case.id in found
    if typed not in ("甲村", "甲村〔2026〕", "甲村〔20"):
        assert len(found) == 1


def test_a_whole_printed_number_finds_one_case(village: Desk):
    numbers = {village.register(CLERK, DRAFT).number for _ in range(3)}
    for number in numbers:
        assert [row.number for row in village.lists.page("all", number).rows] == [number]


@pytest.mark.parametrize(("name", "typed"), [
    ("单秀英", "sxy"), ("曾国平", "zgp"), ("解放", "xf"), ("𠮷田", "t"), ("O'Neill 李", "oneilll"),
])
def test_initials_know_the_readings_of_surnames_and_pass_over_what_they_do_not_know(name: str, typed: str):
    assert any(typed in found for found in pinyin.of_names([name]))


@pytest.mark.parametrize("typed", [
    '"', '" "', "(", "*", "NOT", "a" * 500, "甲 乙 丙 丁 戊 己 庚 辛 壬 癸", "〔", "〔〕", "\x00", "[[[", "%",
])
def test_nothing_that_is_typed_breaks_the_list(village: Desk, typed: str):
    village.register(CLERK, DRAFT)
    assert village.lists.page("all", typed).total in (0, 1)


def test_a_case_handed_up_waits_for_the_township_and_is_new_there_until_it_answers(village: Desk, township: Desk):
    case = village.register(CLERK, DRAFT).id
    village.escalate(CLERK, case, {"reason": "双方谈不拢"})
    row = village.lists.page("mine").rows[0]
    assert row.pending_to == TOWNSHIP
    assert row.pending_due, "by when the township must answer"
    assert village.lists.numbers()["new"] == 0
    carry(village, township)
    assert township.lists.numbers()["new"] == 1
    there = township.lists.page("new").rows[0]
    assert there.unread
    assert there.asks_here == "asked"
    township.act("acknowledge", OFFICER, case)
    assert township.lists.numbers()["new"] == 1, "opened, but not answered"
    township.act("accept_escalation", OFFICER, case)
    assert township.lists.numbers()["new"] == 0


def test_a_case_that_came_back_is_marked_with_the_reason_until_the_village_acts(village: Desk, township: Desk):
    case = village.register(CLERK, DRAFT).id
    village.escalate(CLERK, case, {"reason": "双方谈不拢"})
    carry(village, township)
    township.act("return_escalation", OFFICER, case, {"reason": "缺照片"})
    carry(township, village)
    row = village.lists.page("new").rows[0]
    assert (row.asks_here, row.returned_reason) == ("returned", "缺照片")
    assert "演示镇" in row.returned_by
    view = village.case(case, staff_id=CLERK)
    assert view.row.returned_reason == "缺照片", "the page says the same as the list"
    village.act("add_note", CLERK, case, {"text": "补了照片"})
    assert village.lists.numbers()["new"] == 0


def test_a_case_handed_down_is_new_in_the_village(village: Desk, township: Desk):
    case = township.register(OFFICER, DRAFT).id
    township.assign(OFFICER, case, {"to": VILLAGE, "text": "请先调"})
    carry(township, village)
    assert village.lists.numbers()["new"] == 1
    assert village.lists.page("new").rows[0].pending_to == VILLAGE


def test_the_row_of_a_list_and_of_the_page_say_the_same_place(village: Desk):
    case = village.register(CLERK, DRAFT)
    assert case.row.place == village.lists.page("all").rows[0].place == "二组水渠"
    assert "甲村" in village.lists.page("all", "甲村").rows[0].holder_name
