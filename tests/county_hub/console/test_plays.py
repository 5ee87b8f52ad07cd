"""Every page of the console that does something is played over HTTP against a running hub: each act on a case that the county may
do, each step beside cases, each verb of the command line that has a form. A form is filled in by the types of its questions.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest

from county_hub.commands.cli import main
from county_hub.console.forms.uses import table
from shared.disputes.acts.verbs import VERBS
from shared.disputes.kinds import policy
from shared.disputes.records import aggregates
from shared.disputes.records.offers import BY_PROGRAM
from shared.ledger import codes
from tests.county_hub.console.test_full_pages import PAGES
from tests.county_hub.room.conftest import CHROMIUM, browsing
from tests.support import loopback
from tests.support.county_hub.hub_support import COUNTY, PASSWORD, TOWN, VILLAGE, found_county, running_hub, store_in_county
from tests.support.county_hub.marks import TAIL, Walk, judged, kinds_without_mark, mark, marked_events
from tests.support.county_hub.player import Player, filled, form_of, notice
from tests.support.shared.domain_events import World

ROLES = ",".join(code for code in codes.names("role") if code != "party")
@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    home = found_county(tmp_path_factory.mktemp("plays"))
    for staff, office, roles in (("x1", COUNTY, ROLES), ("x2", COUNTY, "judge"), ("x9", COUNTY, "mediator"),
                                 ("t1", TOWN, "mediator,judicial_officer"), ("v1", VILLAGE, "mediator")):
        words = ("--id", staff, "--name", f"演示{staff}", "--office", office, "--roles", roles)
        assert main(["staff", "add", str(home), *words]) == 0
    world = World()
    held = world.register(VILLAGE, summary="DEMO 村里的")
    written = marked_events(world)
    assert kinds_without_mark(written) == set()
    store_in_county(home, [held.doc(), *(event.doc() for events in written.values() for event in events)])
    with running_hub(home, COUNTY_HUB_DEMO="true") as hub, hub.console("x1") as client:
        yield Player(hub, client, held.subject)


SIGNED = ["0", "1"]


def test_a_case_is_taken_in_mediated_agreed_performed_and_closed_in_the_console(player: Player) -> None:
    case, act = player.case(), player.act
    act(case, "triage", category="DC02", difficulty="simple", risk="2")
    act(case, "note_particulars", people="5")
    act(case, "add_note", text="DEMO 记事")
    act(case, "add_evidence", title="DEMO 照片说明")
    act(case, "add_record", text="DEMO 调查笔录")
    act(case, "choose", party="0", method="people")
    act(case, "accept", rights_told="yes", parties_willing="yes", mediators=["x1"])
    act(case, "confirm_mediator", mediators=["x1"])
    act(case, "assess_risk", text="DEMO 再评估")
    act(case, "raise_risk", level="3", reason="DEMO 有激化")
    act(case, "report_risk")
    act(case, "lower_risk", level="2", reason="DEMO 平稳")
    act(case, "suspend", reason=suspend_reason(player, case))
    act(case, "resume")
    act(case, "hold_session", rights_told="yes", place="说事室", mediators=["x1"], summary="DEMO 谈了")
    act(case, "reach_agreement", form="written", facts="DEMO 事实", items="1",
        **{"items.0.who": "1", "items.0.what": "DEMO 清淤", "items.0.due_date": "2026-12-20"})
    act(case, "sign_agreement", signed=SIGNED)
    act(case, "seal")
    act(case, "apply_confirmation", court="DEMO 法院", parties=SIGNED)
    act(case, "decide_confirmation", status=first_option(player, case, "decide_confirmation", "q.status"))
    act(case, "dispute_performance", item="0", party="0", text="DEMO 有争议")
    act(case, "perform_item", item="0", complete="yes", confirmed_by=["0"])
    act(case, "visit", method="phone", result=first_option(player, case, "visit", "q.result"), satisfaction="5")
    act(case, "rate", party="0", score="5")
    for verb in ("close", "object", "apply_subsidy", "check_subsidy", "grade_subsidy", "publicise_subsidy", "archive", "reopen"):
        if offered(player, case, verb):
            player.play(f"/console/cases/{case}/do/{verb}", **({"mediator": "x1"} if verb == "apply_subsidy" else {}))


def offered(player: Player, case: str, verb: str) -> bool:
    return f"/do/{verb}\"" in player.client.get(f"/console/cases/{case}").text


def first_option(player: Player, case: str, verb: str, name: str) -> str:
    form = form_of(player.client.get(f"/console/cases/{case}/do/{verb}").text)
    return next(one for one in form.options[name] if one)


def suspend_reason(player: Player, case: str) -> str:
    return first_option(player, case, "suspend", "q.reason")


def test_what_the_county_gives_out_it_urges_and_takes_back(player: Player) -> None:
    case, act = player.case(summary="DEMO 交办"), player.act
    act(case, "triage", category="DC02", difficulty="simple", risk="2")
    act(case, "assign", to=TOWN, text="DEMO 请办")
    act(player.village_case, "supervise", level="supervise", to=VILLAGE, text="DEMO 请三日内回复")
    act(player.village_case, "recall", reason="DEMO 收回")
    act(case, "add_co_handler", office=VILLAGE)
    act(case, "name_handler", handlers=["x9"])
    act(case, "add_party", **{"party.name": "演示丙", "party.role": "third_party"})
    act(case, "add_parties", parties="1", **{"parties.0.name": "演示丁", "parties.0.role": "third_party"})
    act(case, "correct_party", party="0", field="phone", value="10000000009")
    act(case, "elect_representatives", representatives=["0"], represented=["2"])
    act(case, "request_erasure", party="2", text="DEMO 申请")
    act(case, "answer_erasure", party="2", text="DEMO 答复")
    act(case, "renew_code")
    act(case, "record_printed", document="D03")
    act(case, "note_outside")
    act(case, "party_refuse", party="1", remedies_told="yes")
    act(case, "party_consent", party="1")
    act(case, "withdraw", text="DEMO 撤回")


def test_a_failed_case_goes_to_the_court_and_its_duplicate_is_decided(player: Player) -> None:
    case, other = player.case(summary="DEMO 没谈成"), player.case(summary="DEMO 又来一次")
    page = player.client.get(f"/console/duplicates?case={case}").text
    assert case in page
    assert other in page
    token = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    pair = {"csrf": token, "case": case, "other": other, "reason": ""}
    assert player.client.post("/console/duplicates/dismiss", data=pair).status_code == 400
    answer = player.client.post("/console/duplicates/dismiss", data={**pair, "reason": "DEMO 两件"})
    assert answer.status_code == 200
    assert "已记下" in answer.text
    player.done.add("dismiss_duplicate")
    player.act(case, "triage", category="DC02", difficulty="simple", risk="2")
    player.act(case, "accept", rights_told="yes", parties_willing="yes", mediators=["x1"])
    player.act(case, "hold_session", rights_told="yes", place="说事室", mediators=["x1"], summary="DEMO 没谈成")
    player.act(case, "terminate", reason=first_option(player, case, "terminate", "q.reason"))
    player.act(case, "transfer_out", to="to_litigation", body="DEMO 法院")
    player.act(case, "receive_transfer")
    third = player.case(summary="DEMO 不归这里")
    player.act(third, "triage", category="DC02", difficulty="simple", risk="2")
    player.act(third, "reject_acceptance", channel="to_litigation", reason="DEMO 不属于")
    spot = player.case(summary="DEMO 当场")
    player.act(spot, "settle_on_spot", text="DEMO 当场说好", agreed_by=SIGNED, signed=SIGNED)


def test_every_kind_beside_cases_is_opened_and_taken_a_step(player: Player) -> None:
    """Each opening the county may do, and each next step that its page offers, until none is new."""
    place = {"place.text": "DEMO 渠边"}
    case = player.case(summary="DEMO 会诊")
    given: dict[str, dict[str, Any]] = {
        "sweep.planned": {"offices": [VILLAGE], "due": "2026-12-20"}, "consultation.requested": {"case": case},
        "assessment.opened": {"mediator": "x9", "start": "2026-01-01", "end": "2026-06-30"},
        "duty.published": {"person": "x1", "date": "2026-12-20", "start": "9:00", "end": "11:00", "seats": "3"},
        "petition.registered": {"persons": "演示甲"}, "referral.made": {"service": "counselling", "to": COUNTY},
        **dict.fromkeys(("hazard.reported", "small_service.recorded", "talk_item.told", "public_qa.registered"), place),
    }
    refused: dict[str, str] = {}
    for name in aggregates.NAMES:
        kind = aggregates.opening(name)
        if not allowed(kind):
            continue
        record = player.step(kind, **given.get(kind, {}))
        for _ in range(12):
            page = player.client.get(f"/console/records/{record}").text
            ahead = [one for one in re.findall(rf"/console/records/{record}/do/([a-z_.]+)", page) if one not in player.done]
            if not ahead:
                break
            for kind in ahead:
                try:
                    player.step(kind, record)
                    break
                except AssertionError as no:
                    refused[kind] = str(no)
                    player.done.add(kind)
    print("not by types alone:", {kind: why[:160] for kind, why in refused.items()})
    opened = {aggregates.opening(name) for name in aggregates.NAMES if allowed(aggregates.opening(name))}
    assert opened <= player.done
    assert len(refused) <= 12, refused


def allowed(kind: str) -> bool:
    return kind not in BY_PROGRAM and any(policy.allows(kind, "county", role) for role in codes.names("role"))


FILES: dict[str, tuple[str, bytes]] = {
    "staff import": ("人员.csv", "id,name,office,roles\nx7,演示七,150822000000,mediator\n".encode()),
    "helpers import": ("协助.csv", f"office,name,kind\n{VILLAGE},演示老人,elder\n".encode()),
}
GIVEN: dict[str, dict[str, Any]] = {
    "staff add": {"id": "x8", "name": "演示八", "office": COUNTY, "roles": ["mediator", "judge"]},
    "staff pin": {"id": "v1"}, "staff revoke": {"id": "t1"},
    "roster set": {"staff": "x9", "specialities": "DC02"}, "roster remove": {"staff": "x9"},
    "assessment compute": {"mediator": "x9", "start": "2026-01-01", "end": "2026-06-30"},
    "assessment open": {"mediator": "x9", "start": "2025-01-01", "end": "2025-06-30"},
    "enrol": {"office": VILLAGE}, "office show": {"office": COUNTY},
    "office set": {"office": COUNTY, "committee": "DEMO 县调委会", "chair": "x1", "members": ["x1", "x2", "x9"]},
    "office rename": {"office": VILLAGE, "name": "演示社区", "start": "2027-01-01"},
    "office phone": {"office": TOWN, "number": "0478-1234567"}, "office add": {"organ": "court", "name": "演示县人民法院"},
    "subsidy compute": {"period": "2026"}, "subsidy list": {"period": "2026"}, "subsidy publicise": {"period": "2026"},
    "exchange export": {"profile": "plain", "format": "csv"}, "token add": {"scopes": ["cases:read", "figures:read"]},
    "webhook add": {"target": "https://demo.invalid/notices"},
}
# What this small county has nothing for, or what is tried where its files are: the form is opened, and an empty one is refused.
OPENED_ONLY = frozenset({
    "device revoke", "device move", "device lend", "device admit", "device take", "office close", "office replace", "office move",
    "office import", "grids import", "roster import", "rules table", "rules calendar", "assessment score", "appointment confirm",
    "subsidy approve", "subsidy pay", "exchange import", "exchange show", "exchange accept",
    "exchange return", "petition print", "legal-aid print",
})


@pytest.mark.parametrize("words", [*table()[0]])
def test_every_verb_of_the_command_line_that_has_a_form_is_done_by_it(player: Player, words: str) -> None:
    if table()[0][words].admin:
        refused = player.client.get("/console/do/" + "/".join(words.split()))
        assert "管理员" in notice(refused.text)
        with player.hub.console() as keeper:
            play_verb(keeper, words)
    else:
        play_verb(player.client, words)


def play_verb(client: Any, words: str) -> None:
    path = "/console/do/" + "/".join(words.split())
    page = client.get(path)
    assert page.status_code == 200, notice(page.text)
    assert not re.search(r"〔[a-z_]+\.", page.text), "a text is missing"
    if '<form class="card act"' not in page.text:
        return                              # a listing without a question
    if words in OPENED_ONLY:
        data = {"csrf": form_of(page.text).values["csrf"]}
        assert client.post(path, data=data).status_code in (200, 400)
        return
    given = GIVEN.get(words, {})
    files = {"file": FILES[words]} if words in FILES else None
    data = filled(form_of(page.text), given)
    answer = client.post(path, data=data, files=files)
    assert answer.status_code == 200, (notice(answer.text), data)
    assert judged(answer)[0] == [], words


def test_what_only_a_village_may_do_is_told_with_its_reason(player: Player) -> None:
    case = player.case(summary="DEMO 网格")
    never = [verb for verb, kind in VERBS.items() if not allowed(kind)]
    assert "assign_grid" in never or never == []
    for verb in never:
        answer = player.client.get(f"/console/cases/{case}/do/{verb}")
        assert answer.status_code == 400, verb
        assert notice(answer.text), verb
        assert notice(answer.text), verb


def test_a_form_sent_twice_is_done_once_and_one_that_is_wrong_comes_back_filled(player: Player) -> None:
    case = player.case(summary="DEMO 两次")
    path = f"/console/cases/{case}/do/add_note"
    data = filled(form_of(player.client.get(path).text), {"text": "DEMO 只记一次"})
    for _ in range(2):
        assert player.client.post(path, data=data).status_code == 200
    assert player.client.get(f"/console/cases/{case}").text.count("DEMO 只记一次") == 1
    path = f"/console/cases/{case}/do/triage"
    data = filled(form_of(player.client.get(path).text), {"text": "DEMO 写了一半", "risk": ""})
    answer = player.client.post(path, data={**data, "q.risk": [""], "q.difficulty": [""]})
    assert answer.status_code == 400
    assert "DEMO 写了一半" in answer.text
    assert answer.text.count('class="wrong"') == 2


@pytest.fixture(scope="module")
def walk(player: Player) -> Walk:
    """After everything above: each page that the console links to, its papers and files."""
    made = Walk(player.client)
    made.all(PAGES)
    return made


def test_whatever_was_typed_or_written_is_text_in_every_page_and_file(player: Player, walk: Walk) -> None:
    print(len(walk.seen), "addresses", len(walk.marked), "with marks; fields that take none:", sorted(player.plain))
    assert walk.wrong == {}, [*walk.wrong.items()][:8]
    assert len(walk.marked) > 40
    token = form_of(player.client.get("/console/cases/new").text).values["csrf"][0]
    for path, asked in (("cases", {}), ("records", {"kind": "hazard", "all": "1"}), ("records", {"kind": "petition", "all": "1"}),
                        ("audit", {})):
        for kind in ("csv", "xlsx"):
            given = player.client.post(f"/console/{path}/export", data={"csrf": token, "form": kind, **asked})
            assert judged(given)[0] == [], path
            assert path == "audit" or kind == "xlsx" or "zq7" in given.text


def test_a_mark_leaves_by_no_interface_stream_room_or_error_page_either(player: Player, walk: Walk) -> None:
    """JSON as JSON, lines as lines, a page as text: what other systems, browsers and people without an account are answered."""
    assert any("application/pdf" in kind for kind in walk.seen.values())
    token = opened_token(player)
    bearer = {"authorization": f"Bearer {token}"}
    marked, paths = 0, ["/cases?limit=200", "/records?limit=200", "/exchange/plain/rows", "/figures/2026",
                        f"/records/{quote(mark(40))}",
                        f"/cases?number={quote(mark(60))}", f"/{quote(mark(60))}"]
    for path in paths:
        answer = player.client.get(f"/api/v1{path}", headers=bearer)
        assert judged(answer)[0] == [], path
        assert answer.headers["content-type"] in ("application/json", "application/problem+json"), path
        marked += "zq7" in answer.text
        if path.startswith("/cases?limit"):
            paths += [f"/cases/{row['id']}/timeline" for row in answer.json()["items"][:12]]
    assert marked > 5
    player.client.get("/console/cases", headers={"user-agent": TAIL})
    with player.client.stream("GET", "/console/live", params={"page": f"/console/cases?q={mark()}", "since": mark(60)}) as stream:
        begun = next(stream.iter_bytes())
    assert judged(httpx2.Response(200, headers=stream.headers, content=begun))[0] == []
    with loopback.Client(base_url=player.hub.url, follow_redirects=True, headers={"user-agent": TAIL}) as stranger:
        for answer in (stranger.get(f"/console/{quote(mark())}"),
                       stranger.get("/console/wall", params={"word": mark()}),
                       stranger.post("/console/wall/sign", data={"word": mark()}),
                       stranger.get("/console/login", params={"next": mark(), "staff": mark()}),
                       stranger.post("/console/login", data={"staff": mark(60), "password": mark(), "next": "/console/account"}),
                       stranger.post("/console/login", data={"staff": "x1", "password": PASSWORD, "next": "/console/account"})):
            assert judged(answer)[0] == [], (answer.url, judged(answer)[0])
        assert "zq7" in answer.text, "the list of sessions names the browser"
    asked = urlencode({"q": mark(), "state": mark(), "from": mark()})
    within = (f"{folder}{quote(mark())}" for folder in ("", "cases/", "records/", "do/", "figures/", "zone/"))
    for path in (*(f"/console/{one}" for one in within), f"/console/cases?{asked}", "/console/wall"):
        assert judged(player.client.get(path))[0] == [], path
    form = {"title": mark(120), "guests": f"{mark(40)}\n演示乙", "phone": "", "verified": mark(120), "date": "2026-12-01",
            "csrf": form_of(player.client.get("/console/cases/new").text).values["csrf"][0], "source": mark(40), "start": "09:30"}
    for room in (player.client.post("/console/rooms/new", data={**form, "date": ""}),
                 player.client.post("/console/rooms/new", data={**form, "source": "", "date": today(player)})):
        assert judged(room)[0] == [], room.url
        assert "zq7" in room.text
    for path in (room.url.path, f"{room.url.path}/in", "/console/rooms"):
        inside = player.client.get(path)
        assert inside.status_code == 200
        assert judged(inside)[0] == [], path
        assert "zq7" in inside.text or path.endswith("/in")


def today(player: Player) -> str:
    found = re.search(r'name="date" value="([^"]+)"', player.client.get("/console/rooms/new").text)
    assert found
    return found[1]


def opened_token(player: Player) -> str:
    """A token of the interface that may read everything, made on its page."""
    with player.hub.console() as keeper:
        path = "/console/do/token/add"
        form = form_of(keeper.get(path).text)
        scopes = [one for one in form.options["q.scopes"] if one]
        made = keeper.post(path, data=filled(form, {"name": "DEMO 读", "scopes": scopes, "days": "3"}))
    found = re.search(r"shuoshi_\w+", made.text)
    assert found, notice(made.text)
    return html.unescape(re.search(r"shuoshi_[\w-]+", made.text)[0])     # type: ignore[index]


@pytest.mark.gui
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_no_mark_runs_in_a_browser(player: Player, walk: Walk) -> None:
    said: list[str] = []
    with browsing() as browser:
        context = browser.new_context()
        cookies = player.client.cookies.items()
        context.add_cookies([{"name": name, "value": value, "url": player.hub.url} for name, value in cookies])
        page = context.new_page()
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda fault: said.append(str(fault)))
        for path in walk.marked[::4]:
            page.goto(player.hub.url + path)
            assert page.locator("img[src=zq7]").count() == 0, path
        context.close()
    assert said == []
