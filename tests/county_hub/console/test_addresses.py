"""Whatever stands in an address or a body: a page that says so, never a fault of the program, never a mark that gets out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import county_hub.console
from county_hub.commands.cli import main
from county_hub.console.cases_page import ASKED
from county_hub.console.tabs import TABS
from shared.disputes.records import aggregates
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, found_county, running_hub, store_in_county
from tests.support.county_hub.marks import judged
from tests.support.shared.domain_events import World

VALUES = ("%00", "a%00b", "%27%22%3E%3Cimg%20src=zq7%20onerror=alert(7)%3E", "-1", "9" * 30, "9" * 5000, "%C2%B2", "%ff%fe",
          "%2e%2e%2f%2e%2e%2fetc", "x" * 3000, "javascript:alert(7)", "%E2%80%AE")
PATHS = ("cases/{x}", "cases/{x}/do/add_note", "cases/{case}/do/{x}", "cases/{case}/papers/{x}", "cases/{case}/papers/{x}.pdf",
         "cases/{case}/files/{x}", "cases/{x}/receipt", "cases/{x}/propose", "records/{x}", "records/new/{x}",
         "records/{case}/do/{x}", "quarantine/{x}", "quarantine/quarantine:{x}", "zone/{x}", "do/{x}", "demands/{x}",
         "demands/1/photo/{x}", "rooms/{x}/in", "rooms/1/shown/{x}", "figures/{x}.xlsx",
         "figures/2026.{x}", "organs/{x}", "rooms/{x}", "static/{x}", "{x}")
# of what the console's modules ask an address, and of the list of cases
NAMES = sorted({*ASKED, *(name for file in Path(county_hub.console.__path__[0]).rglob("*.py") for name in re.findall(
    r'query_params(?:\.get\(|\[)"([a-z_]+)"', file.read_text("utf-8")))})
PAGES = sorted({"/console/", "/console/cases", "/console/wall", "/console/account", "/console/rooms", "/console/rates/listed",
                "/console/intake/code", "/console/cases/new", "/console/do/staff/add", "/console/live",
                *(href.partition("?")[0] for rows in TABS.values() for _, href in rows),
                *(f"/console/records?kind={name}" for name in aggregates.NAMES)})
BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/x-www-form-urlencoded", b"csrf=%00&q.text=%ff&q.text=&&&=x&once"), ("application/json", b'{"csrf": []}'),
    ("multipart/form-data; boundary=x", b"--x\r\nno head\r\n--x--"), ("multipart/form-data", b"\xff" * 99), ("", b"\x00"))


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx2.Client, str]]:
    home = found_county(tmp_path_factory.mktemp("addresses"))
    person = ["--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "mediator,supervisor,dispatcher"]
    assert main(["staff", "add", str(home), *person]) == 0
    event = World().register(VILLAGE)
    store_in_county(home, [event.doc()])
    with running_hub(home) as hub, hub.console("x1") as client:
        yield client, event.subject


def test_no_part_of_an_address_breaks_a_page_or_gets_out(signed: tuple[httpx2.Client, str]) -> None:
    client, case = signed
    wrong = {}
    for form in PATHS:
        for value in VALUES:
            path = "/console/" + form.format(x=value, case=case)
            answer = client.get(path)
            if answer.status_code not in (200, 400, 404, 414) or judged(answer)[0]:
                wrong[path[:90]] = (answer.status_code, judged(answer)[0])
    assert wrong == {}


def test_no_question_of_an_address_breaks_a_page_or_gets_out(signed: tuple[httpx2.Client, str]) -> None:
    """Every name that any page asks, twice, with odd values that change places."""
    client, _ = signed
    assert len(NAMES) > 25
    wrong = {}
    for page in PAGES:
        for turn in range(0, len(VALUES), 3):
            given = [(name, VALUES[(place + turn) % len(VALUES)][:300]) for place, name in enumerate(NAMES)]
            path = f"{page}{'&' if '?' in page else '?'}{'&'.join(f'{name}={value}&{name}={value}' for name, value in given)}"
            with client.stream("GET", path) as answer:
                if page != "/console/live" or answer.status_code != 200:
                    answer.read()
                    if answer.status_code not in (200, 400, 403, 404, 414) or judged(answer)[0]:
                        wrong[page, turn] = (answer.status_code, judged(answer)[0])
    assert wrong == {}


def test_no_body_breaks_a_form(signed: tuple[httpx2.Client, str]) -> None:
    client, case = signed
    wrong = {}
    for path in ("login", "login/code", "logout", "quarantine/ask", "cases/export", "cases/views", "cases/new",
                 f"cases/{case}/do/add_note", "records/new/hazard.reported", "duplicates/merge", "demands/1/accept",
                 "account/password", "accounts/add", "audit/export", "do/staff/add",
                 "organs/centres", "rooms/new", "wall/sign", "account/passkey/make"):
        for kind, body in BODIES:
            answer = client.post(f"/console/{path}", content=body, headers={"content-type": kind}, follow_redirects=False)
            if answer.status_code not in (200, 303, 400, 403, 404, 413, 429):
                wrong[path, kind] = answer.status_code
    assert wrong == {}
