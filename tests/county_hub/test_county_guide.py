"""docs/COUNTY.md is true: its blocks run in order, in one shell, for a county of 116 offices."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "COUNTY.md"
TOWNS, OFFICES = 5, 116
CASE = {
    "category": "DC02", "subcategory": "drainage", "summary": "DEMO 水渠排水纠纷",
    "place": {"office": "150822100201", "text": "二组水渠"},
    "parties": [{"name": "演示甲", "phone": "13800000000"}, {"name": "演示乙", "role": "respondent"}],
}


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def county(folder: Path) -> None:
    """Invented divisions of 1 county, 5 towns and 110 villages, their people, and what a person types."""
    lines = ["code,name,level,parent_code", "15,内蒙古自治区,province,", "1508,巴彦淖尔市,prefecture,15",
             "150822,演示县,county,1508"]
    people, left = ["id,name,office,roles", "d001,演示指挥员,150822000000,dispatcher"], OFFICES - 1 - TOWNS
    for town in range(TOWNS):
        code = f"150822{100 + town}"
        lines.append(f"{code},演示{town + 1}镇,township,150822")
        for village in range(left // TOWNS):
            lines.append(f"{code}{201 + village},演示{town + 1}镇{village + 1}村,village,{code}")
    people.append("v001,演示调解员,150822100201,mediator;window_clerk")
    (folder / "divisions.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "staff.csv").write_text("\n".join(people) + "\n", "utf-8")
    (folder / "admin-password.txt").write_text("demo-console-password\n", "utf-8")
    (folder / "case.json").write_text(json.dumps(CASE, ensure_ascii=False), "utf-8")


@pytest.mark.long
def test_every_step_of_the_guide_runs_for_a_county_of_116_offices(tmp_path: Path) -> None:
    county(tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, module in (("county-hub", "county_hub"), ("village-node", "village_node")):
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n', "utf-8")
        (programs / name).chmod(0o755)
    text = "\n".join(blocks())
    for place in ("/var/lib/county-hub", "/var/backups/county-hub", "/media/stick", "/etc/county-hub"):
        here = tmp_path / place.strip("/").replace("/", "-")
        if place != "/var/lib/county-hub":
            here.mkdir()
        text = text.replace(f"={place} ", f"={here} ")
    script = tmp_path / "guide.sh"
    text = "set -euo pipefail\ntrap 'kill -9 $(jobs -p) 2>/dev/null || true' EXIT\n" + text.replace("8443", str(free_port()))
    script.write_text(text, "utf-8")
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "COUNTY_HUB_FOLLOW_SECONDS": "0.05"}
    try:
        done = subprocess.run(["bash", "-x", str(script)], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=400)
    except subprocess.TimeoutExpired as late:
        told = [(part or b"")[-3000:].decode("utf-8", "replace") for part in (late.stdout, late.stderr)]
        pytest.fail("the guide stands here:\n" + "".join(told))
    assert "the audit log lacks" not in done.stderr
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"{OFFICES} 个单位" in done.stdout
    assert done.stdout.count("本机记录都已被县级收讫") >= 2
    assert "这份备份可以恢复" in done.stdout
    assert "连不上上级平台" in done.stderr


@pytest.mark.parametrize("command", sorted(set(re.findall(r"((?:county-hub|village-node) [a-z][a-z-]*)", "\n".join(blocks())))))
def test_every_command_of_the_guide_is_one(command: str) -> None:
    assert f"`{command}" in (ROOT / "docs" / "COMMANDS.md").read_text("utf-8")
