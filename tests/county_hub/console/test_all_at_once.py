"""Whatever form is sent with several things wrong, all of them are told at once, each at its field, and what was typed is kept:
every row of `uses.toml`, every act that a case and every record offers, and the forms that have a page of their own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.console.forms.uses import table
from shared.disputes.records import aggregates
from shared.ledger import codes
from tests.support.county_hub.hub_support import COUNTY, found_county, running_hub
from tests.support.county_hub.player import Form, Player, form_of, notice

ROLES = ",".join(code for code in codes.names("role") if code != "party")
KEPT, NO_DAY, NOBODY, AHEAD = "DEMO 先前写下的", "2026-02-30", "no-such-one", "2999-01-01"


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    home = found_county(tmp_path_factory.mktemp("at-once"))
    person = ("--id", "x1", "--name", "演示x1", "--office", COUNTY, "--roles", ROLES)
    assert main(["staff", "add", str(home), *person]) == 0
    with running_hub(home, COUNTY_HUB_DEMO="true") as hub, hub.console("x1") as client:
        yield Player(hub, client, "")


def spoilt(form: Form, *, strict: bool) -> tuple[dict[str, list[str]], set[str], set[str]]:
    """(what is sent, the fields that are wrong, the texts that must stay): what must be given is empty, a day is none, what is
    chosen was not offered (`strict`: where that is asked), a number is none, and the rest is filled in."""
    data, wrong, kept = {name: list(values) for name, values in form.values.items()}, set[str](), set[str]()
    for name, kind in form.kinds.items():
        if not name.startswith("q.") or kind == "hidden":
            continue
        if kind == "date":
            data[name], bad = [NO_DAY], True
        elif name in form.must and kind in ("text", "textarea", "select", "checkbox", "radio"):
            data[name], bad = [], True
        elif strict and form.options.get(name) and "yes" not in form.options[name]:
            data[name], bad = [NOBODY], True
        else:
            bad = False
            if kind == "textarea" and name not in form.must:
                data[name] = [KEPT + name]
                kept.add(KEPT + name)
        if bad and name.count(".") == 1:
            wrong.add(name.removeprefix("q."))
    return data, wrong, kept


def told(answer: Any) -> set[str]:
    return set(re.findall(r'id="e-([^"]+)"', answer.text))


def send_spoilt(client: Any, path: str, *, strict: bool, **more: str) -> set[str]:
    """The fields that were wrong; nothing where fewer than two can be."""
    page = client.get(path).text
    if '<form class="card act"' not in page:
        return set()                        # nothing to choose from yet, and the page says so
    form = form_of(page)
    data, wrong, kept = spoilt(form, strict=strict)
    wrong -= set(re.findall(r'<div class="ask[^>]*data-when[^>]*>.*?name="q\.([a-z_0-9]+)"', page, re.S))     # asked sometimes
    data |= {name: [value] for name, value in more.items() if name in form.kinds}
    wrong |= {name for name in more if name in form.kinds} | {name for name, kind in form.kinds.items() if kind == "file"}
    if len(wrong) < 2:
        return set()
    answer = client.post(path, data=data)
    assert answer.status_code == 400, path
    assert wrong - told(answer) == set(), (path, notice(answer.text))
    assert all(text in html.unescape(answer.text) for text in kept), path
    return wrong


def test_every_verb_of_the_county_tells_all_its_faults_at_once(player: Player) -> None:
    tried = {}
    with player.hub.console() as keeper:
        for words, row in table()[0].items():
            path, client = "/console/do/" + "/".join(words.split()), keeper if row.admin else player.client
            if '<form class="card act"' in client.get(path).text:
                tried[words] = send_spoilt(client, path, strict=True)
    assert sum(bool(wrong) for wrong in tried.values()) >= 30, tried
    assert tried["staff add"] == {"id", "name", "office", "roles", "since"}


def test_what_a_command_says_of_several_fields_stands_at_each(player: Player) -> None:
    path = "/console/do/staff/add"
    data = {**form_of(player.client.get(path).text).values, "q.id": ["a b/c"], "q.name": ["a\tb"], "q.office": [COUNTY],
            "q.roles": ["mediator"], "q.since": [NO_DAY]}
    answer = player.client.post(path, data=data)
    assert told(answer) == {"id", "name", "since"}
    with player.hub.console() as keeper:
        path = "/console/do/webhook/add"
        data = {**form_of(keeper.get(path).text).values, "q.target": ["http://x"], "q.events": ["nothing"]}
        assert told(keeper.post(path, data=data)) == {"target", "events"}


def test_every_act_on_a_case_tells_all_its_faults_at_once(player: Player) -> None:
    case = player.case(summary="DEMO 排水渠")
    player.act(case, "triage", category="DC02", difficulty="simple", risk="2")
    player.act(case, "accept", rights_told="yes", parties_willing="yes", mediators=["x1"])
    verbs = re.findall(r"/do/([a-z_]+)\"", player.client.get(f"/console/cases/{case}").text)
    tried = {verb: send_spoilt(player.client, f"/console/cases/{case}/do/{verb}", strict=False, date=AHEAD)
             for verb in dict.fromkeys(verbs)}
    assert sum(bool(wrong) for wrong in tried.values()) >= 15, tried
    new = player.client.get("/console/cases/new").text
    data = {**form_of(new).values, "q.parties": ["2"], "q.parties.0.name": ["演示\t甲"], "q.parties.0.phone": ["12"],
            "q.parties.0.role": ["applicant"], "q.parties.0.id_last4": ["12"], "q.parties.1.name": [""],
            "q.parties.1.role": ["respondent"], "q.parties.1.phone": ["x"], "q.summary": [""], "date": [AHEAD]}
    answer = player.client.post("/console/cases/new", data=data)
    assert answer.status_code == 400
    assert told(answer) >= {"parties.0.name", "parties.0.phone", "parties.1.name", "parties.1.phone",
                            "summary", "date"}, told(answer)


def test_every_record_is_opened_with_all_its_faults_told_at_once(player: Player) -> None:
    tried = {}
    for name in aggregates.NAMES:
        kind = aggregates.opening(name)
        path = f"/console/records/new/{kind}"
        if player.client.get(path).status_code == 200:
            tried[kind] = send_spoilt(player.client, path, strict=False, date=AHEAD)
    assert sum(bool(wrong) for wrong in tried.values()) >= 12, tried


def test_forms_with_a_page_of_their_own_tell_all_their_faults_at_once(player: Player) -> None:
    client = player.client
    csrf = {"csrf": form_of(client.get("/console/cases/new").text).values["csrf"][0]}
    answer = client.post("/console/rooms/new", data={
        **csrf, "source": "", "title": " ", "guests": "", "phone": "12", "verified": "", "date": NO_DAY, "start": "9"})
    assert answer.status_code == 400
    assert told(answer) == {"title", "guests", "phone", "verified", "date"}
    assert 'value="12"' in answer.text
    answer = client.post("/console/account/password", data={**csrf, "old": "no", "new": "short", "again": "other"})
    assert told(answer) == {"old", "new", "again"}
    answer = client.post("/console/organs/centres", data={
        **csrf, "name.0": "a\tb", "duty.0": KEPT, "since.0": NO_DAY, "name.1": "", "duty.1": KEPT + "1"})
    assert told(answer) == {"name.0", "since.0", "name.1"}
    assert KEPT + "1" in answer.text
    with player.hub.console() as keeper:
        token = form_of(keeper.get("/console/do/webhook/add").text).values["csrf"][0]
        answer = keeper.post("/console/accounts/viewer", data={"csrf": token, "id": "", "name": ""})
        assert told(answer) == {"id", "name"}
