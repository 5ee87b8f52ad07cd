"""What the app is packaged with fits the program; the check of libraries finds what Android would not load."""

from __future__ import annotations

import ast
import configparser
import os
import re
import runpy
import shlex
import struct
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP, ANDROID = ROOT / "deploy" / "app", ROOT / "deploy" / "android"
# Not on Android: no recipe, and the program does without (`test_profile.py`).
LEFT_OUT = {"keyring", "zxing-cpp", "pypdfium2", "uharfbuzz"}
CHECK = runpy.run_path(str(ANDROID / "check_elf.py"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[;]", text)[0].strip().lower() for text in requirements}


def spec() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ANDROID / "buildozer.spec", "utf-8")
    return parser["app"]


def test_the_android_package_names_every_dependency_of_the_app() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = names([*project["dependencies"], *project["optional-dependencies"]["app"]])
    assert wanted - LEFT_OUT <= names(spec()["requirements"].split(","))
    assert not LEFT_OUT & names(spec()["requirements"].split(","))


def test_the_android_package_takes_every_file_that_the_program_reads() -> None:
    taken = {f".{ending}" for ending in spec()["source.include_exts"].split(",")} | {".md", ".pyc"}      # for people
    found = {path.suffix for room in ("village_node", "shared", "sync") for path in (ROOT / room).rglob("*") if path.is_file()}
    assert found <= taken


def test_the_android_package_names_files_that_are_there_and_asks_for_little() -> None:
    app = spec()
    assert (ANDROID / app["icon.filename"]).is_file()
    name, file, *kind = app["services"].split(":")
    assert (name, kind) == ("Sync", ["foreground", "sticky", "foregroundServiceType=dataSync"])
    assert (ANDROID / file).is_file()
    assert int(app["android.api"]) >= 35
    assert int(app["android.ndk"].rstrip("abc")) >= 28, "pages of 16 KB"
    assert app["android.allow_backup"] == "False", "a backup of Google's would carry HOME away"
    asked = set(app["android.permissions"].split(","))
    assert not asked & {"CAMERA", "READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE", "MANAGE_EXTERNAL_STORAGE"}
    forge = tomllib.loads((ANDROID / "kivyforge.toml").read_text("utf-8"))["tool"]["kivy"]
    assert forge["android"]["target_sdk"] == int(app["android.api"])
    assert forge["android"]["min_sdk"] == int(app["android.minapi"])
    assert forge["android"]["package"] == f"{app['package.domain']}.{app['package.name']}"
    assert set(forge["android"]["permissions"]["uses"]) == asked
    version = re.search(app["version.regex"], (ROOT / "shared" / "version.py").read_text("utf-8"))
    assert version is not None


# As on the tablet: the folder alone, one that Android gave for the rest, and no Java.
STAGED = """
import os, sys
from pathlib import Path
import main, service
assert main.private_folder() == Path(os.environ["ANDROID_PRIVATE"]) / "home"
main.give_camera_and_files()
from village_node import composition
from village_node.point.sync_round import run_round
from village_node.ui import run
assert all(str(Path(sys.modules[name].__file__)).startswith(os.getcwd()) for name in ("village_node", "shared", "sync"))
"""


def test_what_is_staged_for_android_starts_by_itself(tmp_path: Path) -> None:
    stage = runpy.run_path(str(ANDROID / "stage.py"))
    staged = tmp_path / "staged"
    assert stage["ENDINGS"] == {f".{ending}" for ending in spec()["source.include_exts"].split(",")}
    assert stage["stage"](staged) > 300
    assert spec()["source.dir"] == "staged"
    assert (staged / "main.py").is_file(), "python-for-android starts the program that is called main.py"
    assert (staged / spec()["services"].split(":")[1]).is_file()
    assert (staged / spec()["version.filename"].replace("%(source.dir)s/", "")).is_file()
    env = {**os.environ, "PYTHONPATH": "", "ANDROID_PRIVATE": str(tmp_path / "private"), "KIVY_NO_ARGS": "1"}
    done = subprocess.run([sys.executable, "-c", STAGED], cwd=staged, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-800:]
    assert "camera, microphone and files of Android are not there" in done.stdout


PYTHON = sorted([*APP.glob("*.py"), *ANDROID.rglob("*.py"), APP / "shuoshi.spec"])


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_is_python_parses(path: Path) -> None:
    ast.parse(path.read_text("utf-8"))


def test_the_desktop_entry_starts_the_app_with_a_picture_that_is_there() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str        # type: ignore[assignment,method-assign]
    parser.read(APP / "shuoshi.desktop", "utf-8")
    entry = parser["Desktop Entry"]
    assert shlex.split(entry["Exec"]) == ["village-node", "app"]
    from PIL import Image

    with Image.open(APP / f"{entry['Icon']}.png") as picture:
        assert picture.size == (512, 512)


def elf(align: int, bits: int = 2) -> bytes:
    """A library of one loaded segment, as far as the check reads it."""
    head = b"\x7fELF" + bytes([bits, 1, 1]) + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 183, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return head + struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 100, 100, align)


def test_libraries_for_small_pages_are_found_in_folders_and_packages(tmp_path: Path) -> None:
    misaligned, problems = CHECK["misaligned"], CHECK["problems"]
    assert misaligned(elf(16384)) == misaligned(elf(65536)) == misaligned(elf(4096, bits=1)) == misaligned(b"text") == ""
    assert "4096" in misaligned(elf(4096))
    assert "cut off" in misaligned(elf(16384)[:80])
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "good.so").write_bytes(elf(16384))
    (tmp_path / "libs" / "bad.so").write_bytes(elf(4096))
    assert [name for name, _ in problems(tmp_path / "libs")] == ["bad.so"]
    apk = tmp_path / "app.apk"
    with zipfile.ZipFile(apk, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("lib/arm64-v8a/good.so", elf(16384))
    assert ["zipalign" in why for _, why in problems(apk)] == [True]
    done = subprocess.run([sys.executable, str(ANDROID / "check_elf.py"), str(tmp_path / "libs")], capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("\n")) == (1, 1)
