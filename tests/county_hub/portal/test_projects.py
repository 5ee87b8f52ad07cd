"""公开问政: everybody reads what was announced, asked and promised; a citizen asks, and the answer is there for all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from county_hub.demands import code as codes
from tests.county_hub.portal.test_portal import Scene, serving
from tests.support import loopback
from tests.support.county_hub.hub_support import COUNTY, found_county, opened
from tests.support.county_hub.marks import judged, mark

PLACE = {"office": COUNTY, "text": "DEMO 一组渠边"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = found_county(tmp_path_factory.mktemp("projects"))
    person = ["--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "mediator,supervisor"]
    assert main(["staff", "add", str(home), *person]) == 0
    with opened(home) as hub:
        acts = CountyActs(hub)
        ids = []
        for title in ("DEMO 支渠改道", "DEMO 还没公告的"):
            made = acts.record("public_qa.registered", None, "x1", {"title": title, "kind": "infrastructure", "place": PLACE,
                                                                     "organiser": "演示水利站"})
            ids.append(made.id)
        acts.record("public_qa.risk_assessed", ids[0], "x1", {"level": "low", "controllable": True, "text": "DEMO 内部评估"})
        acts.record("public_qa.meeting_announced", ids[0], "x1", {"date": "2026-12-05", "place": "DEMO 村委会"})
        hub.projector.catch_up()
    with serving(home) as url:
        yield Scene(url, home, ids[0], ids[1], "", "")


def ask(scene: Scene, about: str, **texts: str) -> httpx2.Response:
    asked = {"about": about, "text": "DEMO 渠改了，我家地怎么浇", "name": "演示甲", "phone": "10000000001"}
    data = {"code": codes.new(), **asked, **texts}
    return loopback.post(f"{scene.url}/submit", data=data, files=[("photos", ("", b"", "image/jpeg"))], timeout=30)


def test_what_is_announced_is_shown_and_what_is_not_is_nowhere(scene: Scene) -> None:
    listed = loopback.get(f"{scene.url}/projects", timeout=30).text
    assert "DEMO 支渠改道" in listed
    assert "还没公告" not in listed
    page = loopback.get(f"{scene.url}/projects/{scene.case}", timeout=30).text
    for text in ("DEMO 支渠改道", "演示水利站", "DEMO 村委会", "12月5日"):
        assert text in page
    assert "内部评估" not in page
    for id in (scene.number, "x", "0" * 26, "%00", "a" * 500):
        assert loopback.get(f"{scene.url}/projects/{id}", timeout=30).status_code == 404


def test_a_question_is_answered_for_everybody_without_its_name(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    code = codes.new()
    assert ask(scene, scene.case, code=code).status_code == 200
    wrong = ask(scene, scene.case, text="短", phone="没有")
    assert wrong.status_code == 400
    assert wrong.text.count('class="fault"') == 2
    assert 'value="没有"' in wrong.text
    assert ask(scene, scene.number).status_code == 404          # no project that anybody may see
    capsys.readouterr()
    assert main(["demand", "list", str(scene.home), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["category"], row["about"]) for row in rows] == [("question", scene.case)]
    n = str(rows[0]["n"])
    assert main(["demand", "accept", str(scene.home), n, "--as", "x1"]) == 2        # no case comes of a question
    answer = ["demand", "answer", str(scene.home), n, "--as", "x1", "--answer", "DEMO 新渠先通水再填旧渠", "--by", "演示水利站",
              "--commitment", "DEMO 四月前通水"]
    assert main(answer) == 1                                    # a promise has a day
    assert main([*answer, "--due", "2027-04-01"]) == 0
    page = loopback.get(f"{scene.url}/projects/{scene.case}", timeout=30).text
    for text in ("DEMO 渠改了，我家地怎么浇", "DEMO 新渠先通水再填旧渠", "DEMO 四月前通水", "4月1日"):
        assert text in page
    assert "演示甲" not in page
    assert "10000000001" not in page
    told = scene.ask(code=code).text
    assert "已经答复" in told
    assert re.search("回您的话：DEMO 新渠先通水", told)


ODD = ("%00", "%27%22%3E%3Cimg%20src=zq7%20onerror=alert(7)%3E", "9" * 30, "%C2%B2", "%ff%fe", "%2e%2e%2fetc", "x" * 3000)
WHERE = ("projects/", "language/", "static/", "room/", "room/static/", "")
FIELDS = {"/progress": ("number", "code"), "/rate": ("code", "party", "score", "text"),
          "/book": ("code", "party", "duty", "topic"),
          "/choose": ("code", "party", "method", "mediator"), "/promises": ("code", "party", "item", "kept", "text"),
          "/submit": ("category", "text", "office", "place", "name", "phone", "code", "about", "challenge", "solution")}


def test_nothing_that_is_typed_or_asked_of_the_citizens_page_gets_out_as_markup_or_breaks_it(scene: Scene) -> None:
    """Last here: guesses are counted."""
    with opened(scene.home) as hub:
        acts = CountyActs(hub)
        made = acts.record("public_qa.registered", None, "x1", {
            "title": mark(60), "kind": "infrastructure", "place": {"office": COUNTY, "text": mark()}, "organiser": mark(60)})
        acts.record("public_qa.risk_assessed", made.id, "x1", {"level": "low", "controllable": True, "text": mark()})
        acts.record("public_qa.meeting_announced", made.id, "x1", {"date": "2026-12-05", "place": mark(60)})
        acts.record("public_qa.question_answered", made.id, "x1", {"question": mark(), "answer": mark(), "by": mark(60)})
        hub.projector.catch_up()
    wrong = {}
    with loopback.Client(base_url=scene.url, timeout=30) as client:
        for page in ("/", "/offices", "/projects", f"/projects/{made.id}", "/submit", "/manifest.webmanifest", "/work",
                     "/worker.js", *(f"/{where}{odd}" for where in WHERE for odd in ODD),
                     *(f"/?{name}={odd}&{name}={odd}" for name in ("q", "code", "lang") for odd in ODD)):
            answer = client.get(page)
            if answer.status_code >= 500 or judged(answer)[0]:
                wrong[page[:60]] = (answer.status_code, judged(answer)[0])
        assert "zq7" in client.get(f"/projects/{made.id}").text
        for path, names in FIELDS.items():
            sent: dict[str, Any] = {"files": [("photos", ("", b"", "image/jpeg"))]} if path == "/submit" else {}
            answer = client.post(path, data={name: mark(200) for name in names}, **sent)
            if answer.status_code not in (400, 403, 404, 429) or judged(answer)[0]:
                wrong[path] = (answer.status_code, judged(answer)[0])
    assert wrong == {}
