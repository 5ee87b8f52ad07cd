"""Which helpers browsers are told of (`iceServers`): none by default, for offices of one network find each other.

A TURN server of the county's own (coturn with `use-auth-secret`) is given a name and password that hold for one meeting: the name
is `<ends, seconds since 1970>:<seat>`, the password base64(HMAC-SHA1(secret, name)) (draft-uberti-behave-turn-rest-00).
"""

from __future__ import annotations

import base64
import hmac
from typing import Any

from county_hub.hub.kept.settings import HubSettings


def ice_servers(settings: HubSettings, ends: int, seat: int) -> list[dict[str, Any]]:
    """`ends`: ms since 1970, when the password stops to hold."""
    made: list[dict[str, Any]] = []
    if settings.room_stun:
        made.append({"urls": settings.listed(settings.room_stun)})
    if settings.room_turn:
        name = f"{ends // 1000}:{seat}"
        word = hmac.new(settings.room_turn_secret.encode(), name.encode(), "sha1").digest()
        password = base64.b64encode(word).decode()
        made.append({"urls": settings.listed(settings.room_turn), "username": name, "credential": password})
    return made
