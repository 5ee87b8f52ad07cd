"""The enrolment code as text: what it carries, and what is said of one that was cut, mistyped or made for something else."""

from __future__ import annotations

import itertools
import random

import pytest

from shared.ledger.errors import Refused
from shared.ledger.formats import spelling
from shared.ledger.formats.enrolment_code import LINE, EnrolmentCode, HubKeys, goes_on, one_time_of, read
from shared.ledger.formats.keys import ED25519, DeviceKey
from shared.ledger.texts import has

HUB, RECOVERY, OTHER = (DeviceKey(bytes([n]) * 32) for n in (1, 2, 3))
KEYS = HubKeys("hub-150822-demo", ED25519, HUB.public, RECOVERY.public)
CODE = EnrolmentCode.of(KEYS, "7Q2K9-X4M0T", ("https://hub.example.test:5984", "http://10.0.0.5:5984"), ("ab" * 32,))


def fault(text: str) -> tuple[str, object]:
    with pytest.raises(Refused) as caught:
        read(text)
    assert has(f"enrol.fault.{caught.value.code}"), "a sentence for the clerk"
    return caught.value.code, caught.value.value


@pytest.mark.parametrize("code", [
    CODE, EnrolmentCode.of(KEYS, "0000000000"), EnrolmentCode.of(HubKeys("h", ED25519, HUB.public, None), "ZZZZZ-ZZZZZ"),
    EnrolmentCode.of(KEYS, "7Q2K9-X4M0T", tuple(f"https://{n}.example.test" for n in range(9))),
])  # fmt: skip
def test_a_whole_code_is_read_back_however_it_is_pasted(code: EnrolmentCode) -> None:
    lines = code.lines()
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code.whole())
    for text in (code.whole(), code.whole().lower(), "\n".join(spelling.grouped(line, 5, " ") for line in lines), wide):
        assert read(text) == code
    assert read(code.short()) == EnrolmentCode(code.one_time, KEYS.fingerprint() if code.keys == KEYS else code.fingerprint)


def test_the_short_code_names_the_keys_that_are_expected() -> None:
    short = read(CODE.short().replace("0", "o").replace("1", "l"))
    assert short.accepts(KEYS)
    for hub_id, public, recovery in (
        ("hub-1", HUB, RECOVERY.public), (KEYS.hub_id, OTHER, RECOVERY.public), (KEYS.hub_id, HUB, OTHER.public),
        (KEYS.hub_id, HUB, None),
    ):
        other = HubKeys(hub_id, ED25519, public.public, recovery)
        assert not short.accepts(other)
        assert not CODE.accepts(other)
    assert one_time_of(CODE.short()) == one_time_of(" 7q2k9 x4mot ") == "7Q2K9X4M0T"


def test_a_wrong_line_is_named_and_so_is_what_is_missing() -> None:
    lines = list(CODE.lines())
    for number, line in enumerate(lines, start=1):
        place = number % LINE
        wrong = spelling.ALPHABET[(spelling.ALPHABET.index(line[place]) + 7) % 32]
        broken = "\n".join([*lines[: number - 1], line[:place] + wrong + line[place + 1 :], *lines[number:]])
        assert fault(broken) == ("code_line", number)
        if 1 < number < len(lines):
            assert fault("".join(lines[:number])) == ("code_cut", number)
            assert fault("".join(lines)[: number * (LINE + 1) + 3]) == ("code_cut", number)
            assert fault("".join([*lines[: number - 1], *lines[number:]])) == ("code_line", number), "a line was passed over"
    assert fault("".join([lines[0], lines[2], lines[1], *lines[3:]])) == ("code_line", 2)
    assert fault("".join(lines) + "77")[0] == "code_too_long"
    assert fault("E2F")[0] == "code_cut"


def test_each_other_fault_has_its_word() -> None:
    short = CODE.short()
    assert fault(short[:-1]) == ("code_short", 23)
    assert fault(short + "7") == ("code_long", 25)
    assert fault("7Q2K9-X4M0T") == ("code_short", 10)
    assert fault("") == ("code_short", 0)
    assert fault("旧" + short)[0] == "code_character"
    assert fault(short.replace("X", "U")) == ("code_character", "U")
    assert fault("9" * 5000)[0] == "code_too_long"
    later = "E3" + CODE.whole()[2:LINE]
    assert fault(later + spelling.checks("0" + later) + CODE.whole()[LINE + 1 :]) == ("code_version", "3")


def test_a_key_that_is_none_or_an_unknown_algorithm_is_refused_by_name() -> None:
    small = HubKeys("h", ED25519, "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", None)
    assert fault(EnrolmentCode.of(small, "7Q2K9X4M0T").whole())[0] == "weak_key"
    assert fault(EnrolmentCode.of(HubKeys("h", "sm2/sm3/1", HUB.public, None), "7Q2K9X4M0T").whole())[0] == "unknown_alg"
    no_id = EnrolmentCode.of(HubKeys("a b", ED25519, HUB.public, None), "7Q2K9X4M0T")
    assert fault(no_id.whole())[0] == "code_content"


def test_addresses_that_do_not_fit_are_refused_before_a_code_is_printed() -> None:
    for addresses in (("https://" + "a" * 300,), tuple(f"https://{n:060d}.example.test" for n in range(9))):
        with pytest.raises(Refused, match="addresses"):
            EnrolmentCode.of(KEYS, "7Q2K9X4M0T", addresses).lines()


def test_a_code_that_is_typed_line_by_line_goes_on_to_its_last_line() -> None:
    lines = CODE.lines()
    assert all(goes_on("".join(lines[:n])) for n in range(1, len(lines)))
    assert not any(goes_on(text) for text in (CODE.whole(), CODE.short(), "", "E", "E2旧", "E3F"))


@pytest.mark.parametrize("count", [1, 2])
def test_check_characters_find_what_hands_get_wrong(count: int) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    for length in (12, spelling.LONGEST - count):
        text = "".join(chance.choice(spelling.ALPHABET) for _ in range(length))
        whole = text + spelling.checks(text, count)

        def passes(changed: list[str]) -> bool:
            made = "".join(changed)
            return spelling.checks(made[:-count], count) == made[-count:]

        for place, character in itertools.product(range(len(whole)), spelling.ALPHABET):
            assert passes([*whole[:place], character, *whole[place + 1 :]]) == (character == whole[place])
        for one, two in itertools.combinations(range(len(whole)), 2):
            swapped = list(whole)
            swapped[one], swapped[two] = swapped[two], swapped[one]
            assert passes(swapped) == (whole[one] == whole[two])
            if count == 2:
                both = list(whole)
                for place in (one, two):
                    both[place] = chance.choice(spelling.ALPHABET.replace(whole[place], ""))
                assert not passes(both)
