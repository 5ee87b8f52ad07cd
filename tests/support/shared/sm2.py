"""SM2 signatures (GB/T 32918.2-2016, curve of GB/T 32918.5) as the vectors of `sm2/sm3/1` have them: for tests alone, in plain
arithmetic. Keys: 65 bytes 04 x y; signatures: r s, 32 bytes each; the signer's id is that of GB/T 35276, 1234567812345678."""

from __future__ import annotations

import hashlib

P = int("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF", 16)
A = P - 3
B = int("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93", 16)
N = int("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123", 16)
G = (int("32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7", 16),
     int("BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0", 16))
ID = b"1234567812345678"
Point = tuple[int, int] | None


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def add(left: Point, right: Point) -> Point:
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) if left == right else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def times(count: int, point: Point) -> Point:
    made: Point = None
    while count:
        if count & 1:
            made = add(made, point)
        point, count = add(point, point), count >> 1
    return made


def public_of(secret: int) -> bytes:
    point = times(secret, G)
    assert point is not None
    return b"\x04" + _bytes(*point)


def sign(secret: int, nonce: int, message: bytes) -> bytes:
    point = times(nonce, G)
    assert point is not None
    r = (_digest(public_of(secret), message) + point[0]) % N
    return _bytes(r, (nonce - r * secret) * pow(1 + secret, -1, N) % N)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    on_curve = (key[1] ** 2 - key[0] ** 3 - A * key[0] - B) % P == 0
    total = (r + s) % N
    if len(signature) != 64 or public[0] != 4 or not on_curve or not (0 < r < N and 0 < s < N and total):
        return False
    point = add(times(s, G), times(total, key))
    return point is not None and (_digest(public, message) + point[0]) % N == r


def _digest(public: bytes, message: bytes) -> int:
    who = sm3((len(ID) * 8).to_bytes(2, "big") + ID + _bytes(A, B, *G) + public[1:])
    return int.from_bytes(sm3(who + message), "big")


def _bytes(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in numbers)
