"""Is this an Ed25519 public key that only its owner can sign for? Pure arithmetic on the curve (RFC 8032, 5.1).

A signature library takes any 32 bytes that decode to a point. A point of small order (`01 00 ...` is one) has signatures that
fit every message, and points with a part of small order verify here and not there. So a key must be the one spelling of a point
of the prime order L. About a millisecond for a key; the answer is remembered.
"""

from __future__ import annotations

from functools import lru_cache

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, PRIME) % PRIME
_ROOT = pow(2, (PRIME - 1) // 4, PRIME)       # a square root of -1
_REMEMBERED = 4096                            # keys: more than devices of a county, 300 kB

Point = tuple[int, int, int, int]             # X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
_NEUTRAL: Point = (0, 1, 1, 0)


@lru_cache(_REMEMBERED)
def is_prime_order(key: bytes) -> bool:
    """True for the canonical 32 bytes of a point of order L. Never raises."""
    point = _point(key)
    if point is None or _is_neutral(point):
        return False
    return _is_neutral(_times(ORDER, point))


def _point(key: bytes) -> Point | None:
    """RFC 8032, 5.1.3; None for what is no point, or not the canonical spelling of one."""
    if len(key) != 32:
        return None
    word = int.from_bytes(key, "little")
    sign, y = word >> 255, word & (2**255 - 1)
    if y >= PRIME:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * _ROOT % PRIME
    if (x * x - square) % PRIME or (x == 0 and sign):
        return None
    x = PRIME - x if x % 2 != sign else x
    return x, y, 1, x * y % PRIME


def _times(scalar: int, point: Point) -> Point:
    made = _NEUTRAL
    for bit in bin(scalar)[2:]:
        made = _add(made, made)
        if bit == "1":
            made = _add(made, point)
    return made


def _add(one: Point, other: Point) -> Point:
    """RFC 8032, 5.1.4: complete, so it doubles too."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % PRIME
    b = (one[1] + one[0]) * (other[1] + other[0]) % PRIME
    c = 2 * one[3] * other[3] * _D % PRIME
    d = 2 * one[2] * other[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def _is_neutral(point: Point) -> bool:
    return point[0] == 0 and (point[1] - point[2]) % PRIME == 0
