"""One run of real crashes: two writers, a replicator and a server as processes, killed at random instants and started anew.

    writer here -> FILE <- replicator -> server -> ROOT/db.replica <- writer there (over HTTP)

Afterwards nothing that was acknowledged is missing on either side, both sides agree, and a further pass reads nothing. The
choices come from the seed; the instants belong to the machine, so a seed repeats the kind of run and not each of its bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sync.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import sync
from tests.support.sync_foreign import free_port
from tests.support.sync_replication import WITHOUT_PAUSES, leaves, winners
from tests.support.sync_server import REPOSITORY, subprocess_server

WORKER = Path(__file__).with_name("sync_crash_worker.py")
KILLS = 4


class Process:
    """One worker; its output lies in a file, so that a kill loses no line that was printed."""

    def __init__(self, folder: Path, name: str, *arguments: str) -> None:
        self.output = folder / name
        self._file = self.output.open("ab")
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        command = [sys.executable, str(WORKER), *arguments]
        self.process = subprocess.Popen(command, stdout=self._file, stderr=subprocess.PIPE, env=environment)

    def kill(self) -> None:
        self.process.kill()
        _, told = self.process.communicate(timeout=30)
        self._file.close()
        assert self.process.returncode == -9, told.decode()[-3000:]

    def printed(self) -> int:
        return self.output.stat().st_size

    def await_more(self, than: int) -> None:
        until = time.monotonic() + 60
        while self.printed() <= than:
            assert self.process.poll() is None, self.process.communicate()[1].decode()[-3000:]
            assert time.monotonic() < until, f"{self.output.name} does not get on"
            time.sleep(0.005)


@contextlib.contextmanager
def killed_at_the_end(*processes: Process) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            if process.process.poll() is None:
                process.process.kill()
                process.process.communicate(timeout=30)


def run(folder: Path, seed: int) -> None:
    """One run. Raises AssertionError that names what was lost."""
    choose, port = random.Random(seed), free_port()
    root, here = folder / "root", folder / "here.replica"
    url = f"http://127.0.0.1:{port}/db"
    root.mkdir()
    LocalReplica.open(here).close()
    with subprocess_server(root, port=port):
        RemotePeer(url).create()
    for life in range(KILLS):
        with subprocess_server(root, port=port) as server:
            writers = [
                Process(folder, "acked here", "write", str(here), str(seed * 100 + life), f"here {life}"),
                Process(folder, "acked there", "write", url, str(seed * 100 + life), f"there {life}"),
            ]
            replicator = Process(folder, f"replicator {life}", "sync", str(here), url)
            with killed_at_the_end(*writers, replicator):
                replicator.await_more(0)
                for writer in writers:
                    writer.await_more(writer.printed() + choose.randrange(4000))
                time.sleep(choose.random() * 0.05)      # the instant of the kill
                victims = [server, *writers, replicator]
                choose.shuffle(victims)
                for victim in victims:
                    victim.kill()
                    time.sleep(choose.choice([0, 0, 0.01, 0.1]))
    with subprocess_server(root, port=port):
        compare(folder, here, url)
    with LocalReplica.open(root / "db.replica") as there:
        assert there.verify() == []


def compare(folder: Path, here: Path, url: str) -> None:
    acked: dict[str, list[str]] = {}
    for name in ("acked here", "acked there"):
        for line in (folder / name).read_text().splitlines():
            with contextlib.suppress(ValueError):       # the last line of a killed process
                id, rev = json.loads(line)
                acked.setdefault(id, []).append(rev)
    assert acked
    with LocalReplica.open(here) as local:
        assert local.verify() == []
        remote = RemotePeer(url)
        sync(local, remote, **WITHOUT_PAUSES)
        assert remote.revs_diff(acked) == {}, "acknowledged and not there"
        assert local.revs_diff(acked) == {}, "acknowledged and not here"
        assert leaves(local) == leaves(remote)
        assert winners(local) == winners(remote)
        again = sync(local, remote, **WITHOUT_PAUSES)
        assert (again.pull.docs_read, again.push.docs_written) == (0, 0)
        assert local.verify() == []
        remote.close()
