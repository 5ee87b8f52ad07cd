"""PINs of the people who share a tablet: six digits each, argon2id verifiers in the sealed secrets.json of this HOME alone.

The first PIN closes the HOME (`safe`): from then on it opens with a PIN where the platform has a keystore, else with five start
words, while the PIN unlocks the screen. Whoever sets the first PIN of a person shows the one-time code of the enrolment or one
that an officer gave (`pin_codes`); who has a PIN shows it. Wrong tries wait (`safe.tries`). Must not know: what staff may do.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from shared.ledger import vault as vaults
from shared.ledger.formats.keys import from_base64, to_base64
from shared.ledger.texts import t
from shared.ledger.vault import ALONE, WORDS, Vault, argon2id
from village_node.point.errors import Refused, UsageError
from village_node.point.home import Home
from village_node.point.safe.keystore import Finder, platform_keystore, usable
from village_node.point.safe.tries import Running, Tries, running_ms

DIGITS = 6
Random = Callable[[int], bytes]
_RUNS = "01234567890123456 65432109876543210"


def check_shape(pin: str) -> None:
    """Raises UsageError for what is no PIN, or one that everybody tries first."""
    if not (pin.isascii() and pin.isdigit() and len(pin) == DIGITS):
        raise UsageError(t("node.pin.shape"))
    if len(set(pin)) == 1 or pin in _RUNS:
        raise UsageError(t("node.pin.easy", pin=pin))


class Pins:
    def __init__(self, home: Home, random: Random, *, running: Running = running_ms,
                 keystore: Finder = platform_keystore) -> None:
        self._home, self._random, self._keystore = home, random, keystore
        self._tries = Tries(home, running)

    def has(self, staff_id: str) -> bool:
        return staff_id in self._all()

    def anybody(self) -> bool:
        return bool(self._all())

    # ---- setting

    def needs_words(self) -> bool:
        """The next PIN closes this HOME under start words, for the platform keeps no secret."""
        found = self._home.vault()
        return found is not None and found.has(ALONE) and not found.has(WORDS) and not self._device_secret(found)

    def new_words(self) -> str:
        """Five start words to write down; nothing is closed under them before `set`."""
        return vaults.new_words(self._random)

    def set(self, staff_id: str, pin: str, *, words: str = "") -> None:
        """`words`: those that were shown, where `needs_words`. Raises UsageError; Refused where the keystore does not answer."""
        check_shape(pin)
        if self.needs_words() and not vaults.looks_like_words(words):
            raise UsageError(t("node.pin.words_needed"))
        key, salt, vault = self._home.key(), self._random(16), self._home.vault()
        if key is not None and vault is not None and vault.has(vaults.PIN) and not self._device_secret(vault):
            raise Refused(t("node.pin.keystore_away"))      # his PIN would open nothing, and the others' must not be lost
        entry = {"alg": "argon2id", "cost": list(vaults.ARGON2), "salt": to_base64(salt),
                 "hash": to_base64(argon2id(pin, salt, vaults.ARGON2))}
        self._home.change_secrets(lambda known: {"pins": {**(known.get("pins") or {}), staff_id: entry}})
        if key is not None:
            self._home.change_vault(lambda vault: self._closed(vault, key, staff_id, pin, words))
        self._tries.forgive(staff_id)

    def _closed(self, vault: Vault, key: bytes, staff_id: str, pin: str, words: str) -> Vault:
        secret = self._device_secret(vault)
        if secret:
            return vault.with_pin(key, staff_id, pin, secret, self._random).without(ALONE)
        if words and vault.has(ALONE):
            vault = vault.with_words(key, words, self._random)
        return vault.without(ALONE) if vault.has(WORDS) else vault

    def _device_secret(self, vault: Vault) -> bytes:
        return usable(self._keystore(self._home), vault.id, self._random(32), replace=not vault.has(vaults.PIN))

    def forget(self, staff_id: str) -> None:
        """He has no PIN here any more; the HOME stays closed."""
        self._home.change_secrets(lambda known: {"pins": {k: v for k, v in (known.get("pins") or {}).items() if k != staff_id}})
        self._home.change_vault(lambda vault: vault.without(vaults.PIN, staff_id))

    # ---- checking

    def check(self, staff_id: str, pin: str) -> bool:
        """False for a wrong PIN; Refused while the wait after several wrong ones lasts."""
        if not self.has(staff_id):
            raise UsageError(t("node.pin.none"))
        return self.counted(staff_id, lambda: self.is_right(staff_id, pin))

    def is_right(self, staff_id: str, pin: str) -> bool:
        """Uncounted: only inside `counted`."""
        entry = self._all().get(staff_id)
        return entry is not None and hmac.compare_digest(*_hashes(entry, pin))

    def counted(self, who: str, is_right: Callable[[], bool]) -> bool:
        """`is_right()`, with wrong answers counted under this name. Raises Refused while a wait lasts."""
        wait = self._tries.wait_ms(who)
        if wait:
            raise Refused(t("node.pin.wait", seconds=(wait + 999) // 1000))
        self._tries.spend(who)
        good = is_right()
        if good:
            self._tries.forgive(who)
        return good

    def _all(self) -> dict[str, dict[str, Any]]:
        return dict(self._home.secrets().get("pins") or {})


def _hashes(entry: dict[str, Any], pin: str) -> tuple[bytes, bytes]:
    if entry.get("alg") == "argon2id":
        memory, passes, lanes = entry["cost"]
        return from_base64("hash", entry["hash"]), argon2id(pin, from_base64("salt", entry["salt"]), (memory, passes, lanes))
    salt = bytes.fromhex(entry["salt"])          # scrypt, before there was a vault
    return bytes.fromhex(entry["hash"]), hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1, maxmem=64 << 20)


__all__ = ["DIGITS", "Pins", "check_shape"]
