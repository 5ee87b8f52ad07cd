"""A real endpoint on a free port: in a thread of the test (`running`), or as `python -m sync serve`
(`subprocess_server`)."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from sync.commands.serve import server_config
from sync.databases import Databases
from sync.endpoint.app import create_app
from sync.endpoint.auth import Authoriser, OpenAccess
from sync.endpoint.connections import LineLimits, Lines
from tests.support import loopback

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass(slots=True)
class RunningServer:
    """`url` is the server's root without a slash at its end. `databases` are the served ones, to look
    behind the endpoint."""

    url: str
    databases: Databases
    stop_feeds: Callable[[], None]
    lines: Lines | None = None

    def wait_for_lines(self, reached: Callable[[Lines], bool], timeout_s: float = 20) -> None:
        """Wait until the server's connections are as told; fails when they never are."""
        assert self.lines is not None
        give_up = time.monotonic() + timeout_s
        while not reached(self.lines):
            assert time.monotonic() < give_up, "the connections never were as expected"
            time.sleep(0.005)

    def client(self, **options: Any) -> httpx2.Client:
        """A plain client whose paths are relative to the server: `client.get("/db")`."""
        return loopback.Client(base_url=self.url, **({"timeout": 20.0} | options))

    def create(self, name: str) -> str:
        """Make a database; returns its URL."""
        self.databases.create(name)
        return f"{self.url}/{name}"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.contextmanager
def running(
    root: Path,
    *,
    authoriser: Authoriser | None = None,
    databases: Databases | None = None,
    port: int = 0,
    lines: LineLimits | None = None,
    tls: tuple[Path, Path] | None = None,
    **app_options: Any,
) -> Iterator[RunningServer]:
    """Serve the folder `root` (or `databases`) until the block ends. `tls`: files of certificate chain and
    key. `app_options` are those of `create_app`."""
    own = databases if databases is not None else Databases(root)
    app = create_app(own, authoriser or OpenAccess(), **app_options)
    listener = socket.create_server(("127.0.0.1", port), backlog=256)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    secure = {} if tls is None else {"ssl_certfile": tls[0], "ssl_keyfile": tls[1]}
    config = server_config(app, lines, timeout_graceful_shutdown=2, **secure)
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="test-endpoint", daemon=True)
    thread.start()
    assert server.ready.wait(20), "the endpoint did not start"
    try:
        scheme = "http" if tls is None else "https"
        yield RunningServer(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", own, app.state.stop_feeds, config.http.lines)
    finally:
        app.state.stop_feeds()
        server.should_exit = True
        thread.join(20)
        listener.close()
        if databases is None:
            own.close()


@dataclass(slots=True)
class ServerProcess:
    url: str
    process: subprocess.Popen[str]

    def stop(self) -> int:
        """SIGTERM and the exit code."""
        self.process.terminate()
        return self.process.wait(20)

    def kill(self) -> None:
        """SIGKILL: what a power cut does to a process."""
        self.process.kill()
        self.process.wait(20)


@contextlib.contextmanager
def subprocess_server(
    root: Path, *arguments: str, port: int = 0, environment: dict[str, str] | None = None
) -> Iterator[ServerProcess]:
    """`python -m sync serve ROOT --port PORT ...`, ready when this yields; killed at the end if it still
    runs."""
    command = [sys.executable, "-m", "sync", "serve", str(root), "--port", str(port), *arguments]
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.startswith("listening on "):
            raise AssertionError(f"serve did not start: {line!r} {process.communicate(timeout=20)}")
        yield ServerProcess(line.removeprefix("listening on "), process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)
