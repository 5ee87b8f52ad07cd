"""What a page costs must not grow with the cases that a county has closed: counted by SQLite's own steps, never by a clock.

`make bench BENCH=pages` measures the same pages with 200,000 cases.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from starlette.applications import Starlette

from county_hub.commands.cli import main
from county_hub.hub.hub import Hub
from county_hub.service.server import routes
from shared.disputes.case.state import CaseState
from shared.ledger.days import local_date
from tests.bench.asked_pages import Asked, figures, lists, searches, zones
from tests.bench.county_tables import fill
from tests.support.county_hub.hub_support import COUNTY, PASSWORD, found_county, opened, with_account

FEW, MORE = 300, 1500
EACH = 10               # steps of SQLite between two counts
# Steps for one case more that has ended. An overview and a zone have none of it but the depth of an index; a list counts its
# matches in one index, and a step of a search is a row of the index of words.
OF_ZONE, OF_LIST = 3, 70
TABLES = ("cases", "case_facts", "case_parties", "deadlines", "events", "attention", "alike")


@dataclass
class Counted:
    """What SQLite did for the reading connections of a hub: `steps` of its machine, and every question by its text."""

    steps: int = 0
    asked: list[str] = field(default_factory=list)

    def step(self) -> int:
        self.steps += EACH
        return 0


@contextlib.contextmanager
def counting(hub: Hub) -> Iterator[Counted]:
    counted, connect = Counted(), hub.projector._connect

    def watched(*, read_only: bool) -> sqlite3.Connection:
        db = connect(read_only=read_only)
        if read_only:
            db.set_progress_handler(counted.step, EACH)
            db.set_trace_callback(counted.asked.append)
        return db

    hub.projector._connect = watched                        # type: ignore[method-assign]
    yield counted


@dataclass(frozen=True)
class Seen:
    steps: int
    asked: tuple[str, ...]


def console(app: Starlette) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://hub", follow_redirects=True, timeout=60)


def every_page(hub: Hub, pages: list[Asked]) -> dict[str, Seen]:
    """Each page asked twice, the second time counted: what is kept in memory is there then."""
    app, found = Starlette(routes=routes(hub)), dict[str, Seen]()

    async def ask() -> None:
        async with console(app) as client:
            assert (await client.post("/console/login", data={"staff": "officer", "password": PASSWORD})).status_code == 200
            for page in pages:
                await client.get(page.path)
                counted.steps, counted.asked[:] = 0, []
                answer = await client.get(page.path)
                assert answer.status_code == 200, (page.name, answer.text[:500])
                found[page.name] = Seen(counted.steps, tuple(counted.asked))

    with counting(hub) as counted:
        anyio.run(ask)
    return found


def with_officer(home: Path) -> None:
    words = ("--id", "officer", "--name", "演示员", "--office", COUNTY, "--roles", "dispatcher,supervisor")
    assert main(["staff", "add", str(home), *words]) == 0
    with_account(home, "officer")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, dict[str, Seen], dict[str, Seen]]]:
    """What every page cost with few cases, and what it costs with many more that ended long ago."""
    home = found_county(tmp_path_factory.mktemp("size"))
    with_officer(home)
    with opened(home) as hub:
        hub.projector.catch_up()
        list(fill(hub, 0, FEW))
        today = local_date(hub.clock())
        pages = [*zones(""), *lists(4, today), *searches("150822100000-2020-001", "演示"), *figures(today)]
        last_year = str(int(today[:4]) - 2)

        def old(state: CaseState) -> bool:
            return state.state == "closed" and state.registered_on < last_year

        before = every_page(hub, pages)
        list(fill(hub, 2000, 2000 + MORE, old))
        yield hub, before, every_page(hub, pages)


def test_no_page_reads_a_whole_table(grown: tuple[Hub, dict[str, Seen], dict[str, Seen]]) -> None:
    hub, _, after = grown
    whole = []
    with hub.projector.reader() as db:
        for name, seen in after.items():
            for sql in dict.fromkeys(seen.asked):
                if re.match(r"(?i)\s*(SELECT|WITH)", sql):
                    whole += [(name, line, sql[:200]) for line in plan(db, sql) if reads_all(line, sql)]
    assert not whole, "\n".join(map(str, whole))


def plan(db: sqlite3.Connection, sql: str) -> list[str]:
    return [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]


def reads_all(line: str, sql: str) -> bool:
    """A scan of a large table by its rows; an index that has all that is asked is no table."""
    found = re.match(r"SCAN (\w+)(?! USING COVERING INDEX)", line)
    if found is None or "COVERING INDEX" in line or "VIRTUAL" in line:
        return False
    name = found[1]
    table = re.search(rf"(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?{name}\b", sql)
    return (table[1] if table else name) in TABLES and not re.search(r"LIMIT 1\b|ORDER BY e.rowid DESC LIMIT", sql)


def test_cases_that_have_ended_cost_no_page_more_than_a_step_of_an_index(
        grown: tuple[Hub, dict[str, Seen], dict[str, Seen]]) -> None:
    _, before, after = grown
    more = {name: (seen.steps - before[name].steps) / MORE for name, seen in after.items()}
    allowed = {name: OF_LIST if name.startswith(("list", "search")) else OF_ZONE for name in more}
    assert not {name: round(each, 1) for name, each in more.items() if each > allowed[name]}


def test_the_counts_that_are_kept_are_those_that_counting_gives(grown: tuple[Hub, Any, Any]) -> None:
    with grown[0].projector.reader() as db:
        assert db.execute("SELECT holder, settled, n FROM held WHERE n > 0 ORDER BY 1, 2").fetchall() == db.execute(
            "SELECT holder, settled, count(*) FROM cases GROUP BY 1, 2 ORDER BY 1, 2").fetchall()


def test_a_page_travels_compressed(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with_officer(home)

    async def ask() -> None:
        async with console(app) as client:
            await client.post("/console/login", data={"staff": "officer", "password": PASSWORD})
            page = await client.get("/console/", headers={"accept-encoding": "gzip"})
            style = re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page.text)
            answers = [page, *[await client.get(one, headers={"accept-encoding": "gzip"}) for one in style]]
            assert len(answers) == 4
            assert {answer.headers.get("content-encoding") for answer in answers if len(answer.content) > 500} == {"gzip"}
            assert sum(int(answer.headers["content-length"]) for answer in answers) < 50_000
            plain = await client.get("/console/", headers={"accept-encoding": "identity"})
            assert "content-encoding" not in plain.headers
            assert "accept-encoding" in plain.headers.get("vary", "accept-encoding").lower()

    with opened(home) as hub:
        app = Starlette(routes=routes(hub))
        anyio.run(ask)
