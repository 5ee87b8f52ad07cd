"""One-time codes with which a person may set a PIN on a device: an officer lets the directory say so, for some days.

    setting pin-code:<staff>  {id, salt, cost, hash, until}        the code itself is told to the person, and stands nowhere
A code is twelve letters and digits of 32 (60 bits) behind argon2id, so whoever reads the directory cannot find it out. Each
device takes one once. No verifier of a PIN ever leaves a device.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from shared.ledger import vault
from shared.ledger.errors import Refused
from shared.ledger.formats.keys import from_base64, to_base64

SETTING = "pin-code:"
RESCUE_KEY = "rescue_key"
"""Setting {public_key, alg}: every device wraps its data key for it too (`ledger.vault`)."""

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789L"        # 32, without what is read as another
LENGTH = 12
CHEAP = (64, 1, 1)
CODE_DAYS = 7
"""Long enough to be told over the telephone and typed at the next visit."""


def new_code(random: Callable[[int], bytes], until: int) -> tuple[str, dict[str, Any]]:
    """(the code, what the directory says of it). `until`: ms."""
    code = "".join(LETTERS[b % 32] for b in random(LENGTH))
    shown = "-".join(code[i:i + 4] for i in range(0, LENGTH, 4))
    return shown, {"id": random(8).hex(), **verifier_of(code, random, vault.ARGON2), "until": until}


def verifier_of(code: str, random: Callable[[int], bytes], cost: tuple[int, int, int]) -> dict[str, Any]:
    """`cost`: of argon2id, as `vault.ARGON2`; `CHEAP` where the verifier itself is encrypted."""
    salt = random(16)
    return {"salt": to_base64(salt), "cost": list(cost), "hash": to_base64(vault.argon2id(plain(code), salt, cost))}


def plain(code: str) -> str:
    return "".join(c for c in code.upper() if c.isascii() and c.isalnum())


def code_matches(said: Mapping[str, Any], code: str, now: int) -> bool:
    """Never raises, and never works more than a vault may."""
    try:
        cost = tuple(int(n) for n in said["cost"])
        bounded = len(cost) == 3 and all(n <= most for n, most in zip(cost, vault.ARGON2_MOST, strict=True))
        if not bounded or not plain(code) or now > int(said.get("until") or now):
            return False
        made = vault.argon2id(plain(code), from_base64("salt", said["salt"]), (cost[0], cost[1], cost[2]))
        return hmac.compare_digest(made, from_base64("hash", said["hash"]))
    except (KeyError, TypeError, ValueError, Refused):
        return False
