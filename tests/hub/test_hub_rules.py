"""The hub folds by the county's own clocks and calendars, and by the newest ones, without a restart."""

from __future__ import annotations

from pathlib import Path

from shared.county_rules import RulesBook
from shared.directory import change
from shared.read_model import ReadModel
from sync.projector import Projector
from tests.support.hub_routing_support import COUNTY, County, db


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
