"""PouchDB's own suites against our endpoint and, as the measure, against pouchdb-server: `make suite`.

Without a folder the suites are those of the last npm packages that carry them (`tests/peers/suite/package.json`): the integration
suite of pouchdb 5.1.0 and the suite of pouchdb-find 0.10.5. They run with PouchDB 9 as the client (`suite/setup.js` puts it in
the place of the package's library), and the first once more with the library of its own package. No test file is changed. Only
remote cases count: those whose title names the http adapter.

With `make suite POUCHDB_SUITE=folder` they come from a checkout of https://github.com/pouchdb/pouchdb (version 9), made ready
as its CONTRIBUTING.md says (`npm install`, then `npm run build-node`); they run under its own mocha, those of pouchdb-find in one
process, because its files share what they set up.

Both servers meet the same cases: the variable SERVER, with which the suites leave out what a cluster of CouchDB cannot promise
(numbers as sequences, compaction at once), stays unset.

Each file gets fresh, empty servers on free ports of this machine, everybody administrator. A case counts as "JavaScript" when it
asks our endpoint to run a function of a design document (501) or writes a `validate_doc_update`, whether it passes or not; see
docs/decisions/0005. A case counts as "older" when we fail it and `suite/superseded.json` says why its expectation no longer holds
of CouchDB 3 and PouchDB 9. Exit code 0 when no other case is behind pouchdb-server, 1 otherwise, 2 for a wrong folder.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.ports import free_port

PEERS = Path(__file__).resolve().parent
REPOSITORY = PEERS.parents[1]
PACKAGES = PEERS / "suite"
MARK = "@case "
START_SECONDS, FILE_SECONDS = 60, 1800
RACE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Suite:
    """Where test files are and what mocha needs to know about them. `one_process`: its files share what they set up."""

    name: str
    folder: Path
    pattern: str
    setup: Path | None
    mocha: Path
    remote_only: str = ""
    clients: tuple[str, ...] = ("own",)
    one_process: bool = False
    environment: tuple[tuple[str, str], ...] = ()

    def files(self) -> list[Path]:
        return sorted(self.folder.glob(self.pattern))


def packaged_suites() -> list[Suite]:
    modules = PACKAGES / "node_modules"
    mocha, integration = modules / "mocha/bin/mocha.js", modules / "pouchdb-suite/tests/integration"
    return [
        Suite("integration", integration, "test.*.js", integration / "node.setup.js", mocha, "http", ("9", "own"),
              (("LEVEL_ADAPTER", "memdown"),)),
        Suite("find", modules / "pouchdb-find-suite/test", "test.js", None, mocha, "^http", ("9",)),
    ]  # fmt: skip


def checkout_suites(folder: Path) -> list[Suite]:
    mocha, setup = folder / "node_modules/mocha/bin/mocha.js", folder / "tests/integration/node.setup.js"
    common = (("CLIENT", "node"), ("SKIP_MIGRATION", "true"))
    # ADAPTERS is what the suite's library loads: in the integration suite local databases stand beside remote ones.
    find = (*common, ("ADAPTERS", "http"), ("TYPE", "find"), ("PLUGINS", "pouchdb-find"))
    return [
        Suite("integration", folder / "tests/integration", "test.*.js", setup, mocha, "http", environment=common),
        Suite("find", folder / "tests/find", "*/test.*.js", setup, mocha, environment=find, one_process=True),
    ]


# --- servers ---


@contextmanager
def ours(folder: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sync", "serve", str(folder), "--port", "0"],
        cwd=REPOSITORY, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.startswith("listening on "):
            raise SystemExit(f"the endpoint did not start: {line}")
        yield line.removeprefix("listening on ")
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def pouchdb_server(folder: Path) -> Iterator[str]:
    """It ends with the first exception that it does not catch, which some cases bring about: then it is started anew."""
    port = free_port()
    processes = [_start_pouchdb_server(folder, port)]
    stopping = threading.Event()

    def keep_alive() -> None:
        while not stopping.is_set():
            processes[-1].wait()
            if not stopping.is_set():
                processes.append(_start_pouchdb_server(folder, port))

    keeper = threading.Thread(target=keep_alive)
    try:
        _wait_until_it_listens(port, processes[0])
        keeper.start()
        yield f"http://127.0.0.1:{port}"
    finally:
        stopping.set()
        while keeper.is_alive() or processes[-1].poll() is None:
            processes[-1].kill()
            processes[-1].wait(20)
            keeper.ident and keeper.join(1)


def _start_pouchdb_server(folder: Path, port: int) -> subprocess.Popen[bytes]:
    program = PEERS / "node_modules/pouchdb-server/bin/pouchdb-server"
    return subprocess.Popen(
        ["node", str(program), "--in-memory", "--port", str(port), "--host", "127.0.0.1", "--no-stdout-logs"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.1)  # nothing tells when another program has started
    raise SystemExit("pouchdb-server did not start: run `npm ci --ignore-scripts` in tests/peers")


SERVERS: dict[str, Callable[[Path], AbstractContextManager[str]]] = {"ours": ours, "pouchdb-server": pouchdb_server}


# --- one file ---


@dataclass(frozen=True, slots=True)
class Case:
    """`state` is "passed", "failed" or "skipped"."""

    title: str
    state: str
    javascript: bool
    message: str


@dataclass(slots=True)
class Outcome:
    """What one server made of one file. `broken` says why there are fewer cases than the file has."""

    cases: dict[str, Case] = field(default_factory=dict)
    broken: str = ""


def read_report(output: str) -> Outcome:
    """The lines of `suite/reporter.js`; other output between them is passed over. Repeated titles are numbered."""
    outcome, seen, complete = Outcome(), Counter[str](), False
    for line in output.splitlines():
        if not line.startswith(MARK):
            continue
        with contextlib.suppress(ValueError):
            told = json.loads(line[len(MARK) :])
            if told.get("complete"):
                complete = True
                continue
            seen[told["title"]] += 1
            title = told["title"] if seen[told["title"]] == 1 else f"{told['title']} ({seen[told['title']]})"
            outcome.cases[title] = Case(title, told["state"], told["javascript"], told["message"][:300])
    if not complete:
        outcome.broken = "mocha did not finish: " + (output.strip().splitlines() or ["nothing printed"])[-1][:200]
    return outcome


def run_files(suite: Suite, files: Sequence[Path], client: str, server: str, timeout_ms: int) -> Outcome:
    """These files, one after the other, against one fresh server."""
    with tempfile.TemporaryDirectory() as folder, SERVERS[server](Path(folder)) as url:
        (Path(folder) / "client").mkdir()
        environment = {
            **os.environ, **dict(suite.environment),
            "COUCH_HOST": url, "SUITE_CLIENT": client, "TESTS_DIR": f"{folder}/client", "SUITE_LONGEST_MS": str(timeout_ms * 3),
        }  # fmt: skip
        command = ["node", str(suite.mocha), "--exit", f"--timeout={timeout_ms}", f"--require={PACKAGES / 'setup.js'}"]
        command += [f"--require={suite.setup}"] if suite.setup else []
        command += ["--grep", suite.remote_only] if suite.remote_only else []
        command += [f"--reporter={PACKAGES / 'reporter.js'}", *map(str, files)]
        try:
            done = subprocess.run(
                command, cwd=suite.mocha.parents[3], env=environment, capture_output=True, text=True, errors="replace",
                timeout=FILE_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Outcome(broken=f"not finished after {FILE_SECONDS} seconds")
    return read_report(f"{done.stdout}\n{done.stderr}")


def run_steadily(run: Callable[[], Outcome]) -> Outcome:
    """Cases that race with themselves (`suite/races.json` says how) fail now and then whoever serves them: where one has failed,
    the files are run again, and it passes when it passes once. All other cases count as they were the first time."""
    outcome = run()
    for _ in range(RACE_TRIES):
        failed = [title for title, case in outcome.cases.items() if case.state == "failed" and _races(title)]
        if not failed or outcome.broken:
            break
        again = run()
        passed = {title: again.cases[title] for title in failed if title in again.cases and again.cases[title].state == "passed"}
        outcome.cases.update(passed)
    return outcome


@functools.cache
def _racing() -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads((PACKAGES / "races.json").read_text(encoding="utf-8"))
    return entries


def _races(title: str) -> bool:
    return any(each["title"] in title for each in _racing())


# --- totals ---


@dataclass(slots=True)
class Totals:
    """Of one file or of all. `ours` and `theirs` are passed cases that need no JavaScript. Of those that we do not pass, `older`
    have an expectation of CouchDB 1, `behind` are (title, message) of what pouchdb-server passes, `neither` of the rest."""

    file: str
    cases: int = 0
    javascript: int = 0
    ours: int = 0
    theirs: int = 0
    older: int = 0
    neither: list[tuple[str, str]] = field(default_factory=list)
    behind: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def line(self) -> str:
        numbers = (self.cases, self.javascript, self.cases - self.javascript, self.ours, self.theirs)
        text = _columns(*numbers, self.older, len(self.neither), len(self.behind), self.file)
        return text + "".join(f"  ({reason})" for reason in self.broken)


_WIDTHS = (6, 10, 6, 6, 14, 5, 7, 6)


def _columns(*values: object) -> str:
    return " ".join(f"{value!s:>{width}}" for value, width in zip(values[:-1], _WIDTHS, strict=True)) + f"  {values[-1]}"


HEADER = _columns("cases", "JavaScript", "others", "ours", "pouchdb-server", "older", "neither", "behind", "file")


def compare(file: str, mine: Outcome, theirs: Outcome) -> Totals:
    totals = Totals(file, broken=[f"{name}: {o.broken}" for name, o in (("ours", mine), ("pouchdb-server", theirs)) if o.broken])
    missing = Case("", "failed", False, "was not run")
    for title in dict.fromkeys([*mine.cases, *theirs.cases]):
        one, other = mine.cases.get(title, missing), theirs.cases.get(title, missing)
        if "skipped" in (one.state, other.state) or title.endswith('" hook'):
            continue
        totals.cases += 1
        if one.javascript:
            totals.javascript += 1
            continue
        totals.ours += one.state == "passed"
        totals.theirs += other.state == "passed"
        if one.state == "passed":
            continue
        if _is_superseded(title, one.message):
            totals.older += 1
        else:
            (totals.behind if other.state == "passed" else totals.neither).append((title, one.message))
    return totals


@functools.cache
def _superseded() -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads((PACKAGES / "superseded.json").read_text(encoding="utf-8"))
    return entries


def _is_superseded(title: str, message: str) -> bool:
    return any(re.search(each["title"], title) and re.search(each["message"], message) for each in _superseded())


def whole(every: Sequence[Totals]) -> Totals:
    total = Totals("all files")
    for each in every:
        total.cases += each.cases
        total.javascript += each.javascript
        total.ours += each.ours
        total.theirs += each.theirs
        total.older += each.older
        total.neither += each.neither
        total.behind += each.behind
        total.broken += each.broken
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("suite", type=Path, nargs="?", help="a checkout of PouchDB, built; default: the npm packages")
    parser.add_argument("--kind", action="append", help="integration, find; default: both")
    parser.add_argument("--client", action="append", help="9 (PouchDB 9) or own (the suite's library); default: both")
    parser.add_argument("--only", default="", help="files whose names contain this")
    parser.add_argument("--timeout", type=int, default=10_000, help="of one case, in milliseconds")
    options = parser.parse_args(arguments)
    suites = checkout_suites(options.suite.resolve()) if options.suite else packaged_suites()
    for suite in suites:
        if not suite.mocha.is_file() or not suite.folder.is_dir() or (suite.setup and not suite.setup.is_file()):
            what = f"{options.suite} is no checkout of PouchDB with its packages" if options.suite else "npm packages are missing"
            print(f"{what}: no {suite.folder} or {suite.mocha}", file=sys.stderr)
            return 2
    behind = 0
    for suite in suites:
        for client in suite.clients:
            if suite.name in (options.kind or [suite.name]) and client in (options.client or [client]):
                behind += _run_suite(suite, client, options)
    return 1 if behind else 0


def _groups(suite: Suite, only: str) -> list[tuple[str, list[Path]]]:
    """What is run together, with its name."""
    files = [file for file in suite.files() if only in file.name]
    if suite.one_process:
        return [(f"{len(files)} files in one process", files)]
    return [(file.relative_to(suite.folder).as_posix(), [file]) for file in files]


def _run_suite(suite: Suite, client: str, options: argparse.Namespace) -> int:
    print(f"\n{suite.name}, client: {'PouchDB 9' if client == '9' else 'the library of the suite'}\n{HEADER}", flush=True)
    every: list[Totals] = []
    with ThreadPoolExecutor(len(SERVERS)) as both:
        for name, files in _groups(suite, options.only):
            def one(server: str, files: Sequence[Path] = files) -> Outcome:
                return run_steadily(lambda: run_files(suite, files, client, server, options.timeout))

            mine, theirs = both.map(one, SERVERS)
            totals = compare(name, mine, theirs)
            if totals.cases or totals.broken:
                every.append(totals)
                print(totals.line(), flush=True)
    total = whole(every)
    print(total.line())
    for kind, cases in (("neither", total.neither), ("behind", total.behind)):
        for title, message in cases:
            print(f"  {kind}: {title}\n           {message}", flush=True)
    return len(total.behind) + len(total.broken)


if __name__ == "__main__":
    sys.exit(main())
