"""The stores of secrets that a machine itself has, each the real one: a TPM (swtpm plays it), the Secret Service of a desktop."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_ports
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.point.errors import Refused, WrongSecret
from village_node.point.home import Home
from village_node.point.pins import Pins
from village_node.point.safe.keystore import platform_keystore, usable
from village_node.point.safe.means import Means
from village_node.point.safe.tpm import TpmKeystore
from village_node.point.safe.unlock import opens_alone, unlock

PIN, SECRET = "258036", bytes(range(32))
ROOT = Path(__file__).resolve().parents[4]
needs_tpm = pytest.mark.skipif(not (shutil.which("swtpm") and shutil.which("tpm2_createprimary")),
                               reason="no swtpm or no tpm2-tools on this machine: apt-get install swtpm tpm2-tools")
needs_desktop = pytest.mark.skipif(not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
                                   reason="no Secret Service on this machine: apt-get install gnome-keyring dbus")


@contextlib.contextmanager
def machine(folder: Path) -> Iterator[str]:
    """A TPM whose seeds lie in `folder`; how tpm2-tools call it."""
    folder.mkdir(exist_ok=True)
    port = free_ports(2)
    process = _begun(folder, port)
    try:
        yield f"swtpm:host=127.0.0.1,port={port}"
    finally:
        process.terminate()
        process.wait(20)


def _begun(folder: Path, port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}", "--server", f"type=tcp,port={port},bindaddr=127.0.0.1",
         "--ctrl", f"type=tcp,port={port + 1},bindaddr=127.0.0.1", "--flags", "not-need-init,startup-clear"])
    until = time.monotonic() + 30
    while process.poll() is None:
        assert time.monotonic() < until, "swtpm takes no connection"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port + 1), timeout=1):
            return process
    raise AssertionError(f"swtpm ended with {process.returncode}")


class Moody:
    """A keystore that may not answer for a moment, as a busy TPM or a locked keyring does."""

    name = "moody"

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.silent = False

    def get(self, id: str) -> bytes | None:
        return None if self.silent else self.kept.get(id)

    def put(self, id: str, secret: bytes) -> None:
        self.kept[id] = secret


def test_what_others_pins_hang_on_is_not_written_over_by_a_bad_moment(tmp_path: Path) -> None:
    world, store = World(tmp_path), Moody()
    with world.desk(world.home()) as desk:
        pins = Pins(desk.node.home, world.bytes, keystore=lambda _home: store)
        pins.set(CLERK, PIN)
        before = dict(store.kept)
        assert before
        store.silent = True
        with pytest.raises(Refused):
            pins.set("somebody", "369147")
        assert store.kept == before
        assert not pins.has("somebody"), "his PIN would have opened nothing"
        store.silent = False
        pins.set("somebody", "369147")
        assert store.kept == before


@needs_tpm
def test_what_a_tpm_has_sealed_no_other_unseals(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    with machine(tmp_path / "one") as way:
        tpm = TpmKeystore(home, way)
        assert tpm.get("v1") is None
        for n in range(3):                          # a TPM has room for three objects: none is left behind
            tpm.put(f"v{n}", SECRET + bytes([n]))
        assert [tpm.get(f"v{n}") for n in range(3)] == [SECRET + bytes([n]) for n in range(3)]
        assert SECRET not in home.tpm_file.read_bytes()
    with machine(tmp_path / "one") as way:          # the machine was switched off and on
        assert TpmKeystore(home, way).get("v1") == SECRET + b"\x01"
    with machine(tmp_path / "other") as way:
        assert TpmKeystore(home, way).get("v1") is None
        assert usable(TpmKeystore(home, way), "v1", SECRET) == SECRET       # made anew, for this one
    assert TpmKeystore(home, "swtpm:host=127.0.0.1,port=1").get("v1") is None
    home.tpm_file.write_text('{"v1": {"public": "§", "private": 7}}', "utf-8")
    assert TpmKeystore(home, "swtpm:host=127.0.0.1,port=1").get("v1") is None


@needs_tpm
def test_a_pin_opens_the_home_on_the_machine_with_its_tpm_and_nowhere_else(world, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SHUOSHI_KEYSTORE", "tpm")
    home = world.home()
    with machine(tmp_path / "one") as way, world.desk(home) as desk:
        monkeypatch.setenv("SHUOSHI_TPM", way)
        desk.register(CLERK, DRAFT)
        pins = Pins(desk.node.home, world.bytes)
        assert not pins.needs_words()
        pins.set(CLERK, PIN)
        assert not opens_alone(Home(home))
        assert unlock(Home(home), Means(secret=PIN), world.bytes) == desk.node.home.key()
        with pytest.raises(WrongSecret):
            unlock(Home(home), Means(secret="111222"), world.bytes)
    copied = tmp_path / "copied"
    shutil.copytree(home, copied)
    with machine(tmp_path / "other") as way:
        monkeypatch.setenv("SHUOSHI_TPM", way)
        with pytest.raises(WrongSecret, match="应急钥匙"):
            unlock(Home(copied), Means(secret=PIN), world.bytes)


def test_without_any_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUOSHI_TPM", "swtpm:host=127.0.0.1,port=1")
    monkeypatch.setenv("SHUOSHI_KEYSTORE", "none")
    assert platform_keystore(Home(tmp_path)) is None
    monkeypatch.setenv("SHUOSHI_KEYSTORE", "tpm")
    monkeypatch.setenv("PATH", "")
    assert platform_keystore(Home(tmp_path)) is None
    monkeypatch.undo()
    monkeypatch.setenv("SHUOSHI_TPM", "swtpm:host=127.0.0.1,port=1")
    assert usable(TpmKeystore(Home(tmp_path), "swtpm:host=127.0.0.1,port=1"), "v", SECRET) == b""     # it keeps nothing


# In a session of its own: what is put is there for another process of the session, and not for one of another.
TALK = """
import sys
from pathlib import Path
from village_node.point.home import Home
from village_node.point.safe.keystore import platform_keystore
kept = platform_keystore(Home(Path(sys.argv[1])))
print(kept.name)
if sys.argv[2] == "put":
    kept.put("vault-demo", bytes(range(32)))
print((kept.get("vault-demo") or b"").hex())
"""


@needs_desktop
def test_the_secret_service_of_a_desktop_keeps_the_secret_and_a_locked_one_gives_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    own = {"XDG_DATA_HOME": data, "HOME": tmp_path, "XDG_RUNTIME_DIR": tmp_path, "PYTHONPATH": ROOT}
    env = {**os.environ, **{name: str(path) for name, path in own.items()}}
    env.pop("SHUOSHI_KEYSTORE", None)

    def session(password: str, what: str) -> list[str]:
        script = (f"printf %s '{password}' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
                  f'exec "$@" {what}')
        program = [sys.executable, "-c", TALK, str(tmp_path / "home")]
        done = subprocess.run(["dbus-run-session", "--", "sh", "-c", script, "sh", *program], env=env, capture_output=True,
                              text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-800:]
        return done.stdout.split()

    assert session("DEMO-anmeldung", "put") == ["SecretService", bytes(range(32)).hex()]
    assert session("DEMO-anmeldung", "get") == ["SecretService", bytes(range(32)).hex()]
    assert bytes(range(32)) not in b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
