"""The console over real HTTP: signing in, what the pages show, what the buttons do, what they refuse."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from shared.ledger.days import local_date
from shared.ledger.files import voice
from shared.ledger.formats.documents import make_chunk
from shared.ledger.formats.ids import PlatformNumber
from tests.county_hub.room.conftest import browsing
from tests.shared.ledger.files.test_voice import recorded
from tests.support.county_hub.browsing import CHROMIUM, sign_in
from tests.support.county_hub.hub_support import (
    COUNTY,
    NEIGHBOUR,
    OTHER_VILLAGE,
    PASSWORD,
    TOWN,
    VILLAGE,
    RunningHub,
    found_county,
    opened,
    running_hub,
    store_in_county,
    with_account,
)
from tests.support.shared.domain_events import World

NOTE = voice.fit(recorded(1), "audio/wav", "note")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NASTY = "DEMO <script>alert('x')</script> & \"渠\""


@dataclass(frozen=True, slots=True)
class Scene:
    home: Path
    hub: RunningHub
    rich: str           # a case with a file, escalated to the town
    number: str


def number(office: str, counter: int) -> str:
    return str(PlatformNumber(office, 2026, 1, counter))


def supervise(client: Any, case: str, token: str, **form: str) -> Any:
    return client.post(f"/console/cases/{case}/do/supervise", data={
        "csrf": token, "q.to": VILLAGE, **{f"q.{name}": value for name, value in form.items()}})


def add_staff(home: Path, staff: str, office: str, role: str) -> None:
    words = ("--id", staff, "--name", f"演示{staff}", "--office", office, "--roles", role)
    assert main(["staff", "add", str(home), *words]) == 0


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = found_county(tmp_path_factory.mktemp("console"))
    for staff, role in (("x1", "supervisor"), ("x2", "judge")):
        add_staff(home, staff, COUNTY, role)
    add_staff(home, "v1", VILLAGE, "mediator")
    world = World()
    for n in range(30):
        world.register(NEIGHBOUR, number=number(NEIGHBOUR, n + 1), summary=f"DEMO 第{n}件", category="DC01")
    ended = world.register(OTHER_VILLAGE, number=number(OTHER_VILLAGE, 1), summary="DEMO 已结")
    world.event(ended.subject, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]}, office=OTHER_VILLAGE)
    chunk = make_chunk(PNG)
    manifest = {
        "name": "水渠 1.png", "type": "image/png", "size": len(PNG), "sha256": hashlib.sha256(PNG).hexdigest(),
        "chunks": [chunk["_id"][6:]], "purpose": "photo", "thumb": base64.b64encode(PNG).decode(),
    }
    absent = {**manifest, "name": "还没到.png", "sha256": "0" * 64, "chunks": ["1" * 64]}
    spoken = make_chunk(NOTE)
    note = {**manifest, "name": "录音.wav", "type": "audio/wav", "size": len(NOTE), "sha256": hashlib.sha256(NOTE).hexdigest(),
            "chunks": [spoken["_id"][6:]], "purpose": "paper", "thumb": None}
    rich = world.register(
        VILLAGE, number=number(VILLAGE, 7), summary=NASTY, risk=4, files=[manifest, absent, note],
        parties=[{"name": "演示<b>甲</b>", "role": "applicant"}, {"name": "演示乙", "role": "respondent"},
                 {"name": "演示小丙", "role": "third_party", "age": 9, "guardian": "演示丁"},
                 {"name": "演示戊", "role": "agent", "mandate": {"principals": [1], "scope": "special"}}],
    ).subject
    world.event(rich, "case.escalate_requested", {"to": TOWN, "reason": "DEMO 需要司法所"})
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with opened(home) as hub, hub.databases.lease(f"office-{COUNTY}-files") as files:
        assert files.bulk_docs([chunk, spoken], new_edits=False) == []
    with running_hub(home, COUNTY_HUB_PAGE_SIZE="10") as hub:
        yield Scene(home, hub, rich, number(VILLAGE, 7))


@pytest.mark.gui
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_spoken_note_is_played_in_the_page(scene: Scene) -> None:
    with_account(scene.home, "x1")
    with browsing() as browser:
        page = browser.new_page()
        page.goto(f"{scene.hub.url}/console/cases/{scene.rich}")
        sign_in(page)
        player = page.locator("audio")
        assert player.get_attribute("aria-label") == "录音.wav"
        heard = player.evaluate("""async (audio) => { await audio.play(); audio.pause(); return audio.duration; }""")
        page.context.close()
    assert round(heard, 1) == 1.0


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found.group(1)


# --- signing in ---


def test_every_page_asks_a_stranger_to_sign_in_and_brings_him_back(scene: Scene) -> None:
    with scene.hub.client() as client:
        for path in ("/console/", "/console/cases?state=closed", "/console/offices", "/console/quarantine", "/console/x",
                     f"/console/cases/{scene.rich}", f"/console/cases/{scene.rich}/files/{'0' * 64}"):
            answer = client.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/console/login?next=%2Fconsole%2F")
        page = client.get("/console/login?next=/console/cases")
        assert 'value="/console/cases"' in page.text
        answer = client.post("/console/login", data={"staff": "admin", "password": PASSWORD, "next": "/console/cases"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/cases")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/console/\\evil", "/office-x", ""])
def test_after_signing_in_nobody_is_sent_elsewhere(scene: Scene, wanted: str) -> None:
    with scene.hub.client() as client:
        answer = client.post("/console/login", data={"staff": "admin", "password": PASSWORD, "next": wanted})
        assert answer.headers["location"] == "/console/"


def test_a_wrong_password_or_an_unknown_person_is_refused_alike(scene: Scene) -> None:
    with scene.hub.client() as client:
        pages = [
            client.post("/console/login", data={"staff": staff, "password": password})
            for staff, password in (("x1", "wrong"), ("nobody", PASSWORD), ("v1", PASSWORD))
        ]
        empty = client.post("/console/login", data={"staff": "", "password": ""})
    assert [page.status_code for page in pages] == [403] * 3
    assert all("工号或口令不对" in page.text for page in pages)
    assert (empty.status_code, "工号或口令不对" in empty.text) == (400, False), "what was not filled in is asked for"


def test_a_forged_or_damaged_cookie_is_nobody(scene: Scene) -> None:
    with scene.hub.console("x1") as client:
        good = client.cookies["hub_console"]
    for value in (good[:-1] + ("0" if good[-1] != "0" else "1"), "x", "!!!.abc", good[:20]):
        with scene.hub.client(cookies={"hub_console": value}) as client:
            assert client.get("/console/").status_code == 303, value


def test_signing_out_ends_it(scene: Scene) -> None:
    with scene.hub.console("x1") as client:
        page = client.get("/console/").text
        client.post("/console/logout", data={"csrf": csrf(page)})
        assert "hub_console" not in client.cookies


# --- pages ---


def test_the_overview_counts_cases_and_shows_the_urgent_one(scene: Scene) -> None:
    with scene.hub.console() as client:
        page = client.get("/console/").text
    tiles = dict(re.findall(r'<span class="word">([^<]+)</span><b>([^<]+)</b>', page))
    assert tiles["在办"] == "31"
    assert set(tiles) == {"在办", "超期", "本月登记", "本月化解率"}
    assert "红色风险 1" in page
    assert "旧地村〔2026〕001-0007" in page
    assert '<meta http-equiv="refresh" content="60">' in page           # an alarm shows although nobody touches the page


def test_pages_carry_strict_headers_and_load_nothing_from_elsewhere(scene: Scene) -> None:
    with scene.hub.console("x1") as client:
        for path in ("/console/", "/console/cases", f"/console/cases/{scene.rich}", "/console/offices", "/console/quarantine"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
            assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text), path
            scripts = re.findall(r"<script[^>]*>[^<]*", answer.text)
            own = re.compile(r'<script src="/console/static/(?:console|live)\.js\?[0-9a-f]+" defer>')
            assert all(own.fullmatch(one) for one in scripts), path
            assert "〔console." not in answer.text, path
        style = client.get("/console/static/console.css")
        assert style.headers["content-type"].startswith("text/css")
        assert "url(" not in style.text


def test_the_list_pages_filters_and_searches(scene: Scene) -> None:
    with scene.hub.console() as client:
        first = client.get("/console/cases").text
        assert "共 32 件" in first
        assert "第 1 页，共 4 页" in first
        assert first.count('<td class="number">') == 10
        assert client.get("/console/cases?page=4").text.count('<td class="number">') == 2
        assert "第 4 页，共 4 页" in client.get("/console/cases?page=999").text
        for query, count in (
            (f"office={TOWN}", 31), (f"office={VILLAGE}", 1), (f"office={OTHER_VILLAGE}", 1), ("risk=4", 1),
            ("state=closed", 1), ("q=演示乙", 32), ("q=第17件", 1), ("q=旧地村〔2026〕001-0007", 1), (f"q={scene.number}", 1),
            ("q=不存在的字", 0), ("q=%22", 32), ("q=*+OR+1", 0), ("risk=x", 32), ("page=x", 32), ("office=1", 0),
            ("q=演示+第3件", 1), ("state='%3B--", 0),
        ):
            assert f"共 {count} 件" in client.get(f"/console/cases?{query}").text, query


def test_overdue_means_open_and_past_its_date(scene: Scene) -> None:
    with scene.hub.console() as client:
        page = client.get("/console/cases?overdue=1").text
    # Everything was registered in March; the settled one waits for its visit and is not counted.
    assert "共 31 件" in page
    assert "超期" in page


def test_a_case_shows_timeline_parties_clocks_and_files_all_escaped(scene: Scene) -> None:
    with scene.hub.console() as client:
        page = client.get(f"/console/cases/{scene.rich}").text
    assert "DEMO &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;渠&#34;" in page
    assert "演示&lt;b&gt;甲&lt;/b&gt;" in page
    for word in ("登记纠纷", "上报巴彦高勒镇", "起等接收", "期限", "data:image/png;base64,", "水渠 1.png", "原件待传"):
        assert word in page, word
    assert "您的账号只能查看" in page
    assert "/do/supervise" not in page


def test_a_case_names_who_guards_a_child_and_for_whom_an_agent_acts(scene: Scene) -> None:
    with scene.hub.console() as client:
        page = client.get(f"/console/cases/{scene.rich}").text
    for words in ("演示小丙", "9岁", "监护人：演示丁", "代演示乙"):
        assert words in page, words


def test_a_file_is_given_whole_to_who_signed_in_and_only_if_the_case_names_it(scene: Scene) -> None:
    digest = hashlib.sha256(PNG).hexdigest()
    with scene.hub.console() as client:
        answer = client.get(f"/console/cases/{scene.rich}/files/{digest}")
        assert answer.content == PNG
        assert answer.headers["content-type"] == "image/png"
        assert client.get(f"/console/cases/{scene.rich}/files/{'0' * 64}").status_code == 404
        assert client.get(f"/console/cases/{scene.rich}/files/{'2' * 64}").status_code == 404
        other = "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D"
        assert client.get(f"/console/cases/{other}/files/{digest}").status_code == 404


def test_the_page_says_on_whose_device_a_visiting_officer_signed(scene: Scene) -> None:
    visitor = ["--id", "t9", "--name", "演示司法员", "--office", TOWN, "--roles", "mediator"]
    assert main(["staff", "add", str(scene.home), *visitor]) == 0
    world = World()
    case = world.register(OTHER_VILLAGE).subject
    world.event(case, "case.note_added", {"text": "DEMO 来村帮忙"}, actor="t9", office=OTHER_VILLAGE)
    store_in_county(scene.home, [event.doc() for event in world.events[case]])
    with scene.hub.console() as client:
        page = client.get(f"/console/cases/{case}").text
    assert page.count("的设备上签署") == 1
    assert "巴彦高勒镇人员，在" in page


def test_an_unknown_page_or_case_is_a_page_that_says_so(scene: Scene) -> None:
    with scene.hub.console() as client:
        for path in ("/console/nothing", "/console/cases/x", "/console/cases/01J9ZK3V7Q8W9X0Y1Z2A3B4C5D"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert "<html" in answer.text


def test_offices_show_who_has_not_been_heard_of(scene: Scene) -> None:
    now = 86_400_000
    with opened(scene.home) as hub:
        for office, days in ((VILLAGE, 0), (NEIGHBOUR, 9)):
            key = World().key(office).public
            hub.directory.add_device(f"{office}-001", office=office, slot="001", public_key=key, role="tablet")
            hub.registry.add_contacts({f"{office}-001": (office, hub.clock() - days * now, 1, "")})
    with scene.hub.console() as client:
        page = client.get("/console/offices").text
        silent = client.get("/console/offices?silent=1").text
    assert "9 天前" in page
    assert "旧地村" in page
    assert "南滩村" in silent
    assert "旧地村" not in silent


# --- acts ---


def test_a_supervision_from_the_page_is_a_signed_event_of_the_hubs_own_device(scene: Scene) -> None:
    with scene.hub.console("x1") as client:
        page = client.get(f"/console/cases/{scene.rich}").text
        answer = supervise(client, scene.rich, csrf(page), level="supervise", text="DEMO 请三日内回复 <b>",
                           due=local_date(4_000_000_000_000))
        assert answer.status_code == 200
        assert "已办：督办" in answer.text
        assert "DEMO 请三日内回复 &lt;b&gt;" in answer.text
    with opened(scene.home) as hub:
        docs = [row.doc for row in hub.replica.all_docs(startkey=f"case:{scene.rich}:", endkey=f"case:{scene.rich}:z",
                                                       include_docs=True)]
    (event,) = [doc for doc in docs if doc and doc["kind"] == "case.supervision_issued" and "三日内" in doc["body"]["text"]]
    assert (event["device"], event["actor"], event["role"]) == (f"{COUNTY}-000", "x1", "supervisor")
    assert event["body"]["to"] == VILLAGE
    assert event["after"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"level": "king", "text": "x", "due": "2999-01-01"}, "king"),
        ({"level": "reminder", "text": "  ", "due": "2999-01-01"}, "请填写"),
        ({"level": "reminder", "text": "x", "due": "2020-01-01"}, "2020-01-01"),
        ({"level": "reminder", "text": "x", "due": "morgen"}, "morgen"),
    ],
)
def test_a_wrong_form_comes_back_with_a_sentence_and_what_was_typed(scene: Scene, form: dict[str, str], words: str) -> None:
    with scene.hub.console("x1") as client:
        token = csrf(client.get(f"/console/cases/{scene.rich}").text)
        answer = supervise(client, scene.rich, token, **form)
    assert answer.status_code == 400
    assert words in answer.text


def test_nothing_is_done_without_the_token_or_without_a_name(scene: Scene) -> None:
    form = {"level": "reminder", "text": "DEMO 不应写入", "due": "2999-01-01"}
    with scene.hub.console("x1") as client:
        assert supervise(client, scene.rich, "", **form).status_code == 403
        assert supervise(client, scene.rich, "0" * 64, **form).status_code == 403
    with scene.hub.console() as client:
        token = csrf(client.get("/console/").text)
        assert supervise(client, scene.rich, token, **form).status_code == 400
    with scene.hub.console("x2") as client:
        token = csrf(client.get("/console/").text)
        answer = supervise(client, scene.rich, token, **form)
        assert "当前角色无权办理" in answer.text
    with scene.hub.client() as client:
        assert supervise(client, scene.rich, "", **form).status_code == 303
    with scene.hub.console() as client:
        assert "不应写入" not in client.get(f"/console/cases/{scene.rich}").text


def test_the_command_line_acts_while_serve_runs_and_the_page_shows_it(scene: Scene, capsys: Any) -> None:
    capsys.readouterr()
    assert main(["case", "supervise", str(scene.home), scene.number, "--as", "x1", "--text", "DEMO 命令行督办", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["case"] == scene.rich
    with scene.hub.console() as client:
        assert "DEMO 命令行督办" in client.get(f"/console/cases/{scene.rich}").text
    assert main(["case", "list", str(scene.home), "--search", "演示乙", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 32
    assert main(["case", "show", str(scene.home), scene.number]) == 0
    assert "命令行督办" in capsys.readouterr().out
    assert main(["case", "show", str(scene.home), scene.rich, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holder"] == VILLAGE
    assert main(["status", str(scene.home), "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["cases"]["by_state"]["registered"] == 31
    jobs = {"sweep", "retention", "retries", "report", "forget", "forget_rooms"}
    assert {job["name"] for job in status["jobs"] if job["next"]} == jobs
    assert main(["case", "show", str(scene.home), "nothing"]) == 2
    assert main(["case", "list", str(scene.home), "--state", "nothing"]) == 2
    assert main(["case", "supervise", str(scene.home), scene.rich, "--as", "v1", "--text", "x"]) == 2


def test_a_letter_that_the_judge_would_refuse_is_never_signed(scene: Scene) -> None:
    """Too long a text, a day that is past, a case that the county itself holds: each comes back with its reason."""
    with opened(scene.home) as hub:
        county_own = CountyActs(hub).register("x1", {
            "summary": "DEMO 县级窗口登记", "category": "DC01",
            "parties": [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}]}).id
        before = len(hub.replica.all_docs(startkey="case:", endkey="case;"))
    form = {"level": "reminder", "text": "DEMO 催办", "due": "2999-01-01"}
    with scene.hub.console("x1") as client:
        token = csrf(client.get(f"/console/cases/{scene.rich}").text)
        for case, wrong, words in ((scene.rich, {"text": "长" * 4001}, "4000"), (county_own, {}, "上级"),
                                   (scene.rich, {"due": "2020-01-01"}, "2020-01-01")):
            answer = supervise(client, case, token, **{**form, **wrong})
            assert answer.status_code == 400
            assert words in answer.text
    for wrong_words in (["--text", "长" * 20_000], ["--text", "DEMO", "--due", "2020-01-01"]):
        assert main(["case", "supervise", str(scene.home), scene.rich, "--as", "x1", *wrong_words]) == 2
    assert main(["case", "supervise", str(scene.home), county_own, "--as", "x1", "--text", "DEMO"]) == 1
    with opened(scene.home) as hub:
        assert len(hub.replica.all_docs(startkey="case:", endkey="case;")) == before
