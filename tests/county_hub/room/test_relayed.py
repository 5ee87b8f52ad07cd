"""A meeting that goes through the county's TURN server alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from county_hub.hub.kept.settings import HubSettings
from county_hub.room.turn import ice_servers
from tests.county_hub.room.conftest import County, serving
from tests.county_hub.room.coturn import Turn, needs_coturn, running
from tests.county_hub.room.test_meeting import admit, close, guest, host, sees
from tests.support.county_hub.browsing import CHROMIUM

pytestmark = [pytest.mark.gui, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"), needs_coturn]


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Turn]:
    with running(tmp_path_factory.mktemp("turn")) as made:
        yield made


@pytest.fixture(scope="module")
def relayed(turn: Turn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with serving(tmp_path_factory.mktemp("relayed"), **turn.settings) as made:
        yield made


# Of the pair that carries: what both ends are, and what went over it.
PAIR = """async () => {
    const found = {}, [peer] = window.room.mesh.peers.values();
    (await peer.pc.getStats()).forEach(one => { found[one.id] = one; });
    const all = Object.values(found), pair = found[all.find(one => one.type === 'transport').selectedCandidatePairId];
    return {local: found[pair.localCandidateId].candidateType, remote: found[pair.remoteCandidateId].candidateType,
        all: all.filter(one => one.type.endsWith('-candidate')).map(one => one.candidateType)}; }"""


def test_two_see_each_other_through_the_countys_turn_server_alone(relayed: County, turn: Turn, browser: Any) -> None:
    wrong: list[str] = []
    with relayed.officer() as officer:
        made = officer.make("演示甲")
    chair, other = host(browser, relayed, made, wrong), guest(browser, relayed, made, "演示甲", wrong)
    admit(chair, "演示甲")
    for page in (chair, other):
        sees(page, 2)
        pair = page.evaluate(PAIR)
        assert (pair["local"], pair["remote"]) == ("relay", "relay")
        assert set(pair["all"]) == {"relay"}                # nobody was told another address
        given = page.evaluate("window.room.mesh.ways.iceServers")
        assert turn.secret not in str(given)
        assert given[0]["username"].partition(":")[2] in (f"{made.id}-0", f"{made.id}-1")
    close(chair, other)
    assert wrong == []


# A relay is asked for, with what is given: was there one?
ASK = """async ({url, username, credential}) => {
    const pc = new RTCPeerConnection({iceServers: [{urls: [url], username, credential}], iceTransportPolicy: 'relay'});
    const told = new Promise(done => {
        pc.onicecandidate = ({candidate}) => candidate ? done('relayed') : done('none'); });
    pc.createDataChannel('x');
    await pc.setLocalDescription();
    const found = await told;
    pc.close();
    return found; }"""


def test_a_password_that_has_ended_or_is_of_another_secret_gets_no_relay(relayed: County, turn: Turn, browser: Any) -> None:
    with relayed.officer() as officer:
        now = int(officer.client.get("/_hub/time").json()["server_time"])
    page = browser.new_page()
    page.goto(f"{relayed.portal}/room/{'x' * 24}")
    for secret, ends, expected in ((turn.secret, now + 600_000, "relayed"), (turn.secret, now - 600_000, "none"),
                                   ("another-secret-of-nobody", now + 600_000, "none")):
        settings = HubSettings(room_turn=turn.url, room_turn_secret=secret)
        (given,) = ice_servers(settings, now, ends, "1-1")
        told = page.evaluate(ASK, {"url": turn.url, "username": given["username"], "credential": given["credential"]})
        assert told == expected, (secret == turn.secret, ends - now)
    page.close()
