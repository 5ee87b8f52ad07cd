"""The hub's routes under requests that hypothesis makes up, without and with credentials: never a server error, never a
traceback, never a damaged file."""

from __future__ import annotations

import http.client
import io
import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from county_hub.hub import serving
from county_hub.hub.health.logs import LinesAMinute
from county_hub.hub.serving import PRIVATE_LOCALS
from county_hub.service.server import routes
from shared.ledger.formats.ids import PlatformNumber
from shared.ledger.formats.keys import DeviceKey
from tests.county_hub.console.test_console import add_staff
from tests.support import loopback
from tests.support.county_hub.hub_fuzz import Known, ask, requests
from tests.support.county_hub.hub_support import (
    COUNTY,
    PASSWORD,
    VILLAGE,
    enrol,
    found_county,
    new_code,
    opened,
    store_in_county,
    with_account,
)
from tests.support.shared.domain_events import World
from tests.support.sync.server import RunningServer, running

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


class Faults(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(self.format(record))


class Scene:
    def __init__(self, server: RunningServer, known: Known, faults: Faults) -> None:
        self.server, self.known, self.faults = server, known, faults

    def connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.server.url)
        return http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)


def sign_in(server: RunningServer, staff: str) -> tuple[str, str]:
    """(cookie, csrf)"""
    with loopback.Client(base_url=server.url, follow_redirects=True) as client:
        page = client.post("/console/login", data={"staff": staff, "password": PASSWORD})
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
        assert found, page.text[:500]
        return client.cookies["hub_console"], found.group(1)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = found_county(tmp_path_factory.mktemp("fuzz"))
    add_staff(home, "x1", COUNTY, "supervisor")
    world = World()
    case = world.register(VILLAGE, number=str(PlatformNumber(VILLAGE, 2026, 1, 7)), summary="DEMO 渠道").subject
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    faults = Faults()
    root = logging.getLogger()
    root.addHandler(faults)
    with_account(home, "x1")
    with opened(home) as hub:
        options = {"routes": [*serving.routes(hub), *routes(hub)], "private_locals": PRIVATE_LOCALS}
        with running(Path(), databases=hub.databases, authoriser=hub.authoriser, **options) as server:
            device = enrol(server, home, VILLAGE)  # type: ignore[arg-type]
            cookies = (sign_in(server, "admin"), sign_in(server, "x1"))
            key = DeviceKey.generate(os.urandom)
            known = Known(case, device.device, device.token, cookies, new_code(home, VILLAGE)["code"], key)
            yield Scene(server, known, faults)
        for name in hub.databases.names():
            with hub.databases.lease(name) as replica:
                assert replica.verify() == [], name
        with sqlite3.connect(hub.home.root / "hub.sqlite") as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    root.removeHandler(faults)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
def test_whatever_is_asked_of_the_hub_the_answer_is_clear(scene: Scene, data: st.DataObject) -> None:
    request = data.draw(requests(scene.known))
    scene.faults.told.clear()
    status, body = ask(scene.connect, request)
    assert status < 500 or status == 501, (status, body[:300])
    assert b"Traceback" not in body
    assert not scene.faults.told, scene.faults.told[:1]


def test_a_flood_of_log_lines_is_bounded_and_counted() -> None:
    now = [0.0]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(LinesAMinute(3, lambda: now[0]))

    def passes(text: str) -> str | None:
        before = written.tell()
        handler.handle(logging.LogRecord("x", logging.WARNING, "", 0, "%s", (text,), None))
        return written.getvalue()[before:].rstrip() or None

    assert [passes(f"line {n}") for n in range(6)] == ["line 0", "line 1", "line 2", None, None, None]
    now[0] = 61.0
    assert passes("later") == "[3 lines left out] later"
    assert passes("more") == "more"
