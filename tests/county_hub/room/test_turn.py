"""Which helpers browsers are told of: none unless the county names its own, with passwords that end with the meeting."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.settings import HubSettings, load_settings
from county_hub.hub.problems import UsageProblem
from county_hub.room import tuning
from county_hub.room.turn import ice_servers

SECRET = "demo-secret-of-the-county"
NOW = 1_764_444_000_000


def test_without_settings_no_other_machine_is_asked() -> None:
    assert ice_servers(HubSettings(), NOW, NOW, "7-1") == []


def test_a_turn_server_is_given_a_name_and_password_that_end_with_the_meeting() -> None:
    settings = HubSettings(room_stun="stun:turn.example.gov.cn:3478", room_turn_secret=SECRET,
                           room_turn="turn:turn.example.gov.cn:3478?transport=udp, turns:turn.example.gov.cn:5349")
    stun, turn = ice_servers(settings, NOW, NOW + 1000, "7-3")
    assert stun == {"urls": ["stun:turn.example.gov.cn:3478"]}
    assert turn["urls"] == ["turn:turn.example.gov.cn:3478?transport=udp", "turns:turn.example.gov.cn:5349"]
    assert turn["username"] == "1764444001:7-3"
    expected = hmac.new(SECRET.encode(), b"1764444001:7-3", hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == expected


def test_a_password_of_a_meeting_in_weeks_ends_today() -> None:
    settings = HubSettings(room_turn="turn:turn.example.gov.cn", room_turn_secret=SECRET)
    (turn,) = ice_servers(settings, NOW, NOW + 30 * 86_400_000, "7-3")
    assert int(turn["username"].partition(":")[0]) == NOW // 1000 + tuning.TURN_HOURS * 3600


@pytest.mark.parametrize(("lines", "named"), [
    ('room_turn = "turn:turn.example.gov.cn"', "room_turn_secret"),
    ('room_turn_secret = "short"', "room_turn_secret"),
    ("room_turn_only = true", "room_turn_only"),
    ('room_stun = "https://example.com"', "room_stun"),
    ('room_turn = "turn:a b"\nroom_turn_secret = "' + SECRET + '"', "room_turn"),
])
def test_a_wrong_setting_is_named_with_its_remedy(tmp_path: Path, lines: str, named: str) -> None:
    (tmp_path / "hub.toml").write_text(lines, "utf-8")
    with pytest.raises(UsageProblem, match=named):
        load_settings(HubHome(tmp_path))
