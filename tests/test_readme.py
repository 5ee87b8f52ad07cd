"""The commands that the README gives for use by hand do what it says, and its Chinese twin gives the same."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from tests.support import loopback
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parent.parent


def blocks(name: str) -> list[str]:
    """The shell blocks of a README, without remarks and without what only a person can do (the app's window)."""
    found = re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    plain = [re.sub(r"\s+# .*", "", block) for block in found]
    kept = [block for block in plain if not block.startswith("make ")]
    return [re.sub(r"^village-node app .*\n", "", block, flags=re.MULTILINE) for block in kept]


def run(script: str, folder: Path, **environment: str) -> str:
    """As somebody types it who has followed the README so far: the programs come from nowhere but its first block."""
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
    path = os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if Path(p) != Path(sys.executable).parent)
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", f"{blocks('README.md')[0]}\n{script}"], cwd=folder, text=True,
                          capture_output=True,
                          env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder), **environment})
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


def answers(url: str) -> bool:
    with contextlib.suppress(httpx2.TransportError):
        return loopback.get(url).status_code < 500
    return False


def serve(script: str, url: str, folder: Path) -> subprocess.Popen[bytes]:
    """What the README leaves running, without the shell around it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    process = subprocess.Popen(script.split(), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder),
                                    "COUNTY_HUB_KEY_FILE": str(folder / "county.key")})
    until = time.monotonic() + 120
    while not answers(url):
        assert process.poll() is None, script
        assert time.monotonic() < until, script
        time.sleep(0.1)
    return process


def test_the_chinese_twin_gives_the_same_commands() -> None:
    assert blocks("README.zh-CN.md") == blocks("README.md")


def test_a_county_and_a_village_by_hand(tmp_path: Path) -> None:
    (tmp_path / "shared").symlink_to(ROOT / "shared")
    _, county, village, _ = (block.replace("5985", port) for port in [str(free_port())] for block in blocks("README.md"))
    commands, _, serving = county.strip().rpartition("\n")
    said = run(commands, tmp_path)
    code = re.search(r"短码 ([0-9A-Z-]{20,})", said)
    assert code, said
    port = serving.rpartition(" ")[2]
    hub = serve(serving, f"http://127.0.0.1:{port}/_up", tmp_path)
    try:
        said = run(village.replace("CODE", code[1]), tmp_path)
        assert json.loads(said[said.rindex("\n{\n"):])["delivery"]["label"] == "县级已收讫"
    finally:
        hub.terminate()
        hub.wait()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_two_replicas_by_hand(tmp_path: Path) -> None:
    port = str(free_port())
    first, *others = blocks("README.md")[3].replace("5984", port).strip().splitlines()
    made, serving = first.removesuffix(" &").split(" && ")
    run(made, tmp_path)
    server = serve(serving, f"http://127.0.0.1:{port}/", tmp_path)
    try:
        run("\n".join(others), tmp_path)
        there = json.loads(run(f"curl -s http://127.0.0.1:{port}/office/ditch", tmp_path))
        assert there["words"] == "三组水渠"
    finally:
        server.terminate()
        server.wait()
