"""Tables of the directory as a newer program, or a slip of the hand, may have published them: they are there for good, so no page
and no command that reads them breaks, and what was left out is said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.console.tabs import TABS
from county_hub.hub.hub import Hub
from shared.disputes.advice import assessment, roster, subsidy
from shared.disputes.figures import figures
from shared.disputes.rules import committees, grids, helpers, rooms
from shared.disputes.rules.county import county_rules
from shared.ledger.published.directory_heads import change
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, found_county, opened, running_hub, store_in_county
from tests.support.sample import SEED
from tests.support.shared.domain_events import World

ODD: tuple[Any, ...] = (None, [], {}, 5, "x", [1], [None], {"a": 1}, {"a": []}, True, -1, 2**53 - 1, [{}], [["x"]],
                         {"a": {"b": [0]}}, "🈳" * 40)
_ROW = {"id": "g1", "tier": "village", "office": VILLAGE, "name": "DEMO 网格", "leader": "x1"}
# table -> what a program of ours writes into it, of which each part is spoilt
TABLES: dict[str, dict[str, Any]] = {
    "figures": {"small_cell": 5, "satisfied_from": 4, "repeat_months": 6, "small_cell_source": "DEMO"},
    "subsidy": {"amount_fen": {"simple": 1}, "yearly_cap_fen": 1, "papers": {"simple": ["D10"]}, "source": "DEMO",
                "same_dispute_months": 1, "publicity_workdays": 5},
    "assessment": {"weights": {"handled": 20}, "difficulty": {"simple": 1}, "least_cases": 10, "full_load": 60, "source": "DEMO"},
    roster.TABLE: {"x1": {"specialities": ["DC02"], "languages": ["蒙"], "honours": [], "grade": "1",
                          "away": ["2026-01-01", "2026-02-01"]}},
    helpers.TABLE: {VILLAGE: [{"name": "DEMO 甲", "kind": "party_rep"}]},
    rooms.TABLE: {"command_centre": {"name": "DEMO 中心", "source": "DEMO"}},
    "limits": {"duplicate_days": {"value": 30, "source": "DEMO"}},
    "risk": {"items": {"x": {"name": "DEMO", "points": 1}}, "levels": {"2": 30}},
    "clocks": {"visit": {"amount": 1, "unit": "day", "source": "DEMO"}},
    grids.TABLE + VILLAGE: {"grids": [{**_ROW, "members": [{"staff": "x1", "households": [1]}], "officers": {"police": "x1"}}]},
    committees.TABLE + VILLAGE: {"name": "DEMO", "kind": "village", "members": ["x1"], "chair": "x1",
                                  "seal_keeper": "x1", "since": ""},
}
ADMINS = ("accounts", "systems")       # tabs of the admin alone
PAGES = sorted({"/console/", "/console/do/subsidy/list?period=2026", "/console/do/rules/show", "/console/wall",
                "/console/cases/new",
                "/console/do/office/set", "/console/do/office/show", "/console/do/roster/set", "/console/figures?period=2026",
                *(href for rows in TABS.values() for key, href in rows if key not in ADMINS)})


TURNS = 4


def spoilt(value: Any, odd: Any, chance: random.Random) -> Any:
    """The value with one part of it, at any depth, or the whole, replaced."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice([*value])
        return {**value, name: spoilt(value[name], odd, chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        return [spoilt(value[0], odd, chance), *value[1:]]
    return odd


def odd_tables(chance: random.Random) -> dict[str, dict[str, Any]]:
    made = {}
    for name, value in TABLES.items():
        found = spoilt(value, chance.choice(ODD), chance)
        made[name] = found if isinstance(found, dict) else {**value, "of_tomorrow": found}
    return made


def test_no_reader_breaks_on_any_table() -> None:
    chance = random.Random(SEED)
    for turn in range(600):
        tables = odd_tables(chance)
        said = f"SEED={SEED} turn {turn}: {tables}"
        try:
            figures.publication_in_force(tables["figures"])
            assessment.assess("x1", [], tables["assessment"])
            for grid in grids.of_table(tables[grids.TABLE + VILLAGE]):
                assert grid.households >= 0
                assert grid.valid_on("2026-11-01") in (True, False)
            made = committees.of_table(VILLAGE, tables[committees.TABLE + VILLAGE])
            assert made is None or committees.problems(made, ["x1"]) is not None
        except Exception as fault:
            raise AssertionError(said) from fault


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = found_county(tmp_path_factory.mktemp("tables"))
    for id, office in (("x1", COUNTY), ("x2", VILLAGE), ("x3", TOWN)):
        person = ("--id", id, "--name", f"DEMO {id}", "--office", office, "--roles", "dispatcher,mediator,supervisor,dept_leader")
        assert main(["staff", "add", str(made), *person]) == 0
    world = World()
    world.mediating(date="2026-03-02")
    world.mediating(office=COUNTY, date="2026-03-03")
    store_in_county(made, [event.doc() for events in world.events.values() for event in events])
    return made


@pytest.fixture
def hub(home: Path) -> Iterator[Hub]:
    with opened(home) as found:
        yield found


def publish(hub: Hub, tables: dict[str, dict[str, Any]]) -> None:
    hub.directory.publish([change("table", name, value) for name, value in tables.items()])


def test_every_page_stands_over_odd_tables(home: Path) -> None:
    chance, wrong = random.Random(SEED), dict[str, str]()
    with running_hub(home) as running, running.console("x1") as client:
        for turn in range(TURNS):
            tables = odd_tables(chance)
            with opened(home) as hub:
                publish(hub, tables)
                cases = [row.id for row in hub.replica.all_docs(startkey="case:", endkey="case;", limit=1)]
            for page in (*PAGES, f"/console/cases/{cases[0].split(':')[1]}"):
                answer = client.get(page)
                if answer.status_code >= 500 or (answer.status_code != 200 and "/do/" not in page):
                    wrong[f"{turn} {page}"] = f"{answer.status_code} {tables}"
    assert wrong == {}, f"SEED={SEED}"


def test_what_cannot_hold_is_left_out_and_said(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    publish(hub, {"figures": {"small_cell": "many"}, "subsidy": {"amount_fen": 7}, "assessment": {"weights": []}, "limits": {},
                  "risk": {}, "clocks": {}})
    latest = hub.directory.latest()
    assert county_rules(latest).problems == ()
    assert figures.publication_in_force(latest.table("figures"))[0] == figures.publication()
    assert assessment.assess("x1", [], latest.table("assessment")).total == 0
    capsys.readouterr()
    home = str(hub.home.root)
    assert main(["rules", "show", home]) == 0
    told = capsys.readouterr().out
    assert all(f"（{name}） 没有采用" in told for name in ("figures", "subsidy", "assessment"))
    assert main(["report", home, "--year", "2026"]) == 0
    assert "已发布的 统计口径（figures） 没有采用" in capsys.readouterr().out
    assert main(["subsidy", "list", home, "--period", "2026"]) == 0
    assert "已发布的 补贴标准（subsidy） 没有采用" in capsys.readouterr().out
    assert main(["subsidy", "approve", home, "--period", "2026", "--as", "x1"]) == 2
    assert "重新发布 subsidy" in capsys.readouterr().err
    assert subsidy.table(None).amount_fen
