"""What an officer reads at a terminal after an act on a case, and what a script gets that takes the output."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from tests.support.county_hub.hub_support import COUNTY, TOWN, found_county


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_an_act_says_in_a_line_what_it_did_and_a_script_gets_the_whole_case(
        tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    home = found_county(tmp_path)
    assert main(["staff", "add", str(home), "--id", "d1", "--name", "演示员", "--office", COUNTY, "--roles",
                 "dispatcher,window_clerk"]) == 0
    parties = '[{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}]'
    register = ["case", "register", str(home), "--as", "d1", "--set", f"parties={parties}", "--set", "category=DC02", "--set",
                "summary=DEMO 水渠"]
    capsys.readouterr()
    assert main(register) == 0
    case = json.loads(capsys.readouterr().out)

    def told(*words: str) -> list[str]:
        screen = Screen()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", screen)
            assert main(list(words)) == 0
        return screen.getvalue().splitlines()

    [line] = told("case", "assign", str(home), case["number"], "--as", "d1", "--set", f"to={TOWN}")
    assert case["number"] in line
    assert "交办" in line
    first, code = told(*register)
    assert "登记" in first
    assert "查询码" in code
