"""Founding a county, its settings, its staff: what the command line does and what it says when it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.composition import real_clock
from county_hub.county.divisions import read_divisions
from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.settings import load_settings
from county_hub.hub.problems import UsageProblem
from shared.ledger.days import full_day, later, local_date
from shared.ledger.published.offices import DATA
from tests.support.county_hub.hub_support import COUNTY, DIVISIONS, REPOSITORY, VILLAGE, another_county, opened


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return another_county(tmp_path)


def said(capsys: Any) -> str:
    return capsys.readouterr().err  # type: ignore[no-any-return]


def run(*argv: str) -> int:
    try:
        return main(list(argv))
    except SystemExit as end:
        return int(end.code or 0)


# --- init ---


def test_init_makes_three_databases_an_office_and_the_county_can_be_opened(home: Path) -> None:
    with opened(home) as hub:
        names = hub.databases.names()
        assert len(names) == 6 * 3 + 3
        assert {f"office-{VILLAGE}", f"office-{VILLAGE}-files", f"office-{VILLAGE}-closed"} <= set(names)
        latest = hub.directory.latest()
        assert len(latest.offices()) == 6
        assert latest.hub_key == hub.key.public
        own = latest.device(f"{COUNTY}-000")
        assert own is not None
        assert own.public_key == hub.own_device.key.public
    assert (home / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_init_again_changes_nothing_and_keeps_what_was_renamed_since(home: Path, tmp_path: Path) -> None:
    with opened(home) as hub:
        hub.directory.publish([{"op": "office", "key": VILLAGE, "value": {
            **hub.directory.latest().office(VILLAGE).raw, "name": "改名村"}}])  # type: ignore[union-attr]
        before = hub.directory.latest().cited
        secrets = hub.secrets
    another_county(tmp_path)
    with opened(home) as hub:
        assert hub.directory.latest().cited == before
        assert hub.directory.latest().office(VILLAGE).name == "改名村"  # type: ignore[union-attr]
        assert hub.secrets["hub_key"] == secrets["hub_key"]


def test_init_goes_on_after_it_was_interrupted(home: Path) -> None:
    with opened(home) as hub:
        hub.databases.delete(f"office-{VILLAGE}-files")
        with hub.registry._transaction() as db:
            db.execute("DELETE FROM meta WHERE key = 'county'")
    assert run("status", str(home)) == 1
    another_county(home.parent)
    with opened(home) as hub:
        assert hub.databases.exists(f"office-{VILLAGE}-files")


def test_init_refuses_the_home_of_another_county(home: Path, tmp_path: Path, capsys: Any) -> None:
    other = tmp_path / "other.csv"
    other.write_text("code,name,level,parent_code\n1508,市,prefecture,\n150823,乌拉特前旗,county,1508\n", "utf-8")
    capsys.readouterr()
    assert run("init", str(home), "--county", "150823", "--divisions", str(other)) == 1
    assert COUNTY in said(capsys)


def test_init_refuses_a_folder_that_holds_something_else(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    code = run("init", str(tmp_path / "full"), "--county", "150822", "--divisions", str(DATA / "dengkou-divisions.csv"))
    assert code == 1
    assert "空目录" in said(capsys)


def test_the_real_divisions_are_one_county_eleven_townships_and_104_villages() -> None:
    organisation = read_divisions(DATA / "dengkou-divisions.csv", "150822")
    levels = [office.level for office in organisation.offices.values()]
    assert (levels.count("county"), levels.count("township"), levels.count("village")) == (1, 11, 104)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("150822100203,旧地村委会,village,150822100", "150822109203,旧地村委会,village,150822109"),
         ("第 7 行", "150822109203", "补上上级")),
        (("150822100201,南滩", "150822100203,南滩"), ("第 8 行", "150822100203", "第 7 行", "删去")),
        (("旧地村委会,village", "旧地村委会,hamlet"), ("第 7 行", "hamlet", "village")),
        (("150822100203,", "15082210020X,"), ("第 7 行", "15082210020X", "12 位")),
        (("旧地村委会", ""), ("第 7 行", "name")),
        (("parent_code", "parent"), ("parent_code", "code,name,level,parent_code")),
        (("150822100203,旧地村委会,village,150822100", "150822100203,旧地村委会,village,150822101"),
         ("第 7 行", "150822101", "开头")),
    ],
)
def test_a_wrong_divisions_line_is_named_with_its_remedy(
    tmp_path: Path, change: tuple[str, str], words: tuple[str, ...]
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(DIVISIONS.replace(*change, 1), "utf-8")
    with pytest.raises(UsageProblem) as caught:
        read_divisions(path, "150822")
    for word in words:
        assert word in caught.value.sentence


def test_a_county_that_the_file_does_not_have_is_refused(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "divisions.csv"
    path.write_text(DIVISIONS, "utf-8")
    assert run("init", str(tmp_path / "h"), "--county", "150999", "--divisions", str(path)) == 2
    assert not (tmp_path / "h").exists()
    assert run("init", str(tmp_path / "h"), "--county", "abc", "--divisions", str(path)) == 2
    assert "abc" in said(capsys)


def test_a_command_on_a_folder_that_is_no_hub_says_what_to_do(tmp_path: Path, capsys: Any) -> None:
    for command in ("status", "doctor", "verify", "rebuild"):
        assert run(command, str(tmp_path / "none")) == 1
        assert "county-hub init" in said(capsys)


def test_unknown_words_are_refused_in_chinese_with_exit_code_two(capsys: Any) -> None:
    assert run("bogus") == 2
    assert "--help" in said(capsys)


# --- settings ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('silent_days = "x"', ("silent_days", "'x'", "整数")),
        ("silent_days = 0", ("silent_days", "最小为 1")),
        ("colour = 1", ("colour", "没有这个设置项")),
        ("silent_days =", ("hub.toml", "TOML")),
    ],
)
def test_a_wrong_setting_names_field_value_and_remedy(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    (tmp_path / "hub.toml").write_text(text, "utf-8")
    with pytest.raises(UsageProblem) as caught:
        load_settings(HubHome(tmp_path))
    for word in words:
        assert word in caught.value.sentence


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hub.toml").write_text("silent_days = 9", "utf-8")
    assert load_settings(HubHome(tmp_path)).silent_days == 9
    monkeypatch.setenv("COUNTY_HUB_SILENT_DAYS", "5")
    assert load_settings(HubHome(tmp_path)).silent_days == 5


def test_the_settings_file_that_init_writes_is_valid_and_says_the_defaults(home: Path) -> None:
    text = (home / "hub.toml").read_text("utf-8")
    uncommented = "\n".join(line[2:] for line in text.splitlines() if "=" in line and "例如 COUNTY" not in line)
    (home / "hub.toml").write_text(uncommented, "utf-8")
    (home / "empty").mkdir()
    assert load_settings(HubHome(home)) == load_settings(HubHome(home / "empty"))


# --- staff ---


def test_staff_are_added_changed_listed_and_revoked(home: Path, capsys: Any) -> None:
    assert run("staff", "add", str(home), "--id", "x1", "--name", "演示甲", "--office", VILLAGE, "--roles", "mediator") == 0
    assert run("staff", "add", str(home), "--id", "x1", "--name", "演示甲", "--office", VILLAGE, "--roles",
               "mediator；window_clerk") == 0
    capsys.readouterr()
    assert run("staff", "add", str(home), "--id", "x1", "--name", "演示甲", "--office", VILLAGE, "--roles",
               "mediator；window_clerk") == 0
    assert "没有改动" in capsys.readouterr().out
    assert run("staff", "revoke", str(home), "x1") == 0
    capsys.readouterr()
    assert run("staff", "list", str(home), "--json") == 0
    (person,) = json.loads(capsys.readouterr().out)
    assert person["roles"] == ["mediator", "window_clerk"]
    assert (person["active"], person["to"]) == (False, local_date(real_clock()))


@pytest.mark.parametrize(("days", "active"), [(-1, False), (0, True), (40, True)])
def test_who_is_revoked_with_a_last_day_works_up_to_its_end(home: Path, capsys: Any, days: int, active: bool) -> None:
    assert run("staff", "add", str(home), "--id", "x1", "--name", "演示甲", "--office", VILLAGE, "--roles", "mediator") == 0
    until = later(local_date(real_clock()), days)
    assert run("staff", "revoke", str(home), "x1", "--until", until) == 0
    with opened(home) as hub:
        person = hub.directory.latest().staff("x1")
        assert person is not None
        assert (person.active, person.may_act("mediator", until)) == (active, active)
        assert not person.may_act("mediator", later(until, 1))
        gone = hub.directory.latest().dated(later(until, 1)).staff("x1")
        assert gone is not None
        assert not gone.active
    capsys.readouterr()
    assert run("staff", "list", str(home), "--office", VILLAGE) == 0
    assert full_day(until) in capsys.readouterr().out


@pytest.mark.parametrize(("cells", "named"), [
    ("x1,演\u200b示,150822100203,mediator", "U+200B"), ("x1,\u3164,150822100203,mediator", "U+3164"),
    ("x1,演\x07示,150822100203,mediator", "U+0007"),
])
def test_a_name_that_hides_something_is_refused_by_line_and_character(
    home: Path, tmp_path: Path, capsys: Any, cells: str, named: str
) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(f"id,name,office,roles\nx0,演示,150822100203,mediator\n{cells}\n", "utf-8")
    assert run("staff", "import", str(home), str(file)) == 2
    said = capsys.readouterr().err
    assert "3" in said
    assert named in said


def test_a_row_of_commas_only_is_no_row(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    file.write_text("id,name,office,roles\nx1,演示甲,150822100203,mediator\n,,,\n , ,,\n,,,,,,\n\n", "utf-8")
    assert run("staff", "import", str(home), str(file)) == 0
    with opened(home) as hub:
        assert [person.id for person in hub.directory.latest().all_staff()] == ["x1"]


def test_a_file_whose_name_is_no_utf_8_is_named_in_words(home: Path, tmp_path: Path) -> None:
    name = os.fsdecode("名册.csv".encode("gbk"))
    made = subprocess.run(
        [sys.executable, "-m", "county_hub", "staff", "import", str(home), str(tmp_path / name)], cwd=REPOSITORY,
        capture_output=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert made.returncode == 2
    assert "名册.csv" in made.stderr.decode()
    (tmp_path / name).write_text("id,name,office,roles\nx1,演示甲,150822100203,mediator\n", "utf-8")
    assert run("staff", "import", str(home), str(tmp_path / name)) == 0


def test_adding_the_same_person_twice_publishes_no_second_version(home: Path) -> None:
    add = ("staff", "add", str(home), "--id", "x1", "--name", "演示甲", "--office", VILLAGE, "--roles", "mediator")
    assert run(*add) == 0
    with opened(home) as hub:
        before = hub.directory.latest().cited
    assert run(*add) == 0
    with opened(home) as hub:
        assert hub.directory.latest().cited == before


def test_a_staff_file_with_wrong_lines_adds_nobody_and_names_each_line(home: Path, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(
        f"id,name,office,roles\na1,演示甲,{VILLAGE},mediator\na2,,{VILLAGE},mediator\na3,演示丙,999999999999,mediator\n"
        f"a4,演示丁,{VILLAGE},king\na1,演示戊,{VILLAGE},mediator\n工号,演示己,{VILLAGE},mediator\n", "utf-8")
    capsys.readouterr()
    assert run("staff", "import", str(home), str(path)) == 2
    text = said(capsys)
    for word in ("第 3 行", "第 4 行", "999999999999", "第 5 行", "king", "第 6 行", "两次", "第 7 行"):
        assert word in text
    assert "第 2 行" not in text
    with opened(home) as hub:
        assert hub.directory.latest().all_staff() == []


def test_a_good_staff_file_becomes_one_directory_version(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    rows = "".join(f"a{n},演示{n},{VILLAGE},mediator;window_clerk\n" for n in range(20))
    path.write_text("\ufeffid,name,office,roles\n" + rows, "utf-8")
    with opened(home) as hub:
        version = hub.directory.latest().version
    assert run("staff", "import", str(home), str(path)) == 0
    with opened(home) as hub:
        assert hub.directory.latest().version == version + 1
        assert len(hub.directory.latest().staff_of(VILLAGE)) == 20


def test_unknown_people_offices_and_dates_are_refused(home: Path, capsys: Any) -> None:
    assert run("staff", "revoke", str(home), "nobody") == 2
    assert run("staff", "revoke", str(home), "nobody", "--until", "30.11.") == 2
    assert run("staff", "list", str(home), "--office", "123") == 2
    assert run("device", "revoke", str(home), f"{COUNTY}-000", "--lost") == 2
    assert run("device", "revoke", str(home), "nothing", "--retired") == 2
    assert "nothing" in said(capsys)


@pytest.mark.parametrize(("name", "named"), [("巴彦\x07高勒镇", "U+0007"), ("巴彦\u200b高勒镇", "U+200B"), ("\u2800", "U+2800")])
def test_an_office_whose_name_hides_something_is_never_founded(tmp_path: Path, name: str, named: str) -> None:
    file = tmp_path / "divisions.csv"
    file.write_text(DIVISIONS.replace("巴彦高勒镇", name), "utf-8")
    with pytest.raises(UsageProblem) as wrong:
        read_divisions(file, "150822")
    assert named in str(wrong.value.sentence)
    assert "5" in wrong.value.sentence


def test_service_may_begin_before_today_by_option_or_column_and_a_wrong_day_adds_nobody(home: Path, tmp_path: Path) -> None:
    assert run("staff", "add", str(home), "--id", "x1", "--name", "演示甲", "--office", VILLAGE, "--roles", "mediator",
               "--since", "2026-01-05") == 0
    file = tmp_path / "staff.csv"
    file.write_text("id,name,office,roles,since\nx2,演示乙,150822100203,mediator,2026-02-01\nx3,演示丙,150822100203,mediator,\n",
                    encoding="utf-8")
    assert run("staff", "import", str(home), str(file), "--since", "2026-03-01") == 0
    with opened(home) as hub:
        starts = {id: hub.directory.latest().staff(id).start for id in ("x1", "x2", "x3")}
    assert starts == {"x1": "2026-01-05", "x2": "2026-02-01", "x3": "2026-03-01"}
    assert run("staff", "add", str(home), "--id", "x1", "--name", "演示甲", "--office", VILLAGE, "--roles", "mediator",
               "--since", "2025-12-01") == 0                                # corrected
    with opened(home) as hub:
        assert hub.directory.latest().staff("x1").start == "2025-12-01"
    file.write_text("id,name,office,roles,since\nx4,演示丁,150822100203,mediator,2026-13-01\n", encoding="utf-8")
    assert run("staff", "import", str(home), str(file)) == 2
