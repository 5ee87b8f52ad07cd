"""What a person proves with: a password, a code of the authenticator (RFC 6238), a recovery code.

A start password is made here and given to a person once; it opens nothing but the page on which the own password is chosen.
"""

from __future__ import annotations

import base64
import secrets as random_source
import threading

import pyotp

from county_hub.hub.kept.passwords import check_password
from shared.ledger import vault
from shared.ledger.formats import spelling
from sync.endpoint.auth import same_secret

# argon2id: KiB, passes, lanes; the second choice of OWASP's password storage cheat sheet (2024): 19 MiB, two passes, one lane.
COST = (19_456, 2, 1)
LEAST_PASSWORD, MOST_PASSWORD = 10, 200
START_LENGTH = 16                       # 80 bits: nobody guesses it within its days
RECOVERY_CODES, RECOVERY_LENGTH = 10, 12
STEP_SECONDS = 30                       # RFC 6238, section 4.1
# More guessers at once wait: they shall not take the memory and both processors of the rest.
_TWO_AT_ONCE = threading.BoundedSemaphore(2)


def hashed(secret: str) -> str:
    """`argon2id$<memory>,<passes>,<lanes>$<salt>$<hash>` in base64."""
    salt = random_source.token_bytes(16)
    return f"argon2id${','.join(map(str, COST))}${_b64(salt)}${_b64(_derive(secret, salt, COST))}"


def matches(secret: str, stored: str) -> bool:
    method, _, rest = stored.partition("$")
    parts = rest.split("$")
    if method == "scrypt":                  # the password of `init`, and accounts of before
        return check_password(secret, stored)
    if method != "argon2id" or len(parts) != 3:
        return False
    memory, passes, lanes = (int(number) for number in parts[0].split(","))
    return same_secret(_b64(_derive(secret, base64.b64decode(parts[1]), (memory, passes, lanes))), parts[2])


NOBODY = f"argon2id${','.join(map(str, COST))}${base64.b64encode(bytes(16)).decode()}$-"
"""Of no password. What the password of an unknown account is compared with, so that asking takes as long as for a known one."""


def spelled(length: int) -> str:
    """A random code of the letters that nobody confuses, in groups of four."""
    return spelling.grouped("".join(random_source.choice(spelling.ALPHABET) for _ in range(length)), 4)


def typed(code: str) -> str:
    """A code as its hash was made of, however it was typed."""
    return spelling.typed(code)


def new_second() -> str:
    """The secret of an authenticator, base 32 (RFC 4648)."""
    return pyotp.random_base32()


def address_of_second(secret: str, account: str, issuer: str) -> str:
    """The `otpauth://` address that an authenticator reads as a QR code."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=account, issuer_name=issuer)


def step_of(code: str, secret: str, now_ms: int, last_step: int) -> int:
    """The step of time whose code this is, one before or after now, never one that was used; 0 if it is none (RFC 6238, 5.2)."""
    digits = "".join(ch for ch in code if ch.isascii() and ch.isdigit())
    now = now_ms // 1000 // STEP_SECONDS
    one_time = pyotp.TOTP(secret, interval=STEP_SECONDS)
    for step in (now, now - 1, now + 1):
        if step > last_step and same_secret(one_time.at(step * STEP_SECONDS), digits):
            return step
    return 0


def _derive(secret: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    with _TWO_AT_ONCE:
        return vault.argon2id(secret.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), salt, cost)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
