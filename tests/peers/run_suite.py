"""PouchDB's own integration suite against our endpoint: `make suite POUCHDB_SUITE=folder`.

The suite is not in PouchDB's npm package. `folder` is a checkout of https://github.com/pouchdb/pouchdb (version 9), made
ready as its CONTRIBUTING.md says (`npm install`, then `npm run build-node`). This script serves an empty folder on a free
port of this machine, everybody administrator, and runs mocha once per test file, with what the suite's `bin/test-node.sh`
sets: `ADAPTERS=http`, `COUCH_HOST`, `SERVER=couchdb-master`, `--require ./tests/integration/node.setup.js`.

It prints the totals per file. A failed case during which the server had to answer 501 (design functions in JavaScript, see
docs/decisions) is counted apart, as "JavaScript". Exit code 0 when nothing else failed, 1 otherwise, 2 for a wrong folder.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
SETUP = "tests/integration/node.setup.js"
KINDS = {
    "integration": ("tests/integration", "test.*.js"),
    "find": ("tests/find", "**/test*.js"),
    "mapreduce": ("tests/mapreduce", "test.*.js"),
}
JAVASCRIPT_MARKS = ("not_implemented", "not spoken", "Not Implemented", '"status":501', "status: 501")


@dataclass(slots=True)
class Totals:
    """One file's cases. `failures` are (title, message) of those that need no JavaScript."""

    file: str
    passed: int = 0
    pending: int = 0
    javascript: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    broken: str = ""

    def line(self) -> str:
        text = f"{self.passed:6} {len(self.failures):6} {self.javascript:10} {self.pending:7}  {self.file}"
        return f"{text}  ({self.broken})" if self.broken else text


HEADER = f"{'passed':>6} {'failed':>6} {'JavaScript':>10} {'skipped':>7}  file"


def summarise(file: str, output: str) -> Totals:
    """The report of mocha's JSON reporter, which may have other lines before it."""
    totals = Totals(file)
    report = _report_in(output)
    if report is None:
        totals.broken = "mocha gave no report: " + (output.strip().splitlines() or ["nothing printed"])[-1][:200]
        return totals
    totals.passed, totals.pending = len(report["passes"]), len(report["pending"])
    for case in report["failures"]:
        fault = case.get("err", {})
        message = str(fault.get("message", "")) + json.dumps(fault)
        if any(mark in message for mark in JAVASCRIPT_MARKS):
            totals.javascript += 1
        else:
            totals.failures.append((case["fullTitle"], str(fault.get("message", ""))[:300]))
    return totals


def _report_in(output: str) -> dict[str, Any] | None:
    decoder, at = json.JSONDecoder(), output.find("{")
    while at >= 0:
        try:
            value, _ = decoder.raw_decode(output, at)
        except ValueError:
            value = None
        if isinstance(value, dict) and {"passes", "failures", "pending"} <= value.keys():
            return value
        at = output.find("\n{", at)
        at = at + 1 if at >= 0 else -1
    return None


@contextmanager
def served(folder: Path) -> Iterator[str]:
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


def files_of(suite: Path, kind: str) -> list[Path]:
    folder, pattern = KINDS[kind]
    return sorted((suite / folder).glob(pattern))


def run_file(suite: Path, file: Path, url: str, kind: str, timeout_ms: int) -> Totals:
    environment = {
        **os.environ, "COUCH_HOST": url, "ADAPTERS": "http", "ADAPTER": "http", "CLIENT": "node", "SERVER": "couchdb-master",
        "TYPE": kind, "PLUGINS": "pouchdb-find" if kind == "find" else "", "SKIP_MIGRATION": "true",
    }  # fmt: skip
    name = file.relative_to(suite).as_posix()
    command = ["node_modules/.bin/mocha", "--reporter", "json", "--exit", f"--timeout={timeout_ms}", f"--require=./{SETUP}", name]
    try:
        done = subprocess.run(command, cwd=suite, env=environment, capture_output=True, text=True, timeout=1800, check=False)
    except subprocess.TimeoutExpired:
        return Totals(name, broken="not finished after 30 minutes")
    return summarise(name, done.stdout or done.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", type=Path, help="a checkout of PouchDB, installed and built")
    parser.add_argument("--kind", choices=KINDS, action="append", help="default: integration and find")
    parser.add_argument("--only", default="", help="files whose names contain this")
    parser.add_argument("--timeout", type=int, default=30_000, help="of one case, in milliseconds")
    options = parser.parse_args(arguments)
    if not (options.suite / SETUP).is_file() or not (options.suite / "node_modules/.bin/mocha").exists():
        print(f"{options.suite} is no checkout of PouchDB with its packages: {SETUP} or mocha is missing", file=sys.stderr)
        return 2
    failed = 0
    for kind in options.kind or ["integration", "find"]:
        failed += _run_kind(options, kind)
    return 1 if failed else 0


def _run_kind(options: argparse.Namespace, kind: str) -> int:
    print(f"\n{kind}\n{HEADER}")
    every: list[Totals] = []
    for file in files_of(options.suite, kind):
        if options.only in file.name:
            with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as url:
                every.append(run_file(options.suite, file, url, kind, options.timeout))
            print(every[-1].line(), flush=True)
    whole = Totals("all files", sum(each.passed for each in every), sum(each.pending for each in every))
    whole.javascript = sum(each.javascript for each in every)
    whole.failures = [failure for each in every for failure in each.failures]
    print(whole.line())
    for title, message in whole.failures:
        print(f"  failed: {title}\n          {message}")
    return len(whole.failures) + sum(1 for each in every if each.broken)


if __name__ == "__main__":
    sys.exit(main())
