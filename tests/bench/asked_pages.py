"""Which pages `bench_pages` asks: every page of the console that shows more than a form, the citizen's page, the interface."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

PAGE_MS, FIGURES_MS = 150, 300
TOWN = "150822100000"


@dataclass(frozen=True, slots=True)
class Asked:
    """`where`: console | portal | api; `form`: sent by POST; `datasette`: the same question (condition, rows to leave out)."""

    name: str
    path: str
    where: str = "console"
    most_ms: int = PAGE_MS
    form: Mapping[str, str] | None = None
    datasette: tuple[str, int] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def asked(home: Path) -> list[Asked]:
    """All, in the order in which they are asked."""
    made = json.loads((home.parent / "made.json").read_text("utf-8"))
    with sqlite3.connect(f"file:{home / 'read.sqlite'}?mode=ro", uri=True) as db:
        today = dt.date.today().isoformat()
        number, name = db.execute("SELECT number, party_names FROM cases WHERE settled = 1 AND party_names <> ''"
                                  " LIMIT 1 OFFSET 500").fetchone()
        far = db.execute("SELECT updated_hlc || '-' || case_id FROM cases ORDER BY updated_hlc, case_id LIMIT 1 OFFSET ?",
                         (db.execute("SELECT count(*) / 2 FROM cases").fetchone()[0],)).fetchone()[0]
        organ = db.execute("SELECT holder FROM cases WHERE holder GLOB '9*' AND settled = 0 LIMIT 1").fetchone()
        pages = db.execute("SELECT count(*) / 50 FROM cases").fetchone()[0]
    return [*zones(organ[0] if organ else ""), *lists(pages, today), *searches(number, name.partition("、")[0]),
            *figures(today), *others(made, far)]


def zones(organ: str) -> Iterator[Asked]:
    yield Asked("overview", "/console/")
    for zone in ("intake", "dispatch", "mediation", "monitor", "psych"):
        yield Asked(f"zone {zone}", f"/console/{zone}")
    yield Asked("board of a township", f"/console/dispatch?office={TOWN}")
    yield Asked("board, overdue of a kind", "/console/dispatch?clock=overdue&category=DC02")
    for page in ("slips", "warning", "coverage", "duplicates", "quarantine", "offices", "organs", "fleet", "wall", "records",
                 "demands", "rooms", "audit"):
        yield Asked(page, f"/console/{page}")
    if organ:
        yield Asked("inbox of an organ", f"/console/organs/{organ}")


def lists(pages: int, today: str) -> Iterator[Asked]:
    month = today[:7] + "-01"

    def of(name: str, peer: tuple[str, int] | None = None, **query: str | int) -> Asked:
        return Asked(f"list, {name}", "/console/cases?" + urlencode(query), datasette=peer)

    yield of("all", ("1", 0))
    yield of("all, page 100", ("1", 4_950), page=100)
    yield of("all, in the middle", ("1", 50 * (pages // 2 - 1)), page=pages // 2)
    yield of("all, the last page", ("1", 50 * (pages - 1)), page=pages)
    yield of("open ones", open=1)
    yield of("open ones of a kind", ("category = 'DC02' AND settled = 0", 0), category="DC02", open=1)
    yield of("a kind", ("category = 'DC02'", 0), category="DC02")
    yield of("a kind, page 100", ("category = 'DC02'", 4_950), category="DC02", page=100)
    yield of("a state", ("state = 'closed'", 0), state="closed")
    yield of("a rare state", state="suspended")
    yield of("overdue", overdue=1)
    yield of("due soon", due="warn")
    yield of("red", risk=4)
    yield of("a level of risk", risk=2)
    yield of("a township", office=TOWN)
    yield of("a place", place=TOWN)
    yield of("a place alone", place=TOWN, alone=1)
    yield of("a source", source="walk_in")
    yield of("registered this month", ("registered_on >= '" + month + "'", 0), since=month)
    yield of("registered up to last year", until=f"{int(today[:4]) - 1}-12-31")
    yield of("closed this year", closed_since=today[:4] + "-01-01")
    yield of("an outcome", outcome="agreement_written")
    yield of("an outcome of a month", outcome="agreement_written", closed_since=month)
    yield of("to decide", review=1)
    yield of("a judge", guide="DEMO")
    yield of("place, kind and days", place=TOWN, category="DC02", since=f"{today[:4]}-01-01", until=today)


def searches(number: str, name: str) -> Iterator[Asked]:
    for what, text in (("a number", number), ("part of a number", number[:17]), ("a name", name), ("one character", name[:1]),
                       ("a word of every fifth case", "水渠"), ("a word of all", "DEMO"), ("two words", "水渠 3组"),
                       ("a place", "隆盛合"), ("initials", "qsqd"), ("the name of a kind", "邻里"),
                       ("a telephone", "13800000001"), ("nothing", "找不到的话")):
        yield Asked(f"search, {what}", "/console/cases?" + urlencode({"q": text}))


def figures(today: str) -> Iterator[Asked]:
    quarter = f"{today[:4]}-Q{(int(today[5:7]) + 2) // 3}"
    for name, text in (("this year", today[:4]), ("last year", str(int(today[:4]) - 1)), ("a quarter", quarter),
                       ("a month", today[:7]), ("an old month", f"{int(today[:4]) - 2}-05")):
        yield Asked(f"figures, {name}", f"/console/figures?period={text}", most_ms=FIGURES_MS)
    yield Asked("rates, this year", "/console/rates", most_ms=FIGURES_MS)
    yield Asked("rates, a quarter", f"/console/rates?period={quarter}", most_ms=FIGURES_MS)
    yield Asked("what a rate counts", "/console/rates/listed?" + urlencode(
        {"period": today[:7], "key": "on_time_completion_rate", "part": "denominator", "until": today}), most_ms=FIGURES_MS)
    for name, query in (("three months", ""), ("twelve months", "?period=12"), ("a year", f"?period={int(today[:4]) - 1}"),
                        ("a township", f"?town={TOWN}"), ("a kind", "?category=DC02")):
        yield Asked(f"analysis, {name}", "/console/analysis" + query)


def others(made: Mapping[str, str], far: str) -> Iterator[Asked]:
    yield Asked("case", f"/console/cases/{made['case']}")
    yield Asked("receipt of a case", f"/console/cases/{made['case']}/receipt")
    for name, path in (("home", "/"), ("offices", "/offices"), ("projects", "/projects"), ("hand in", "/submit")):
        yield Asked(f"citizen, {name}", path, "portal")
    yield Asked("citizen, how a case stands", "/progress", "portal", form={"number": made["number"], "code": made["code"]})
    key = {"authorization": f"Bearer {made['token']}"}
    for name, path in (("first page", "/cases"), ("page in the middle", f"/cases?cursor={far}"),
                       ("open ones of an office", f"/cases?open=true&office={TOWN}"), ("a kind", "/cases?category=DC02"),
                       ("a rare state", "/cases?state=suspended"), ("a case", f"/cases/{made['case']}")):
        yield Asked(f"interface, {name}", "/api/v1" + path, "api", headers=key)


def static_of(page: str) -> list[str]:
    """Addresses of style and script that a page names."""
    return sorted(set(re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page)))
