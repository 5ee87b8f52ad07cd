"""Every page of the console, the citizen's page and the interface at 200,000 cases, asked over HTTP of a running hub; beside them
datasette with the same list, filter and order (and no total) on the very same file, in the same run.

    CASES=200000 BENCH_HOME=folder python -m tests.bench pages
Each page is asked several rounds by one browser that has signed in. `cpu` is the processor time that the server took, which
hardly depends on what else the machine does: the figure to judge by; `ms` from the question to the last byte. `first` is the
processor time of the first time after the start, some seconds later (`AFTER=0`: at once, beside what warms up). How the tables
are made: `county_tables`, in some minutes; they are kept in `BENCH_HOME`, and what was stopped goes on there. `PAGES=word` asks
only pages whose name has the word.
"""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

import httpx2

from tests.bench.asked_pages import FIGURES_MS, PAGE_MS, Asked, asked, static_of
from tests.bench.bench_support import table, verdict
from tests.bench.county_tables import CASES, county
from tests.support.county_hub.hub_support import PASSWORD, REPOSITORY, with_account
from tests.support.ports import free_port

QUESTION = "how long does a page take at 200,000 cases?"
ROUNDS, MOST_FIRST_KB, PATIENCE_S = 5, 50, 30
WARM_S = 25             # until what warms up behind the start is done (`county_hub.console.warm`)
# The same questions to datasette, which shows 50 rows a page as the console does.
_ORDER = "settled, due_date IS NULL, due_date, registered_at DESC, case_id"
_COLUMNS = "case_id, number, state, category, summary, holder, registered_on, due_date, party_names"


class Served:
    """A running server whose processor time is read from outside."""

    def __init__(self, process: subprocess.Popen[str], addresses: dict[str, str], client: httpx2.Client) -> None:
        self.pid, self.addresses, self.client = process.pid, addresses, client
        self.given_up: set[str] = set()

    def ask(self, page: Asked) -> tuple[float, float, int]:
        """(processor milliseconds of the server, milliseconds of the asker, bytes); of a page that does not come, what it took
        until then, and it is not asked again."""
        cpu, started = cpu_ms(self.pid), time.perf_counter()
        url = self.addresses[page.where] + page.path
        try:
            answer = self.client.request("GET" if page.form is None else "POST", url, headers=dict(page.headers),
                                         data=dict(page.form) if page.form else None)
        except httpx2.ReadTimeout:
            self.given_up.add(page.name)
            return (cpu_ms(self.pid) - cpu, 1000 * PATIENCE_S, 0)
        took = 1000 * (time.perf_counter() - started)
        assert answer.status_code == 200, (page.name, answer.status_code, answer.text[:300])
        return cpu_ms(self.pid) - cpu, took, len(answer.content)


def cpu_ms(pid: int) -> float:
    """Processor time of all threads of a process, as the scheduler counts it."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e6


def run() -> None:
    cases, word = int(os.environ.get("CASES", str(CASES))), os.environ.get("PAGES", "")
    with _county(cases) as home, contextlib.ExitStack() as stack:
        with_account(home, "officer")
        ours = stack.enter_context(_served(home))
        pages = [page for page in asked(home) if word in page.name]
        first = {page.name: ours.ask(page)[0] for page in pages}
        print(f"each of {len(pages)} pages was asked once", file=sys.stderr, flush=True)
        found = {page.name: _median(ours, page) for page in pages}
        theirs = _datasette(stack, home, pages)
        rows: list[list[float | str | None]] = [
            [page.name, first[page.name], *found[page.name][:2], *theirs.get(page.name, (None, None)), found[page.name][2] / 1000]
            for page in pages]
        table(f"{cases:,} cases: milliseconds of a page, median of {ROUNDS}",
              ["page", "first", "cpu", "ms", "datasette cpu", "ms ", "kB"], rows)
        kilobytes = _first_page_kb(ours)
    print()
    for words, most in (("page", PAGE_MS), ("page of figures", FIGURES_MS)):
        for which, times in (("first ", first), ("", {name: three[0] for name, three in found.items()})):
            if of := [(times[page.name], page.name) for page in pages if page.most_ms == most]:
                print(verdict(f"{which or 'then, '}the slowest {words} ({max(of)[1]}), cpu ms", max(of)[0], most, most=True))
    print(verdict("first page on the wire, style and script included, kB", kilobytes, MOST_FIRST_KB, most=True))


def _median(server: Served, page: Asked) -> tuple[float, float, float]:
    rounds = [server.ask(page) for _ in range(1 if page.name in server.given_up else ROUNDS)]
    cpu, took, size = (statistics.median(column) for column in zip(*rounds, strict=True))
    return cpu, took, size


@contextlib.contextmanager
def _county(cases: int) -> Iterator[Path]:
    kept = os.environ.get("BENCH_HOME")
    with contextlib.ExitStack() as stack:
        folder = Path(kept) if kept else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        yield county(folder, cases)


@contextlib.contextmanager
def _served(home: Path) -> Iterator[Served]:
    process = subprocess.Popen([sys.executable, "-m", "county_hub", "serve", str(home), "--port", "0", "--portal-port", "0"],
                               cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(2)]
        portal, url = (re.findall(r"http\S+", line)[0] for line in said)
        with httpx2.Client(timeout=PATIENCE_S, follow_redirects=True) as client:
            answer = client.post(url + "/console/login", data={"staff": "officer", "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            time.sleep(float(os.environ.get("AFTER", str(WARM_S))))
            yield Served(process, {"console": url, "portal": portal, "api": url}, client)
    finally:
        process.terminate()
        process.wait(60)


def _first_page_kb(server: Served) -> float:
    """Overview, style and script as they travel to a browser that takes gzip."""
    total, url = 0, server.addresses["console"]
    for path in ("/console/", *static_of(server.client.get(url + "/console/").text)):
        with server.client.stream("GET", url + path, headers={"accept-encoding": "gzip"}) as answer:
            total += sum(len(part) for part in answer.iter_raw())
    return total / 1000


def _datasette(stack: contextlib.ExitStack, home: Path, pages: Sequence[Asked]) -> dict[str, tuple[float, float]]:
    """The lists, as pages of datasette over the same file; nothing where it is not installed (extra `bench`)."""
    try:
        import datasette  # noqa: F401
    except ImportError:
        print("datasette is not installed (pip install -e '.[bench]'): no peer in this run")
        return {}
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "datasette", "serve", str(home / "read.sqlite"), "--port", str(port),
                                "--setting", "sql_time_limit_ms", "60000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               text=True)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)
    url = f"http://127.0.0.1:{port}"
    server = Served(process, {"peer": url}, stack.enter_context(httpx2.Client(timeout=120)))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.HTTPError):
            server.client.get(url + "/-/versions.json")
            break
        time.sleep(0.2)
    found = {}
    for page in pages:
        if page.datasette is not None:
            where, offset = page.datasette
            sql = f"SELECT {_COLUMNS} FROM cases WHERE {where} ORDER BY {_ORDER} LIMIT 50 OFFSET {offset}"
            found[page.name] = _median(server, Asked(page.name, "/read?" + urlencode({"sql": sql}), "peer"))[:2]
    return found
