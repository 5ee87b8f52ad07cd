"""`demo-years` and `report`: the numbers of the newspaper from signed events, and what its own percentages get wrong."""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.county.subsidy_office import period
from county_hub.demo.stories import QUOTAS, Quotas
from county_hub.demo.years import device_of, load_years, years_of
from county_hub.hub.hub import hub_home
from county_hub.hub.problems import UsageProblem
from county_hub.report.report import build
from county_hub.service import reports
from county_hub.service.backups import backup, restore
from shared.disputes.figures import facts as figures_facts
from shared.disputes.figures.figures import compute
from shared.disputes.figures.marks import Period
from shared.disputes.figures.single import LegalAidFact
from shared.ledger.days import later, local_date
from shared.ledger.periods import BadPeriod, parse, same_day_before
from shared.ledger.published.directory_heads import change
from tests.support.county_hub.hub_support import COUNTY, OTHER_TOWN, TOWN, VILLAGE, found_county, opened, running_hub

SMALL_YEARS = {
    2018: Quotas(9, 2, 1, (4, 5, 9), (2, 2, 3), 3, 1, (2, 1)),
    2019: Quotas(12, 2, 1, (4, 5, 9), (2, 2, 3), 4, 1, (2, 1)),
}


def printed(*words: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert main(list(words)) == 0
    return out.getvalue()


def texts(home: Path, year: int) -> dict[str, str]:
    report = json.loads(printed("report", str(home), "--year", str(year), "--format", "json"))
    return {key: entry["text"] for key, entry in report["indicators"].items()}


def loaded(home: Path, years: Sequence[int] = (2018, 2019)) -> list[Any]:
    with opened(home) as hub:
        return load_years(hub, years, quotas=SMALL_YEARS)


def refused(home: Path) -> int:
    with opened(home) as hub, hub.projector.reader() as db:
        return int(db.execute("SELECT count(*) FROM refused_now").fetchone()[0])


@pytest.mark.long
def test_the_demo_years_give_the_numbers_of_the_newspaper_and_the_report_says_where_it_errs(tmp_path: Path) -> None:
    """One test, because loading both years in full takes the time of all the others."""
    home = found_county(tmp_path)
    done = json.loads(printed("demo-years", str(home), "--json"))
    assert [(d["year"], d["mediated"], d["petitions"], d["legal_aid"]) for d in done] == [
        (2018, 582, 393, 215), (2019, 737, 317, 266)]
    report = json.loads(printed("report", str(home), "--year", "2019", "--format", "json"))
    shown = {key: entry["text"] for key, entry in report["indicators"].items()}
    assert shown["mediation_cases"] == "737 (+155, +26.6 %)"
    assert shown["petitions"] == "317 (-76, -19.3 %)"
    assert shown["legal_aid_cases"] == "266 (+51, +23.7 %)"
    assert (shown["letter_visit_batches"], shown["letter_visit_person_times"]) == ("231 (-69, -23.0 %)", "630 (-370, -37.0 %)")
    assert report["indicators"]["petition_satisfaction_rate"]["percent"] == 73.4
    for entry in report["indicators"].values():
        assert entry["definition"]["numerator"]
        if entry["kind"] == "rate":
            assert 0 <= entry["numerator"] <= entry["denominator"]
            assert entry["text"].endswith(f"({entry['numerator']}/{entry['denominator']})")
    assert report["differences"] == [{"indicator": "petitions", "year": 2019, "field": "change_percent", "printed": "-23",
                                      "computed": "-19.3", "note": "-23%是来信来访批次的降幅，疑为误用"}]
    assert any("-23%" in note and "-19.3%" in note for note in report["notes"])
    assert any("737" in note for note in report["notes"])
    assert report["demo"] is True
    table = report["tables"]["region_by_category"]
    assert table["total"] == 737
    shown_cells = [n for row in table["cells"] for n in row if n is not None]
    assert not [n for n in shown_cells if 0 < n < report["small_cell"]]
    before = json.loads(printed("report", str(home), "--year", "2018", "--format", "json"))["indicators"]
    assert before["mediation_cases"]["text"] == "582 (+21, +3.7 %)"
    assert before["mediation_cases"]["base"]["derived"]
    assert (before["petitions"]["text"], before["petitions"]["base"]) == ("393", None)
    assert before["legal_aid_cases"]["text"] == "215 (+35, +19.4 %)"
    assert refused(home) == 0


def test_the_month_that_ended_is_kept_as_a_report_in_the_hubs_home(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with opened(home) as hub:
        reports.keep(hub)
        made = sorted((home / "reports").iterdir())
        month = later(local_date(hub.clock()), -1)[:7]
        backup(hub, tmp_path / "backup")
    assert [file.name for file in made] == [f"report-{month}.json"]
    restore(hub_home(str(tmp_path / "again")), tmp_path / "backup")
    assert (tmp_path / "again" / "reports" / made[0].name).read_bytes() == made[0].read_bytes()
    assert json.loads(made[0].read_text("utf-8"))["year"] == int(month[:4])
    assert made[0].stat().st_mode & 0o077 == 0


def test_loading_twice_loads_once(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    first = loaded(home)
    assert all(year.written == year.events > 0 for year in first)
    shown = texts(home, 2019)
    assert [year.written for year in loaded(home)] == [0, 0]
    assert texts(home, 2019) == shown
    assert shown["mediation_cases"] == "12 (+3, +33.3 %)"


class Interrupted(Exception):
    pass


@pytest.mark.parametrize(("stage", "nth"), [("write", 1), ("write", 9), ("write", 24), ("route", 1), ("project", 1)])
def test_an_interrupted_load_goes_on_where_it_was(tmp_path: Path, stage: str, nth: int) -> None:
    home, seen = found_county(tmp_path), 0

    def stop(here: str, done: int, total: int) -> None:
        nonlocal seen
        seen += here == stage
        if seen == nth:
            raise Interrupted

    with opened(home) as hub, contextlib.suppress(Interrupted):
        load_years(hub, (2018, 2019), stop, SMALL_YEARS)
    assert seen == nth
    loaded(home)
    with opened(home) as hub, hub.projector.reader() as db:
        facts = figures_facts.load(db)
        for year, quotas in SMALL_YEARS.items():
            figures = compute(facts.tally(Period.year(year, "2026-11-23")))
            assert figures["mediation_cases"].numerator == quotas.mediated
            assert figures["petitions"].numerator == quotas.petitions
            assert figures["legal_aid_cases"].numerator == quotas.legal_aid
        assert db.execute("SELECT count(*) FROM events").fetchone()[0] == sum(y.events for y in loaded_plan(hub))
        assert db.execute("SELECT max(incomplete), max(needs_review) FROM cases").fetchone() == (0, 0)
    assert refused(home) == 0


def loaded_plan(hub: Any) -> list[Any]:
    return load_years(hub, (2018, 2019), quotas=SMALL_YEARS)


def test_devices_and_persons_of_the_demo_stop_when_a_year_is_complete(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with opened(home) as hub:
        own = hub.chain_head()
    loaded(home, [2019])
    with opened(home) as hub:
        latest = hub.directory.latest()
        device = latest.device(device_of(TOWN, 2019))
        assert device is not None
        assert (device.status, device.role) == ("retired", "demo")
        assert (device.final_seq or 0) > 0
        assert not [person for person in latest.all_staff() if person.id.startswith("demo-") and person.active]
        assert hub.chain_head() == own              # nothing of this touches the hub's own device
        assert (latest.setting("demo") or {}).get("years") == [2019]
        assert hub.registry.next_device(VILLAGE)[1] == "001"    # real slots go on counting from the start


def test_every_level_has_events_of_its_own(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with opened(home) as hub:
        load_years(hub, [2019], quotas={2019: Quotas(60, 4, 2, (4, 5, 9), (2, 2, 3), 3, 1, (2, 1))})
        with hub.projector.reader() as db:
            origins = {row[0] for row in db.execute("SELECT DISTINCT origin FROM case_facts")}
            handed_up = db.execute("SELECT count(*) FROM case_facts WHERE holder <> origin").fetchone()[0]
    assert {VILLAGE, TOWN, OTHER_TOWN, COUNTY} <= origins
    assert handed_up > 0


def test_the_report_works_while_serve_runs_and_the_console_shows_the_same(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub:
        loaded(home)
        shown = texts(home, 2019)
        with hub.console() as client:
            page = client.get("/console/figures?year=2019")
            assert page.status_code == 200
            assert shown["mediation_cases"] in page.text
            assert "研判统计" in page.text
            book = client.get("/console/figures/2019.xlsx")
            assert zipfile.is_zipfile(io.BytesIO(book.content))
            assert client.get("/console/figures/1999.xlsx").status_code == 404
            quarter = client.get("/console/figures?period=2019-Q4&internal=1")
            assert quarter.status_code == 200
            assert "2019年第四季度" in quarter.text
            assert "内部完整表" in quarter.text
            assert client.get("/console/figures/2019-Q4.xlsx?internal=1").status_code == 200
            assert client.get("/console/figures/2019.exe").status_code == 404
        with hub.client() as stranger:
            assert stranger.get("/console/figures/2019.pdf").status_code == 303


def test_a_report_is_written_as_table_workbook_and_paper(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    home = found_county(tmp_path)
    loaded(home)
    assert "调解案件" in printed("report", str(home), "--year", "2019")
    book, paper = tmp_path / "r.xlsx", tmp_path / "r.pdf"
    printed("report", str(home), "--year", "2019", "--format", "xlsx", "--out", str(book))
    printed("report", str(home), "--year", "2019", "--format", "pdf", "--out", str(paper))
    rows = [[cell.value for cell in row] for row in load_workbook(book).worksheets[0].iter_rows()]
    assert ["调解案件", 12, "件"] in [row[:3] for row in rows]
    assert paper.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["巴彦\x07高勒镇", "=HYPERLINK(1)", "巴彦\u202e高勒镇", "\x1b[2K"])
def test_a_town_whose_name_holds_what_no_workbook_can_is_reported_all_the_same(tmp_path: Path, name: str) -> None:
    from openpyxl import load_workbook

    home, book = found_county(tmp_path), tmp_path / "r.xlsx"
    with opened(home) as hub:       # as an older program let it in
        town = next(office for office in hub.directory.latest().offices() if office.level == "township")
        hub.directory.publish([change("office", town.id, {**town.raw, "name": name})])
    for form in ("xlsx", "pdf", "json"):
        printed("report", str(home), "--year", "2026", "--format", form, "--out", str(tmp_path / f"r.{form}"))
    cells = [cell.value for sheet in load_workbook(book).worksheets for row in sheet.iter_rows() for cell in row]
    assert not any(isinstance(cell, str) and cell.startswith("=") for cell in cells)
    assert not any(isinstance(cell, str) and set(cell) & set("\x07\x1b\u202e") for cell in cells)


def test_an_empty_county_reports_none_and_not_zero_per_cent(tmp_path: Path) -> None:
    with opened(found_county(tmp_path)) as hub:
        report = build(figures_facts.Facts().tally, hub.directory.organisation(), 2026, "2026-11-23")
    assert report["indicators"]["success_rate"]["text"] == "无 (0/0)"
    assert report["indicators"]["mediation_cases"]["text"] == "0"
    assert report["period"] == {"start": "2026-01-01", "end": "2026-11-23"}
    assert report["base_period"] == {"start": "2025-01-01", "end": "2025-11-23"}


def test_so_few_that_someone_could_be_known_are_not_told_and_not_told_by_the_change_either(tmp_path: Path) -> None:
    aid = [LegalAidFact(f"n{n}", "2019-02-01", VILLAGE, "2019-02-02", True) for n in range(2)]
    aid += [LegalAidFact(f"o{n}", "2018-02-01", VILLAGE, "2018-02-02", True) for n in range(7)]
    with opened(found_county(tmp_path)) as hub:
        count = figures_facts.Facts(legal_aid=tuple(aid)).tally
        now, then, later = (build(count, hub.directory.organisation(), year, "2026-11-23") for year in (2019, 2018, 2020))
    entry = now["indicators"]["legal_aid_cases"]
    assert (entry["suppressed"], entry["value"], entry["change"], entry["change_percent"]) == (True, None, None, None)
    assert entry["text"] == "少于3"
    assert not [d for d in now["differences"] if d["indicator"] == "legal_aid_cases"]
    assert then["indicators"]["legal_aid_cases"]["value"] == 7
    after = later["indicators"]["legal_aid_cases"]
    assert (after["value"], after["base"], after["change"]) == (0, None, None)


@pytest.mark.parametrize("year", ["20190", "abcd", "２０１９", "2999", "0019"])
def test_a_year_that_is_none_is_named(tmp_path: Path, year: str) -> None:
    home = found_county(tmp_path)
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        assert main(["report", str(home), "--year", year]) == 2
    assert year in said.getvalue()


def test_only_the_two_years_of_the_newspaper_can_be_loaded() -> None:
    assert years_of("2019, 2018,2019") == [2018, 2019]
    assert (QUOTAS[2018].petitions, QUOTAS[2019].petitions) == (393, 317)
    with pytest.raises(UsageProblem, match="2017"):
        years_of("2017")


def test_the_county_sets_its_own_threshold_with_its_source_and_the_report_names_which(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    loaded(home, (2019,))

    def report() -> dict[str, Any]:
        made: dict[str, Any] = json.loads(printed("report", str(home), "--year", "2019", "--format", "json"))
        return made

    shipped = report()
    assert (shipped["small_cell"], shipped["small_cell_from"]) == (3, "default")
    assert any("系统默认" in note and "少于3至5件的格子不公布" in note for note in shipped["notes"])
    hidden = {key for key, entry in shipped["indicators"].items() if entry["suppressed"]}
    (home / "hub.toml").write_text('small_cell = 6\nsmall_cell_source = "DEMO 县统计局〔2026〕5号"\n', "utf-8")
    own = report()
    assert (own["small_cell"], own["small_cell_source"]) == (6, "DEMO 县统计局〔2026〕5号")
    assert any("本县设定" in note and "5号" in note for note in own["notes"])
    assert hidden < {key for key, entry in own["indicators"].items() if entry["suppressed"]}
    for wrong, word in ((6, "small_cell_source"), (1, "不隐藏任何格子"), (99, "50")):
        (home / "hub.toml").write_text(f"small_cell = {wrong}\n", "utf-8")
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            assert main(["report", str(home), "--year", "2019"]) == 2
        assert word in err.getvalue()


def test_halves_quarters_and_months_add_up_to_the_year_and_have_one_parser_with_the_subsidy(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    loaded(home)

    def counted(period: str) -> int:
        made = json.loads(printed("report", str(home), "--period", period, "--internal", "--format", "json"))
        assert made["span"] == period
        return int(made["indicators"]["mediation_cases"]["value"])

    year = counted("2019")
    assert year == 12
    assert sum(counted(f"2019-H{n}") for n in (1, 2)) == year
    assert sum(counted(f"2019-Q{n}") for n in range(1, 5)) == year
    assert sum(counted(f"2019-{n:02d}") for n in range(1, 13)) == year
    assert (period("2019-Q4"), parse("2019-Q4").words()) == (("2019-10-01", "2019-12-31"), "2019年第四季度")
    assert (parse("2024-02").end, same_day_before("2024-02-29"), parse("2019-H2").a_year_before().text) == (
        "2024-02-29", "2023-02-28", "2018-H2")
    for wrong in ("2019-Q5", "2019-13", "2019-h1", "19", "2019-1", ""):
        with pytest.raises(BadPeriod, match="时期"):
            parse(wrong)
        assert main(["report", str(home), "--period", wrong]) == 2
    assert main(["report", str(home), "--period", "2999-Q1"]) == 2


def test_the_bureaus_form_counts_the_same_cases_and_hides_few_of_them_only_in_public(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    loaded(home)
    public, internal = (json.loads(printed("report", str(home), "--year", "2019", "--format", "json", *more))
                        for more in ([], ["--internal"]))
    rows = {(row["block"], row["code"]): row["value"] for row in internal["tables"]["bureau_form"]}
    assert None not in rows.values()
    assert rows["total", "accepted"] == internal["indicators"]["mediation_cases"]["value"] == 12
    for block in ("category", "source"):
        assert sum(value for (of, _), value in rows.items() if of == block) == 12
    assert rows["form", "oral"] + rows["form", "written"] == rows["total", "agreed"]
    shown = [row["value"] for row in public["tables"]["bureau_form"] if row["unit"] == "件"]
    assert not [value for value in shown if value is not None and 0 < value < public["small_cell"]]
    assert any(value is None for value in shown)
    assert any("不得公开" in note for note in internal["notes"])


def test_an_official_report_has_its_signatures_numbers_as_numbers_and_no_word_of_the_workshop(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    home, path = found_county(tmp_path), tmp_path / "r.xlsx"
    loaded(home)
    printed("report", str(home), "--period", "2019-H2", "--format", "xlsx", "--made-by", "演示制表", "--out", str(path))
    book = load_workbook(path)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    words = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert {"填报单位：磴口县矛盾纠纷多元化解中心", "制表人：演示制表", "审核人：＿＿＿＿＿＿"} <= set(words)
    assert any(word.startswith("填报日期：20") for word in words)
    assert not [word for word in words if re.fullmatch(r"[0-9.]+ ?(件|批次|人次|%)?", word)], "a number is a number"
    assert not [word for word in words if re.search(r"[A-Za-z]{2,}", word.replace("DEMO", ""))], "official reports are Chinese"
    assert all(sheet.freeze_panes == "B4" for sheet in book.worksheets[:4])
    rates = [row for row in book.worksheets[0].iter_rows(values_only=True) if row[2] == "%"]
    assert rates
    assert all(row[1] is None or isinstance(row[1], int | float) for row in rates)
