"""coturn as `deploy/turn/turnserver.conf` says it, on a port of this machine; and a line as narrow as it is told to make it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.county_hub.hub_support import REPOSITORY
from tests.support.ports import free_port

TURNSERVER = shutil.which("turnserver", path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin")
needs_coturn = pytest.mark.skipif(TURNSERVER is None, reason="no coturn on this machine: apt-get install coturn")
SHIPPED = REPOSITORY / "deploy/turn/turnserver.conf"


@dataclass
class Turn:
    secret: str
    port: int

    @property
    def url(self) -> str:
        return f"turn:127.0.0.1:{self.port}?transport=udp"

    @property
    def settings(self) -> dict[str, str]:
        """Of a hub that sends everything through it."""
        return {"ROOM_TURN": self.url, "ROOM_TURN_SECRET": self.secret, "ROOM_TURN_ONLY": "true"}


@contextlib.contextmanager
def running(folder: Path, **changed: str) -> Iterator[Turn]:
    """`changed`: options by name, `_` for `-`."""
    turn = Turn(secrets.token_hex(20), free_port())
    words = {"listening-port": str(turn.port), "static-auth-secret": turn.secret, "realm": "demo.example.gov.cn",
             "allowed-peer-ip": "127.0.0.1", **{name.replace("_", "-"): value for name, value in changed.items()}}
    lines = [line.partition("=") for line in SHIPPED.read_text("utf-8").splitlines() if not line.startswith("#")]
    kept = [f"{name}={words.get(name, value)}" if mark else name for name, mark, value in lines]
    # Of tests alone: everything lies on one machine, and nothing outside the folder is written.
    kept += ["listening-ip=127.0.0.1", "relay-ip=127.0.0.1", "allow-loopback-peers", "log-file=stdout", "simple-log",
             f"userdb={folder}/users.db", f"pidfile={folder}/turn.pid"]
    conf = folder / "turnserver.conf"
    conf.write_text("\n".join(kept) + "\n", "utf-8")
    conf.chmod(0o600)
    assert TURNSERVER is not None
    with (folder / "turn.log").open("wb") as out:
        process = subprocess.Popen([TURNSERVER, "-c", str(conf)], stdout=out, stderr=subprocess.STDOUT, cwd=folder)
        try:
            yield turn
        finally:
            process.terminate()
            process.wait(20)
