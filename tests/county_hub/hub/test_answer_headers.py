"""No answer of the hub's server or of the citizen's page leaves a browser guessing what it is, whoever asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.routing import BaseRoute

from county_hub.commands.cli import main
from county_hub.hub import serving
from county_hub.service import portal_server, server
from tests.support.county_hub.hub_support import COUNTY, found_county, opened, running_hub

# what no route has: CouchDB's API, its refusals, and what nobody knows
BESIDE = ("/", "/_up", "/_ready", "/_hub/metrics", "/_session", "/_all_dbs", "/directory", "/no-such", "/_hub/no-such",
          "/console/no-such", "/api/v1/no-such", "/%ff")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = found_county(tmp_path_factory.mktemp("headers"))
    person = ["--id", "x1", "--name", "DEMO 演示", "--office", COUNTY, "--roles", "dispatcher"]
    assert main(["staff", "add", str(made), *person]) == 0
    return made


def _paths(routes: Iterable[BaseRoute]) -> set[str]:
    return {re.sub(r"\{[^}]+\}", "x", str(getattr(route, "path", "/"))) for route in routes}


def _wrong(client: httpx2.Client, paths: Iterable[str], own: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for place, path in enumerate(sorted(paths)):
        for method in ("GET", ("POST", "PUT", "DELETE")[place % 3]):
            with client.stream(method, path, follow_redirects=False) as answer:
                if answer.headers.get("x-content-type-options") != "nosniff":
                    yield method, path, "may be sniffed"
                if path.startswith(own) and "cache-control" not in answer.headers:
                    yield method, path, "may be kept"


def test_every_route_of_the_hub_and_what_is_no_route(home: Path) -> None:
    with opened(home) as hub:
        paths = _paths([*server.routes(hub), *serving.routes(hub)])
    assert len(paths) > 100
    with running_hub(home) as running:
        with running.client() as anybody:
            assert [*_wrong(anybody, {*paths, *BESIDE}, serving.OWN)] == []
        with running.console("x1") as officer:
            pages = [path for path in sorted(paths) if "/do/" not in path]
            assert [*_wrong(officer, pages[::3], serving.OWN)] == []


def test_every_route_of_the_citizens_page(home: Path) -> None:
    with opened(home) as hub:
        portal, rooms = portal_server.portal_of(hub), server.rooms_of(hub)
        paths = _paths(portal_server.app_of(portal, rooms).routes)
        assert len(paths) > 15
        with portal_server.running_portal(hub, rooms, "127.0.0.1", 0) as address, httpx2.Client(
                base_url=address, trust_env=False) as anybody:
            assert [*_wrong(anybody, {*paths, "/no-such", "/static/none", "/%ff"}, ("/",))] == []
