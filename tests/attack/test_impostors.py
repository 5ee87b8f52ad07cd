"""Somebody who answers where a hub is expected: another county's hub, a stranger who names the hub's keys, a stolen address."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.attacks import refused
from tests.support.county_hub.hub_support import VILLAGE, another_county, found_county, new_code, opened, running_hub
from tests.support.sync.certificates import own_certificate
from village_node import composition
from village_node.point.errors import EnrolFailed, HubAbsent
from village_node.point.home import Home
from village_node.point.sync_round import run_round

DEAD = "http://127.0.0.1:9"


class Impostor:
    """Names whatever keys it was told, and writes down what it is asked."""

    def __init__(self) -> None:
        self.hub: dict[str, Any] = {}
        self.asked: list[tuple[str, bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.rfile.read(int(self.headers.get("content-length") or 0))))
                body = json.dumps({"hub": outer.hub, "sig": "A" * 86 + "==", "server_time": 1}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def impostor() -> Iterator[Impostor]:
    made = Impostor()
    yield made
    made.server.shutdown()
    made.server.server_close()


@refused("拿不出")
def test_a_stranger_who_names_the_hubs_keys_never_learns_the_code(tmp_path: Path, impostor: Impostor) -> None:
    home = found_county(tmp_path)
    code = new_code(home, VILLAGE, "--url", impostor.url)
    impostor.hub = {"epoch": "0001-x", **code["hub"]}
    for text in (code["text"], code["code"]):
        with pytest.raises(EnrolFailed, match="拿不出"):
            composition.enrol(tmp_path / "tablet", impostor.url, text)
    impostor.hub = {"captive": "portal"}
    with pytest.raises(EnrolFailed, match="不是本系统的平台"):
        composition.enrol(tmp_path / "tablet", (), code["text"])
    assert {path.partition("?")[0] for path, _ in impostor.asked} == {"/_hub/identity"}
    assert code["code"][:9].encode() not in b"".join(body for _, body in impostor.asked)
    assert not (tmp_path / "tablet").exists()


@refused("公钥不符")
def test_another_countys_hub_is_refused_and_uses_no_code_up(tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
    ours, theirs = found_county(tmp_path / "ours"), another_county(tmp_path / "theirs")
    with running_hub(ours) as right, running_hub(theirs) as wrong:
        code = new_code(ours, VILLAGE, "--url", wrong.url)
        for text in (code["code"], code["text"]):
            with pytest.raises(EnrolFailed, match="公钥不符"):
                composition.enrol(tmp_path / "tablet", wrong.url, text)
        made = composition.enrol(tmp_path / "tablet", right.url, code["text"])
        assert made.directory_version > 0
        assert made.config.hub_recovery_key == code["hub"]["recovery_key"]


@refused("recovery key")
def test_a_stolen_hub_key_with_a_chain_of_its_own_convinces_no_device_that_scanned_the_code(tmp_path: Path) -> None:
    """What the recovery key in the code is for: whoever has the hub's key alone can found another chain with it."""
    from shared.ledger.formats.keys import ED25519, DeviceKey
    from shared.ledger.published.directory_heads import DirectoryHistory, build_head, change

    home = found_county(tmp_path)
    with opened(home) as hub:
        mine, keys = DeviceKey(b"\7" * 32), hub.keys()
        entry = {"hub_id": keys.hub_id, "public_key": keys.public_key, "alg": ED25519, "name": "DEMO"}
        changes = [change("hub", "hub", entry), change("recovery", "recovery", {"public_key": mine.public, "alg": ED25519})]
        head = build_head(None, changes, key=hub.key, epoch="0009-evil", issued_at=1)
        with hub.databases.lease("directory") as replica:
            real = [row.doc for row in replica.all_docs(include_docs=True)]
    assert DirectoryHistory.load([head], keys.public_key).newest == ("0009-evil", 1)
    assert DirectoryHistory.load([head], keys.public_key, recovery=keys.recovery_key).newest is None
    told = DirectoryHistory.load([head, *real], keys.public_key, recovery=keys.recovery_key)
    assert told.latest.office(VILLAGE) is not None
    assert any("recovery key" in problem for problem in told.problems)


@refused("passed over")
def test_addresses_are_tried_in_order_at_enrolment_and_in_every_round(tmp_path: Path, impostor: Impostor) -> None:
    home = found_county(tmp_path)
    impostor.hub = {"id": "hub-other", "epoch": "1"}
    with running_hub(home) as hub:
        code = new_code(home, VILLAGE, "--url", DEAD, impostor.url, hub.url)
        made = composition.enrol(tmp_path / "tablet", (), code["text"])
        assert (made.config.hub_url, made.config.further_urls) == (DEAD, (impostor.url, hub.url))
        assert made.directory_version > 0
        with composition.open_node(tmp_path / "tablet") as node:
            assert run_round(node).ok
    with composition.open_node(tmp_path / "tablet") as node:
        outcome = run_round(node)
        assert not outcome.ok
        assert "记录都在本机" in outcome.sentence
    with pytest.raises((HubAbsent, EnrolFailed)):
        composition.enrol(tmp_path / "other", (), code["text"])
    assert not (tmp_path / "other").exists()


@refused("证书密钥与登记码不符")
def test_over_tls_a_device_believes_the_key_of_its_code_and_no_other(tmp_path: Path) -> None:
    home, tablet = found_county(tmp_path), tmp_path / "tablet"
    # out of date, for another name, by nobody: it is the key that counts
    own_certificate(tmp_path / "a", seed=1, days=(-400, -30))
    own_certificate(tmp_path / "renewed", seed=1, days=(-1, 30))
    own_certificate(tmp_path / "b", seed=2, days=(-1, 30))

    def settings(name: str) -> None:
        (home / "hub.toml").write_text(f'tls_cert = "{tmp_path / name}.pem"\ntls_key = "{tmp_path / name}.key"\n', "utf-8")

    settings("b")
    other = new_code(home, VILLAGE)
    settings("a")
    with running_hub(home) as hub:
        assert hub.url.startswith("https://")
        with pytest.raises(EnrolFailed, match="证书密钥与登记码不符"):
            composition.enrol(tablet, hub.url, other["text"])
        with pytest.raises(HubAbsent, match="完整登记码"):         # a short code says nothing of TLS
            composition.enrol(tablet, hub.url, other["code"])
        code = new_code(home, VILLAGE, "--url", hub.url)
        assert composition.enrol(tablet, (), code["text"]).directory_version > 0
        with composition.open_node(tablet) as node:
            assert run_round(node).ok
    port = int(hub.url.rpartition(":")[2])
    for name, good in (("renewed", True), ("b", False)):
        settings(name)
        with running_hub(home, port=port), composition.open_node(tablet) as node:
            assert run_round(node).ok == good
    assert Home(tablet).config().tls_keys == tuple(code["tls"])
