"""A little work for whoever hands something in, instead of a picture puzzle: cheap once, dear a thousand times.

    GET /work      {"challenge": "1764444000000.9f2c…", "bits": 14}
    solution       a number n with SHA-256("<challenge> <code> <n>") beginning with `bits` zero bits
The challenge is signed with a key of this process and holds for an hour; the work is for one code, so it cannot be used twice.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable

HOLDS_MS = 3_600_000
MOST_DIGITS = 15


class Work:
    def __init__(self, bits: int, clock: Callable[[], int], key: bytes = b"") -> None:
        self.bits, self._clock, self._key = bits, clock, key or os.urandom(32)

    def challenge(self) -> str:
        made = str(self._clock())
        return f"{made}.{self._mac(made)}"

    def is_done(self, challenge: str, code: str, solution: str) -> bool:
        made, _, mac = challenge.partition(".")
        if not (made.isascii() and made.isdigit() and len(made) <= MOST_DIGITS and mac.isascii()):
            return False
        if not hmac.compare_digest(mac, self._mac(made)) or not 0 <= self._clock() - int(made) <= HOLDS_MS:
            return False
        if not (solution.isascii() and solution.isdigit() and len(solution) <= MOST_DIGITS):
            return False
        digest = hashlib.sha256(f"{challenge} {code} {solution}".encode()).digest()
        return int.from_bytes(digest, "big") >> (256 - self.bits) == 0

    def _mac(self, made: str) -> str:
        return hmac.new(self._key, f"work/1 {made}".encode(), "sha256").hexdigest()[:32]
