"""Initials come from the readings that pypinyin publishes, and of its tables nothing stays in memory."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

from shared.ledger import pinyin


def test_the_small_table_says_what_the_readings_say() -> None:
    from pypinyin.pinyin_dict import pinyin_dict

    for character, readings in pinyin_dict.items():
        firsts = (unicodedata.normalize("NFD", reading)[:1] for reading in readings.split(","))
        assert pinyin.letters(chr(character)) == "".join(dict.fromkeys(one for one in firsts if one.isascii() and one.isalpha()))


def test_what_has_no_reading_has_no_letters() -> None:
    assert [pinyin.letters(one) for one in ("A", "7", "-", "，", "\U0001f411", "\U0010ffff")] == ["a", "7", "", "", "", ""]


def test_the_package_is_not_loaded_for_its_readings() -> None:
    code = "import sys; from shared.ledger import pinyin; print(pinyin.initials('水渠堵了'), 'pypinyin' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["sqdl", "False"]
