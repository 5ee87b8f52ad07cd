"""Canonical JSON: the bytes never change, and what two machines could read differently is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.errors import NotCanonical
from shared.ledger.formats import canonical
from shared.ledger.formats.canonical import MAX_INTEGER, decode, encode, normalised
from shared.ledger.formats.characters import is_nfc, nfc, replaced

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(replaced)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_encoded_decodes_to_the_same_value_and_the_same_bytes(value: object) -> None:
    data = encode(value)
    assert decode(data) == value
    assert encode(decode(data)) == data


any_text = st.text(st.characters(), max_size=8)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | st.binary(max_size=3) | st.datetimes() | st.just((1, 2)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text | st.integers(), inner, max_size=4),
    max_leaves=12,
)


@given(values | anything)
def test_the_quick_way_makes_the_bytes_of_the_long_one_or_none(value: object) -> None:
    quick = canonical._quick(value)
    if quick is not None:
        assert quick == canonical._dump(canonical._ordered(value, (), 0)).encode()


@pytest.mark.parametrize("value", ["水渠", {"b": [1, {"a": None}], "a": True}, "\x00\x1f\x7f\"\\/\u2028", [2**53 - 1, 1 - 2**53]])
def test_what_writers_make_goes_the_quick_way(value: object) -> None:
    assert canonical._quick(value) == encode(value)


@pytest.mark.parametrize("value", [1.0, 1e300, float("nan"), 2**53, "e\u0301", "\ud800", {1: 2}, {"b": [0.5]}, b"x", (1, 2)])
def test_what_is_not_surely_canonical_goes_the_long_way(value: object) -> None:
    assert canonical._quick({"a": [value]}) is None
    assert canonical._quick("\U0001f600\n\u0301") is None


@given(st.dictionaries(texts, st.integers(0, 9), max_size=6))
def test_the_order_of_keys_as_written_does_not_matter(value: dict[str, int]) -> None:
    assert encode(value) == encode(dict(reversed(list(value.items()))))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_normalised_text_is_always_accepted(text: str) -> None:
    text = replaced(text)
    assert is_nfc(nfc(text))
    assert nfc(nfc(text)) == nfc(text)
    assert decode(encode(nfc(text))) == nfc(text)


def test_keys_are_ordered_by_utf16_code_units() -> None:
    # RFC 8785, 3.2.3: a character beyond the BMP starts with a surrogate (D83D) and so comes before U+FB33.
    keys = ["\u20ac", "\r", "דּ"[:1], "1", "\U0001f600", "\x80", "\u00f6"]
    made = json.loads(encode(dict.fromkeys(keys, 0)))
    assert list(made) == ["\r", "1", "\x80", "\u00f6", "\u05d3", "\u20ac", "\U0001f600"]
    assert encode({"\ue000": 1, "\U00010000": 2}) == '{"\U00010000":2,"\ue000":1}'.encode()


def test_escapes_are_those_of_rfc_8785() -> None:
    text = '\u20ac$\x0f\nA\'B"\\\\"/\x7f\u2028'
    assert encode(text) == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f\u2028"'.encode()


def test_no_space_and_no_ascii_escape_is_written() -> None:
    assert encode({"b": [1, None, True], "a": "旧地村"}) == '{"a":"旧地村","b":[1,null,true]}'.encode()


@pytest.mark.parametrize("value", [1.0, 2**53, -(2**53), "e\u0301", "\ud800", {1: 2}, {"a": {1, 2}}, b"x", {"e\u0301": 1}])
def test_what_two_machines_could_read_differently_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        encode(value)


def test_a_refusal_names_the_place() -> None:
    with pytest.raises(NotCanonical, match=r"body\.items\.1\.amount"):
        encode({"body": {"items": [{"amount": 1}, {"amount": 1.5}]}})


@pytest.mark.parametrize("data", [
    b'{"a":1,"a":2}', b'{"a":1.0}', b'{"a":1e2}', b"NaN", b"-0", b"[1, 2]", b'{"b":1,"a":2}', b'"\\u0041"', b"\xff", b"",
    b"9007199254740992", b"1" * 10_000, b"[" * 100_000, b"\xef\xbb\xbf1", b'"\\ud800"', b"[1]x",
])
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        decode(data)


def test_other_spellings_of_an_allowed_value_can_be_read_when_asked() -> None:
    assert decode(b'{ "b": 1, "a": "\\u65e7" }', canonical=False) == {"a": "旧", "b": 1}
    with pytest.raises(NotCanonical):
        decode(b'{"a":1,"a":1}', canonical=False)


def test_depth_is_bounded() -> None:
    deep: object = 1
    for _ in range(70):
        deep = [deep]
    with pytest.raises(NotCanonical, match="nested"):
        encode(deep)


def test_rare_characters_of_names_pass_whatever_tables_the_interpreter_has() -> None:
    # Extension H and J were added after Unicode 14 (Python 3.11): unassigned there, yet in people's names.
    name = "\U00031350\U00032000"
    assert decode(encode(name)) == name


def test_writers_normalise_keys_and_texts_everywhere() -> None:
    assert normalised({"e\u0301": ["e\u0301", ("\uf900",), 1]}) == {"é": ["é", ["\u8c48"], 1]}
