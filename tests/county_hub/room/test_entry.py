"""Who comes into a room, how far, and what stays of it, over HTTP: links and codes, consent, the officer's word, minutes."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from PIL import Image, ImageDraw

from county_hub.county.acts import CountyActs
from county_hub.hub.kept.registry import SOURCE_FAILURES
from county_hub.room import meeting, tuning
from county_hub.room.live import Hall
from shared.ledger.texts import t
from tests.county_hub.room.conftest import County, Made, Officer
from tests.support import loopback
from tests.support.county_hub.hub_support import VILLAGE, opened


@dataclass
class Person:
    """A guest's page: its token, and what it may ask."""

    county: County
    made: Made
    token: str

    def ask(self, verb: str, **body: Any) -> httpx2.Response:
        return loopback.post(f"{self.made.link}/{verb}", json=body, headers=self.headers, timeout=30)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    @contextlib.contextmanager
    def line(self, page: str = "p1") -> Iterator[Iterator[dict[str, Any]]]:
        with loopback.stream("GET", f"{self.made.link}/line", params={"page": page}, headers=self.headers, timeout=30) as answer:
            assert answer.status_code == 200
            yield (json.loads(line) for line in answer.iter_lines() if line)


def come(county: County, made: Made, name: str, *, recording: str = "") -> Person:
    code = made.codes[name]
    asked = loopback.post(f"{made.link}/enter", data={"code": code}, timeout=30)
    assert asked.status_code == 200, asked.text
    seat = re.search(r'name="seat" value="(\d)"', asked.text)
    assert seat
    assert t("room.consent.words") in asked.text
    inside = loopback.post(f"{made.link}/consent", data={"code": code, "seat": seat[1], "agree": "yes", "recording": recording},
                         timeout=30)
    found = re.search(r'"token": "([^"]+)"', inside.text)
    assert found, inside.text[:400]
    return Person(county, made, found[1])


def until(lines: Iterator[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(line for line in lines if line.get("kind") == kind)


def drawn() -> str:
    out = io.BytesIO()
    picture = Image.new("RGBA", (600, 240))
    ImageDraw.Draw(picture).line([(20, 200), (300, 20), (560, 200)], fill=(0, 0, 0, 255), width=7)
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


@pytest.fixture
def officer(county: County) -> Iterator[Officer]:
    with county.officer() as signed_in:
        yield signed_in


def record_of(county: County, made: Made) -> str:
    with county.officer() as officer:
        found = re.search(r"/console/records/(\w+)", officer.client.get(f"/console/rooms/{made.id}").text)
    assert found
    return found[1]


def test_a_link_that_is_none_and_a_wrong_code_are_told_alike(county: County, officer: Officer) -> None:
    made = officer.make("演示甲")
    right = made.codes["演示甲"]
    answers = [loopback.post(f"{county.portal}/room/{name}/enter", data={"code": code}, timeout=30)
               for name, code in ((made.name, "0000 0000"), ("x" * 24, right), (made.name, "no code"))]
    assert {answer.status_code for answer in answers} == {403}
    assert all(t("room.wrong") in answer.text for answer in answers)
    assert "演示甲" not in "".join(answer.text for answer in answers)
    assert loopback.get(f"{county.portal}/room/{'x' * 24}", timeout=30).status_code == 200
    other = officer.make("演示乙")
    for _ in range(SOURCE_FAILURES + 1):
        told = loopback.post(f"{other.link}/enter", data={"code": "1111 1111"}, timeout=30)
    assert told.status_code == 429
    with opened(county.home) as hub, hub.registry._transaction() as db:     # so that the other tests may go on
        db.execute("DELETE FROM failures")


def test_an_empty_number_and_an_untouched_choice_are_told_by_the_page_that_asked(county: County, officer: Officer) -> None:
    made = officer.make("演示甲")
    empty = loopback.post(f"{made.link}/enter", data={"code": " "}, timeout=30)
    assert (empty.status_code, 'id="e-code">请填号码' in empty.text) == (400, True)
    untouched = loopback.post(f"{made.link}/consent", data={"code": made.codes["演示甲"], "agree": "yes"}, timeout=30)
    assert untouched.status_code == 400
    assert t("room.consent.words") in untouched.text, "not the door once more"


def test_who_does_not_consent_does_not_enter(county: County, officer: Officer) -> None:
    made = officer.make("演示甲")
    answer = loopback.post(f"{made.link}/consent", data={"code": made.codes["演示甲"], "seat": "1", "agree": "no"}, timeout=30)
    assert t("room.consent.refused") in answer.text
    assert "token" not in answer.text
    assert officer.post(made, "admit", seat=1).status_code == 409


def test_who_waits_hears_nothing_and_who_is_in_has_consented_on_record(county: County, officer: Officer) -> None:
    made = officer.make("演示甲", "演示乙")
    first, second = come(county, made, "演示甲"), come(county, made, "演示乙")
    assert officer.post(made, "admit", seat=1).status_code == 200
    assert officer.post(made, "minutes", text="DEMO 只给里面的人看").status_code == 200
    with second.line() as lines:
        hello = until(lines, "hello")
        assert hello["state"] == "waiting"
        assert [one["name"] for one in hello["people"]] == ["演示乙"]
        assert "minutes" not in hello
    assert second.ask("say", page="p", said=[{"to": 0, "data": {"x": 1}}]).status_code == 409
    assert second.ask("sign", revision=1, picture=drawn()).status_code == 409
    with first.line() as lines:
        hello = until(lines, "hello")
        assert hello["minutes"]["text"] == "DEMO 只给里面的人看"
        assert {one["name"] for one in hello["people"]} == {"演示主持员", "演示甲"}
        assert hello["ice"] == []
    started = [event for event in county.events(record_of(county, made)) if event.kind == "online_consultation.started"]
    assert len(started) == 1
    (consent,) = started[0].body["consents"]
    assert consent["party"] == 1
    assert "演示甲" in consent["text"]
    assert t("room.consent.words") in consent["text"]
    assert f"第 {meeting.VERSION} 版" in consent["text"]


def test_a_guest_who_was_sent_off_stays_out(county: County, officer: Officer) -> None:
    made = officer.make("演示甲", "演示乙")
    first, second = come(county, made, "演示甲"), come(county, made, "演示乙")
    assert officer.post(made, "admit", seat=1).status_code == 200
    with first.line() as lines:
        until(lines, "hello")
        assert officer.post(made, "send_off", seat=1).status_code == 200
        assert until(lines, "over")["why"] == "removed"
    assert officer.post(made, "send_off", seat=2).status_code == 200
    for person, name in ((first, "演示甲"), (second, "演示乙")):
        assert person.ask("low", on=True).status_code == 401
        assert loopback.post(f"{made.link}/enter", data={"code": made.codes[name]}, timeout=30).status_code == 403
    assert officer.post(made, "invite", seat=2).status_code == 200
    page = officer.client.get(f"/console/rooms/{made.id}").text
    assert made.codes["演示乙"] not in page


def test_a_room_has_six_seats(county: County, officer: Officer) -> None:
    with pytest.raises(AssertionError, match="最多六方"):
        officer.make(*(f"演示{n}" for n in range(tuning.MOST_PEOPLE)))
    assert len(officer.make(*(f"演示{n}" for n in range(tuning.MOST_PEOPLE - 1))).codes) == tuning.MOST_PEOPLE - 1


def test_only_who_made_a_room_holds_it(county: County, officer: Officer) -> None:
    made = officer.make("演示甲")
    guest = come(county, made, "演示甲")
    assert officer.client.post(f"/console/rooms/{made.id}/admit", json={"seat": 1}).status_code == 403
    with county.officer("x2") as other:
        assert other.client.get(f"/console/rooms/{made.id}").status_code == 404
        assert other.post(made, "admit", seat=1).status_code == 404
    with loopback.Client(base_url=county.console, timeout=30) as nobody:
        assert nobody.post(f"/console/rooms/{made.id}/admit", json={"seat": 1}).status_code == 401
        assert nobody.get(f"/console/rooms/{made.id}/in").status_code == 303
    for verb in ("admit", "minutes", "finish", "part", "show"):
        assert guest.ask(verb, seat=1).status_code in (404, 405)
    elsewhere = officer.make("演示甲")
    assert Person(county, elsewhere, guest.token).ask("low", on=True).status_code == 401


def test_what_one_participant_says_is_bounded(county: County, officer: Officer) -> None:
    made = officer.make("演示甲", "演示乙")
    first, second = come(county, made, "演示甲"), come(county, made, "演示乙")
    for seat in (1, 2):
        assert officer.post(made, "admit", seat=seat).status_code == 200
    with second.line("page-two") as lines:
        until(lines, "hello")
        others = [{"to": to, "data": data} for to, data in ((1, {}), (9, {}), ("2", {}), (2, "x"), (0, {}))]
        answer = first.ask("say", page="page-one", said=[{"to": 2, "data": {"candidate": "DEMO"}}, *others])
        assert answer.json()["missed"] == [1, 2, 3, 4, 5]       # to oneself, nobody, no number, no data, who has no line now
        heard = until(lines, "signal")
        assert (heard["from"], heard["page"], heard["data"]) == (1, "page-one", {"candidate": "DEMO"})
        for bad in ("x", [1], [{}] * (tuning.SAID_AT_ONCE + 1)):
            assert first.ask("say", page="p", said=bad).status_code == 400
        assert loopback.post(f"{made.link}/say", content=b"[" * 2000, headers=first.headers, timeout=30).status_code == 400
        assert first.ask("say", page="p", said=[{"to": 2, "data": {"x": "y" * tuning.MESSAGE_BYTES}}]).status_code == 413
        with loopback.Client(timeout=30, headers=first.headers) as client:
            told = {200}
            for _ in range(10 * tuning.MESSAGES_AT_ONCE):       # it comes back by the second: slow machines need more
                told.add(client.post(f"{made.link}/low", json={"on": False}).status_code)
                if told != {200}:
                    break
    assert told == {200, 429}


def test_what_one_participant_has_said_comes_back_by_the_second() -> None:
    now = 0.0
    hall = Hall(lambda: now)
    assert [hall.may_say(1, 1) for _ in range(tuning.MESSAGES_AT_ONCE + 1)] == [True] * tuning.MESSAGES_AT_ONCE + [False]
    assert hall.may_say(1, 2)       # another's is his own
    now = 2.0
    back = 2 * tuning.MESSAGES_A_SECOND
    assert [hall.may_say(1, 1) for _ in range(back + 1)] == [True] * back + [False]


def test_minutes_are_signed_and_written_down(county: County, officer: Officer) -> None:
    made = officer.make("演示甲")
    guest = come(county, made, "演示甲")
    assert officer.post(made, "admit", seat=1).status_code == 200
    assert officer.post(made, "signing", on=True).status_code == 409           # nothing to sign
    assert officer.post(made, "minutes", text="DEMO 第一稿").status_code == 200
    assert officer.post(made, "signing", on=True).status_code == 200
    assert officer.post(made, "minutes", text="DEMO 偷改").status_code == 409
    assert guest.ask("sign", revision=1, picture=drawn()).status_code == 200
    assert officer.post(made, "signing", on=False).status_code == 200          # taken back: the signature is void
    assert officer.post(made, "minutes", text="DEMO 约定先浇下游").status_code == 200
    assert officer.post(made, "signing", on=True).status_code == 200
    assert guest.ask("sign", revision=1, picture=drawn()).status_code == 409   # of other words
    for bad in ("", "AAAA", base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()):
        assert guest.ask("sign", revision=2, picture=bad).status_code == 400
    assert officer.post(made, "finish").status_code == 409                     # the officer signs himself
    assert guest.ask("sign", revision=2, picture=drawn()).status_code == 200
    assert officer.post(made, "sign", revision=2, picture=drawn()).status_code == 200
    record = record_of(county, made)
    with guest.line() as lines:
        until(lines, "hello")
        assert officer.post(made, "finish").status_code == 200
        assert until(lines, "over")["why"] == "finished"
    (written,) = [event for event in county.events(record) if event.kind == "online_consultation.recorded"]
    assert written.body["minutes"] == "DEMO 约定先浇下游"
    assert written.body["signed_by"] == ["演示主持员", "演示甲"]
    assert [file["purpose"] for file in written.body["files"]] == ["signature", "signature"]
    assert guest.ask("low", on=True).status_code == 401
    assert loopback.post(f"{made.link}/enter", data={"code": made.codes["演示甲"]}, timeout=30).status_code == 403


def test_minutes_about_a_case_go_into_the_case(county: County, officer: Officer) -> None:
    made = officer.make("演示甲", source=county.case)
    come(county, made, "演示甲")
    for verb, body in (("admit", {"seat": 1}), ("minutes", {"text": "DEMO 案内笔录"}), ("signing", {"on": True}),
                       ("sign", {"revision": 1, "picture": drawn()}), ("finish", {"rights_told": True})):
        answer = officer.post(made, verb, **body)
        assert answer.status_code == 200, (verb, answer.text)
    with opened(county.home) as hub:
        acts = CountyActs(hub)
        added = [event for event in acts.place.events("case", county.case) if event.kind == "case.record_added"]
        assert [event.body["text"] for event in added] == ["DEMO 案内笔录"]
        assert [file["purpose"] for file in added[0].body["files"]] == ["signature"]
        events = acts.events(record_of(county, made))
    assert events[0].body["case"] == county.case
    (written,) = [event for event in events if event.kind == "online_consultation.recorded"]
    assert "DEMO 案内笔录" not in written.body["minutes"]


def test_the_county_calls_a_village_whose_record_brings_the_link(county: County, officer: Officer) -> None:
    made = officer.make(office0=VILLAGE)
    (name,) = made.codes
    (scheduled,) = [event for event in county.events(record_of(county, made)) if event.kind == "online_consultation.scheduled"]
    assert scheduled.body["offices"] == [VILLAGE]
    link, _, code = scheduled.body["join"].partition("#")
    assert link == made.link
    assert code == made.codes[name].replace(" ", "")
    come(county, made, name)


def test_a_page_that_is_shown_is_made_anew_and_seen_by_who_is_in(county: County, officer: Officer) -> None:
    made = officer.make("演示甲", "演示乙", source=county.case)
    first, second = come(county, made, "演示甲"), come(county, made, "演示乙")
    assert officer.post(made, "admit", seat=1).status_code == 200
    page = officer.client.get(f"/console/rooms/{made.id}/in").text
    papers = re.findall(r'<option value="(paper:[^"]+)"', page)
    assert papers
    with first.line() as lines:
        until(lines, "hello")
        assert officer.post(made, "show", paper=papers[0], at=0).status_code == 200
        n = until(lines, "shown")["shown"]["n"]
        assert officer.post(made, "show", paper="file:" + "0" * 64).status_code == 404
        assert officer.post(made, "show", picture=base64.b64encode(b"%PDF-1.4 rubbish").decode()).status_code == 400
        seen = loopback.get(f"{made.link}/shown/{n}", headers=first.headers, timeout=30)
        assert seen.headers["content-type"] == "image/jpeg"
        assert min(Image.open(io.BytesIO(seen.content)).size) > 500
        assert loopback.get(f"{made.link}/shown/{n}", headers=second.headers, timeout=30).status_code == 404
        assert loopback.get(f"{made.link}/shown/{n}", timeout=30).status_code == 401


def test_nothing_is_recorded_before_everybody_has_consented(county: County, officer: Officer) -> None:
    made = officer.make("演示甲", "演示乙")
    come(county, made, "演示甲", recording="1"), come(county, made, "演示乙")
    assert officer.post(made, "admit", seat=1).status_code == 200
    assert officer.post(made, "recording", on=True).status_code == 200
    (recorded,) = [event for event in county.events(record_of(county, made)) if event.body.get("recording")]
    assert t("room.consent.recording") in recorded.body["consents"][0]["text"]
    assert "演示乙" in officer.post(made, "admit", seat=2).json()["error"]     # first it is stopped
    assert officer.post(made, "recording", on=False).status_code == 200
    assert officer.post(made, "admit", seat=2).status_code == 200
    refused = officer.post(made, "recording", on=True)
    assert refused.status_code == 409
    assert "演示乙" in refused.json()["error"]
    part = officer.client.post(f"/console/rooms/{made.id}/part", content=b"film", headers={"x-room-token": officer.csrf()})
    assert part.status_code == 409


def test_a_restart_keeps_seats_and_ends_lines(county: County) -> None:
    with county.officer() as officer:
        made = officer.make("演示甲")
        guest = come(county, made, "演示甲")
        assert officer.post(made, "admit", seat=1).status_code == 200
        officer.post(made, "minutes", text="DEMO 重启前写的")
    with guest.line() as lines:
        until(lines, "hello")
        assert county.stop() == 0
        assert all(line["kind"] == "people" for line in lines)       # and then no more
    county.serve()
    with guest.line() as lines:
        hello = until(lines, "hello")
    assert (hello["state"], hello["minutes"]["text"]) == ("in", "DEMO 重启前写的")
