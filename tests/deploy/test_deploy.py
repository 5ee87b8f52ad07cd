"""What an operator installs with fits the program: units, container, reference of settings."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from county_hub.commands.cli import parser
from county_hub.hub.kept.settings import DEFAULT_FILE, HubSettings
from tests.support import settings_doc

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
WORDS = ("FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "ENV", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD")
UNITS = sorted(path for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer"))


def commands_in(path: Path) -> list[list[str]]:
    """Arguments of each `county-hub` that the file runs."""
    text = path.read_text("utf-8")
    found = re.findall(r"^ExecStart(?:Pre)?=(/opt/county-hub/bin/county-hub .*)$", text, re.MULTILINE)
    return [line.split()[1:] for line in found]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_one_for_systemd_and_hardened(path: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / path.name
    unit.write_text(path.read_text("utf-8").replace("/opt/county-hub/bin/county-hub", "/bin/true"), "utf-8")
    for other in UNITS:
        if other != path:
            (tmp_path / other.name).write_text(other.read_text("utf-8").replace("/opt/county-hub/bin/county-hub", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if path.name in line]
    assert not complaints
    if path.suffix == ".service":
        rated = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(unit)],
                               capture_output=True, text=True)
        assert rated.returncode == 0, rated.stdout[-300:]      # 20 of 100: exposure of 2.0 at the most


@pytest.mark.parametrize("path", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name)
def test_the_commands_of_a_unit_are_commands_of_the_program(path: Path) -> None:
    found = commands_in(path)
    assert found
    for arguments in found:
        assert parser().parse_args(arguments).command == arguments[0]


def test_the_container_copies_what_is_there_runs_as_nobody_special_and_starts_the_program() -> None:
    lines = re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text("utf-8")).splitlines()
    steps = [line.split(" ", 1) for line in lines if line and not line.startswith("#")]
    for word, rest in steps:
        assert word in WORDS
        if word == "COPY" and not rest.startswith("--from"):
            assert all((ROOT / name).exists() for name in rest.split()[:-1]), rest
    last = dict(steps)
    assert int(last["USER"].split(":")[0]) > 0
    assert parser().parse_args(json.loads(last["CMD"])).command == "serve"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = {name for word, rest in steps if word == "COPY" for name in rest.split()}
    assert set(packages) <= copied


def test_the_reference_of_settings_is_the_model() -> None:
    assert settings_doc.PLACE.read_text("utf-8") == settings_doc.render(), "python -m tests.support.settings_doc --write"


def test_every_setting_is_explained_and_stands_in_the_file_that_a_county_begins_with() -> None:
    text = DEFAULT_FILE.read_text("utf-8")
    shown = tomllib.loads("\n".join(line.removeprefix("# ") for line in text.splitlines() if " = " in line))
    fields = HubSettings.model_fields
    assert all(field.description for field in fields.values())
    assert shown == {name: field.default for name, field in fields.items()}
