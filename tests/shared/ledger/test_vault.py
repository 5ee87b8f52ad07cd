"""The data key of a HOME: each way in gives the same key, the wrong secret gives none, a changed PIN encrypts nothing anew."""

from __future__ import annotations

import dataclasses
import json
import random

import pytest

from shared.ledger import vault
from shared.ledger.errors import Refused
from shared.ledger.formats.keys import DeviceKey

SEED = 20261129
CHEAP = (64, 1, 1)


@pytest.fixture
def dice():
    print("seed", SEED)
    return random.Random(SEED).randbytes


@pytest.fixture
def cheap(monkeypatch):
    monkeypatch.setattr(vault, "ARGON2", CHEAP)


def test_every_way_in_gives_the_one_key_also_after_the_file_was_written_and_read(dice, cheap):
    rescue, file_key = DeviceKey.generate(dice), dice(32)
    made, key = vault.new_vault(dice, databases="sqlcipher")
    words = vault.new_words(dice)
    made = made.with_alone(key, dice).with_file(key, file_key, dice).with_pin(key, "clerk-1", "123456", b"k" * 32, dice)
    made = made.with_words(key, words, dice).with_rescue(key, rescue.public, dice)
    text = json.dumps(made.to_json())
    assert key.hex() not in text
    assert "123456" not in text
    assert words.split()[0] not in text
    read = vault.read_vault(text)
    assert read == made
    assert {read.open_alone(), read.open_file(file_key), read.open_pin("clerk-1", "123456", b"k" * 32),
            read.open_words(words), read.open_words(words.replace(" ", "、")), read.open_rescue(rescue)} == {key}
    assert [read.open_file(dice(32)), read.open_pin("clerk-1", "123457", b"k" * 32), read.open_rescue(DeviceKey.generate(dice)),
            read.open_pin("clerk-2", "123456", b"k" * 32), read.open_words(vault.new_words(dice))] == [None] * 5


def test_a_pin_opens_nothing_without_this_machines_keystore(dice, cheap):
    made, key = vault.new_vault(dice, databases="plain")
    made = made.with_pin(key, "clerk-1", "123456", b"k" * 32, dice)
    assert made.open_pin("clerk-1", "123456", b"") is None
    assert made.open_pin("clerk-1", "123456", b"j" * 32) is None


def test_a_changed_pin_replaces_its_slot_and_keeps_the_key(dice, cheap):
    made, key = vault.new_vault(dice, databases="plain")
    made = made.with_pin(key, "a", "111111", b"", dice).with_pin(key, "b", "222222", b"", dice)
    changed = made.with_pin(key, "a", "333333", b"", dice)
    assert changed.people() == ("b", "a")
    assert changed.open_pin("a", "111111", b"") is None
    assert changed.open_pin("a", "333333", b"") == changed.open_pin("b", "222222", b"") == key


def test_a_slot_is_bound_to_its_vault_its_kind_and_its_person(dice, cheap):
    made, key = vault.new_vault(dice, databases="plain")
    made = made.with_pin(key, "a", "111111", b"", dice)
    other = dataclasses.replace(made, id="00" * 16)
    moved = dataclasses.replace(made, slots=({**made.slots[0], "who": "b"},))
    assert other.open_pin("a", "111111", b"") is None
    assert moved.open_pin("b", "111111", b"") is None


def test_a_vault_never_chooses_what_opening_it_costs(dice, cheap):
    made, key = vault.new_vault(dice, databases="plain")
    made = made.with_words(key, "红马青牛白羊黑鹿大兔", dice)
    for cost in ([1 << 30, 1, 1], [64, 10**6, 1], [64, 1, 10**6], ["x", 1, 1], []):
        assert dataclasses.replace(made, slots=({**made.slots[0], "argon2id": cost},)).open_words("红马青牛白羊黑鹿大兔") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "id": "a", "slots": [1]}', "{"])
def test_what_is_no_vault_is_refused_by_name(text):
    with pytest.raises(Refused):
        vault.read_vault(text)


def test_a_vault_of_a_newer_program_is_told_apart():
    with pytest.raises(Refused) as told:
        vault.read_vault('{"version": 2}')
    assert told.value.code == "newer_version"


def test_a_sealed_file_opens_under_its_own_name_and_key_alone(dice):
    key = dice(32)
    made = vault.seal(key, "secrets.json", "演示甲".encode(), dice)
    assert vault.is_sealed(made)
    assert vault.unseal(key, "secrets.json", made).decode() == "演示甲"
    other = {**made, "nonce": "AA=="}
    for wrong in ((dice(32), "secrets.json", made), (key, "enrolling.json", made), (key, "secrets.json", other)):
        with pytest.raises(Refused):
            vault.unseal(*wrong)


def test_five_words_cost_55_bits_and_are_told_from_a_pin(dice):
    drawn = [vault.new_words(dice).split() for _ in range(200)]
    assert vault.word_bits() == 55
    assert all(len(words) == 5 and not vault.known_word_pairs(words) for words in drawn)
    assert len({word for words in drawn for word in words}) > 500, "drawn from the whole list"
    assert vault.known_word_pairs(["红马", "红猫"]) == ["红猫"]
    assert vault.looks_like_words("红马 青牛，白羊 黑鹿 大兔")
    assert not vault.looks_like_words("123456")


def test_a_person_of_the_real_strength_opens_too(dice):
    made, key = vault.new_vault(dice, databases="plain")
    made = made.with_pin(key, "a", "111111", b"", dice)
    assert made.slots[0]["argon2id"] == [65536, 3, 4]
    assert made.open_pin("a", "111111", b"") == key
