"""What the schema allows is shown at the county: every page over HTTP, the report in every form, the command line."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from county_hub.commands.cli import main
from county_hub.hub.hub import Hub
from shared.ledger.formats.envelope import Event
from tests.support.county_hub.hub_support import found_county, opened, running_hub
from tests.support.shared.extremes import AGGREGATES, TIMES, Writer, histories, the_seed, with_every_kind

SEED = the_seed()
PAGES = ("/console/", "/console/cases", "/console/cases?q=%C2%B2&overdue=1", "/console/cases?risk=4&page=999999999999",
         "/console/offices", "/console/quarantine", "/console/figures", "/console/figures?year=2026",
         "/console/figures?year=9999", "/console/figures?year=%EF%BC%92%EF%BC%90%EF%BC%92%EF%BC%96",
         "/console/cases?risk=%C2%B2&page=%E2%91%A3", "/console/monitor", "/console/warning",
         "/console/cases?place=%C2%B2&until=9999-99-99")


def read(client: httpx2.Client, hub: Hub, events: list[Event]) -> None:
    assert hub.replica.bulk_docs([event.doc() for event in events], new_edits=False) == []
    hub.projector.catch_up()
    paths = [*PAGES, *([f"/console/cases/{events[0].subject}"] if events[0].aggregate == "case" else [])]
    answers = {path: client.get(path).status_code for path in paths}
    assert set(answers.values()) <= {200, 400}, answers
    assert answers["/console/"] == answers["/console/cases"] == answers[paths[-1]] == 200, answers


def test_whatever_the_schema_allows_is_shown_on_every_page(tmp_path: Path) -> None:
    print(f"EXTREMES_SEED={SEED}")
    home = found_county(tmp_path)
    quiet = settings(max_examples=12, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
    drawn = st.sampled_from([*AGGREGATES, *["case"] * 8]).flatmap(lambda name: st.one_of(histories(name), with_every_kind(name)))
    with running_hub(home) as running, running.console() as client, opened(home) as hub:
        seed(SEED)(quiet(given(drawn)(lambda events: read(client, hub, events))))()
        for words in (["status", str(home), "--json"], ["alarms", str(home), "--today", "9999-12-31"], ["tasks", str(home)],
                      ["case", "list", str(home)], ["duplicates", "list", str(home)], ["doctor", str(home)]):
            assert main(words) in (0, 1), words
    for form in ("xlsx", "pdf", "json"):
        for year in ("1000", "2026"):
            assert main(["report", str(home), "--year", year, "--format", form, "--out", str(tmp_path / f"{year}.{form}")]) == 0


def test_a_red_case_from_a_clock_at_the_end_of_its_bits_is_on_the_first_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, writer = found_county(tmp_path), Writer()
    body = {"number": "150822100203-2026-001-0012-7", "parties": [{"name": "演示甲"}], "place": {"office": "150822100203"},
            "summary": "DEMO", "category": "DC02", "risk": 4}
    event = writer.write("case.registered", body, time=TIMES[-1], day="9999-12-31")
    with opened(home) as hub:
        hub.replica.bulk_docs([event.doc()], new_edits=False)
    with running_hub(home) as running, running.console() as client:
        for path in ("/console/", "/console/cases", f"/console/cases/{event.subject}"):
            page = client.get(path)
            assert page.status_code == 200
            assert "9999年12月31日" in page.text or path == "/console/"
    capsys.readouterr()
    assert main(["case", "show", str(home), event.subject, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["registered_on"] == "9999-12-31"


def test_a_case_of_the_first_year_stands_in_no_report_and_breaks_no_page(tmp_path: Path) -> None:
    home, writer = found_county(tmp_path), Writer()
    body = {"number": "150822100203-2026-001-0012-7", "parties": [{"name": "演示甲"}], "place": {"office": "150822100203"},
            "summary": "DEMO", "category": "DC02", "risk": 2}
    events = [writer.write("case.registered", body, time=TIMES[0], day=day) for day in ("0001-01-01", "0999-12-31", "1000-06-01")]
    with running_hub(home) as running, running.console() as client, opened(home) as hub:
        for event in events:
            read(client, hub, [event])
