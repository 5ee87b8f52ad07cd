"""Departments as offices of the county's level: founded beside the divisions, and seeing only what was assigned to them."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from shared.ledger.published.lineage import FOUNDED
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, found_county, new_code, opened, running_hub
from tests.support.patience import until
from village_node import composition
from village_node.point.sync_round import run_round

DRAFT = {"parties": [{"name": "演示甲"}, {"name": "演示乙", "role": "respondent"}], "category": "DC02"}


def asked(*words: str) -> Any:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main([*words, "--json"]) == 0
    return json.loads(printed.getvalue())


def person(home: Path, id: str, office: str, role: str) -> None:
    assert main(["staff", "add", str(home), "--id", id, "--name", f"演示{id}", "--office", office, "--roles", role]) == 0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return found_county(tmp_path)


def test_an_organ_gets_a_permanent_id_outside_the_divisions_and_level_and_lineage_from_the_directory(home: Path) -> None:
    court = asked("office", "add", str(home), "--organ", "court", "--name", "磴口县人民法院")["offices"][0]["id"]
    table = home.parent / "organs.csv"
    table.write_text("kind,name\njustice_bureau,磴口县司法局\npetition_bureau,磴口县信访局\n", "utf-8")
    others = [office["id"] for office in asked("office", "import", str(home), str(table))["offices"]]
    assert len({court, *others}) == 3
    assert all(FOUNDED.is_organ(id) and len(id) == 12 and not id.startswith("1508") for id in (court, *others))
    with opened(home) as hub:
        latest, organisation = hub.directory.latest(), hub.directory.organisation()
        assert (organisation.level_of(court), organisation.ancestors(court)) == ("county", (COUNTY,))
        assert (FOUNDED.level_of(court), FOUNDED.parent_of(court)) == ("county", COUNTY)
        assert latest.children(court) == []
        assert (organisation.county(), latest.county().id) == (COUNTY, COUNTY)
        assert organisation.display_name(court) == "磴口县人民法院"
        for part in ("", "-files", "-closed"):
            assert hub.databases.exists(f"office-{court}{part}")


def test_an_organ_is_renamed_and_closed_as_every_office_and_its_id_is_never_given_again(home: Path, capsys: Any) -> None:
    first = asked("office", "add", str(home), "--organ", "grid_centre", "--name", "演示网格中心", "--from", "2026-01-01")
    id = first["offices"][0]["id"]
    assert main(["office", "rename", str(home), id, "--name", "演示网格化服务中心", "--from", "2026-03-01"]) == 0
    assert main(["office", "close", str(home), id, "--from", "2026-06-01"]) == 0
    with opened(home) as hub:
        latest = hub.directory.latest()
        assert [past.name for past in latest.office_history(id)] == ["演示网格中心", "演示网格化服务中心"]
        assert {past.kind for past in latest.office_history(id)} == {"grid_centre"}
        assert latest.closed_since(id) == "2026-05-31"
    again = asked("office", "add", str(home), "--organ", "grid_centre", "--name", "演示网格二中心")["offices"][0]["id"]
    assert again > id
    divisions = home.parent / "divisions.csv"
    capsys.readouterr()
    assert main(["init", str(home), "--county", "150822", "--divisions", str(divisions)]) == 0
    assert again not in capsys.readouterr().out, "a list of divisions says nothing of organs"


@pytest.mark.parametrize(("lines", "said"), [
    ("kind,name\ncourt,演示法院\nnothing,演示局\n", "第 3 行"), ("kind,name\ncourt,\n", "第 2 行"), ("a,b\n1,2\n", "kind,name"),
])  # fmt: skip
def test_a_wrong_line_of_an_import_is_named_and_nothing_is_taken(home: Path, capsys: Any, lines: str, said: str) -> None:
    table = home.parent / "organs.csv"
    table.write_text(lines, "utf-8")
    assert main(["office", "import", str(home), str(table)]) == 2
    assert said in capsys.readouterr().err
    with opened(home) as hub:
        assert hub.directory.organisation().organs() == ()


def test_an_organ_sees_what_was_assigned_to_it_and_nothing_else(home: Path, tmp_path: Path) -> None:
    court = asked("office", "add", str(home), "--organ", "court", "--name", "磴口县人民法院")["offices"][0]["id"]
    other = asked("office", "add", str(home), "--organ", "police_bureau", "--name", "磴口县公安局")["offices"][0]["id"]
    for id, office, role in (("dispatcher", COUNTY, "dispatcher"), ("clerk-1", VILLAGE, "mediator"), ("judge-1", court, "judge")):
        person(home, id, office, role)
    with running_hub(home) as hub:
        tablets = {}
        for office in (court, VILLAGE):
            composition.enrol(tmp_path / office, hub.url, new_code(home, office)["code"])
            tablets[office] = tmp_path / office
        with composition.open_desk(tablets[VILLAGE]) as village:
            hidden = village.register("clerk-1", {**DRAFT, "summary": "DEMO 村里的事"}).id
            assert run_round(village.node).ok
        made = [register(home, f"DEMO 县里的事{n}") for n in range(2)]
        assert main(["case", "assign", str(home), made[0], "--as", "dispatcher", "--set", f"to={court}",
                     "--set", "text=DEMO 交办"]) == 0
        assert main(["case", "assign", str(home), made[1], "--as", "dispatcher", "--set", f"to={other}",
                     "--set", "text=DEMO 交办"]) == 0
        with composition.open_node(tablets[court]) as node:
            until(lambda: run_round(node).ok and subjects(node.office), "what was assigned to the court")
            assert subjects(node.office) == {made[0]}
            assert subjects(node.files) == subjects(node.closed) == set()
            for name in (f"office-{COUNTY}", f"office-{VILLAGE}", f"office-{other}", f"office-{COUNTY}-closed", "quarantine"):
                with node.hub().peer("office") as peer, pytest.raises(Exception, match=r"(?i)forbidden|not|may"):
                    type(peer)(f"{hub.url}/{name}", auth=node.hub().auth).info()
    with opened(home) as direct, direct.databases.lease(f"office-{court}") as replica:
        assert subjects(replica) == {made[0]}, "nor is it in the database at the hub"
        assert hidden not in json.dumps([row.doc for row in replica.all_docs(include_docs=True)], ensure_ascii=False)


def register(home: Path, summary: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(["case", "register", str(home), "--as", "dispatcher", "--set", f"summary={summary}", "--set", "category=DC02",
                     "--set", f"parties={json.dumps(DRAFT['parties'])}"]) == 0
    return str(json.loads(printed.getvalue())["id"])


def subjects(replica: Any) -> set[str]:
    """Of every document that names a case."""
    rows = replica.all_docs(include_docs=True)
    return {row.doc["case"] for row in rows if row.doc is not None and "case" in row.doc}
