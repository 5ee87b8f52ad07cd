"""One worker process as the server sees it: started, fed, listened to, and started again when it dies.

The pauses between starts grow while it dies again soon. It must not know what a worker does.
"""

from __future__ import annotations

import contextlib
import logging
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from county_hub.hub.crew.lines import Outbox, heard

log = logging.getLogger("county_hub.workers")
FIRST_PAUSE_S, MAX_PAUSE_S = 0.5, 60.0
SOUND_S = 30.0          # who ran so long has come to itself: the next death is a first one
FAILING_DEATHS = 3      # in a row: that is no accident
STOP_S = 20.0


class Member:
    """`first` is the line that the process gets first, `hears(member, line)` takes what it says, `died(member, code)` is told of
    each death. Looks like a `Follower` to who watches over followers."""

    def __init__(self, name: str, command: Sequence[str], first: Mapping[str, Any],
                 hears: Callable[[Member, dict[str, Any]], None], died: Callable[[Member, int], None]) -> None:
        self.name, self._command, self._first = name, list(command), dict(first)
        self._hears, self._died = hears, died
        self.outbox, self.state, self.lives, self.deaths = Outbox(), dict[str, Any](), 0, 0
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._down_since: float | None = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self.outbox.close()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; who does not end in time is killed, and False returned."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if not self._thread.is_alive():
            return True
        process = self._process
        if process is not None:
            process.kill()
        self._thread.join(STOP_S)
        return False

    def is_listening(self) -> bool:
        """Is this thread the one that brings what the worker says?"""
        return threading.current_thread() is self._thread

    def down_s(self) -> float:
        """For how many seconds it has not been running; 0.0 while it does."""
        since = self._down_since
        return 0.0 if since is None else time.monotonic() - since

    def failing_s(self) -> float | None:
        """As of a `Follower`; infinite for who dies again and again."""
        if self.deaths >= FAILING_DEATHS:
            return float("inf")
        told = self.state.get("failing")
        return float(told) if told is not None else None

    def _run(self) -> None:
        while not self._stopping.is_set():
            began, code = time.monotonic(), self._live()
            self._down_since = time.monotonic()
            self.state = {}
            if self._stopping.is_set():
                return
            self.deaths = 1 if self._down_since - began > SOUND_S else self.deaths + 1
            pause = min(FIRST_PAUSE_S * 2 ** (self.deaths - 1), MAX_PAUSE_S)
            log.warning("%s has died (%s); it is started again in %.1f s", self.name, _word(code), pause)
            self._died(self, code)
            self._stopping.wait(pause)

    def _live(self) -> int:
        """One life of the process; its exit code."""
        try:
            # What a terminal tells its programs (Ctrl-C, its end) is for the server, which ends its workers in order.
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)
        except OSError as fault:
            log.warning("%s cannot be started: %s", self.name, fault)
            return -1
        assert process.stdin is not None
        assert process.stdout is not None
        # What was said to the one before is of no use: a worker looks at everything when it begins.
        old, self.outbox = self.outbox, Outbox()
        old.close()
        self.outbox.say(**self._first)
        self._process, self.lives = process, self.lives + 1
        writer = threading.Thread(target=self._write, args=(self.outbox, process.stdin), name=f"to {self.name}", daemon=True)
        writer.start()
        if self._stopping.is_set():
            self.outbox.close()
        try:
            for line in heard(process.stdout):
                self._down_since = None
                self._take(line)
        finally:
            self.outbox.close()
            process.stdout.close()
            writer.join(STOP_S)
        return process.wait()

    def _take(self, line: dict[str, Any]) -> None:
        try:
            self._hears(self, line)
        except Exception:       # a mistake here must not take the worker's ear away
            log.exception("what %s said was not understood", self.name)

    @staticmethod
    def _write(outbox: Outbox, stream: Any) -> None:
        outbox.write_to(stream)
        with contextlib.suppress(OSError):
            stream.close()      # the worker's sign to end


def _word(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
