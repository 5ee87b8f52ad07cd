"""PINs of the people who share a tablet: scrypt verifiers in this HOME's secrets.json, never sent anywhere.

A PIN keeps a colleague from writing under another's name by accident; the database key protects a lost
tablet. Each wrong try doubles the wait, per person, kept across restarts. Must not know: what staff may do.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as randomness
from typing import Any

from shared.ledger.texts import t
from village_node.point.clock import Clock
from village_node.point.errors import Refused, UsageError
from village_node.point.home import Home

# scrypt at 2^14 costs about 50 ms and 16 MB: bearable on a tablet at each login, dear for a guesser.
_N, _R, _P = 2**14, 8, 1
FREE_TRIES = 3              # typing slips cost nothing
LONGEST_WAIT_MS = 15 * 60 * 1000


def _digest(pin: str, salt: str) -> str:
    return hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt), n=_N, r=_R, p=_P, maxmem=64 << 20).hex()


class Pins:
    def __init__(self, home: Home, clock: Clock) -> None:
        self._home = home
        self._clock = clock

    def _all(self) -> dict[str, dict[str, Any]]:
        return dict(self._home.secrets().get("pins") or {})

    def _store(self, staff_id: str, entry: dict[str, Any]) -> None:
        self._home.change_secrets(lambda known: {"pins": {**(known.get("pins") or {}), staff_id: entry}})

    def has(self, staff_id: str) -> bool:
        return staff_id in self._all()

    def set(self, staff_id: str, pin: str) -> None:
        """Raises UsageError unless the PIN is 4 to 8 digits."""
        if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
            raise UsageError(t("node.pin.shape"))
        salt = randomness.token_hex(16)
        self._store(staff_id, {"salt": salt, "hash": _digest(pin, salt), "wrong": 0, "until": 0})

    def check(self, staff_id: str, pin: str) -> bool:
        """False for a wrong PIN; Refused while the wait after several wrong ones lasts."""
        entry = self._all().get(staff_id)
        if entry is None:
            raise UsageError(t("node.pin.none"))
        now = self._clock()
        # A clock set back must not lock a person out for longer than the longest wait.
        wait = min(entry["until"] - now, LONGEST_WAIT_MS)
        if wait > 0:
            raise Refused(t("node.pin.wait", seconds=(wait + 999) // 1000))
        good = hmac.compare_digest(entry["hash"], _digest(pin, entry["salt"]))
        wrong = 0 if good else entry["wrong"] + 1
        over = wrong - FREE_TRIES
        pause = min(1000 * 2**min(over, 20), LONGEST_WAIT_MS) if over >= 0 else 0
        if wrong or entry["wrong"]:
            self._store(staff_id, {**entry, "wrong": wrong, "until": now + pause if pause else 0})
        return good
