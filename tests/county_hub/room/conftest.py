"""A county served with the citizen's page beside the console, its officers, and a browser with a camera that is none."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from tests.support import loopback, warm
from tests.support.county_hub.browsing import CHROMIUM
from tests.support.county_hub.hub_support import COUNTY, PASSWORD, REPOSITORY, found_county, opened, with_account
from tests.support.ports import free_port

OUTPUT = REPOSITORY / "test-output" / "room"
PARTIES = [{"name": "演示甲", "phone": "13800000001", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}]


@dataclass
class County:
    """`console` and `portal` are addresses; `serve()` starts it (again)."""

    home: Path
    case: str
    portal_port: int
    console_port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.console_port}"

    @property
    def portal(self) -> str:
        return f"http://127.0.0.1:{self.portal_port}"

    def serve(self) -> None:
        env = {**os.environ, "COUNTY_HUB_FOLLOW_SECONDS": "0.05", "COUNTY_HUB_PORTAL_URL": self.portal, "COUNTY_HUB_DEMO": "true",
               "COUNTY_HUB_WORKERS": "0",       # each costs two seconds to start, and a room asks none of them
               "COUNTY_HUB_ROOM_AWAY_SECONDS": "0",        # tests wait for no grace
               **self.settings}
        self.process = warm.started(
            [sys.executable, "-m", "county_hub", "serve", str(self.home), "--port", str(self.console_port), "--portal-port",
             str(self.portal_port)], cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert "portal listening on" in self.process.stdout.readline()
        assert "listening on" in self.process.stdout.readline()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    @contextlib.contextmanager
    def officer(self, staff: str = "x1") -> Iterator[Officer]:
        with loopback.Client(base_url=self.console, timeout=30, follow_redirects=True) as client:
            answer = client.post("/console/login", data={"staff": staff, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield Officer(self, client)

    def events(self, record: str) -> list[Any]:
        with opened(self.home) as hub:
            return CountyActs(hub).events(record)


@dataclass
class Made:
    """A room as its maker sees it: codes by name, in the order of the seats."""

    id: int
    link: str
    codes: dict[str, str]

    @property
    def name(self) -> str:
        return self.link.rpartition("/")[2]


@dataclass
class Officer:
    county: County
    client: httpx2.Client

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.client.get("/console/account").text)
        assert found
        return found[1]

    def make(self, *guests: str, source: str = "", **form: str) -> Made:
        page = self.client.get("/console/rooms/new", params={"source": source}).text
        said = {"csrf": self.csrf(), "source": source, "title": "DEMO 商量渠水", "guests": "\n".join(guests),
                "verified": "视频里看身份证",
                "date": re.search(r'name="date" value="([^"]+)"', page)[1],  # type: ignore[index]
                "start": re.search(r'name="start" value="([^"]+)"', page)[1], **form}  # type: ignore[index]
        answer = self.client.post("/console/rooms/new", data=said)
        assert answer.status_code == 200, re.sub(r"<[^>]+>", " ", answer.text)[-600:]
        found = re.search(r"/console/rooms/(\d+)$", str(answer.url))
        assert found, answer.text[-400:]
        cards = re.findall(r'<h3>([^<]+)</h3><p class="small muted">[^<]*</p><p class="big mono">([^<]+)</p>', answer.text)
        link = re.search(r'<p class="big mono">([^<]+)</p>', answer.text)
        assert link
        return Made(int(found[1]), link[1], dict(cards))

    def post(self, made: Made, verb: str, **body: Any) -> httpx2.Response:
        return self.client.post(f"/console/rooms/{made.id}/{verb}", json=body, headers={"x-room-token": self.csrf()})


@contextlib.contextmanager
def serving(folder: Path, **settings: str) -> Iterator[County]:
    """A county with two officers and one case, served."""
    home = found_county(folder)
    for id, name in (("x1", "演示主持员"), ("x2", "演示旁人")):
        person = ["--id", id, "--name", name, "--office", COUNTY, "--roles", "mediator,supervisor,window_clerk,dispatcher"]
        assert main(["staff", "add", str(home), *person]) == 0
        with_account(home, id)
    with opened(home) as hub:
        acts = CountyActs(hub)
        case = acts.register("x1", {"summary": "DEMO 渠水先后", "category": "DC02", "parties": PARTIES,
                                    "place": {"office": COUNTY, "text": "DEMO 渠边"}})
        hub.projector.catch_up()
    made = County(home, case.id, free_port(), free_port(), {f"COUNTY_HUB_{name}": value for name, value in settings.items()})
    made.serve()
    try:
        yield made
    finally:
        assert made.stop() == 0


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with serving(tmp_path_factory.mktemp("room"), ROOM_RECORDING="true") as made:
        yield made


@contextlib.contextmanager
def browsing(*more: str) -> Iterator[Any]:
    """A browser whose camera and microphone are none: a clock, and a tone each second."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=[
            "--no-sandbox", "--use-fake-device-for-media-stream=fps=2", "--use-fake-ui-for-media-stream",
            "--autoplay-policy=no-user-gesture-required", *more])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as chromium:
        yield chromium
