"""Another product on the same floors: docs/SERVICE_POINT.md is true, and its depot knows nothing of disputes."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.examples.relief_depot.__main__ import Process
from tests.examples.relief_depot.depot import Depot

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "examples" / "relief_depot"
TEXT = (ROOT / "docs" / "SERVICE_POINT.md").read_text(encoding="utf-8")


def test_every_python_block_of_the_document_runs_and_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    try:
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL), 1):
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(block, f"SERVICE_POINT.md block {number}", "exec"), names)
            assert printed.getvalue().splitlines() == re.findall(r"#> (.*)", block), f"block {number}"
    finally:
        for value in names.values():
            if isinstance(value, Process):
                value.end()
            elif isinstance(value, Depot):
                value.close()


def test_the_document_shows_the_domain_as_it_is() -> None:
    shown = re.findall(r"```python domain\.py\n(.*?)```", TEXT, re.DOTALL)
    code = (FOLDER / "domain.py").read_text(encoding="utf-8")
    assert re.split(r"\n+", "\n".join(shown).strip()) == re.split(r"\n+", code.strip())


def test_two_depots_and_a_hub_play_their_story_in_three_processes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.examples.relief_depot"], cwd=ROOT, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {line[:30].strip(): line[31:] for line in done.stdout.splitlines()}
    assert rows["words offline"] == '["已存本机"]'
    assert rows["words after the round"] == '["县级已收讫"]'
    assert rows["stock of the west, one short"] == '{"棉被": 24}'
    assert "may write stock.counted" in rows["what a helper may not write"]


def test_the_depot_takes_150_lines_and_loads_nothing_of_disputes() -> None:
    lines = [line for name in ("domain", "depot") for line in (FOLDER / f"{name}.py").read_text(encoding="utf-8").splitlines()]
    assert len([line for line in lines if line.strip()]) <= 150
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys; from tests.examples.relief_depot import depot, hub; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    assert {"county_hub.hub.serving", "village_node.point.sync_round"} <= set(loaded)
    assert not [name for name in loaded if name.startswith(("shared.disputes", "village_node.desk", "county_hub.county", "kivy"))]
