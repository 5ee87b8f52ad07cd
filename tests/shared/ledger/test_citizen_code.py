"""The citizen's code as it is copied by hand, scanned, and brought to the wrong case."""

from __future__ import annotations

import random

import pytest

from shared.ledger.errors import Refused
from shared.ledger.formats import spelling
from shared.ledger.formats.citizen_code import CitizenCode, Kept, again, make, read, read_parts
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.texts import has

NUMBER, OTHER = "150822100203-2026-001-0012-7", "150822100203-2026-001-0013-5"
KEY = DeviceKey(b"\5" * 32)
OFFICES = [("150822100203", ("旧地村", "巴彦高勒镇旧地村")), ("150822101200", ("旧地村",))]


@pytest.fixture
def code() -> CitizenCode:
    kept = make(KEY, b"0123456789abcdef")
    found = again(KEY, kept, valid(NUMBER))
    assert found is not None
    return found


def valid(number: str) -> str:
    from shared.ledger.formats.ids import PlatformNumber

    office, year, slot, counter, _ = number.split("-")
    return str(PlatformNumber(office, int(year), int(slot), int(counter)))


def fault(number: str, text: str) -> tuple[str, object]:
    with pytest.raises(Refused) as caught:
        read_parts(number, text, OFFICES) if number else read(text)
    assert has(f"citizen.fault.{caught.value.code}"), "a sentence for whoever typed it"
    return caught.value.code, caught.value.value


def test_it_is_read_from_qr_clipboard_and_two_fields(code: CitizenCode) -> None:
    printed = f"旧地村〔2026〕{code.number.partition('-2026-')[2]}"
    portal = code.qr("https://chaxun.example.test/c")
    for text in (code.text(), portal, code.text().lower().replace("-", " "), f" {code.qr()} \n"):
        assert read(text) == code
    wide = "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in code.typed())
    other = printed.replace("〔", "[").replace("〕", "】")
    for number in (code.number, code.number.replace("-", ""), printed, other, f" {printed} "):
        for typed in (code.typed(), code.typed().lower(), wide, code.typed().replace("0", "O").replace("1", "l")):
            assert read_parts(number, typed, OFFICES) == code
    assert code.secret not in repr(code)


def test_the_event_holds_a_salted_hash_that_fits_this_secret_alone(code: CitizenCode) -> None:
    kept = make(KEY, b"0123456789abcdef")
    value = kept.value()
    assert set(value) == {"v", "salt", "hash"}
    assert code.secret not in str(value)
    assert Kept.of_value(value) == kept
    assert Kept.of_value({**value, "v": 2}) is None
    assert kept.fits(code.secret)
    assert not kept.fits(code.secret[:-1] + ("0" if code.secret[-1] != "0" else "1"))
    other = make(KEY, b"fedcba9876543210")
    assert other.hash != kept.hash
    assert not other.fits(code.secret)
    assert again(DeviceKey(b"\6" * 32), kept, code.number) is None, "another device cannot show it"
    assert len(code.secret) * 5 >= 60


def test_what_hands_get_wrong_is_named(code: CitizenCode) -> None:
    typed, number = code.typed(), code.number
    assert fault(number, typed[:-1]) == ("code_short", 15)
    assert fault(number, typed + "7") == ("code_long", 17)
    assert fault(number, typed[:-1] + "U") == ("code_character", "U")
    assert fault(number, "2" + typed[1:]) == ("code_version", "2")
    assert fault(number[:-1] + str((int(number[-1]) + 1) % 10), typed)[0] == "bad_check_digit"
    assert fault("旧地村2026年12号", typed)[0] == "bad_number"
    assert fault("新地村〔2026〕001-0012-7", typed)[0] == "bad_number"
    assert fault("", "1234")[0] == "code_short"
    assert fault("", "x" * 700)[0] == "code_long"
    assert fault("", code.text()[:-1] + ("0" if typed[-1] != "0" else "1"))[0] == "code_checks"


def test_every_wrong_character_and_every_swap_is_noticed_and_mostly_the_code_of_another_case(code: CitizenCode) -> None:
    plain = code.typed().replace("-", "")
    for place in range(1, len(plain)):
        for character in spelling.ALPHABET:
            if character != plain[place]:
                assert fault(code.number, plain[:place] + character + plain[place + 1 :])[0] == "code_checks"
        if place > 1 and plain[place] != plain[place - 1]:
            swapped = plain[: place - 1] + plain[place] + plain[place - 1] + plain[place + 1 :]
            assert fault(code.number, swapped)[0] == "code_checks"
    seed = random.randrange(2**32)
    print("seed", seed)
    chance, noticed = random.Random(seed), 0
    for _ in range(400):
        number = valid(f"150822100203-2026-001-{chance.randrange(1, 9999):04d}-0")
        try:
            noticed += number == code.number or read_parts(number, code.typed()) is None
        except Refused:
            noticed += 1
    assert noticed > 340         # 31 of 32; the hash finds the rest
