"""Which helpers browsers are told of (`iceServers`): none by default, for offices of one network find each other.

A TURN server of the county's own (coturn with `use-auth-secret`) is given a name and password that hold for one participant of
one meeting, and for some hours: the name is `<ends, seconds since 1970>:<room>-<seat>`, the password
base64(HMAC-SHA1(secret, name)) (draft-uberti-behave-turn-rest-00). The secret itself never leaves the hub.
"""

from __future__ import annotations

import base64
import hmac
from typing import Any

from county_hub.hub.kept.settings import HubSettings
from county_hub.room import tuning


def ice_servers(settings: HubSettings, now: int, ends: int, who: str) -> list[dict[str, Any]]:
    """For `who` ("<room>-<seat>": coturn counts by it) of a meeting that ends at `ends`; both in ms since 1970."""
    made: list[dict[str, Any]] = []
    if settings.room_stun:
        made.append({"urls": settings.listed(settings.room_stun)})
    if settings.room_turn:
        name = f"{min(ends, now + tuning.TURN_HOURS * 3_600_000) // 1000}:{who}"
        word = hmac.new(settings.room_turn_secret.encode(), name.encode(), "sha1").digest()
        password = base64.b64encode(word).decode()
        made.append({"urls": settings.listed(settings.room_turn), "username": name, "credential": password})
    return made
