"""The villages' pools of helpers: one file, published whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from tests.support.county_hub.hub_support import TOWN, VILLAGE, found_county

FILE = """office,name,kind
{village},演示老支书,五老人员
{village},演示明白人,law_literate
{town},演示代表,两代表一委员
"""


def test_a_pool_is_taken_from_a_file_by_code_or_name_and_a_wrong_line_keeps_all_out(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, file = found_county(tmp_path), tmp_path / "helpers.csv"
    file.write_text(FILE.format(village=VILLAGE, town=TOWN) + f"{VILLAGE},演示甲,算命先生\n,演示乙,村官\n", "utf-8")
    assert main(["helpers", "import", str(home), str(file)]) == 2
    said = capsys.readouterr().err
    assert "第 5 行：类别“算命先生”不对" in said
    assert "第 6 行" in said
    file.write_text(FILE.format(village=VILLAGE, town=TOWN), "utf-8")
    assert main(["helpers", "import", str(home), str(file)]) == 0
    capsys.readouterr()
    assert main(["helpers", "list", str(home), "--office", VILLAGE, "--json"]) == 0
    assert [(one["name"], one["kind"]) for one in json.loads(capsys.readouterr().out)] == [
        ("演示老支书", "elder"), ("演示明白人", "law_literate"), ("演示代表", "delegate")]
    assert main(["helpers", "template", str(home), "--out", str(tmp_path / "t.csv")]) == 0
    assert VILLAGE in (tmp_path / "t.csv").read_text("utf-8-sig")
