"""Enrolment over real HTTP: a code is good once, for one device, for a while, and not for guessing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx2
import pytest

from county_hub.commands.cli import main
from county_hub.hub.kept.registry import SOURCE_FAILURES, SOURCE_WINDOW_MS, CodeVerdict, Registry, normal_code
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import DirectoryHistory
from tests.support.county_hub.hub_support import (
    COUNTY,
    TOWN,
    VILLAGE,
    enrol,
    enrolment,
    found_county,
    new_code,
    opened,
    running_hub,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(tmp_path: Path, clock: Clock) -> Registry:
    return Registry(tmp_path / "hub.sqlite", pepper=b"p" * 32, clock=clock)


def post(client: httpx2.Client, code: str, key: DeviceKey, **other: str) -> httpx2.Response:
    return client.post("/_hub/enrol", json={**enrolment(code, key), **other})


# --- over HTTP ---


def test_a_code_gives_a_device_that_the_directory_names_and_the_credential_opens_its_office(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub:
        code = new_code(home, VILLAGE)
        key = DeviceKey.generate(os.urandom)
        with hub.client() as client:
            answer = post(client, code["code"].lower().replace("-", " "), key)
            assert answer.status_code == 201
            body = answer.json()
            assert body["device"] == f"{VILLAGE}-001"
            assert (body["slot"], body["office"], body["role"]) == ("001", VILLAGE, "tablet")
            assert body["hub"]["public_key"] == code["hub"]["public_key"]
            time = client.get("/_hub/time").json()
            assert abs(time["server_time"] - body["server_time"]) < 60_000
        with hub.client(body["username"], body["password"]) as client:
            assert client.get(f"/{body['databases']['office']}").status_code == 200
            rows = client.get("/directory/_all_docs?include_docs=true").json()["rows"]
        history = DirectoryHistory.load([row["doc"] for row in rows], body["hub"]["public_key"])
        found = history.latest.device(body["device"])
        assert found is not None
        assert (found.public_key, found.status, found.slot) == (key.public, "active", 1)
        assert hub.stop() == 0
    with opened(home) as opened_hub:
        assert opened_hub.registry.contacts()[body["device"]].requests >= 3


def test_an_answer_lost_on_the_line_can_be_asked_for_again_by_the_same_device_only(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub, hub.client() as client:
        code, key = new_code(home, VILLAGE)["code"], DeviceKey.generate(os.urandom)
        first, second = post(client, code, key).json(), post(client, code, key).json()
        assert first["device"] == second["device"]
        with hub.client(second["username"], second["password"]) as again:
            assert again.get(f"/office-{VILLAGE}").status_code == 200
        other = post(client, code, DeviceKey.generate(os.urandom))
        assert (other.status_code, other.json()["error"]) == (409, "used")


def test_a_key_of_another_device_is_refused_and_uses_no_code_up(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub, hub.client() as client:
        key, other = DeviceKey.generate(os.urandom), DeviceKey.generate(os.urandom)
        first, second = new_code(home, VILLAGE)["code"], new_code(home, TOWN)["code"]
        assert post(client, first, key).status_code == 201
        taken = post(client, second, key)
        assert (taken.status_code, taken.json()["error"]) == (409, "key_taken")
        stolen = post(client, second, other, public_key=key.public)
        assert (stolen.status_code, stolen.json()["error"]) == (400, "not_its_key")
        assert post(client, second, other).status_code == 201


def test_wrong_requests_get_one_clear_english_sentence(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    key = DeviceKey.generate(os.urandom)
    with running_hub(home) as hub, hub.client() as client:
        code = new_code(home, VILLAGE)["code"]
        wrong = post(client, "AAAAA-AAAAA", key)
        assert (wrong.status_code, wrong.json()["error"]) == (403, "unknown")
        for body in (b"", b"[]", b"{", b'{"code": 1, "public_key": "x"}'):
            answer = client.post("/_hub/enrol", content=body)
            assert answer.status_code == 400
            assert answer.json()["error"] == "bad_request"
        assert post(client, code, key, public_key="short").status_code == 400
        assert client.post("/_hub/enrol", content=b"x" * 5000).status_code == 413
        assert client.get("/_hub/enrol").status_code in (400, 401, 404, 405)
        # None of these has used the code up.
        assert post(client, code, key).status_code == 201


def test_an_expired_code_is_refused_over_http(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub, hub.client() as client:
        code = new_code(home, VILLAGE)["code"]
        with opened(home) as direct, direct.registry._transaction() as db:
            db.execute("UPDATE codes SET expires_at = 1")
        answer = post(client, code, DeviceKey.generate(os.urandom))
        assert (answer.status_code, answer.json()["error"]) == (410, "expired")


def test_each_device_of_an_office_gets_a_slot_of_its_own(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub:
        devices = [enrol(hub, home, office).device for office in (VILLAGE, VILLAGE, TOWN, COUNTY)]
    assert devices == [f"{VILLAGE}-001", f"{VILLAGE}-002", f"{TOWN}-001", f"{COUNTY}-001"]


# --- the command ---


def test_the_enrol_command_shows_a_code_to_type_and_a_qr_as_text(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    capsys.readouterr()
    assert main(["enrol", str(home), "--office", VILLAGE, "--url", "http://hub.example:5984"]) == 0
    text = capsys.readouterr().out
    assert "旧地村" in text
    assert "▄" in text
    assert max(map(len, text.splitlines())) < 120


def test_an_unknown_office_or_role_is_refused(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    assert main(["enrol", str(home), "--office", "150822100299"]) == 2
    assert "150822100299" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        main(["enrol", str(home), "--office", VILLAGE, "--role", "king"])
    assert caught.value.code == 2


def test_a_township_device_relays_by_default(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    assert new_code(home, TOWN)["role"] == "relay"
    assert new_code(home, TOWN, "--role", "tablet")["role"] == "tablet"


# --- the registry ---


def test_a_code_is_void_after_too_many_wrong_tries_even_with_the_right_ones(registry: Registry) -> None:
    code = registry.new_code(VILLAGE, "tablet", valid_ms=1000, tries=3)
    wrong = normal_code(code)[:4] + "000000"
    for _ in range(3):
        assert registry.claim_code(wrong, "key", source="a").verdict is CodeVerdict.UNKNOWN
    assert registry.claim_code(code, "key", source="b").verdict is CodeVerdict.EXHAUSTED


def test_a_source_that_guesses_must_wait_and_others_need_not(registry: Registry, clock: Clock) -> None:
    code = registry.new_code(VILLAGE, "tablet", valid_ms=SOURCE_WINDOW_MS * 3, tries=5)
    for _ in range(SOURCE_FAILURES):
        registry.claim_code("ZZZZZ-ZZZZZ", "key", source="bad")
    assert registry.claim_code(code, "key", source="bad").verdict is CodeVerdict.TOO_MANY
    assert registry.claim_code(code, "key", source="good").verdict is CodeVerdict.OK
    clock.now += SOURCE_WINDOW_MS + 1
    assert registry.claim_code(code, "key", source="bad").verdict is CodeVerdict.OK


def test_neither_codes_nor_tokens_can_be_read_from_the_file(registry: Registry, tmp_path: Path) -> None:
    code = registry.new_code(VILLAGE, "tablet", valid_ms=1000, tries=3)
    token = registry.new_token("d1")
    content = b"".join(path.read_bytes() for path in tmp_path.glob("hub.sqlite*"))
    assert normal_code(code).encode() not in content
    assert code.encode() not in content
    assert token.encode() not in content
    assert registry.check_token("d1", token)
    assert not registry.check_token("d1", token + "x")
    assert not registry.check_token("d2", token)


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert normal_code(" o1l-i ") == "0111"


def test_skipped_slots_are_never_given(registry: Registry) -> None:
    assert registry.next_device(VILLAGE) == (f"{VILLAGE}-001", "001")
    registry.skip_slots([VILLAGE, TOWN], 10)
    assert registry.next_device(VILLAGE)[1] == "012"
    assert registry.next_device(TOWN)[1] == "011"
