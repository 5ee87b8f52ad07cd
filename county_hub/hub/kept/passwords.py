"""Passwords of people as a hub keeps them: a salted scrypt hash, never the password itself."""

from __future__ import annotations

import base64
import hashlib
import os
import threading

from sync.endpoint.auth import same_secret

# scrypt with 16 MiB and about 50 ms on a small server (RFC 7914 parameters for interactive logins).
# More guessers at once wait: they shall not take the memory and both processors of the rest.
_TWO_AT_ONCE = threading.BoundedSemaphore(2)
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def hash_password(password: str) -> str:
    """`scrypt$<salt>$<hash>` in base64."""
    salt = os.urandom(16)
    return f"scrypt${_b64(salt)}${_b64(_derive(password, salt))}"


def check_password(password: str, stored: str) -> bool:
    method, _, rest = stored.partition("$")
    salt, _, expected = rest.partition("$")
    if method != "scrypt" or not expected:
        return False
    return same_secret(_b64(_derive(password, base64.b64decode(salt))), expected)


def _derive(password: str, salt: bytes) -> bytes:
    with _TWO_AT_ONCE:
        return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, **_SCRYPT)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
