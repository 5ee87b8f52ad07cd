"""A small county whose hub is asked by other systems: its tokens, its command line, a client for each."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from tests.support import loopback
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, RunningHub, found_county, opened, running_hub

ALL = "cases:read,records:read,personal:read,figures:read,exchange:read,exchange:write"


def run(*words: str) -> tuple[int, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(list(words))
    text = out.getvalue()
    return code, json.loads(text) if "--json" in words and code == 0 else text


@dataclass
class Scene:
    hub: RunningHub
    home: Path

    def token(self, scopes: str = ALL, *more: str) -> str:
        code, made = run("token", "add", str(self.home), "--name", "DEMO 法院", "--scopes", scopes, "--json", *more)
        assert code == 0
        return str(made["token"])

    @contextlib.contextmanager
    def client(self, scopes: str = ALL, *more: str) -> Iterator[httpx2.Client]:
        with loopback.Client(base_url=self.hub.url + "/api/v1", headers={"authorization": f"Bearer {self.token(scopes, *more)}"},
                           timeout=30) as client:
            yield client


@contextlib.contextmanager
def asked_county(folder: Path) -> Iterator[Scene]:
    """A running county with seven cases, one of them strictly confidential, a hazard, two petitions, one of them protected, and
    an application for legal aid that came from the last case."""
    home = found_county(folder)
    words = ("--id", "officer", "--name", "演示员", "--office", COUNTY, "--roles", "dispatcher")
    assert main(["staff", "add", str(home), *words]) == 0
    with opened(home) as hub:
        acts = CountyActs(hub)
        for number in range(7):
            made = acts.register("officer", {
                "parties": [{"name": f"演示甲{number}", "phone": "13800000001"},
                            {"name": f"演示乙{number}", "role": "respondent"}],
                "place": {"office": VILLAGE}, "summary": f"DEMO 第{number}件", "category": "DC02",
                **({"confidentiality": "strict"} if number == 6 else {})})
        acts.record("hazard.reported", None, "officer", {"title": "DEMO 水渠塌方", "place": {"office": VILLAGE}, "level": 2,
                                                         "text": "DEMO", "category": "DC02"})
        petition = {"channel": "letter_visit", "form": "visit", "category": "agriculture", "place": {"office": VILLAGE},
                    "number": "", "persons": ["演示丙"]}
        asked = acts.record("petition.registered", None, "officer", {**petition, "summary": "DEMO 反映用水"})
        acts.record("petition.forwarded", asked.id, "officer", {"to": TOWN})
        acts.record("petition.registered", None, "officer", {
            **{name: value for name, value in petition.items() if name != "persons"}, "summary": "DEMO 举报", "protected": True})
        acts.record("legal_aid.registered", None, "officer", {
            "matter": "wages", "place": {"office": VILLAGE}, "summary": "DEMO 欠薪", "case": made.id})
    with running_hub(home, COUNTY_HUB_API_CALLS_A_MINUTE="9000") as running:
        yield Scene(running, home)
