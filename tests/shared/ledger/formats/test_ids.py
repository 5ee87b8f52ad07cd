"""ULID, hash, office id, platform number, hybrid clock, keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.errors import BadSignature, Refused
from shared.ledger.formats import hlc, ids, keys

numbers = st.builds(
    ids.PlatformNumber, st.from_regex(r"[0-9]{12}", fullmatch=True), st.integers(1970, 9999), st.integers(0, 999),
    st.integers(1, 10**9 - 1), st.booleans(),
)
ms = st.integers(0, 2**48 - 1)


@given(ms, st.binary(min_size=10, max_size=10))
def test_a_ulid_carries_its_time_and_sorts_by_it(time: int, random: bytes) -> None:
    made = ids.new_ulid(time, random)
    assert ids.is_ulid(made)
    assert ids.ulid_ms(made) == time
    if time:
        assert ids.new_ulid(time - 1, b"\xff" * 10) < made


@pytest.mark.parametrize("text", ["", "81" + "0" * 24, "0" * 25, "0" * 25 + "I", "0" * 25 + "a", "0" * 26 + "\n", None, 5])
def test_what_is_no_ulid_is_not_taken_for_one(text: object) -> None:
    assert not ids.is_ulid(text)


def test_the_hash_is_the_first_130_bits_of_sha256_in_lower_case_base32() -> None:
    assert ids.base32_hash(b"") == "4oymiquy7qobjgx36tejs35zeq"
    assert ids.is_hash(ids.base32_hash(b"x"))


def test_office_ids_are_padded_for_ever() -> None:
    assert [ids.office_id(c) for c in ("150822", "150822100", "150822100203")] == [
        "150822000000", "150822100000", "150822100203"]
    for wrong in ("", "1", "15082210020300", "15082x", "１５０８２２"):
        with pytest.raises(Refused):
            ids.office_id(wrong)


@given(numbers)
def test_a_platform_number_is_read_back(number: ids.PlatformNumber) -> None:
    assert ids.parse_number(str(number)) == number


@given(numbers, st.data())
def test_one_wrong_digit_or_two_swapped_ones_are_found(number: ids.PlatformNumber, data: st.DataObject) -> None:
    text = str(number)
    places = [i for i, c in enumerate(text) if c.isdigit()]
    at = data.draw(st.sampled_from(places))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != text[at]]))
    with pytest.raises(Refused):
        ids.parse_number(text[:at] + wrong + text[at + 1:])
    index = data.draw(st.integers(0, len(places) - 2))
    a, b = places[index], places[index + 1]
    if text[a] != text[b]:
        swapped = list(text)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        with pytest.raises(Refused):
            ids.parse_number("".join(swapped))


def test_the_printed_number_carries_the_name_of_the_office_and_the_mark_of_a_provisional_one() -> None:
    number = ids.PlatformNumber("150822100203", 2026, 1, 12)
    assert (str(number), number.short("旧地村")) == ("150822100203-2026-001-0012-3", "旧地村〔2026〕001-0012-3")
    marked = ids.PlatformNumber("150822100203", 2026, 1, 12, provisional=True)
    assert (str(marked), marked.short("旧地村")) == ("150822100203-2026-P001-0012-0", "旧地村〔2026〕临001-0012-0")
    assert str(ids.PlatformNumber("150822100203", 2026, 1, 12345)).split("-")[3] == "12345"


@pytest.mark.parametrize("text", [
    "150822100203-2026-001-0012-4", "150822100203-2026-001-12-3", "150822100203-2026-001-00012-3", "0012", "",
    "150822100203-2026-001-0012-3 ", "１50822100203-2026-001-0012-3", "150822100203-2026-001-0000-0",
])
def test_a_misread_number_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(Refused, match="refused; "):
        ids.parse_number(text)


@given(ms, st.integers(0, 65535), ms, st.integers(0, 65535))
def test_hybrid_times_sort_as_text(a: int, i: int, b: int, j: int) -> None:
    assert (hlc.make_hlc(a, i) < hlc.make_hlc(b, j)) == ((a, i) < (b, j))


@given(st.lists(st.tuples(st.integers(-5, 2**48), st.lists(ms.map(hlc.make_hlc), max_size=3)), max_size=20))
def test_a_chain_of_hybrid_times_always_rises_and_passes_what_it_cites(steps: list[tuple[int, list[str]]]) -> None:
    last = None
    for now, cited in steps:
        made = hlc.next_hlc(last, now, cited)
        assert hlc.is_hlc(made)
        assert last is None or made > last
        near = [c for c in cited if hlc.hlc_ms(c) <= now + hlc.MAX_AHEAD_MS]
        assert all(made > c for c in near)
        assert hlc.hlc_ms(made) >= min(max(now, 0), 2**48 - 2)
        last = made


def test_a_cited_time_more_than_a_day_ahead_raises_only_the_counter() -> None:
    now = 1_700_000_000_000
    far = hlc.make_hlc(now + hlc.MAX_AHEAD_MS + 1, 41)
    assert hlc.next_hlc(None, now, [far]) == hlc.make_hlc(now, 42)
    near = hlc.make_hlc(now + hlc.MAX_AHEAD_MS, 41)
    assert hlc.next_hlc(None, now, [near]) == hlc.make_hlc(now + hlc.MAX_AHEAD_MS, 42)


def test_a_full_counter_carries_into_the_milliseconds() -> None:
    assert hlc.next_hlc(hlc.make_hlc(5, 65535), 0) == hlc.make_hlc(6, 0)


def test_a_key_is_saved_loaded_and_verifies() -> None:
    key = keys.DeviceKey.generate(lambda n: bytes(range(n)))
    assert keys.DeviceKey.load(key.save()) == key
    assert keys.verify(key.public, b"m", key.sign(b"m"))
    assert not keys.verify(key.public, b"n", key.sign(b"m"))
    assert key.save() not in repr(key)
    with pytest.raises(BadSignature):
        keys.require_signature(key.public, b"n", key.sign(b"m"))


@pytest.mark.parametrize("text", ["", "x", "AAAA", "A" * 44, "Ａ" * 44, None, 7])
def test_a_public_key_of_the_wrong_form_is_refused(text: object) -> None:
    with pytest.raises(Refused):
        keys.check_public_key("public_key", text)


def test_base64_has_one_spelling_per_value() -> None:
    assert keys.from_base64("sig", "AA==") == b"\0"
    for other in ("AB==", "AA", "AA==\n", "A A=="):
        with pytest.raises(Refused):
            keys.from_base64("sig", other)


def test_an_unknown_algorithm_is_refused_with_its_own_code() -> None:
    with pytest.raises(Refused) as refusal:
        keys.suite("sm2/sm3/1")
    assert refusal.value.code == "unknown_alg"
    assert not keys.verify("AA==", b"", "AA==", "sm2/sm3/1")
