"""Grids and offices: the template, the import that refuses by line, one grid five officers, rooms, committees, file numbers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from shared.disputes.rules import grids
from shared.ledger.published.lineage import FOUNDED
from shared.ledger.published.offices import load_divisions
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, found_county, opened

ROLES = {"ld": "village_grid_leader", "gl": "group_grid_leader", "w1": "grid_member", "w2": "grid_member", "pl": "beat_police"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = found_county(tmp_path)
    for staff, role in ROLES.items():
        main(["staff", "add", str(made), "--id", staff, "--name", f"演示{staff}", "--office", VILLAGE, "--roles", role])
    return made


def run(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(part) for part in argv])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=grids.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def a_village(template: list[dict[str, str]]) -> list[dict[str, str]]:
    """The template with one group grid and its people."""
    village = next(row for row in template if row["grid_id"] == f"V{VILLAGE}")
    village["leader"] = "ld"
    group = dict.fromkeys(grids.COLUMNS, "") | {
        "grid_id": f"G{VILLAGE}-01", "tier": "group", "office": VILLAGE, "group": "01", "name": "演示一组网格",
        "parent": f"V{VILLAGE}", "leader": "gl", "members": "w1:1-10;w2:011-020", "officers": "member=w1;police=pl",
    }
    return [*template, group]


def template(capsys, home: Path) -> list[dict[str, str]]:
    code, out, _ = run(capsys, "grids", "template", home)
    assert code == 0
    return list(csv.DictReader(io.StringIO(out)))


def test_the_template_names_every_town_and_village_and_imports_as_it_is(home, capsys, tmp_path) -> None:
    rows = template(capsys, home)
    assert [row["tier"] for row in rows].count("village") == 3
    code, out, _ = run(capsys, "grids", "import", home, write(tmp_path / "g.csv", rows), "--json")
    assert (code, json.loads(out)["grids"]) == (0, 5)


def test_a_group_grid_with_members_households_and_officers_travels_in_the_directory(home, capsys, tmp_path) -> None:
    file = write(tmp_path / "g.csv", a_village(template(capsys, home)))
    code, out, _ = run(capsys, "grids", "import", home, file, "--json")
    said = json.loads(out)
    assert (code, said["households"], said["tiers"]) == (0, 20, {"town": 2, "village": 3, "group": 1})
    with opened(home) as hub:
        found = grids.of_table(hub.directory.latest().table(f"grid.{VILLAGE}"))
    assert [grid.id for grid in found] == [f"G{VILLAGE}-01", f"V{VILLAGE}"]
    assert (found[0].households, dict(found[0].officers)) == (20, {"member": "w1", "police": "pl"})
    every = [*found, grids.Grid(f"T{TOWN[:9]}", "town", TOWN, "", "DEMO", "")]
    assert [grid.tier for grid in grids.chain(every, f"G{VILLAGE}-01")] == ["group", "village", "town"]
    code, again, _ = run(capsys, "grids", "import", home, file, "--json")
    assert json.loads(again)["directory"] == said["directory"], "nothing new publishes nothing"


@pytest.mark.parametrize(("field", "value", "words"), [
    ("tier", "hamlet", "层级须为"), ("office", COUNTY, "单位编码"), ("group", "1", "两位组号"), ("name", "", "名称须填写"),
    ("parent", "V000", "上级须为"), ("leader", "w1", "网格长须"), ("members", "w1", "户号"),
    ("members", "nobody:1-2", "人员名册"),
    ("officers", "king=w1", "岗位"), ("valid_from", "2026-13-01", "日期"), ("members", "w1:1-10;w2:10-20", "同时属于"),
    ("grid_id", "a b", "编号须为"),
])
def test_a_wrong_cell_is_named_by_line_and_nothing_is_imported(home, capsys, tmp_path, field, value, words) -> None:
    rows = a_village(template(capsys, home))
    rows[-1][field] = value
    code, _, err = run(capsys, "grids", "import", home, write(tmp_path / "g.csv", rows))
    assert code == 2
    assert "第7行" in err
    assert words in err
    assert "Traceback" not in err
    with opened(home) as hub:
        assert not [key for key in hub.directory.latest().keys("table") if key.startswith("grid.")]


def test_the_countys_315_grids_import_at_once() -> None:
    """104 villages, 11 towns, 200 groups: as many as the article names; people are invented."""
    organisation = load_divisions()

    class Everybody:
        def office(self, id: str, on: str | None = None):
            return organisation.get(id)

        def staff(self, id: str):
            return None

        lineage = FOUNDED

    rows = grids.template(((o, organisation.display_name(o)) for o in sorted(organisation.offices)), FOUNDED)
    villages = [row["office"] for row in rows if row["tier"] == "village"]
    for n in range(200):
        office, group = villages[n % 104], f"{n // 104 + 1:02d}"
        rows.append(dict.fromkeys(grids.COLUMNS, "") | {
            "grid_id": f"G{office}-{group}", "tier": "group", "office": office, "group": group, "name": "演示",
            "parent": f"V{office}"})
    found = grids.read(enumerate(rows, 2), Everybody())
    assert (len(found.grids), found.problems) == (315, [])
    tables = grids.values(found.grids)
    assert len(tables) == 115
    assert sum(len(grids.of_table(value)) for value in tables.values()) == 315


def test_a_committee_has_three_to_nine_members_one_chair_and_a_seal_keeper(home, capsys) -> None:
    call = ("office", "set", home, "--office", VILLAGE, "--committee", "演示人民调解委员会", "--chair", "ld",
            "--seal-keeper", "gl")
    code, _, err = run(capsys, *call, "--members", "ld;gl")
    assert code == 2
    assert "第八条" in err
    code, _, _ = run(capsys, *call, "--members", "ld;gl;w1", "--since", "2026-01-01", "--until", "2030-01-01")
    assert code == 2
    code, _, _ = run(capsys, *call, "--members", "ld;gl;w1", "--rooms", "talk_room;legal_clinic", "--since", "2026-01-01")
    assert code == 0
    code, out, _ = run(capsys, "office", "show", home, "--office", VILLAGE)
    shown = json.loads(out)
    assert (shown["committee"]["name"], shown["rooms"]) == ("演示人民调解委员会", ["talk_room", "legal_clinic"])
    with opened(home) as hub:
        assert hub.directory.latest().office(VILLAGE).committee == "演示人民调解委员会"


def test_rooms_are_called_as_the_county_calls_them_and_may_be_its_own(home, capsys, tmp_path) -> None:
    table = tmp_path / "rooms.json"
    names = {"command_centre": {"name": "社会治安综合治理中心", "source": "DEMO 2024"},
             "hearing_room": {"name": "听证室", "source": "DEMO"}}
    table.write_text(json.dumps({"hearing_room": {"name": "听证室"}}), "utf-8")
    code, _, err = run(capsys, "rules", "table", home, "rooms", table)
    assert (code, "source" in err) == (2, True)
    table.write_text(json.dumps(names), "utf-8")
    assert run(capsys, "rules", "table", home, "rooms", table)[0] == 0
    assert run(capsys, "office", "set", home, "--office", TOWN, "--rooms", "command_centre;hearing_room;talk_room")[0] == 0
    shown = json.loads(run(capsys, "office", "show", home, "--office", TOWN)[1])
    assert shown["rooms"] == ["command_centre", "hearing_room", "talk_room"]
    assert shown["room_names"] == ["社会治安综合治理中心", "听证室", "老百姓说事室"]
    assert run(capsys, "office", "set", home, "--office", TOWN, "--rooms", "cellar")[0] == 2


def test_only_an_active_device_of_the_office_may_hold_the_file_register(home, capsys) -> None:
    code, _, err = run(capsys, "office", "set", home, "--office", VILLAGE, "--file-register", "nobody")
    assert code == 2
    assert "nobody" in err
