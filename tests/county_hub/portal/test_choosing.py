"""A party chooses how and by whom it is mediated, and says of each promise whether it was kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from shared.disputes.case.citizen_slip import slip
from tests.county_hub.portal.test_portal import PARTIES, Scene, serving
from tests.support import loopback
from tests.support.county_hub.hub_support import COUNTY, found_county, opened
from tests.support.drafts import draft_of

RIGHTS = {"rights_told": True, "parties_willing": True, "mediators": ["x1"]}
ITEMS = [{"who": 1, "what": "DEMO 绝不外泄的约定", "amount_fen": 300000, "due_date": "2027-01-05"},
         {"who": 1, "what": "DEMO 修渠"}]


def scene_of(home: Path, url: str, acts: CountyActs, case: str) -> Scene:
    made = slip(acts.state(case), [acts.place.device.key], acts.hub.directory.latest())
    assert made is not None
    return Scene(url, home, case, made.number, made.typed, made.qr)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scene, Scene]]:
    """A case that was just registered, and one whose oral agreement is to be kept."""
    home = found_county(tmp_path_factory.mktemp("choosing"))
    words = home / "words" / "xx"
    words.mkdir(parents=True)
    (words / "language.toml").write_text('name = "Second"', "utf-8")
    second = '[item]\ndone = "Told"\nnote = "Second {who} {n}"\n[side]\napplicant = "First {n}"\n'
    (words / "portal.toml").write_text(second, "utf-8")
    with (home / "hub.toml").open("a", encoding="utf-8") as settings:
        settings.write('\nportal_catalogues = "words"\n')
    for id, name in (("x1", "演示员"), ("x2", "演示调解员")):
        person = ["--id", id, "--name", name, "--office", COUNTY, "--roles", "mediator,handler"]
        assert main(["staff", "add", str(home), *person]) == 0
    with opened(home) as hub:
        acts = CountyActs(hub)
        new, agreed = (acts.register("x1", {"summary": f"DEMO 事{n}", "category": "DC02", "parties": PARTIES,
                                            "place": {"office": COUNTY, "text": "DEMO"}}).id for n in range(2))
        for verb, draft in (("accept", RIGHTS), ("hold_session", {"place": "DEMO", "mediators": ["x1"], "rights_told": True,
                                                                  "summary": "DEMO"}),
                            ("reach_agreement", {"form": "oral", "facts": "DEMO", "items": ITEMS})):
            acts.case(verb, agreed, "x1", draft)
        hub.projector.catch_up()
        scenes = [scene_of(home, "", acts, case) for case in (new, agreed)]
    with serving(home) as url:
        first, second = (Scene(url, home, one.case, one.number, one.code, one.qr) for one in scenes)
        yield first, second


def faults(page: Any) -> list[str]:
    return re.findall(r'class="fault" id="e-([a-z]+)"', page.text)


def state_of(scene: Scene) -> Any:
    with opened(scene.home) as hub:
        return CountyActs(hub).state(scene.case)


def test_a_party_chooses_once_and_the_holder_has_it_to_confirm(two: tuple[Scene, Scene]) -> None:
    scene, _ = two
    assert 'action="/choose"' in scene.ask(code=scene.qr).text
    page = scene.ask("/choose", code=scene.qr)
    assert "演示调解员" in page.text
    assert "演示甲" not in page.text
    unfilled = scene.ask("/choose", code=scene.qr, party="0", method="people")
    assert (unfilled.status_code, faults(unfilled)) == (400, ["mediator"])
    assert 'value="people" required checked' in unfilled.text
    assert faults(scene.ask("/choose", code=scene.qr, party="7")) == ["party", "method", "mediator"], "all at once"
    foreign = scene.ask("/choose", code=scene.qr, party="0", method="people", mediator="portal")
    assert foreign.status_code == 400
    chosen = scene.ask("/choose", code=scene.qr, party="0", method="people", mediator="x2")
    assert (chosen.status_code, "已记下" in chosen.text) == (200, True), chosen.text
    assert scene.ask("/choose", code=scene.qr, party="0", method="people", mediator="-").status_code == 400
    scene.ask("/choose", code=scene.qr, party="1", method="people", mediator="-")
    state = state_of(scene)
    assert [(party, who) for party, _, who in state.choice.by_party] == [(0, "x2"), (1, "")]
    assert state.choice.confirmed == (), "a person confirms"


def test_what_is_said_of_a_promise_reaches_the_holder_and_nothing_of_it_is_shown(two: tuple[Scene, Scene]) -> None:
    _, scene = two
    page = scene.ask("/promises", code=scene.qr)
    assert "第 1 项　1月5日前　3,000 元" in page.text
    for private in ("绝不外泄", "修渠", "演示甲", "演示乙"):
        assert private not in page.text
    assert scene.ask("/promises", code=scene.qr, party="0", item="7", kept="yes").status_code == 400
    short = scene.ask("/promises", code=scene.qr, party="9", item="8", kept="no", text="无话")
    assert (short.status_code, faults(short), "无话" in short.text) == (400, ["item", "party", "text"], True), "say what"
    assert faults(scene.ask("/promises", code=scene.qr, text="无话")) == ["item", "party", "kept"]
    kept = loopback.post(scene.url + "/promises", data={"code": scene.qr, "party": "0", "item": "0", "kept": "yes"}, timeout=30,
                       cookies={"language": "xx"})
    assert (kept.status_code, "Told" in kept.text, "First" in kept.text) == (200, True, True), kept.text
    broken = scene.ask("/promises", code=scene.qr, party="0", item="1", kept="no", text="渠一点没有修")
    assert "有一方说没有做到" in broken.text, broken.text
    state = state_of(scene)
    assert [item.disputed for item in state.agreement.items] == [False, True]
    assert any("说协议第1项已经做到" in line.text for line in state.timeline), [line.text for line in state.timeline]
    assert state.agreement.items[0].status != "performed", "the holder records it with his proof"
    assert scene.ask("/promises", code=scene.qr, party="1", item="1", kept="no", text="渠一点没有修").status_code == 400


def test_a_planned_session_is_told_with_day_and_hour_and_no_place(two: tuple[Scene, Scene]) -> None:
    scene, _ = two
    with opened(scene.home) as hub:
        acts = CountyActs(hub)
        acts.case("plan_session", scene.case, "x1", {
            **draft_of("case.session_planned", today=acts.today()), "date": "2099-03-05", "time": "09:30", "place": "演示密室"})
        hub.projector.catch_up()
    page = scene.ask(code=scene.qr)
    assert "3月5日 09:30" in page.text
    assert "演示密室" not in page.text
