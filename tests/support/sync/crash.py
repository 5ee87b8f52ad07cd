"""Real crashes: two writers, a replicator and a server as processes, killed at random instants and started anew.

    writer here -> FILE <- replicator -> server -> ROOT/db.replica <- writer there (over HTTP)

At each instant one of them, some, or all are killed (SIGKILL) and started again while the others go on; some instants lie in
the start itself, where files are recovered. Afterwards nothing that was acknowledged is missing on either side, both sides
agree, and a further pass reads nothing. The choices come from the seed; the instants belong to the machine, so a seed repeats
the kind of run and not each of its bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sync import blobs
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import sync
from tests.support.sync.replication import WITHOUT_PAUSES, leaves, winners
from tests.support.sync.server import REPOSITORY, subprocess_server

WORKER = Path(__file__).with_name("crash_worker.py")


class Process:
    """A program that is killed and started anew. Its output lies in a file, so that a kill loses no line that was printed."""

    def __init__(self, folder: Path, name: str, command: Sequence[str]) -> None:
        self.output, self._told = folder / name, folder / f"{name} errors"
        self._command, self._starts = command, 0
        self.start()

    def start(self) -> None:
        self._starts += 1
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        command = [part.replace("{start}", str(self._starts)) for part in self._command]
        with self.output.open("ab") as output, self._told.open("ab") as told:
            output.write(b"\n")     # ends a line that a kill cut off
            output.flush()
            self._process = subprocess.Popen([sys.executable, *command], stdout=output, stderr=told, env=environment)

    def alive(self) -> None:
        assert self._process.poll() is None, f"{self.output.name} ended by itself: {self._told.read_text()[-3000:]}"

    def kill(self) -> None:
        self.alive()
        self.stop()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(30)

    def printed(self) -> int:
        return self.output.stat().st_size

    def await_more(self, than: int) -> None:
        until = time.monotonic() + 60
        while self.printed() <= than:
            self.alive()
            assert time.monotonic() < until, f"{self.output.name} does not get on"
            time.sleep(0.005)


def run(folder: Path, seed: int, kills: int) -> int:
    """One run with at least so many kills; returns their number. Raises AssertionError that names what was lost."""
    choose, port = random.Random(seed), _port(seed)
    root, here = folder / "root", folder / "here.replica"
    url = f"http://127.0.0.1:{port}/db"
    root.mkdir()
    LocalReplica.open(here).close()
    with subprocess_server(root, port=port):
        RemotePeer(url).create()
    with contextlib.ExitStack() as stack:
        team = [
            Process(folder, "server", ["-m", "sync", "serve", str(root), "--port", str(port)]),
            Process(folder, "acked here", [str(WORKER), "write", str(here), f"{seed}{{start}}1", "here {start}"]),
            Process(folder, "acked there", [str(WORKER), "write", url, f"{seed}{{start}}2", "there {start}"]),
            Process(folder, "replicator", [str(WORKER), "sync", str(here), url]),
        ]
        for process in team:
            stack.callback(process.stop)
        done = 0
        while done < kills:
            done += _kill_some(team, choose)
    with subprocess_server(root, port=port):
        compare(folder, here, url)
    with LocalReplica.open(root / "db.replica") as there:
        assert there.verify() == []
    return done


def _port(seed: int) -> int:
    """A free one below those that outgoing connections get: while the server is dead nobody may take it."""
    for port in range(20_000 + seed * 7 % 10_000, 32_000):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no free port")


def _kill_some(team: list[Process], choose: random.Random) -> int:
    """At an instant in the midst of work, or soon after a start."""
    if choose.random() < 0.8:
        watched = choose.choice(team[1:])
        watched.await_more(watched.printed() + (0 if watched is team[3] else choose.randrange(3000)))
        time.sleep(choose.random() * 0.05)
    else:
        time.sleep(choose.random() * 0.5)
    for process in team:
        process.alive()
    victims = choose.sample(team, choose.choice([1, 1, 1, 2, 4]))
    for victim in victims:
        victim.kill()
        time.sleep(choose.choice([0, 0, 0.01, 0.1]))
    for victim in choose.sample(victims, len(victims)):
        victim.start()
    return len(victims)


def compare(folder: Path, here: Path, url: str) -> None:
    acked, files = _acknowledged([folder / "acked here", folder / "acked there"])
    assert acked
    with LocalReplica.open(here) as local:
        assert local.verify() == []
        remote = RemotePeer(url)
        sync(local, remote, **WITHOUT_PAUSES)
        assert remote.revs_diff(acked) == {}, "acknowledged and not there"
        assert local.revs_diff(acked) == {}, "acknowledged and not here"
        assert leaves(local) == leaves(remote)
        assert winners(local) == winners(remote)
        for manifest in files:
            assert sum(map(len, blobs.read(local, manifest))) == manifest.size      # checks every hash
        again = sync(local, remote, **WITHOUT_PAUSES)
        assert (again.pull.docs_read, again.push.docs_written) == (0, 0)
        assert local.verify() == []
        remote.close()


def _acknowledged(printed: Sequence[Path]) -> tuple[dict[str, list[str]], list[blobs.Manifest]]:
    acked: dict[str, list[str]] = {}
    files: list[blobs.Manifest] = []
    for path in printed:
        for line in path.read_text("utf-8", "replace").splitlines():
            with contextlib.suppress(ValueError):       # a line that a kill cut off
                told = json.loads(line)
                if isinstance(told, dict):
                    files.append(blobs.Manifest.from_json(told))
                else:
                    acked.setdefault(told[0], []).append(told[1])
    return acked, files
