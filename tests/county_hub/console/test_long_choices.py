"""What is chosen from a list longer than a page offers: any of it can be chosen, without a script, and the page says how many
there are."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import httpx2
import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from county_hub.county.forms import seeking
from county_hub.county.forms.form_desk import case_setting
from shared.disputes.forms.form import ActionForm
from shared.disputes.forms.questions import form_for
from shared.disputes.forms.sought import IN_ROWS, OFFERED, Sought, part
from tests.support.county_hub import hub_support
from tests.support.county_hub.hub_support import (
    COUNTY,
    DIVISIONS,
    VILLAGE,
    another_county,
    found_county,
    opened,
    running_hub,
    store_in_county,
)
from tests.support.county_hub.player import form_of, notice
from tests.support.shared.domain_events import World

MANY, LAST, REVOKE = OFFERED + 30, "z-last", "/console/do/staff/revoke"
DUTY, VILLAGES, LAST_OFFICE = "/console/records/new/duty.published", IN_ROWS + 20, "150822102299"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    made, file = found_county(folder), folder / "staff.csv"
    people = [f"p{n:03},DEMO 演示{n:03},{VILLAGE},mediator" for n in range(MANY)]
    file.write_text("\n".join(("id,name,office,roles", f"x1,演示员,{COUNTY},dispatcher", *people,
                               f"{LAST},DEMO 末位,{VILLAGE},mediator")) + "\n", "utf-8")
    assert main(["staff", "import", str(made), str(file)]) == 0
    return made


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county of one town more, with so many villages that no list of offices is offered whole."""
    folder = tmp_path_factory.mktemp("offices")
    town = "150822102,渡口镇,township,150822\n"
    rows = "".join(f"150822102{200 + n},演示室{n:04}村委会,village,150822102\n" for n in range(VILLAGES))
    with mock.patch.object(hub_support, "DIVISIONS", f"{DIVISIONS}{town}{rows}{LAST_OFFICE},末一处村委会,village,150822102\n"):
        made = another_county(folder)
    assert main(["staff", "add", str(made), "--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles",
                 "dispatcher,window_clerk"]) == 0
    return made


@pytest.fixture
def officer(home: Path) -> Iterator[httpx2.Client]:
    with running_hub(home) as hub, hub.console("x1") as client:
        yield client


def _sent(client: httpx2.Client, page: str, **given: str) -> str:
    form = form_of(page)
    named = {name.replace("__", "."): value for name, value in given.items()}
    answer = client.post(REVOKE, data={**form.values, **{name: [value] for name, value in named.items()}})
    return answer.text


def test_the_last_of_many_people_is_found_by_typing_and_chosen(officer: httpx2.Client) -> None:
    page = officer.get(REVOKE).text
    offered = form_of(page).options["q.id"]
    assert (len(offered), LAST in offered) == (OFFERED, False)
    assert f"共 {MANY + 2} 项" in page
    # the Enter key in the field of words is a search, not the act
    found = _sent(officer, page, find__id="末位", q__id="p001")
    assert form_of(found).options["q.id"] == ["p001", LAST]
    assert "符合“末位”的共 1 项" in found
    assert re.search(r'<select name="q.id"[^>]*autofocus', found)
    nobody = _sent(officer, found, find__id="谁也不是", more="find.id", q__id="")
    assert form_of(nobody).options["q.id"] == []
    told = _sent(officer, found, q__id="no-such-one")
    assert "no-such-one" in html.unescape(told)
    assert "p001" in form_of(officer.get(REVOKE).text).options["q.id"]         # nobody has left meanwhile
    done = _sent(officer, found, q__id=LAST)
    assert LAST in done, notice(done)
    assert f"共 {MANY + 1} 项" in officer.get(REVOKE).text


def test_no_two_fields_of_a_form_share_an_id(officer: httpx2.Client) -> None:
    page = officer.get("/console/records/new/duty.published").text
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)), sorted(id for id in set(ids) if ids.count(id) > 1)
    assert set(re.findall(r' for="([^"]+)"', page)) <= set(ids)


def _merging(acts: CountyActs, case: str, **sought: Sought) -> ActionForm:
    setting = case_setting(acts, acts.state(case), acts.person("x1"), seeking.Seeking(acts, sought))
    return form_for("case.merged", "", setting)


def test_other_cases_are_looked_for_among_all_and_what_is_chosen_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    events = [world.register(VILLAGE, summary=f"DEMO 事由{n}") for n in range(4)]
    store_in_county(home, [event.doc() for event in events])
    monkeypatch.setattr(seeking, "OFFERED", 2)
    first, *_, last = (event.subject for event in events)
    with opened(home) as hub:
        acts = CountyActs(hub)
        name = next(q.name for q in _merging(acts, first).all if q.total)
        plain = next(q for q in _merging(acts, first).all if q.name == name)
        assert (plain.total, len(plain.choices), plain.words) == (3, 2, "")
        for case in (event.subject for event in events[1:]):
            n = [event.subject for event in events].index(case)
            kept = next(q for q in _merging(acts, first, **{name: Sought(f"事由{n}", (last,))}).all if q.name == name)
            assert {case, last} >= {code for code, _ in kept.choices} >= {case} | ({last} if last != case else set())
            assert (kept.total, kept.words) == (1, f"事由{n}")


def test_a_list_at_hand_is_cut_where_it_is_long_and_never_loses_what_was_chosen() -> None:
    many = [(f"p{n}", f"演示{n:04}") for n in range(1000)]
    assert part(many[:5]).total == len(part(many[:5]).choices) == 5
    assert (len(part(many).choices), part(many).total) == (OFFERED, 1000)
    found = part(many, Sought("演示09 P", ("p3", "no-such")))
    assert found.choices[0] == ("p3", "演示0003")
    assert (found.total, len(found.choices)) == (100, 101)
    assert part(many, Sought("谁")).choices == ()


def _in_rows(client: httpx2.Client, page: str, **given: str) -> str:
    named = {name.replace("__", "."): [value] for name, value in given.items()}
    return client.post(DUTY, data={**form_of(page).values, **named}).text


def test_a_long_list_within_rows_is_looked_through_for_all_rows_at_once(offices: Path) -> None:
    with running_hub(offices) as hub, hub.console("x1") as client:
        page = _in_rows(client, client.get(DUTY).text, more="q.quotas")
        first = form_of(page).options["q.quotas.0.office"]
        assert (len(first), f"共 {VILLAGES + 8} 项" in page) == (IN_ROWS, True)
        assert re.search(r'name="find\.quotas\.office".*name="q\.quotas\.0\.office"', page, re.S)       # above the rows
        last = _in_rows(client, page, find__quotas__office="末一处", more="find.quotas.office")
        assert form_of(last).options["q.quotas.0.office"] == [LAST_OFFICE]
        assert re.search(r'<select name="q.quotas.0.office"[^>]*autofocus', last)
        two = _in_rows(client, _in_rows(client, last, q__quotas__0__office=LAST_OFFICE), more="q.quotas")
        # the Enter key in the field of words is a question here too, and what one row has chosen stays offered to all
        again = _in_rows(client, two, find__quotas__office="演示室0007", q__quotas__0__office=LAST_OFFICE)
        assert re.search(r'<select name="q.quotas.1.office"[^>]*autofocus', again)
        form = form_of(again)
        assert form.options["q.quotas.1.office"][0] == LAST_OFFICE
        assert len(form.options["q.quotas.1.office"]) == 2
        assert form.values["q.quotas.0.office"] == [LAST_OFFICE]


def test_a_closed_list_of_more_than_forty_is_looked_through_as_well(home: Path, officer: httpx2.Client) -> None:
    world = World()
    case = world.mediating(office=COUNTY).subject
    store_in_county(home, [event.doc() for event in world.events[case]])
    address = f"/console/cases/{case}/do/record_printed"
    page = officer.get(address).text
    form = form_of(page)
    assert f"共 {len(form.options['q.document'])} 项" in page
    found = form_of(officer.post(address, data={**form.values, "find.document": ["回执"], "more": ["find.document"]}).text)
    assert 0 < len(found.options["q.document"]) < 10
