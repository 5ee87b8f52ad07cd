"""Pinyin initials: `演示甲` -> `ysj`, so that a name is found by the letters a clerk types on any keyboard.

The readings are pypinyin's, one character at a time: the first of each, and of the first character of a name every one, for
surnames are read in their own way (单 shàn, 曾 zēng). Must not know: tables, who searches.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=8192)
def letters(character: str) -> str:
    """The initials that a character may have, the most common first; of a Latin letter or digit itself, of others none."""
    pinyin_dict = _readings()
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    readings = pinyin_dict.get(ord(character), "")
    found = (unicodedata.normalize("NFD", reading)[:1] for reading in readings.split(","))
    return "".join(dict.fromkeys(letter for letter in found if letter.isascii() and letter.isalpha()))


@lru_cache(maxsize=1)
def _readings() -> dict[int, str]:
    """42,000, read when the first text is indexed. Of the package's other tables (47,000 phrases, 44 MB) nothing is used."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    from pypinyin.pinyin_dict import pinyin_dict

    found: dict[int, str] = pinyin_dict
    return found


def initials(text: str) -> str:
    """`水渠堵了` -> `sqdl`; what has no reading is left out."""
    return "".join(letters(character)[:1] for character in text)


def of_names(names: Iterable[str]) -> tuple[str, ...]:
    """The initials of names written after one another, and of each name whose first character has other readings too."""
    kept = [name for name in names if name]
    others = [other + initials(name[1:]) for name in kept for other in letters(name[0])[1:]]
    whole = "".join(initials(name) for name in kept)
    return tuple(dict.fromkeys((whole, *others))) if whole else ()
