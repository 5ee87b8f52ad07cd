"""Pages of the console and the citizen's page at 200,000 cases, asked over HTTP of a running hub; beside them datasette with the
same list, filter and order (and no total) on the very same file, in the same run.

Each page is asked in turn, several rounds, by one browser that has signed in; the time is from the question to the last byte. The
first round after the start is told apart: nothing is warm then. How the tables are made: `county_tables`. `CASES=n` asks another
size, `BENCH_HOME=folder` keeps the county there and takes it again.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx2

from tests.bench.bench_support import table, verdict
from tests.bench.county_tables import CASES, county
from tests.support.county_hub.hub_support import REPOSITORY, with_account

QUESTION = "how long does a page take at 200,000 cases?"
ROUNDS, MOST_PAGE_MS, MOST_FIGURES_MS, MOST_FIRST_KB = 9, 150, 300, 50
TOWN = "150822100000"
LISTS = {"the first page of all cases": "", "open ones of a kind": "?category=DC02&open=1", "a word": "?q=%E6%B0%B4%E6%B8%A0",
         "overdue": "?overdue=1", "one township": f"?office={TOWN}", "page 1,000": "?page=1000"}
# The same questions to datasette, which shows 50 rows a page as the console does.
_ORDER = "settled, due_date IS NULL, due_date, registered_at DESC, case_id"
_COLUMNS = "case_id, number, state, category, summary, holder, registered_on, due_date, party_names"
PEERS = {"the first page of all cases": ("1", 0), "open ones of a kind": ("category = 'DC02' AND settled = 0", 0),
         "page 1,000": ("1", 49_950)}


def run() -> None:
    cases = int(os.environ.get("CASES", str(CASES)))
    with _county(cases) as home, _served(home) as (url, portal), contextlib.ExitStack() as stack:
        with_account(home, "officer")
        client = stack.enter_context(_signed_in(url))
        pages = _pages(client)
        sizes: dict[str, int] = {}

        def ask(path: str) -> None:
            answer = client.get((portal if path.startswith("portal ") else url) + path.removeprefix("portal "))
            assert answer.status_code == 200, (path, answer.status_code)
            sizes[path] = len(answer.content)

        first = {name: _ms(ask, path) for name, path in pages.items()}
        ours = _rounds(ask, pages)
        theirs = _datasette(stack, home)
        rows: list[list[float | str | None]] = [
            [name, first[name], ours[name], theirs.get(name), sizes[path] / 1000] for name, path in pages.items()]
        table(f"{cases:,} cases: milliseconds of a page, median of {ROUNDS}", ["page", "first", "ms", "datasette", "kB"],
              rows)
        compressed = _bytes_of_first_page(url, client)
    print()
    worst = max((ms, name) for name, ms in ours.items() if not name.startswith("figures"))
    print(verdict(f"the slowest page ({worst[1]}), ms", worst[0], MOST_PAGE_MS, most=True))
    print(verdict("figures, ms", max(ms for name, ms in ours.items() if name.startswith("figures")), MOST_FIGURES_MS, most=True))
    print(verdict("first page on the wire, style and script included, kB", compressed / 1000, MOST_FIRST_KB, most=True))


def _pages(client: httpx2.Client) -> dict[str, str]:
    return {
        "overview": "/console/", **{f"list, {name}": "/console/cases" + query for name, query in LISTS.items()},
        "case": f"/console/cases/{_real_case(client)}", "intake": "/console/intake", "dispatch": "/console/dispatch",
        "mediation": "/console/mediation", "monitor": "/console/monitor", "offices": "/console/offices",
        "warning": "/console/warning", "figures, this year": "/console/figures",
        "figures, a month": "/console/figures?period=2026-09",
        "portal, home": "portal /", "portal, offices": "portal /offices",
    }


def _real_case(client: httpx2.Client) -> str:
    """One whose events are in the county's database (`county_tables`)."""
    page = client.get("/console/cases?q=%E6%8E%92%E6%B0%B4%E6%B8%A0").text
    return re.findall(r'/console/cases/([0-9A-HJKMNP-TV-Z]{26})"', page)[0]


@contextlib.contextmanager
def _county(cases: int) -> Iterator[Path]:
    kept = os.environ.get("BENCH_HOME")
    with contextlib.ExitStack() as stack:
        folder = Path(kept) if kept else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        home = folder / "hub"
        yield home if home.exists() else county(folder, cases)


@contextlib.contextmanager
def _served(home: Path) -> Iterator[tuple[str, str]]:
    process = subprocess.Popen([sys.executable, "-m", "county_hub", "serve", str(home), "--port", "0", "--portal-port", "0"],
                               cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(2)]
        portal, url = (re.findall(r"http\S+", line)[0] for line in said)
        yield url, portal
    finally:
        process.terminate()
        process.wait(60)


@contextlib.contextmanager
def _signed_in(url: str) -> Iterator[httpx2.Client]:
    from tests.support.county_hub.hub_support import PASSWORD

    with httpx2.Client(base_url=url, timeout=120, follow_redirects=True) as client:
        assert client.post("/console/login", data={"staff": "officer", "password": PASSWORD}).status_code == 200
        yield client


def _rounds(ask: Callable[[str], None], pages: dict[str, str]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(ROUNDS):
        for name, path in pages.items():
            times[name].append(_ms(ask, path))
    return {name: statistics.median(found) for name, found in times.items()}


def _ms(ask: Callable[[str], None], path: str) -> float:
    started = time.perf_counter()
    ask(path)
    return 1000 * (time.perf_counter() - started)


def _bytes_of_first_page(url: str, client: httpx2.Client) -> int:
    """Overview, style and script as they travel to a browser that takes gzip."""
    total = 0
    for path in ("/console/", "/console/static/console.css", "/console/static/console.js"):
        with client.stream("GET", url + path, headers={"accept-encoding": "gzip"}) as answer:
            total += sum(len(part) for part in answer.iter_raw())
    return total


def _datasette(stack: contextlib.ExitStack, home: Path) -> dict[str, float]:
    """The lists, as pages of datasette over the same file; nothing where it is not installed (extra `bench`)."""
    try:
        import datasette  # noqa: F401
    except ImportError:
        print("datasette is not installed (pip install -e '.[bench]'): no peer in this run")
        return {}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "datasette", "serve", str(home / "read.sqlite"), "--port", str(port),
                                "--setting", "sql_time_limit_ms", "60000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)
    client = stack.enter_context(httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=120))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.HTTPError):
            client.get("/-/versions.json")
            break
        time.sleep(0.2)

    def ask(path: str) -> None:
        assert client.get(path).status_code == 200, path

    asked = {f"list, {name}": "/read?" + urlencode({
        "sql": f"SELECT {_COLUMNS} FROM cases WHERE {where} ORDER BY {_ORDER} LIMIT 50 OFFSET {offset}"})
        for name, (where, offset) in PEERS.items()}
    return _rounds(ask, asked)
