"""Processes of our programs that start warm: forked from one that has imported both, not loaded anew.

`python -m county_hub serve` takes one and a half seconds of processor time for its imports alone, and a run of the tests
starts hundreds. `Warm` is `subprocess.Popen` but for that: a process of its own with the words, folder, environment and pipes
that it was given, which runs `python -m MODULE` from its first line, may be killed and ends as any other. What a program does
when it is loaded is proven by the tests that start it cold, as is whatever has options or an environment that this does not know.
Outside pytest, as in the demo, all starts are cold.

    tests -- socket --> the warm one (`python -m tests.support.warm FD`), which forks and says of each child its pid and its end
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = ("county_hub", "village_node")
COLD = ("village_node.ui", "village_node.__main__", "county_hub.__main__", "county_hub.demo")
READ_WHEN_IT_STARTS = ("PYTHON", "LC_", "LANG", "LD_", "SSL_", "TZ")        # by the interpreter and its libraries, not by us
KNOWN = {"stdin", "stdout", "stderr", "cwd", "env", "text", "encoding", "errors", "start_new_session"}
_BYTES = 1 << 18

_guard = threading.Lock()
_started: list[subprocess.Popen[bytes]] = []    # it ends with the line to it
_line: dict[int, socket.socket] = {}            # of this process, not of one that forked from it


def started(command: list[str], **options: Any) -> subprocess.Popen[Any]:
    """`subprocess.Popen(command, **options)`, warm where it can be."""
    return (Warm if _can_be(command, options) else subprocess.Popen)(command, **options)


def run(command: list[str], *, input: Any = None, timeout: float | None = None, check: bool = False, capture_output: bool = False,
        **options: Any) -> subprocess.CompletedProcess[Any]:
    """`subprocess.run`, warm where it can be."""
    if capture_output:
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started(command, stdin=None if input is None else subprocess.PIPE, **options) as process:
        try:
            out, err = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


def _can_be(command: list[str], options: dict[str, Any]) -> bool:
    ours = command[:2] == [sys.executable, "-m"] and command[2] in PROGRAMS and set(options) <= KNOWN
    return ours and _said(os.environ) == _said(options.get("env") or os.environ) and "PYTEST_VERSION" in os.environ


def _said(environment: Mapping[str, str]) -> dict[str, str]:
    """What the interpreter itself would read of it; that our sources are on the path goes without saying."""
    usual = {None, str(REPOSITORY), os.environ.get("PYTHONPATH")}
    return {name: value for name, value in environment.items()
            if name.startswith(READ_WHEN_IT_STARTS) and not (name == "PYTHONPATH" and value in usual)}


class Warm(subprocess.Popen[Any]):
    """A child of the warm process: started and waited for through it, everything else is Popen's."""

    def _execute_child(self, *given: Any, **named: Any) -> None:
        asked = inspect.signature(subprocess.Popen._execute_child).bind(self, *given, **named).arguments
        env = asked["env"] if asked["env"] is not None else os.environ
        job = {"words": [str(word) for word in asked["args"][2:]], "cwd": str(asked["cwd"] or Path.cwd()), "env": dict(env),
               "apart": asked["start_new_session"]}
        self._end, theirs = socket.socketpair()
        standard = [own if own != -1 else usual for own, usual in zip(
            (asked["p2cread"], asked["c2pwrite"], asked["errwrite"]), (0, 1, 2), strict=True)]
        with theirs:
            socket.send_fds(_warm_one(), [json.dumps(job).encode()], [theirs.fileno(), *standard])
        said = self._end.recv(16)
        assert said, "the warm process is gone"
        self.pid = int(said)
        self._child_created = True
        self._close_pipe_fds(*(asked[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")))

    def _internal_poll(self, *_given: Any, **_named: Any) -> int | None:
        if self._waitpid_lock.acquire(blocking=False):      # else another thread waits, and will know
            try:
                self._look(0)
            finally:
                self._waitpid_lock.release()
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        with self._waitpid_lock:
            self._look(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def _look(self, timeout: float | None) -> None:
        if self.returncode is None:
            with selectors.DefaultSelector() as waiting:
                waiting.register(self._end, selectors.EVENT_READ)
                if waiting.select(timeout):
                    self.returncode = int(self._end.recv(16) or -signal.SIGKILL)
                    self._end.close()


def _warm_one() -> socket.socket:
    with _guard:
        if os.getpid() not in _line:
            mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                _started.append(subprocess.Popen(
                    [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())], cwd=REPOSITORY,
                    pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}))
            mine.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BYTES)
            _line[os.getpid()] = mine
        return _line[os.getpid()]


# ---- the warm process

def _import_everything() -> None:
    for program in PROGRAMS:
        for module in pkgutil.walk_packages(importlib.import_module(program).__path__, f"{program}."):
            if not module.name.startswith(COLD):
                with contextlib.suppress(ImportError):      # of an extra that is not installed
                    importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def _next_job(line: socket.socket) -> dict[str, Any] | None:
    """Serves until the tests are gone (None), or until this is the child that has a job."""
    ends: dict[int, socket.socket] = {}
    bell, ring = socket.socketpair()
    ring.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.set_wakeup_fd(ring.fileno(), warn_on_full_buffer=False)
    waiting = selectors.DefaultSelector()
    waiting.register(line, selectors.EVENT_READ)
    waiting.register(bell, selectors.EVENT_READ)
    while True:
        ready = [key.fileobj for key, _ in waiting.select()]
        if bell in ready:
            bell.recv(4096)
            _tell_ends(ends)
        if line not in ready:
            continue
        message, fds, _flags, _address = socket.recv_fds(line, _BYTES, 4)
        if not message:
            return None
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number, fd in enumerate(fds[1:]):
                os.dup2(fd, number)
            waiting.close()
            for held in (line, bell, ring, *ends.values()):
                held.close()
            for fd in fds:
                os.close(fd)
            return dict(json.loads(message))
        ends[pid] = socket.socket(fileno=fds[0])
        ends[pid].sendall(str(pid).encode())
        for fd in fds[1:]:
            os.close(fd)


def _tell_ends(ends: dict[int, socket.socket]) -> None:
    while ends:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with contextlib.suppress(OSError), ends.pop(pid) as end:
            end.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _serve() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    _import_everything()
    job = _next_job(line)
    if job is None:
        return
    if job["apart"]:
        os.setsid()
    for name, mode, errors in (("stdin", "r", "strict"), ("stdout", "w", "strict"), ("stderr", "w", "backslashreplace")):
        fd = ("stdin", "stdout", "stderr").index(name)      # new ones: what fd 0 to 2 are decides whether they can be sought
        made = open(fd, mode, encoding="utf-8", errors=errors, closefd=False, buffering=1 if name == "stderr" else -1)  # noqa: SIM115
        setattr(sys, name, made)
        setattr(sys, f"__{name}__", made)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    module, *sys.argv[1:] = job["words"]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()
