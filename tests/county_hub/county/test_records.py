"""The county's officers keep duty posts, panels and projects from the command line; villages get what concerns them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from county_hub.hub.hub import router_of
from shared.disputes.tables.records import list_records
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, found_county, opened


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = found_county(tmp_path)
    main(["staff", "add", str(made), "--id", "d1", "--name", "演示调度", "--office", COUNTY, "--roles", "dispatcher"])
    return made


def run(capsys, *argv: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(part) for part in argv])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_a_duty_post_is_published_and_reaches_the_village_that_has_a_quota(home, capsys) -> None:
    fields = ("person=l1", "service=lawyer", "date=2026-12-01", "start=09:00", "end=11:00", "place=演示大厅", "seats=4",
              f'quotas=[{{"office": "{VILLAGE}", "seats": 1}}]')
    given = [part for field in fields for part in ("--set", field)]
    code, out, err = run(capsys, "record", "write", home, "duty.published", "--as", "d1", *given)
    assert (code, err) == (0, "")
    duty = json.loads(out)
    assert duty["state"] == "published"
    with opened(home) as hub:
        router = router_of(hub)
        router.run_pending()
        router.close()
        with hub.databases.lease(f"office-{VILLAGE}") as replica:
            assert [row.id.split(":")[1] for row in replica.all_docs(startkey="duty:", endkey="duty:\uffff")] == [duty["id"]]
        hub.projector.catch_up()
        with hub.projector.reader() as db:
            assert [row["record_id"] for row in list_records(db, "duty")] == [duty["id"]]
    code, out, _ = run(capsys, "record", "show", home, duty["id"])
    assert json.loads(out)["data"]["seats"] == 4


def test_mistakes_are_one_sentence_with_the_field(home, capsys) -> None:
    code, out, err = run(capsys, "record", "write", home, "duty.published", "--as", "d1", "--set", "person=l1")
    assert (code, out) == (2, "")
    assert "服务类别" in err
    assert run(capsys, "record", "write", home, "hazard.nothing", "--as", "d1")[0] == 2
    assert run(capsys, "record", "write", home, "duty.withdrawn", "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D", "--as", "d1", "--set",
               "text=DEMO")[0] == 2
    assert run(capsys, "record", "list", home, "dragons")[0] == 2
