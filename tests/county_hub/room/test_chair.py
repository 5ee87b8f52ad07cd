"""A room whose officer hands it on or drops out: nobody is thrown out, minutes stay, and somebody admits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from county_hub.county.acts import CountyActs
from county_hub.county.officers import officers_of
from county_hub.room import store, tuning
from county_hub.room.chair import Chair
from county_hub.room.live import Hall
from county_hub.room.notin import NotIn
from county_hub.room.store import RoomStore
from shared.ledger.texts import t
from tests.county_hub.room.conftest import County, Made, Officer
from tests.county_hub.room.test_entry import come, drawn, record_of, until
from tests.county_hub.room.test_meeting import PHONE, admit, close, draw, guest, host, picture, sees
from tests.support.county_hub.browsing import CHROMIUM
from tests.support.county_hub.hub_support import opened


@pytest.fixture
def both(county: County) -> Iterator[tuple[Officer, Officer]]:
    with county.officer("x1") as first, county.officer("x2") as second:
        yield first, second


@contextlib.contextmanager
def line(officer: Officer, made: Made, page: str = "p") -> Iterator[Iterator[dict[str, Any]]]:
    """The officer's page is open."""
    headers = {"x-room-token": officer.csrf()}
    with officer.client.stream("GET", f"/console/rooms/{made.id}/line", params={"page": page}, headers=headers) as answer:
        assert answer.status_code == 200
        yield (json.loads(line) for line in answer.iter_lines() if line)


def leader(lines: Iterator[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Waits until this one leads; who is there then."""
    return next(one["people"] for one in lines if one.get("kind") == "people"
                and any(each["lead"] and each["name"] == name for each in one["people"]))


def test_the_leader_hands_the_room_to_a_colleague_who_is_in(county: County, both: tuple[Officer, Officer]) -> None:
    first, second = both
    made = first.make("演示甲", "演示乙", deputy="x2")
    inside, waiting = come(county, made, "演示甲"), come(county, made, "演示乙")
    with line(first, made) as own:
        until(own, "hello")
        assert first.post(made, "admit", seat=1).status_code == 200
        assert first.post(made, "minutes", text="DEMO 换人前写的").status_code == 200
        assert first.post(made, "hand_over", seat=3).status_code == 409        # he is not in
        for body in (b'{"text":"\xff"}', b"{", b"[" * 20_000, b"[]"):
            odd = first.client.post(f"/console/rooms/{made.id}/minutes", content=body, headers={"x-room-token": first.csrf()})
            assert odd.status_code == 400, body[:20]
        with line(second, made) as others, inside.line() as lines:
            assert until(others, "hello")["minutes"]["text"] == "DEMO 换人前写的"
            for verb, body in (("admit", {"seat": 2}), ("minutes", {"text": "DEMO 抢着写"}), ("finish", {}), ("take_over", {})):
                assert second.post(made, verb, **body).status_code in (403, 409), verb
            assert inside.ask("take_over").status_code in (404, 405)
            assert first.post(made, "hand_over", seat=1).status_code == 409    # a guest leads nothing
            assert first.post(made, "hand_over", seat=3).status_code == 200
            people = leader(lines, "演示旁人")                                 # the guest's line goes on, and he is told
            assert {one["name"] for one in people if one["state"] == "in"} == {"演示主持员", "演示甲", "演示旁人"}
            assert any(one["state"] == "waiting" for one in leader(others, "演示旁人"))
            for verb, body in (("admit", {"seat": 2}), ("minutes", {"text": "DEMO 晚了"}), ("hand_over", {"seat": 0})):
                assert first.post(made, verb, **body).status_code == 403
            assert second.post(made, "admit", seat=2).status_code == 200
            assert waiting.ask("low", on=False).status_code == 200
            assert second.post(made, "minutes", text="DEMO 换人前写的，换人后接着写").status_code == 200
            assert second.post(made, "signing", on=True).status_code == 200
            assert first.post(made, "sign", revision=1, picture=drawn()).status_code == 200
            assert second.post(made, "finish").status_code == 409              # who leads signs
            assert second.post(made, "sign", revision=1, picture=drawn()).status_code == 200
            assert second.post(made, "finish").status_code == 200
    events = county.events(record_of(county, made))
    (written,) = [event for event in events if event.kind == "online_consultation.recorded"]
    assert written.body["minutes"] == "DEMO 换人前写的，换人后接着写"
    assert written.body["signed_by"] == ["演示主持员", "演示旁人"]
    assert written.actor == "x2"
    admitted = [event.actor for event in events if event.kind == "online_consultation.started"]
    assert admitted == ["x1", "x2"]


def test_a_colleague_takes_the_room_whose_leader_has_dropped_out(county: County, both: tuple[Officer, Officer]) -> None:
    first, second = both
    made = first.make("演示甲", "演示乙")
    with line(first, made, "before") as own:
        until(own, "hello")
        assert first.post(made, "ask_in", staff="nobody").status_code == 400
        assert first.post(made, "ask_in", staff="x2").status_code == 200
        come(county, made, "演示甲")
        assert first.post(made, "admit", seat=1).status_code == 200
        first.post(made, "minutes", text="DEMO 掉线前写的")
    waiting = come(county, made, "演示乙")
    with line(second, made) as others:
        next(one for one in others if one.get("kind") == "people"
             and not next(each for each in one["people"] if each["lead"])["here"])
        assert second.post(made, "take_over").status_code == 200
        leader(others, "演示旁人")
        assert second.post(made, "admit", seat=2).status_code == 200
        with waiting.line() as lines:
            assert until(lines, "hello")["minutes"]["text"] == "DEMO 掉线前写的"
        with line(first, made, "after") as own:                                # he comes back, and leads no more
            assert until(own, "hello")["state"] == "in"
            assert first.post(made, "take_over").status_code == 409
            assert first.post(made, "minutes", text="DEMO 回来写").status_code == 403
            assert second.post(made, "hand_over", seat=0).status_code == 200   # and is given it again
            leader(own, "演示主持员")
    page = first.client.get("/console/audit").text
    assert all(t(f"account.did_{what}") in page for what in ("room_ask_in", "room_take_over", "room_hand_over"))


def test_a_line_that_is_back_within_the_grace_gives_the_room_to_nobody(county: County, tmp_path: Path) -> None:
    now = [1000.0]
    hall, loop = Hall(lambda: now[0]), asyncio.new_event_loop()
    path = tmp_path / "rooms.sqlite"
    kept = RoomStore(path, lambda: 5)
    assert kept.open_rooms(5, 9) == []
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO rooms (name, record, case_id, appointment, title, host, begins, ends)"
                   " VALUES ('n', 'r', '', '', '', 'x1', 0, 9)")
        for no, staff in enumerate(("x1", "x2")):
            db.execute("INSERT INTO seats (room, no, name, office, code, token, state, staff)"
                       " VALUES (1, ?, 'DEMO', '', '', '', 'in', ?)", (no, staff))
    with contextlib.closing(kept), contextlib.closing(loop), opened(county.home) as hub:
        chair = Chair(kept, hall, officers_of(hub), lambda: 5, 30)
        (room,) = kept.open_rooms(5, 9)
        id = room.id
        held = hall.join(id, room.lead, "p", loop)
        assert held is not None
        hall.leave(held)
        told = []
        for seconds in (0, 29, 30, 31):
            now[0] = 1000.0 + seconds
            told.append(chair.is_away(room))
        assert told == [False, False, True, True]
        now[0] = 1010.0
        with pytest.raises(NotIn, match="30秒内没有回来"):
            chair.take_over(room, room.seats[1])
        assert hall.join(id, room.lead, "q", loop) is not None
        now[0] = 2000.0
        assert not chair.is_away(room)


def test_the_command_centre_takes_a_room_that_nobody_holds(county: County, both: tuple[Officer, Officer]) -> None:
    first, second = both
    made = first.make("演示甲")
    assert second.client.post(f"/console/rooms/{made.id}/step_in", data={"csrf": second.csrf()}).status_code == 404
    come(county, made, "演示甲")
    with line(first, made) as own:
        until(own, "hello")
        assert t("room.orphans") not in second.client.get("/console/rooms").text       # he who leads is there
    page = second.client.get("/console/rooms").text
    while t("room.orphans") not in page:                # until the hub has seen the end of his line
        page = second.client.get("/console/rooms").text
    assert f'action="/console/rooms/{made.id}/step_in"' in page
    answer = second.client.post(f"/console/rooms/{made.id}/step_in", data={"csrf": second.csrf()})
    assert str(answer.url).endswith(f"/console/rooms/{made.id}/in")
    assert second.post(made, "admit", seat=1).status_code == 200
    assert first.post(made, "admit", seat=1).status_code == 403


def test_a_room_has_so_many_officers_and_six_people_inside(county: County, both: tuple[Officer, Officer]) -> None:
    first, second = both
    names = [f"演示{n}" for n in range(tuning.MOST_PEOPLE - 1)]
    made = first.make(*names, deputy="x2")
    for name in names:
        come(county, made, name)
    with line(first, made) as own:
        until(own, "hello")
        for seat in range(1, tuning.MOST_PEOPLE):
            assert first.post(made, "admit", seat=seat).status_code == 200
        assert second.client.get(f"/console/rooms/{made.id}/in").status_code == 409     # six are in
    while second.client.get(f"/console/rooms/{made.id}/in").status_code != 200:         # one dropped out: there is a place
        pass


def test_rooms_from_before_have_their_maker_as_leader(tmp_path: Path) -> None:
    path = tmp_path / "rooms.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for statement in store.STEPS[1]:
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")
        db.execute("INSERT INTO rooms (name, record, case_id, appointment, title, host, begins, ends)"
                   " VALUES ('n', 'r', '', '', '', 'x1', 0, 9)")
        db.execute("INSERT INTO seats (room, no, name, office, code, token, state) VALUES (1, 0, 'DEMO', '', '', '', 'in')")
        db.execute("INSERT INTO seats (room, no, name, office, code, token, state) VALUES (1, 1, 'DEMO', '', 'c', '', 'empty')")
    kept = RoomStore(path, lambda: 5)
    (room,) = kept.rooms_of("x1", 5, 9)
    assert (room.lead, [seat.staff for seat in room.seats]) == (0, ["x1", ""])
    kept.close()


needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


@pytest.mark.gui
@needs_browser
def test_no_picture_stops_while_the_room_changes_hands_and_what_was_typed_without_a_line_is_kept(
    county: County, browser: Any,
) -> None:
    wrong, late = list[str](), list[str]()
    with county.officer() as officer:
        made = officer.make("演示甲", "演示乙", deputy="x2", source=county.case)
    chair, deputy = host(browser, county, made, wrong), host(browser, county, made, late, staff="x2")
    one, other = guest(browser, county, made, "演示甲", wrong, PHONE), guest(browser, county, made, "演示乙", wrong, PHONE)
    admit(chair, "演示甲")
    pages = (chair, deputy, one)
    for page in pages:
        sees(page, 3)
        page.evaluate("window.before = [...window.room.mesh.peers.values()].map(peer => peer.pc)")
    one.get_by_text("主持人：演示主持员").wait_for()
    assert deputy.get_by_role("button", name="让进来").count() == 0
    chair.locator("#minutes").fill("DEMO 换人前写的")
    chair.locator("#people li", has_text="演示旁人").get_by_role("button", name="交给他主持").click()
    one.get_by_text("主持人：演示旁人").wait_for()
    picture(one, "handed-390")
    deputy.get_by_text("您在主持").wait_for()
    deputy.wait_for_function("() => document.getElementById('minutes').value === 'DEMO 换人前写的'")
    assert chair.get_by_role("button", name="结束这次约诊").count() == 0
    picture(chair, "handed-1366")
    admit(deputy, "演示乙")
    other.locator("#room").wait_for()
    picture(deputy, "leads-1366")
    deputy.context.set_offline(True)            # and he goes on typing
    deputy.locator("#minutes").fill("DEMO 断线时写的")
    chair.get_by_text("主持人掉线了。您可以接过来").wait_for()
    one.get_by_text("主持人演示旁人掉线了").wait_for()
    picture(chair, "take-over-1366")
    chair.get_by_role("button", name="我来主持").click()
    one.get_by_text("主持人：演示主持员").wait_for()
    chair.locator("#minutes").fill("DEMO 换人前写的，又接着写")
    deputy.context.set_offline(False)
    deputy.locator("#unsaved").wait_for()
    deputy.wait_for_function("() => document.getElementById('unsaved-text').value === 'DEMO 断线时写的'")
    picture(deputy, "unsaved-1366")
    one.get_by_text("又接着写").wait_for()
    for page in pages:                          # the same connections all the time
        assert page.evaluate("window.before.every(pc => pc.connectionState === 'connected')")
    chair.get_by_role("button", name="请大家签字").click()
    draw(chair)
    chair.get_by_label("已经告知").check()
    chair.get_by_role("button", name="结束这次约诊").click()
    chair.get_by_label("有人没签字").check()
    chair.get_by_role("button", name="结束这次约诊").click()
    for page in (*pages, other):
        page.get_by_text("这次约诊结束了").wait_for()
    with opened(county.home) as hub:
        texts = [event.body["text"] for event in CountyActs(hub).place.events("case", county.case)
                 if event.kind == "case.record_added"]
    assert "DEMO 换人前写的，又接着写" in texts
    close(*pages, other)
    assert wrong == []
    # His page may learn from its line that another leads by then, or from the answer to the minutes that it still had.
    assert [each for each in late if "ERR_INTERNET_DISCONNECTED" not in each and "(Forbidden)" not in each] == []
