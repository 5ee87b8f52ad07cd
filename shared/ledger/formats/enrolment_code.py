"""The enrolment code, version 2 (for ever): everything a device must know of its hub before it believes a word of it.

    whole   on paper and in the QR code, read by a camera or pasted
            E 2 N base32(payload) 00..    in N lines of 24 characters and a check character; the check covers the number of the
                                          line too, so a line that is wrong, lost or out of place is named
            payload = fields of one byte tag, one byte length, bytes; tag 0 ends; tags that a reader does not know are passed over
                1 hub id     2 an address, the best first     3 SHA-256 of the SubjectPublicKeyInfo that TLS shows there
                4 the hub's public key     5 the recovery key     6 their alg     7 one-time code (10 characters)
    short   typed by hand beside an address: one-time code (10), the first 60 bits of SHA-256(canonical(
            ["hub-keys/1", hub id, alg, hub's public key, recovery key or null])) (12), two check characters

Either way the device knows whose keys to expect: a hub that does not prove them (`possession.require_identity`) is refused before
it learns the one-time code. Must not know: offices, HTTP, words for people (a `Refused` has code and value).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.ledger.errors import Refused
from shared.ledger.formats import canonical, spelling
from shared.ledger.formats.ids import is_name
from shared.ledger.formats.keys import check_public_key, from_base64, is_known, to_base64

VERSION = "2"
MARK = "E" + VERSION                # begins a whole code, and no short one
ONE_TIME = 10                      # characters of the one-time code
KEYS = 12                          # characters of the short code that say whose keys to expect: 60 bits
SHORT = ONE_TIME + KEYS + 2
LINE, MOST_LINES = 24, 31          # 450 bytes: some ten addresses; a QR code of 775 characters is still read from a screen
_MOST_TYPED = 4000                 # characters that are looked at: the whole code with room for spaces between all of them
_ID, _ADDRESS, _TLS, _HUB, _RECOVERY, _ALG, _CODE = range(1, 8)
_FIELD = "code"


@dataclass(frozen=True, slots=True)
class HubKeys:
    """Who the hub is. Keys in base64; `recovery_key` None for a county without one."""

    hub_id: str
    alg: str
    public_key: str
    recovery_key: str | None

    def fingerprint(self) -> str:
        """12 characters, for the short code and for people to compare."""
        said = ["hub-keys/1", self.hub_id, self.alg, self.public_key, self.recovery_key]
        return spelling.digest(canonical.encode(said), KEYS)


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """What a code says. Of a short one `keys` is None, there are no addresses, and `fingerprint` is all that is known of the
    hub. `tls`: SHA-256 in hex of the public keys that may be shown there; empty: certificates are checked as everywhere."""

    one_time: str
    fingerprint: str
    keys: HubKeys | None = None
    addresses: tuple[str, ...] = ()
    tls: tuple[str, ...] = ()

    @staticmethod
    def of(keys: HubKeys, one_time: str, addresses: tuple[str, ...] = (), tls: tuple[str, ...] = ()) -> EnrolmentCode:
        return EnrolmentCode(spelling.typed(one_time), keys.fingerprint(), keys, addresses, tls)

    def short(self) -> str:
        """Six groups of four, to be typed."""
        text = self.one_time + self.fingerprint
        return spelling.grouped(text + spelling.checks(text, 2), 4)

    def whole(self) -> str:
        """Without spaces, for the QR code (its alphanumeric mode)."""
        return "".join(self.lines())

    def lines(self) -> tuple[str, ...]:
        """The whole code in lines of 25 characters, for paper. Raises `Refused` when the addresses do not fit."""
        data = spelling.of_bytes(b"".join(_field(tag, value) for tag, value in self._fields()) + b"\0")
        count = -(-(len(data) + 3) // LINE)
        if count > MOST_LINES:
            raise Refused("addresses", len(self.addresses), "give fewer or shorter addresses", code="code_too_long")
        text = (MARK + spelling.ALPHABET[count] + data).ljust(count * LINE, "0")
        parts = [text[start : start + LINE] for start in range(0, len(text), LINE)]
        return tuple(part + _line_check(part, number) for number, part in enumerate(parts))

    def accepts(self, keys: HubKeys) -> bool:
        """Are these the keys that the code names?"""
        return keys.fingerprint() == self.fingerprint and self.keys in (None, keys)

    def _fields(self) -> Iterator[tuple[int, bytes]]:
        assert self.keys is not None, "a short code has no whole form"
        yield _ID, self.keys.hub_id.encode("ascii")
        for address in self.addresses:
            yield _ADDRESS, address.encode("utf-8")
        for hash in self.tls:
            yield _TLS, bytes.fromhex(hash)
        yield _HUB, from_base64("public_key", self.keys.public_key)
        if self.keys.recovery_key is not None:
            yield _RECOVERY, from_base64("recovery_key", self.keys.recovery_key)
        yield _ALG, self.keys.alg.encode("ascii")
        yield _CODE, self.one_time.encode("ascii")


def read(text: str) -> EnrolmentCode:
    """A code as it was typed, pasted or scanned. Raises `Refused`; its `code` says what is wrong, its `value` where:

    code_character (the character), code_short and code_long (how many there are), code_line (number of the first wrong line,
    from 1), code_cut (lines that are there), code_too_long, code_version, code_checks, code_content, unknown_alg, weak_key"""
    if len(text) > _MOST_TYPED:
        raise Refused(_FIELD, len(text), "give the code and nothing else", code="code_too_long")
    plain = spelling.typed(text)
    whole = plain.startswith(MARK) or (plain.startswith(MARK[0]) and len(plain) > SHORT)
    spelling.require_alphabet(_FIELD, plain)
    return _read_whole(plain) if whole else _read_short(plain)


def goes_on(text: str) -> bool:
    """Is this the beginning of a whole code, of which more lines are to come?"""
    plain = spelling.typed(text[:_MOST_TYPED])
    if not plain.startswith(MARK) or plain[2:3] not in spelling.ALPHABET:
        return False
    return len(plain) < 3 or len(plain) < spelling.ALPHABET.index(plain[2]) * (LINE + 1)


def one_time_of(text: str) -> str:
    """The one-time code in what a device sends or a person types: these ten characters, a short code or a whole one. Anything
    else is given back as it is compared, and is nobody's code."""
    try:
        return read(text).one_time
    except Refused:
        return spelling.typed(text[:_MOST_TYPED])


def _read_short(plain: str) -> EnrolmentCode:
    if len(plain) != SHORT:
        raise Refused(_FIELD, len(plain), f"a short code has {SHORT} characters",
                      code="code_short" if len(plain) < SHORT else "code_long")
    if spelling.checks(plain[:-2], 2) != plain[-2:]:
        raise Refused(_FIELD, plain, "compare it with the paper; its check characters do not fit", code="code_checks")
    return EnrolmentCode(plain[:ONE_TIME], plain[ONE_TIME:-2])


def _read_whole(plain: str) -> EnrolmentCode:
    if len(plain) < LINE + 1:
        raise Refused(_FIELD, 0, "the code was cut; take all lines", code="code_cut")
    lines = [plain[start : start + LINE + 1] for start in range(0, len(plain), LINE + 1)]
    for number, line in enumerate(lines):
        if len(line) == LINE + 1 and _line_check(line[:-1], number) != line[-1]:
            raise Refused(_FIELD, number + 1, "compare this line with the paper", code="code_line")
    if plain[1] != VERSION:
        raise Refused(_FIELD, plain[1], "update this program: the code is of a later version", code="code_version")
    wanted = spelling.ALPHABET.index(plain[2])
    complete = len(lines) if len(lines[-1]) == LINE + 1 else len(lines) - 1
    if complete < wanted:
        raise Refused(_FIELD, complete, f"the code was cut; it has {wanted} lines", code="code_cut")
    if len(plain) != wanted * (LINE + 1):
        raise Refused(_FIELD, len(lines), f"the code has {wanted} lines; take away what follows", code="code_too_long")
    return _of_payload(spelling.to_bytes("".join(line[:-1] for line in lines)[3:]))


def _of_payload(data: bytes) -> EnrolmentCode:
    found: dict[int, list[bytes]] = {}
    for tag, value in _fields_of(data):
        found.setdefault(tag, []).append(value)
    try:
        hub_id, alg, one_time = (found[tag][0].decode("ascii") for tag in (_ID, _ALG, _CODE))
        recovery = to_base64(found[_RECOVERY][0]) if _RECOVERY in found else None
        keys = HubKeys(hub_id, alg, to_base64(found[_HUB][0]), recovery)
        addresses = tuple(value.decode("utf-8") for value in found.get(_ADDRESS, ()))
    except (KeyError, UnicodeDecodeError):
        raise _content() from None
    tls = tuple(value.hex() for value in found.get(_TLS, ()))
    right = len(one_time) == ONE_TIME and set(one_time) <= set(spelling.ALPHABET) and all(len(hash) == 64 for hash in tls)
    if not (right and is_name(hub_id)):
        raise _content()
    if not is_known(alg):
        raise Refused("alg", alg, "update this program: it does not know the algorithm", code="unknown_alg")
    for name, key in (("public_key", keys.public_key), ("recovery_key", recovery)):
        if key is not None:
            check_public_key(name, key, alg)
    return EnrolmentCode.of(keys, one_time, addresses, tls)


def _fields_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(data) and data[place]:
        if place + 1 >= len(data) or place + 2 + data[place + 1] > len(data):
            raise _content()
        end = place + 2 + data[place + 1]
        yield data[place], data[place + 2 : end]
        place = end
    if any(data[place:]):
        raise _content()


def _content() -> Refused:
    return Refused(_FIELD, None, "ask for a new code: what it says makes no sense", code="code_content")


def _field(tag: int, value: bytes) -> bytes:
    if not 0 < len(value) < 256:
        raise Refused("addresses", len(value), "give an address of 1 to 255 bytes", code="code_too_long")
    return bytes([tag, len(value)]) + value


def _line_check(part: str, number: int) -> str:
    return spelling.checks(spelling.ALPHABET[number] + part)
