"""`county-hub enrol --all --out FILE.pdf`: a sheet with a code for each office that has no device."""

from __future__ import annotations

import json
import sqlite3
import stat
from pathlib import Path
from typing import Any

from county_hub.commands.cli import main
from shared.ledger.formats.enrolment_code import read
from tests.support.county_hub.hub_support import NEIGHBOUR, VILLAGE, enrol, found_county, running_hub
from tests.support.shared.pdf_text import text_of

URL = "https://hub.example.gov.cn:5985"


def test_each_office_without_a_device_gets_a_sheet_that_enrols_one(tmp_path: Path, capsys: Any) -> None:
    home, out = found_county(tmp_path), tmp_path / "codes.pdf"
    with running_hub(home) as hub:
        enrol(hub, home, VILLAGE)
    capsys.readouterr()
    assert main(["enrol", str(home), "--all", "--out", str(out), "--url", URL, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert VILLAGE not in {one["office"] for one in made}
    assert NEIGHBOUR in {one["office"] for one in made}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    printed = "".join(text_of(out.read_bytes()).split())
    for one in made:
        assert one["code"].replace(" ", "") in printed.replace(" ", "")
        assert read(one["text"]).addresses == (URL,)
    assert "南滩村" in printed
    assert "谁拿到这张纸" in printed


def test_what_is_wrong_is_said_before_a_code_is_given_away(tmp_path: Path, capsys: Any) -> None:
    home, out = found_county(tmp_path), tmp_path / "codes.pdf"
    assert main(["enrol", str(home), "--all"]) == 2
    assert "--out" in capsys.readouterr().err
    out.write_bytes(b"here")
    assert main(["enrol", str(home), "--all", "--out", str(out)]) == 2
    assert "已存在" in capsys.readouterr().err
    assert out.read_bytes() == b"here"
    nowhere = str(tmp_path / "no" / "such.pdf")
    for which in (["--office", VILLAGE], ["--all"]):
        assert main(["enrol", str(home), *which, "--out", nowhere]) == 1
        assert "写不进去" in capsys.readouterr().err
    with sqlite3.connect(home / "hub.sqlite") as db:
        assert db.execute("SELECT count(*) FROM codes").fetchone() == (0,)
