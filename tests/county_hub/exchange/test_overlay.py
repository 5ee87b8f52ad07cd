"""A county's own rows over the tables of an exchange: used, named, and refused in words when they do not fit."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from shared.disputes.exchange.mappings import own_values, profile
from shared.disputes.exchange.overlays import BadOverlay
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, found_county, opened

OVER = """
source = "DEMO 来函"
[tables.category.names]
"25" = "农牧业生产"
[tables.category.map]
DC02 = ["25", "邻里不单列"]
[tables.category.back]
"25" = "DC02"
"""


def test_a_row_of_the_county_takes_the_place_of_ours_and_the_others_stay() -> None:
    ours, theirs = profile("zz"), profile("zz", OVER)
    before, after = ours.tables["category"], theirs.tables["category"]
    assert (before.to["DC02"].code, after.to["DC02"].code) == ("17", "25")
    assert {value for value in own_values(after.own) if after.target(value) is None} == set(), "every own value has a target"
    assert after.own_value("25") == "DC02"
    assert {k: v for k, v in after.to.items() if k != "DC02"} == {k: v for k, v in before.to.items() if k != "DC02"}
    assert theirs.source.endswith("DEMO 来函")


@pytest.mark.parametrize(("text", "said"), [
    ("", ""), ("[tables.category.map]\nDC02 = ['25']", "source"), ("source = 'DEMO'\nnonsense = 1", "nonsense"),
    ("source = 'DEMO'\n[tables.weather.map]\nDC02 = ['01']", "weather"),
    ("source = 'DEMO'\n[tables.category.map]\nDC02 = ['77']", "77"),
    ("source = 'DEMO'\n[tables.category.map]\nDC77 = ['17']", "DC77"),
    ("source = 'DEMO'\n[tables.category]\nsteps = 1", "steps"), ("source = 'DEMO'\ncolumns = [['甲']]", "columns"),
    ("source = 'DEMO'\ncolumns = [['甲', 'secret']]", "secret"), ("source = 'DEMO'\nstate = 'sure'", "sure"),
    ("source = ", "TOML"),
])
def test_a_row_that_does_not_fit_is_named(text: str, said: str) -> None:
    if not text:
        assert profile("zz", text) == profile("zz")
        return
    with pytest.raises(BadOverlay, match=said):
        profile("zz", text)


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(words))
    return code, out.getvalue(), err.getvalue()


def test_a_file_in_the_countys_home_is_used_and_said_and_a_wrong_one_stops_it(tmp_path: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        home = found_county(tmp_path)
    with opened(home) as hub:
        hub.directory.add_staff([("officer", "演示官", COUNTY, ("dispatcher",))], since="2026-01-01")
        CountyActs(hub).register("officer", {
            "parties": [{"name": "演示甲"}], "place": {"office": VILLAGE}, "summary": "DEMO", "category": "DC02"})
    over = home / "exchange" / "zz.toml"
    over.parent.mkdir()
    over.write_text(OVER, "utf-8")
    out = tmp_path / "zz.csv"
    words = ("exchange", "export", str(home), "--profile", "zz", "--format", "csv", "--out", str(out))
    code, _, err = run(*words)
    assert code == 0, err
    assert "zz.toml" in err
    [row] = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    assert (row["事件类别代码"].strip("'"), row["事件类别"]) == ("25", "农牧业生产")
    over.write_text("source = 'DEMO'\n[tables.category.map]\nDC02 = ['77']", "utf-8")
    code, _, err = run(*words)
    assert code != 0
    assert "DC02" in err
    assert "Traceback" not in err
