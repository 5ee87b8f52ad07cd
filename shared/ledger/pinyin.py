"""Pinyin initials: `演示甲` -> `ysj`, so that a name is found by the letters a clerk types on any keyboard.

The readings are pypinyin's, one character at a time: the first of each, and of the first character of a name every one, for
surnames are read in their own way (单 shàn, 曾 zēng). Must not know: tables, who searches.
"""

from __future__ import annotations

import importlib.util
import os
import unicodedata
from array import array
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path


def letters(character: str) -> str:
    """The initials that a character may have, the most common first; of a Latin letter or digit itself, of others none."""
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    places, found = _table()
    return found[places[ord(character)]] if ord(character) < len(places) else ""


@lru_cache(maxsize=1)
def _table() -> tuple[array[int], list[str]]:
    """For each character the place of its initials in the list: made when the first text is indexed. Half a megabyte; the
    readings of 42,000 characters, of which it is made and which go again, are eight."""
    readings = _readings()
    places, found, latin = array("H", bytes(2 * (max(readings) + 1))), {"": 0}, _Latin()
    for character, said in readings.items():
        first = said[:1] if "," not in said else "".join(reading[:1] for reading in said.split(","))
        initials = "".join(dict.fromkeys(map(latin.__getitem__, first)))
        places[character] = found.setdefault(initials, len(found))
    return places, list(found)


class _Latin(dict[str, str]):
    """The letter below its tone mark."""

    def __missing__(self, marked: str) -> str:
        plain = unicodedata.normalize("NFD", marked)[:1]
        self[marked] = plain if plain.isascii() and plain.isalpha() else ""
        return self[marked]


def _readings() -> Mapping[int, str]:
    """Read from the one file of the package that is needed: the package itself keeps what it has read, and its tables of phrases
    are 44 MB."""
    package = importlib.util.find_spec("pypinyin")
    file = Path(package.origin or "").with_name("pinyin_dict.py") if package is not None else Path()
    spec = importlib.util.spec_from_file_location("_pinyin_readings", file) if file.is_file() else None
    if spec is None or spec.loader is None:             # a program in one file has no files of its packages
        os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
        os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
        from pypinyin.pinyin_dict import pinyin_dict

        said: Mapping[int, str] = pinyin_dict
        return said
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    readings: Mapping[int, str] = module.pinyin_dict
    return readings


def initials(text: str) -> str:
    """`水渠堵了` -> `sqdl`; what has no reading is left out."""
    return "".join(letters(character)[:1] for character in text)


def of_names(names: Iterable[str]) -> tuple[str, ...]:
    """The initials of names written after one another, and of each name whose first character has other readings too."""
    kept = [name for name in names if name]
    others = [other + initials(name[1:]) for name in kept for other in letters(name[0])[1:]]
    whole = "".join(initials(name) for name in kept)
    return tuple(dict.fromkeys((whole, *others))) if whole else ()
