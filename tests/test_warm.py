"""Programs that the tests start warm are processes like those that are started cold."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.support import warm

VERSION = [sys.executable, "-m", "village_node", "--version"]


def test_a_warm_program_says_and_ends_as_a_cold_one() -> None:
    for words in (["county_hub", "fly"], ["village_node", "--version"], ["village_node", "case", "list", "/nowhere"]):
        command = [sys.executable, "-m", *words]
        cold = subprocess.run(command, capture_output=True, text=True, cwd=warm.REPOSITORY)
        hot = warm.run(command, capture_output=True, text=True, cwd=warm.REPOSITORY)
        assert (hot.returncode, hot.stdout, hot.stderr) == (cold.returncode, cold.stdout, cold.stderr)


def test_each_is_a_process_of_its_own_with_its_input_and_is_killed_alone() -> None:
    words = [sys.executable, "-m", "village_node", "case", "register", "/nowhere", "--as", "DEMO", "--json", "-"]
    waiting, other = (warm.started(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2))
    assert type(waiting) is warm.Warm
    assert len({waiting.pid, other.pid, os.getpid()}) == 3
    assert waiting.poll() is None
    waiting.kill()
    assert waiting.wait(60) == -signal.SIGKILL
    said = other.communicate("{", 60)[1]
    assert (other.returncode, "JSON" in said) == (2, True), said
    waiting.communicate()


def test_who_changes_what_the_interpreter_reads_starts_cold() -> None:
    for environment in ({"PYTHONUTF8": "0"}, {"TZ": "UTC"}):
        with warm.started(VERSION, stdout=subprocess.DEVNULL, env={**os.environ, **environment}) as process:
            assert type(process) is subprocess.Popen
    with warm.started(VERSION, stdout=subprocess.DEVNULL, bufsize=0) as process:
        assert type(process) is subprocess.Popen
