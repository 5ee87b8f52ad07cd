"""What `make dist` makes: the same bytes twice, whole, and a program that runs where nothing else of ours is."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from shared.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("sync", "shared", "village_node", "county_hub")
EPOCH = "1793577600"


def make(target: Path, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / ".ci" / "dist.py"), str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH, "PYTHONPATH": ""})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = make(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(made: Path) -> Path:
    return next(made.glob("*.whl"))


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_the_same_commit_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    assert make(tmp_path).returncode == 0
    assert (tmp_path / "SHA256SUMS").read_text() == (made / "SHA256SUMS").read_text()


def test_the_wheel_has_every_file_of_the_packages_and_none_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == set().union(*(files_of(ROOT / package) for package in PACKAGES))
    assert {Path(name).suffix for name in inside} >= {".py", ".toml", ".html", ".css", ".csv"}


def test_the_source_archive_can_run_the_tests_and_carries_nothing_that_is_not_ours(made: Path) -> None:
    with tarfile.open(next(made.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "constraints.txt", "Makefile", "LICENSE", "NOTICE", "tests/test_dist.py", ".ci/dist.py"} <= names
    assert [name for name in names if "node_modules" in name or name.startswith((".venv", ".git/"))] == []


def test_the_notes_are_the_section_of_this_version_with_the_sums_of_the_files(made: Path) -> None:
    told = (made / f"release-notes-{VERSION}.md").read_text("utf-8")
    assert told.startswith(f"# shuoshi {VERSION}\n")
    assert (made / "SHA256SUMS").read_text() in told
    assert "(unreleased)" not in told


def test_a_version_without_a_section_in_the_changelog_is_no_release(tmp_path: Path) -> None:
    for name in (".ci/dist.py", "shared/version.py", "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    (tmp_path / "shared" / "version.py").write_text('VERSION = "9.9.9"\n')
    done = make(tmp_path / "dist", tmp_path)
    assert done.returncode == 1
    assert "9.9.9" in done.stderr
    assert not (tmp_path / "dist").exists()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh virtualenv with this wheel; what it depends on is looked up where the tests have it."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    done = subprocess.run([*pip, "install", "--no-deps", "--no-index", "--quiet", str(wheel)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    site = next((folder / "lib").glob("python*/site-packages"))
    (site / "tested_with.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


@pytest.mark.parametrize(("command", "says"), [
    (["python", "-m", "sync", "--help"], "replicate"),
    (["village-node", "--help"], "服务点"), (["county-hub", "--help"], "县级中心"), (["county-hub", "--version"], VERSION),
    (["county-hub", "codes"], "lifecycle"),
    (["python", "-c", "import county_hub.console.pages, shared.disputes.domain; print(shared.__path__)"], "site-packages"),
])
def test_installed_without_the_network_the_programs_run(installed: Path, tmp_path: Path, command: list[str], says: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run([str(installed / command[0]), *command[1:]], cwd=tmp_path, env=environment, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert says in done.stdout
