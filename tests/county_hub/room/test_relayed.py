"""A meeting that goes through the county's TURN server alone: coturn as `deploy/turn/turnserver.conf` says it, run here."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from county_hub.hub.kept.settings import HubSettings
from county_hub.room.turn import ice_servers
from tests.county_hub.room.conftest import CHROMIUM, County, free_port, serving
from tests.county_hub.room.test_meeting import admit, close, guest, host, sees
from tests.support.county_hub.hub_support import REPOSITORY

TURNSERVER = shutil.which("turnserver", path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin")
pytestmark = [pytest.mark.gui, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
              pytest.mark.skipif(TURNSERVER is None, reason="no coturn on this machine: apt-get install coturn")]
SHIPPED = REPOSITORY / "deploy/turn/turnserver.conf"


@dataclass
class Turn:
    secret: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"turn:127.0.0.1:{self.port}?transport=udp"


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Turn]:
    folder, port, secret = tmp_path_factory.mktemp("turn"), free_port(), secrets.token_hex(20)
    words = {"listening-port": str(port), "static-auth-secret": secret, "realm": "demo.example.gov.cn",
             "allowed-peer-ip": "127.0.0.1"}
    lines = SHIPPED.read_text("utf-8").splitlines()
    kept = [f"{name}={words.get(name, value)}" if mark else name for name, mark, value in (line.partition("=") for line in lines)
            if not name.startswith("#")]
    # Of this test alone: everything lies on one machine, and nothing outside the folder is written.
    kept += ["listening-ip=127.0.0.1", "relay-ip=127.0.0.1", "allow-loopback-peers", "verbose", "log-file=stdout", "simple-log",
             f"userdb={folder}/users.db", f"pidfile={folder}/turn.pid"]
    conf, log = folder / "turnserver.conf", folder / "turn.log"
    conf.write_text("\n".join(kept) + "\n", "utf-8")
    conf.chmod(0o600)
    assert TURNSERVER is not None
    with log.open("wb") as out:
        process = subprocess.Popen([TURNSERVER, "-c", str(conf)], stdout=out, stderr=subprocess.STDOUT, cwd=folder)
        try:
            yield Turn(secret, port, log)
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def relayed(turn: Turn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with serving(tmp_path_factory.mktemp("relayed"), ROOM_TURN=turn.url, ROOM_TURN_SECRET=turn.secret,
                 ROOM_TURN_ONLY="true") as made:
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
