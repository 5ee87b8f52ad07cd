"""Filters of the case list kept by name: each account its own, shown above the list, removable, and bounded."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from county_hub.accounts import store
from county_hub.accounts.store import AccountStore
from county_hub.accounts.views import MOST_VIEWS, View, Views
from county_hub.commands.cli import main
from county_hub.hub.problems import HubProblem
from tests.support.county_hub.hub_support import COUNTY, RunningHub, found_county, running_hub, store_in_county
from tests.support.shared.domain_events import World


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home, world = found_county(tmp_path_factory.mktemp("views")), World()
    assert main(["staff", "add", str(home), "--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "supervisor"]) == 0
    for category in ("DC02", "DC04", "DC04"):
        world.register(category=category)
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with running_hub(home) as running:
        yield running


def token(page: httpx2.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found.group(1)


def chips(page: httpx2.Response) -> dict[str, str]:
    """name -> address"""
    return {name: html.unescape(href) for href, name in re.findall(r'class="kept"><a href="([^"]+)"[^>]*>([^<]*)</a>', page.text)}


def test_a_filter_is_kept_for_its_account_found_again_and_taken_away(county: RunningHub) -> None:
    with county.console("x1") as officer, county.console() as other:
        listed = officer.get("/console/cases?category=DC04&open=1")
        form = {"csrf": token(listed), "category": "DC04", "open": "1", "view": " <b>合同</b>  在办 "}
        assert officer.post("/console/cases/views", data={**form, "csrf": "wrong"}).status_code == 403
        kept = officer.post("/console/cases/views", data=form)
        assert "存好了" in kept.text
        assert "<b>合同" not in kept.text
        address = chips(officer.get("/console/cases"))["&lt;b&gt;合同&lt;/b&gt; 在办"]
        found = officer.get(address)
        assert "共 2 件" in found.text
        assert 'aria-current="true"' in found.text
        assert "存为常用" not in found.text
        assert chips(other.get("/console/cases")) == {}
        other.post("/console/cases/views/drop", data={"csrf": token(other.get("/console/cases")), "view": "<b>合同</b> 在办"})
        assert len(chips(officer.get("/console/cases"))) == 1
        left = officer.post("/console/cases/views/drop", data={**form, "view": "<b>合同</b> 在办"})
        assert left.url.query == b"category=DC04&open=1"
        assert chips(left) == {}


def test_what_cannot_be_kept_comes_back_with_the_reason_and_what_was_typed(county: RunningHub) -> None:
    with county.console("x1") as officer:
        form = {"csrf": token(officer.get("/console/cases")), "category": "DC02", "view": "长" * 21}
        answer = officer.post("/console/cases/views", data=form)
        assert answer.status_code == 400
        assert "现在是 21 个" in answer.text
        assert f'value="{"长" * 21}"' in answer.text
        assert "共 1 件" in answer.text
        empty = officer.post("/console/cases/views", data={"csrf": form["csrf"], "view": "什么也没有"})
        assert (empty.status_code, "没有查找条件" in empty.text) == (400, True)
        assert officer.get("/console/cases").text.count('class="kept"') == 0


def test_no_account_keeps_more_than_it_may_and_a_name_that_is_there_is_kept_anew(tmp_path: Path) -> None:
    file = AccountStore(tmp_path / "accounts.sqlite", lambda: 0)
    views = Views(file)
    for n in range(MOST_VIEWS):
        views.keep("x1", f"第{n}个", "open=1")
    with pytest.raises(HubProblem):
        views.keep("x1", "再一个", "open=1")
    views.keep("x1", "第0个", "overdue=1")
    assert views.of("x1")[0] == View("第0个", "overdue=1")
    assert views.of("x2") == []
    file.close()


def test_a_file_of_the_version_before_gets_the_table_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    old = sqlite3.connect(path)
    for statement in store.STEPS[1]:
        old.execute(statement)
    old.execute("INSERT INTO meta VALUES ('init_password', 'DEMO')")
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    for _ in range(2):
        file = AccountStore(path, lambda: 0)
        Views(file).keep("x1", "在办", "open=1")
        with file.reading() as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] == max(store.STEPS)
            assert db.execute("SELECT value FROM meta").fetchone()[0] == "DEMO"
        file.close()
