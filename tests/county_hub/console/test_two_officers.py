"""Two officers have the same form open: the second one is told what the first one did, nothing is done twice, no word is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from county_hub.commands.cli import main
from county_hub.console.zones.pages import DOUBLES
from county_hub.county.acts import CountyActs
from shared.ledger.published.telephones import phone_key
from tests.support.county_hub.hub_support import COUNTY, TOWN, RunningHub, found_county, opened, running_hub
from tests.support.county_hub.player import Player, filled, form_of, notice

ROLES = "mediator,dispatcher,supervisor,handler,window_clerk,grid_member"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home = found_county(tmp_path_factory.mktemp("two"))
    for staff in ("x1", "x2"):
        words = ("--id", staff, "--name", f"演示{staff}", "--office", COUNTY, "--roles", ROLES)
        assert main(["staff", "add", str(home), *words]) == 0
    with running_hub(home) as running:
        yield running


@pytest.fixture(scope="module")
def player(hub: RunningHub) -> Iterator[Player]:
    with hub.console("x1") as client:
        yield Player(hub, client, "")


@pytest.fixture(scope="module")
def second(hub: RunningHub) -> Iterator[Player]:
    with hub.console("x2") as client:
        yield Player(hub, client, "")


def test_the_second_of_two_officers_is_told_what_the_first_one_did_and_keeps_his_words(player: Player, second: Player) -> None:
    case = player.case(summary="DEMO 两人同办")
    path = f"/console/cases/{case}/do/triage"
    given = {"category": "DC02", "difficulty": "simple", "risk": "2"}
    open_here, open_there = (form_of(one.client.get(path).text) for one in (player, second))
    assert "done=triage" in str(player.client.post(path, data=filled(open_here, given)).url)
    data = filled(open_there, {**given, "text": "DEMO 第二人写的话", "risk": "3"})
    told = second.client.post(path, data=data)
    assert told.status_code == 409
    assert re.search("您打开这张表以后，演示x1在[0-9]{2}:[0-9]{2}办了“分诊”", notice(told.text))
    assert "DEMO 第二人写的话" in told.text
    assert triages(player, case) == 1
    # what is still possible is done when he says so again; what is not stays undone, with what he wrote
    again = second.client.post(path, data=filled(form_of(told.text), {}))
    assert (again.status_code, triages(player, case)) in ((200, 2), (409, 1))


def test_where_nothing_is_left_to_choose_the_words_of_the_second_one_come_back(player: Player, second: Player) -> None:
    case = player.case(summary="DEMO 降险")
    player.act(case, "triage", category="DC02", difficulty="simple", risk="2")
    path = f"/console/cases/{case}/do/lower_risk"
    late = filled(form_of(second.client.get(path).text), {"reason": "DEMO 第二人的理由" * 9})
    player.act(case, "lower_risk", reason="DEMO 说和了")
    told = second.client.post(path, data=late)
    assert told.status_code == 409
    assert "演示x1在" in notice(told.text)
    assert "DEMO 第二人的理由" * 9 in told.text
    assert second.client.get(path).status_code == 400


def triages(player: Player, case: str) -> int:
    with opened(player.hub.home) as hub:
        return sum(row.doc is not None and row.doc["kind"] == "case.triaged" for row in hub.replica.all_docs(
            startkey=f"case:{case}:", endkey=f"case:{case}:z", include_docs=True))


def test_two_officers_at_the_same_moment_do_one_thing_once(player: Player, second: Player) -> None:
    case = player.case(summary="DEMO 同一刻")
    path = f"/console/cases/{case}/do/triage"
    sent = [(one.client, filled(form_of(one.client.get(path).text), {"category": "DC02", "difficulty": "simple", "risk": "2"}))
            for one in (player, second)]
    with ThreadPoolExecutor() as pool:
        codes = sorted(answer.status_code for answer in pool.map(lambda one: one[0].post(path, data=one[1]), sent))
    assert codes == [200, 409]
    assert triages(player, case) == 1


def test_of_two_who_change_the_same_row_of_the_county_the_second_is_told_and_decides(player: Player, second: Player) -> None:
    path, late = "/console/do/office/phone", form_of(second.client.get("/console/do/office/phone").text)
    first = filled(form_of(player.client.get(path).text), {"office": COUNTY, "number": "0478-1111111"})
    assert player.client.post(path, data=first).status_code == 200
    told = second.client.post(path, data=filled(late, {"office": COUNTY, "number": "0478-2222222"}))
    assert told.status_code == 409
    assert "演示x1在" in notice(told.text)
    assert 'value="0478-2222222"' in told.text
    with opened(player.hub.home) as hub:
        assert "0478-2222222" not in str(hub.directory.latest().setting(phone_key(COUNTY)))
    assert second.client.post(path, data=filled(form_of(told.text), {})).status_code == 200


def test_who_does_the_same_to_another_thing_is_in_nobodys_way(player: Player, second: Player) -> None:
    path = "/console/do/office/phone"
    late = form_of(second.client.get(path).text)
    assert player.client.post(path, data=filled(form_of(player.client.get(path).text), {
        "office": COUNTY, "number": "0478-3333333"})).status_code == 200
    assert second.client.post(path, data=filled(late, {"office": TOWN, "number": "0478-4444444"})).status_code == 200


def test_two_who_sit_at_the_one_account_of_the_keeper_are_told_of_each_other(player: Player) -> None:
    with player.hub.console() as one, player.hub.console() as other:
        pages = [client.get("/console/accounts").text for client in (one, other)]
        forms = [dict(re.findall(r'name="(csrf|seen)" value="([^"]+)"', page)) for page in pages]
        first, late = ({**form, "id": "演示访客", "name": "演示访客"} for form in forms)
        assert one.post("/console/accounts/viewer", data=first).status_code == 200
        assert one.post("/console/accounts/reset", data=first).status_code == 200
        told = other.post("/console/accounts/reset", data=late)
        assert "同一账号在另一处登录的人在" in notice(told.text)
        again = {**late, **dict(re.findall(r'name="(seen)" value="([^"]+)"', told.text))}
        assert "start" not in notice(other.post("/console/accounts/reset", data=again).text)
        path = "/console/do/webhook/add"
        forms = [form_of(client.get(path).text) for client in (one, other)]
        given = {"target": "https://demo.invalid/twice", "events": "case.*"}
        assert one.post(path, data=filled(forms[0], given)).status_code == 200
        assert other.post(path, data=filled(forms[1], given)).status_code == 409


def test_a_record_and_a_pair_that_another_one_has_decided_meanwhile_are_not_decided_again(player: Player, second: Player) -> None:
    record = player.step("hazard.reported", **{"place.text": "DEMO 渠边"})
    ahead = re.findall(rf"/console/records/{record}/do/([a-z_.]+)", player.client.get(f"/console/records/{record}").text)
    path = f"/console/records/{record}/do/{ahead[0]}"
    late = filled(form_of(second.client.get(path).text), {})
    player.step(ahead[0], record)
    told = second.client.post(path, data=late)
    assert told.status_code == 409
    assert "演示x1在" in notice(told.text)
    one, other = player.case(summary="DEMO 同一件"), player.case(summary="DEMO 同一件")
    seen = [who.client.get("/console/duplicates").text for who in (player, second)]
    tokens = [re.findall(r'name="csrf" value="([^"]+)"', page)[0] for page in seen]
    pairs = [{"csrf": token, "case": one, "other": other, "reason": f"DEMO 两件事 {n}"} for n, token in enumerate(tokens)]
    assert player.client.post("/console/duplicates/dismiss", data=pairs[0]).status_code == 200
    told = second.client.post("/console/duplicates/dismiss", data=pairs[1])
    assert told.status_code == 400
    assert "演示x1在" in notice(told.text)
    assert "DEMO 两件事 1" in told.text


def test_a_pair_that_is_far_down_in_the_list_of_one_of_its_cases_can_be_decided_from_that_of_the_other(player: Player) -> None:
    parties = [{"name": f"演示多{n}", "role": role} for n, role in enumerate(("applicant", "respondent"))]
    with opened(player.hub.home) as hub:
        acts = CountyActs(hub)
        ids = sorted(acts.register("x1", {"summary": "DEMO 多起", "category": "DC02", "parties": parties}).id
                     for _ in range(DOUBLES + 2))
    said = re.search(r"共 (\d+) 对，先列时间最近的 20 对", player.client.get("/console/duplicates").text)
    assert said is not None
    assert int(said[1]) >= len(ids) * (len(ids) - 1) // 2
    page = player.client.get("/console/duplicates", params={"case": ids[-1]}).text
    assert page.count(ids[0]) > 0
    token = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    pair = {"csrf": token, "case": ids[0], "other": ids[-1], "reason": "DEMO 两件事"}
    answer = player.client.post("/console/duplicates/dismiss", data=pair)
    assert answer.status_code == 200, notice(answer.text)
