"""People of an organ at their own pages: what was assigned to them, accepted and returned there in their office's own name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.requests import Request

from county_hub.commands.cli import main
from county_hub.console import case_rows
from county_hub.county.acts import CountyActs
from county_hub.county.officers import officers_of
from shared.ledger.texts import t
from tests.county_hub.county.test_organs import DRAFT, asked, person
from tests.support.county_hub.hub_support import COUNTY, RunningHub, found_county, opened, running_hub
from tests.support.patience import until


class Scene:
    """A county with a court and a police bureau, three cases: two assigned to the court, one to the police."""

    def __init__(self, folder: Path) -> None:
        self.home = found_county(folder)
        self.court = self._organ("court", "磴口县人民法院")
        self.police = self._organ("police_bureau", "磴口县公安局")
        for id, office, role in (("dispatcher", COUNTY, "dispatcher"), ("judge-1", self.court, "handler"),
                                 ("beat-1", self.police, "handler")):
            person(self.home, id, office, role)
        self.first, self.second, self.other = (self._case(f"DEMO 事{n}", to)
                                               for n, to in enumerate((self.court, self.court, self.police), start=1))

    def _organ(self, kind: str, name: str) -> str:
        return str(asked("office", "add", str(self.home), "--organ", kind, "--name", name)["offices"][0]["id"])

    def _case(self, summary: str, to: str) -> str:
        with opened(self.home) as hub:
            made = CountyActs(hub).register("dispatcher", {**DRAFT, "summary": summary}).id
        assert main(["case", "assign", str(self.home), made, "--as", "dispatcher", "--set", f"to={to}",
                     "--set", "text=DEMO 交办"]) == 0
        return made


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("organs"))


@pytest.fixture(scope="module")
def county(scene: Scene) -> Iterator[RunningHub]:
    with running_hub(scene.home) as running:
        yield running


def token(page: httpx2.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text[:500]
    return found.group(1)


def form_of(client: httpx2.Client, address: str, **given: str) -> httpx2.Response:
    page = client.get(address)
    assert page.status_code == 200, page.text[-600:]
    once = re.search(r'name="once" value="([^"]+)"', page.text)
    return client.post(address, data={"csrf": token(page), "once": once[1] if once else "", **given})


def test_they_see_and_act_on_what_was_assigned_and_nothing_else_answers(scene: Scene, county: RunningHub) -> None:
    with county.console("judge-1") as judge:
        home = until(lambda: (page := judge.get("/console/organ/")).text.count("/do/acknowledge_assignment") == 2 and page,
                     "what was assigned")
        assert "磴口县人民法院" in home.text
        assert "DEMO 事1" in home.text
        assert "DEMO 事3" not in home.text
        until(lambda: judge.get(f"/console/organ/cases/{scene.first}").status_code == 200, "the first case")
        case = judge.get(f"/console/organ/cases/{scene.first}")
        assert "/console/cases/" not in case.text, "no link leads to the county's own pages"
        foreign = judge.get(f"/console/organ/cases/{scene.other}")
        assert (foreign.status_code, "DEMO 事3" in foreign.text) == (404, False)
        for address in ("/console/", "/console/cases", f"/console/cases/{scene.first}", f"/console/cases/{scene.other}",
                        "/console/accounts", "/console/audit", "/console/figures", "/console/organs", "/console/quarantine",
                        f"/console/cases/{scene.other}/papers/file.pdf", "/console/cases/export",
                        "/console/records?kind=petition"):
            answer = judge.get(address, follow_redirects=False)
            assert (answer.status_code, answer.headers.get("location", "")) in ((303, "/console/organ/"), (405, "")), address
        for address in (f"/console/cases/{scene.first}/do/assign", "/console/cases/export", "/console/quarantine/release"):
            answer = judge.post(address, data={"csrf": token(home)}, follow_redirects=False)
            assert (answer.status_code, answer.headers.get("location")) == (303, "/console/organ/"), address
        assert judge.get("/console/account").status_code == 200
        assert judge.get("/console/live?page=/console/", follow_redirects=False).status_code == 403


def test_to_accept_and_to_return_are_the_organs_own_signed_acts(scene: Scene, county: RunningHub) -> None:
    with county.console("judge-1") as judge:
        until(lambda: judge.get(f"/console/organ/cases/{scene.second}").status_code == 200, "the second case")
        at = f"/console/organ/cases/{scene.first}"
        taken = form_of(judge, f"{at}/do/acknowledge_assignment")
        assert "已" in taken.text, taken.text[-800:]
        unsaid = form_of(judge, f"/console/organ/cases/{scene.second}/do/return_assignment")
        assert unsaid.status_code == 400, "a reason is asked for"
        back = form_of(judge, f"/console/organ/cases/{scene.second}/do/return_assignment", **{"q.reason": "DEMO 不属本院管辖"})
        assert back.status_code == 200, back.text[-800:]
        again = judge.get(f"{at}/do/acknowledge_assignment")
        assert again.status_code == 400
        until(lambda: "/do/acknowledge_assignment" not in judge.get("/console/organ/").text, "nothing more to acknowledge")
        assert "DEMO 事1" in judge.get("/console/organ/").text
        foreign = judge.post(f"/console/organ/cases/{scene.other}/do/acknowledge_assignment", data={"csrf": token(taken)})
        assert foreign.status_code == 400
    with opened(scene.home) as hub:
        state = until(lambda: _taken(hub, scene), "the case taken on")
        device = next(d for d in hub.directory.latest().devices() if d.office == scene.court)
        assert (state.holder, device.role, device.status) == (scene.court, "console", "active")
        with hub.databases.lease(f"office-{scene.court}") as replica:
            written = [row.doc for row in replica.all_docs(startkey="case:", endkey="case:\uffff", include_docs=True)
                       if row.doc and row.doc["device"] == device.id]
        assert sorted((doc["kind"], doc["office"], doc["actor"]) for doc in written) == [
            ("case.assignment_acknowledged", scene.court, "judge-1"), ("case.assignment_returned", scene.court, "judge-1")]


def _taken(hub: Any, scene: Scene) -> Any:
    state = CountyActs(hub).state(scene.first)
    return state if state.holder == scene.court else None


def test_who_left_the_organ_or_whose_account_is_ended_is_out_at_once(scene: Scene, county: RunningHub) -> None:
    person(scene.home, "judge-2", scene.court, "handler")
    with county.console("judge-2") as judge:
        assert judge.get("/console/organ/").status_code == 200
        assert main(["staff", "revoke", str(scene.home), "judge-2"]) == 0
        answer = until(lambda: (got := judge.get("/console/organ/", follow_redirects=False)).status_code == 303 and got,
                       "the end of the session")
        assert answer.headers["location"].startswith("/console/login")


def test_a_long_inbox_says_how_many_there_are_and_is_read_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(tmp_path)
    monkeypatch.setattr(case_rows, "SHOWN", 1)
    with opened(scene.home) as hub:
        hub.projector.catch_up()
        pages = [case_rows.inbox_of(officers_of(hub), scene.court, Request({
            "type": "http", "method": "GET", "scheme": "http", "server": ("h", 80), "path": "/", "headers": [],
            "query_string": f"waits={n}".encode()})) for n in (1, 2)]
        assert [(len(one["waits"]), one["waits_n"], one["held"], one["held_n"]) for one in pages] == [(1, 2, [], 0)] * 2
        assert pages[0]["waits"] != pages[1]["waits"]
    with running_hub(scene.home) as county, county.console("dispatcher") as client:
        assert t("organs.to_take", n=2) in client.get(f"/console/organs/{scene.court}").text
