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


WRONG = (
    ("clocks", {"visit": {"amount": "14"}}, "clocks.visit 的 amount 写成了 14"),
    ("clocks", {"visit": {"unit": "hour"}}, "clocks.visit 的 unit 写成了 hour，只能是 "),
    ("clocks", {"visit": {"source": ""}}, "clocks.visit 缺 source"),
    ("clocks", {"visit": {"last_day": "x", "source": "DEMO"}}, "clocks.visit 的 last_day 写成了 x"),
    ("clocks", {"visit": {"last_day_why": "", "source": "DEMO"}}, "clocks.visit 缺 last_day_why"),
    ("clocks", {"visit": {"counts_from": "x", "source": "DEMO"}}, "clocks.visit 的 counts_from 写成了 x"),
    ("clocks", {"visit": 14}, "clocks.visit 写法不对，应有：amount, unit, source"),
    ("clocks", {"lunch": {"amount": 1}}, "clocks.lunch"),
    ("clocks", {"warn_percent": {"amount": 1}}, "clocks.warn_percent 写法不对"),
    ("clocks", {"legal_aid_decide": []}, "clocks.legal_aid_decide 写法不对"),
    ("clocks", {"visit": {"warn_percent": "x", "source": "DEMO"}}, "clocks.visit 的 warn_percent 写成了 x"),
    ("subsidy", {"amount_fen": {"simple": 1}, "papers": []}, "subsidy 写法不对，应有：papers"),
    ("clocks", {"choice": {"category": {"land": "lunch"}}}, "clocks.choice.category.land 写的 lunch 没有"),
    ("limits", {"lunch": {"value": 1}}, "没有 limits.lunch 这一项，可用的有："),
    ("limits", {"reopen_days": {"value": 1.5}}, "limits."),
    ("risk", {"items": []}, "risk.items 写法不对"),
    ("risk", {"items": {"x": {}}}, "risk.items.x 写法不对，应有：name, points"),
    ("risk", {"levels": {"9": 1}}, "risk.levels.9 写成了 1"),
    ("risk", {"implied": {"x": "none"}}, "risk.implied.x 写的 none 没有"),
    ("figures", {"small_cell": 0}, "figures.small_cell 写法不对，应有：small_cell (1-50)"),
    ("subsidy", {"amount_fen": {"simple": -1}}, "subsidy 写法不对，应有：amount_fen"),
    ("subsidy", {"amount_fen": {"simple": 1}, "yearly_cap_fen": -1}, "subsidy 的 yearly_cap_fen 写成了 -1"),
    ("subsidy", {"amount_fen": {"simple": 1}, "publicity_workdays": 999}, "subsidy 的 publicity_workdays 写成了 999"),
    ("rooms", {"a b": {}}, "rooms.a b 的代号"),
    ("rooms", {"hall": {}}, "rooms.hall 缺 name"),
    ("rooms", {"hall": {"name": "听证室"}}, "rooms.hall 缺 source"),
    ("roster", {"x": None}, "roster 写法不对"),
)


def test_what_is_wrong_in_a_table_is_told_by_its_place_and_remedy_in_chinese(tmp_path: Path, capsys) -> None:
    home, table = found_county(tmp_path), tmp_path / "table.json"
    capsys.readouterr()
    for name, rows, told in WRONG:
        table.write_text(json.dumps(rows), "utf-8")
        code, err = main(["rules", "table", str(home), name, str(table)]), capsys.readouterr().err
        assert (code, told in err, " must " in err) == (2, True, False), (name, rows, err)
    for document, told in (({"year": "x"}, "year 写成了 x"), ({"year": 2027, "holidays": ["x"]}, "holidays 里 x 不是日期"),
                           ({"year": 2027, "workdays": ["2026-01-01"]}, "workdays 里 2026-01-01 是另一年")):
        table.write_text(json.dumps(document), "utf-8")
        code, err = main(["rules", "calendar", str(home), str(table)]), capsys.readouterr().err
        assert (code, told in err) == (2, True), (document, err)
