"""The hub folds by the county's own clocks and calendars, and by the newest ones, without a restart."""

from __future__ import annotations

import json
from pathlib import Path

from county_hub.commands.cli import main
from shared.disputes.rules.county import RulesBook
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.published.directory_heads import change
from sync.projector import Projector
from tests.support.county_hub.hub_routing_support import COUNTY, County, db
from tests.support.county_hub.hub_support import found_county


def test_a_published_clock_table_recomputes_every_due_date_of_the_running_hub(tmp_path: Path) -> None:
    county = County(tmp_path)
    case = county.register().subject
    county.router().run_pending()

    def due(projector: Projector) -> str:
        projector.catch_up()
        with projector.reader() as tables:
            sql = "SELECT due_date FROM deadlines WHERE case_id = ? AND kind = 'handle_village'"
            return tables.execute(sql, (case,)).fetchone()[0]

    with county.databases.lease(db(COUNTY)) as replica:
        projector = Projector(tmp_path / "read.sqlite", replica, ReadModel(county=RulesBook(county.directory.latest)))
        before = due(projector)
        row = {"amount": 70, "unit": "day", "source": "DEMO"}
        county.directory.publish([change("table", "clocks", {"handle_village": row})])
        assert due(projector) > before
        county.directory.publish([change("table", "clocks", None)])
        assert due(projector) == before
        projector.close()
    county.close()


def test_the_command_line_publishes_a_calendar_and_a_clock_table_and_refuses_what_is_wrong(tmp_path: Path, capsys) -> None:
    home = found_county(tmp_path)
    calendar, clocks = tmp_path / "2027.json", tmp_path / "clocks.json"
    calendar.write_text(json.dumps({"year": 2027, "holidays": ["2027-01-01"], "workdays": ["2027-01-03"]}), "utf-8")
    clocks.write_text(json.dumps({"visit": {"amount": 14, "unit": "day", "source": "DEMO"}}), "utf-8")
    assert main(["rules", "calendar", str(home), str(calendar)]) == 0
    assert main(["rules", "table", str(home), "clocks", str(clocks)]) == 0
    capsys.readouterr()
    assert main(["rules", "show", str(home)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["calendars"], shown["clocks"]["visit"]["amount"], shown["problems"]) == (["2027"], 14, [])
    for name, text in (("clocks", '{"visit": {"amount": "14"}}'),
                       ("clocks", '{"lunch": {"amount": 1, "unit": "day", "source": "x"}}'),
                       ("subsidy", '{"amount_fen": {"simple": -1}}'), ("clocks", "[]"), ("clocks", "{")):
        clocks.write_text(text, "utf-8")
        assert main(["rules", "table", str(home), name, str(clocks)]) == 2
    calendar.write_text('{"year": 2027, "holidays": ["2026-01-01"]}', "utf-8")
    assert main(["rules", "calendar", str(home), str(calendar)]) == 2
    capsys.readouterr()
    assert main(["codes"]) == 0
    assert json.loads(capsys.readouterr().out)["tables"]["category"]
