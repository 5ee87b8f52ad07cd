"""What lacks in the console's own forms is said by the page, beside the field, and is neither an act nor a try of a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pyotp
import pytest

from county_hub.accounts.accounts import ADMIN
from county_hub.commands.cli import main
from county_hub.hub.kept.registry import SOURCE_FAILURES
from tests.support.county_hub.hub_support import COUNTY, PASSWORD, RunningHub, found_county, running_hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home = found_county(tmp_path_factory.mktemp("told"))
    assert main(["staff", "add", str(home), "--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles",
                 "dispatcher,supervisor,mediator"]) == 0
    with running_hub(home, COUNTY_HUB_WALL_TOKEN="DEMO-hall-0123456789") as running:
        yield running


def told(page: Any) -> dict[str, str]:
    return {name: re.sub(r"<[^>]+>", "", words) for name, words in re.findall(
        r'class="wrong" role="alert" id="e-([^"]+)">(.*?)</span>', page.text, re.S)}


def csrf(client: httpx2.Client, path: str = "/console/account") -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get(path).text)
    assert found
    return found[1]


def test_an_empty_sign_in_says_both_and_is_no_try(hub: RunningHub) -> None:
    with hub.client(follow_redirects=True) as client:
        for _ in range(SOURCE_FAILURES + 2):
            page = client.post("/console/login", data={"staff": "", "password": ""})
        assert (page.status_code, [*told(page)]) == (400, ["staff", "password"])
        kept = client.post("/console/login", data={"staff": "x1", "password": ""})
        assert ([*told(kept)], 'value="x1"' in kept.text) == (["password"], True)
        for _ in range(SOURCE_FAILURES + 2):
            word = client.post("/console/wall/sign", data={"word": " "})
        assert (word.status_code, "请填写大屏口令" in word.text) == (400, True)
        assert client.post("/console/login", data={"staff": ADMIN, "password": PASSWORD}).status_code == 200


def test_an_empty_code_and_an_empty_proof_are_told_and_cost_no_try(hub: RunningHub) -> None:
    with hub.console("x1") as client:
        shown = client.post("/console/account/second", data={"csrf": csrf(client)}).text
        secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', shown)
        assert secret
        page = client.post("/console/account/second", data={"csrf": csrf(client), "secret": secret[1], "code": ""})
        assert (page.status_code, [*told(page)]) == (400, ["code"])
        made = client.post("/console/account/second", data={"csrf": csrf(client), "secret": secret[1],
                                                            "code": pyotp.TOTP(secret[1]).now()})
        assert made.status_code == 200
    with hub.client(follow_redirects=True) as client:
        asked = client.post("/console/login", data={"staff": "x1", "password": PASSWORD})
        assert 'name="code"' in asked.text
        for _ in range(6):                          # a sixth wrong code would end the first step
            empty = client.post("/console/login/code", data={"code": " "})
            assert (empty.status_code, [*told(empty)]) == (400, ["code"])
        assert client.post("/console/login/code", data={"code": "000000"}).status_code == 403


def test_the_form_of_an_account_says_both_at_once(hub: RunningHub) -> None:
    with hub.console(ADMIN) as client:
        page = client.post("/console/accounts/viewer", data={"csrf": csrf(client), "id": "", "name": ""})
        assert (page.status_code, [*told(page)]) == (400, ["id", "name"])
