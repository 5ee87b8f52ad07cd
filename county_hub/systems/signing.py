"""How a notice is signed: Standard Webhooks 1.0 (standardwebhooks.com), scheme `v1`, HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

PREFIX = "whsec_"
WITHIN_S = 300          # a receiver takes no older and no younger one: what was listened to cannot be sent again later


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(secret: str, message: str, now_s: int, body: bytes) -> dict[str, str]:
    signature = f"v1,{_mac(secret, message, now_s, body)}"
    return {"webhook-id": message, "webhook-timestamp": str(now_s), "webhook-signature": signature}


def is_genuine(secret: str, sent: Mapping[str, str], body: bytes, now_s: int) -> bool:
    """What a receiver asks of a notice; `sent` are its headers in lower case."""
    try:
        at = int(sent["webhook-timestamp"])
        wanted = _mac(secret, sent["webhook-id"], at, body)
        given = [each.partition(",")[2] for each in sent["webhook-signature"].split() if each.startswith("v1,")]
    except (KeyError, ValueError, binascii.Error):
        return False
    return abs(now_s - at) <= WITHIN_S and any(hmac.compare_digest(wanted.encode(), each.encode()) for each in given)


def _mac(secret: str, message: str, at: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
