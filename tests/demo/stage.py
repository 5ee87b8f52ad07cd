"""The stage of the demo: real processes, real homes, a real line. One `Stage` knows the folders, the hub and the devices."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import warm
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 30.0


class DemoFailed(Exception):
    """A check did not hold, or a program did not do what it must. The sentence says which."""


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The last JSON value the program printed (the whole output, or its last line)."""
        try:
            return json.loads(self.out)
        except json.JSONDecodeError:
            return json.loads(self.out.strip().splitlines()[-1])


def run(module: str, *arguments: object, stdin: Any = None, code: int | None = 0, timeout: float = 120) -> Outcome:
    """Run `python -m module arguments`; `stdin` is sent as JSON. `code` None accepts any exit code."""
    words = [str(a) for a in arguments]
    done = warm.run(
        [sys.executable, "-m", module, *words], cwd=ROOT, text=True, capture_output=True, timeout=timeout,
        input=json.dumps(stdin, ensure_ascii=False) if stdin is not None else "",
    )
    outcome = Outcome(done.returncode, done.stdout, done.stderr)
    if code is not None and outcome.code != code:
        raise DemoFailed(f"{module} {' '.join(words)} ended with {outcome.code}, not {code}:\n{outcome.err or outcome.out}")
    if "Traceback (most recent call last)" in outcome.err:
        raise DemoFailed(f"{module} {' '.join(words)} showed a traceback:\n{outcome.err}")
    return outcome


@dataclass
class Hub:
    """The county hub as a process on one port for the whole demo, so that it can go and come back."""

    home: Path
    port: int = field(default_factory=free_port)
    options: Sequence[str] = ()
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        log = (self.home.parent / "hub.log").open("a")
        self.process = warm.started(
            [sys.executable, "-m", "county_hub", "serve", str(self.home), "--port", str(self.port), *self.options],
            cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )
        end = time.monotonic() + READY_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise DemoFailed(f"the hub did not start; see {log.name}")
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=READY_SECONDS)
        self.process = None


@dataclass
class Device:
    """One enrolled service point and the person at it."""

    office: str
    name: str
    home: Path
    staff: str = ""
    syncs: list[dict[str, Any]] = field(default_factory=list)

    def case(self, verb: str, *arguments: object, body: Any = None, files: Sequence[object] = (), code: int | None = 0) -> Any:
        """`village-node case VERB HOME ...` with the body as JSON on stdin; returns what it printed as JSON."""
        words: list[object] = ["case", verb, self.home, *arguments, "--as", self.staff]
        for file in files:
            words += ["--file", file]
        if body is not None:
            words += ["--json", "-"]
        outcome = run("village_node", *words, stdin=body, code=code)
        return outcome.json() if outcome.code == 0 and outcome.out.strip() else outcome

    def cases(self) -> list[dict[str, Any]]:
        return list(run("village_node", "case", "list", self.home).json())

    def show(self, case: str) -> dict[str, Any]:
        return dict(run("village_node", "case", "show", self.home, case, "--as", self.staff).json())

    def sync(self, code: int | None = 0, *, wait: float | None = None) -> dict[str, Any]:
        """One round in the foreground; its figures are kept for the table at the end. `wait`: seconds for the receipt."""
        started = time.monotonic()
        words: list[object] = ["sync", self.home, "--json", *(("--wait", wait) if wait is not None else ())]
        outcome = run("village_node", *words, code=code)
        figures = dict(outcome.json()) if outcome.out.strip() else {}
        figures |= {"wall": time.monotonic() - started, "code": outcome.code, "message": outcome.err.strip()}
        self.syncs.append(figures)
        return figures


@dataclass
class Stage:
    folder: Path
    hub: Hub
    devices: dict[str, Device] = field(default_factory=dict)
    links: dict[str, Any] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    extra: set[str] = field(default_factory=set)      # cases that a kill may have left or not
    started: float = field(default_factory=time.monotonic)
    step: int = 0

    def say(self, words: str) -> None:
        self.step += 1
        print(f"[{time.monotonic() - self.started:6.1f} s] {self.step:2d}. {words}", flush=True)

    def note(self, words: str) -> None:
        print(f"             {words}", flush=True)

    def line_down(self) -> None:
        for link in self.links.values():
            link.refuse = True
            link.cut()

    def line_up(self) -> None:
        for link in self.links.values():
            link.heal()

    def check(self, holds: bool, words: str) -> None:
        """A check that fails ends the demo with exit code 1 and its own words."""
        print(f"             {'ok ' if holds else 'FAILED'}  {words}", flush=True)
        if not holds:
            raise DemoFailed(f"check failed: {words}")


def clean_environment() -> None:
    """The demo speaks only with itself, whatever proxies the machine names."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        os.environ.pop(name, None)
