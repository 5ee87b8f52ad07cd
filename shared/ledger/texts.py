"""The one catalogue of Chinese UI text: `shared/catalogue/zh_CN/<section>.toml`, one file per section,
loaded together.

`t("case.title", number=...)` reads the key `title` of `case.toml`; tables inside a file nest with dots
(`t("case.state.closed")`). Values are filled with `str.format`. No Chinese sentence for a person stands
anywhere else in code (codes have their names in `shared/data/codes.toml`). A missing key or value raises
`MissingText`, so tests find it; a running program calls `tolerate_missing()` at its start and then shows
the key itself in 〔〕 rather than crash in a clerk's hands. To add texts: create or extend your own
section file; sections never share a file. A value that is a day (`2026-11-23`) is put as people say it.

A second language is a folder beside `zh_CN` with the same keys, as many as are translated, and `language.toml` (`name = "..."`,
and `tag = "..."` where the folder's name is not the tag that browsers know). `use(folder)` tries it first for this program,
`speaking(language)` for what one visitor asks: a text that it lacks, or that wants other values than the Chinese one, is shown in
Chinese.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from shared import paths

CATALOGUE, TAG = paths.CATALOGUE / "zh_CN", "zh-CN"


@dataclass(frozen=True, slots=True)
class Language:
    """`tag`: as BCP 47 has it, for browsers; `texts`: those that can stand for the Chinese ones, by their key."""

    folder: str
    name: str
    tag: str
    texts: Mapping[str, str]


_tolerant = False
_over: dict[str, str] = {}       # the second language's texts
_asked: ContextVar[Language | None] = ContextVar("language", default=None)      # of the visitor who is answered now
# A program serves one county, so what its centre is called is one fact of the process, like the catalogue itself.
_called: dict[str, str] = {}
_CENTRE = "{county_centre}"
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})((?: [0-9]{2}:[0-9]{2})?)")


class MissingText(KeyError):
    """A key (or a value of its format) that the catalogue lacks."""


def tolerate_missing(on: bool = True) -> None:
    """From now on a missing key shows as 〔key〕 instead of raising."""
    global _tolerant
    _tolerant = on


def call_centre(name: str) -> None:
    """What every text calls the county's centre from now on in this program; "" as the catalogue does."""
    _called["county_centre"] = name


def _flatten(prefix: str, table: dict[str, Any], into: dict[str, str]) -> None:
    for key, value in table.items():
        name = f"{prefix}.{key}"
        if isinstance(value, dict):
            _flatten(name, value, into)
        elif isinstance(value, str):
            into[name] = value
        else:
            raise TypeError(f"catalogue entry {name} must be a string, not {type(value).__name__}")


@cache
def catalogue() -> dict[str, str]:
    """Every text by its dotted key, in Chinese."""
    return {key: text for name in _files() for key, text in _of_file(name).items()}


@cache
def _files() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in CATALOGUE.glob("*.toml")))


@cache
def _of_file(name: str) -> dict[str, str]:
    """The texts whose keys begin with this name: a command reads the few files that it speaks from."""
    return _read(CATALOGUE, f"{name}.toml") if name in _files() else {}


def _said(name: str, value: Any, template: str) -> Any:
    """A day is read as people say it, with its year: `2026年11月23日`, a clock behind it stays. What somebody typed stays
    as it was typed: a `value`, and what stands in quotation marks."""
    found = _DAY.fullmatch(value) if isinstance(value, str) and value[4:5] == "-" else None
    if found is None or name == "value" or f"“{{{name}}}”" in template:
        return value
    try:
        date = dt.date.fromisoformat(found[1])
    except ValueError:
        return value
    return t("common.day_of_year", year=date.year, month=date.month, day=date.day) + found[2]


def _near(key: str) -> dict[str, str]:
    """The texts of the file that holds `key`, if any does."""
    return _of_file(key.partition(".")[0])


def _read(folder: Path, files: str = "*.toml") -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in sorted(folder.glob(files)):
        _flatten(path.stem, tomllib.loads(path.read_text(encoding="utf-8")), texts)
    return texts


def languages(root: Path = paths.CATALOGUE) -> dict[str, str]:
    """Second languages that are here: folder -> its own name. Raises ValueError for what is no TOML, OSError."""
    return {path.parent.name: str(_about(path).get("name") or path.parent.name) for path in sorted(root.glob("*/language.toml"))}


def _about(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def language(folder: str, root: Path = paths.CATALOGUE) -> Language:
    """One of `languages(root)`. Raises as it does."""
    about = _about(root / folder / "language.toml")
    return Language(folder, str(about.get("name") or folder), str(about.get("tag") or folder), _usable(root / folder))


@contextlib.contextmanager
def speaking(language: Language | None) -> Iterator[None]:
    """Within, and in what is asked from within, texts are in this language where it has them; None: as the program speaks."""
    before = _asked.set(language)
    try:
        yield
    finally:
        _asked.reset(before)


def spoken() -> Language | None:
    """What `speaking` set."""
    return _asked.get()


def use(language: str, root: Path = paths.CATALOGUE) -> None:
    """Show texts in this language where it has them, from now on; "" for Chinese alone. What it says of values that the Chinese
    text has not, and keys that are no longer there, are left out."""
    _over.clear()
    if language:
        _over.update(_usable(root / language))


def _usable(folder: Path) -> dict[str, str]:
    known = catalogue()
    return {key: text for key, text in _read(folder).items()
            if key in known and text.strip() and _values(text) == _values(known[key])}


def _second(key: str) -> str | None:
    asked = _asked.get()
    return (_over if asked is None else asked.texts).get(key)


def _values(text: str) -> set[str] | None:
    """The names of the values that it wants; None for what cannot be filled in."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return None


def names(section: str) -> dict[str, str]:
    """Every text of a section without sections below it, by its last part, in the order of the file."""
    return {key.rpartition(".")[2]: _second(key) or text for key, text in _near(section).items()
            if key.rpartition(".")[0] == section}


def has(key: str) -> bool:
    return key in _near(key)


def t(key: str, **values: Any) -> str:
    """The text of `key` with `values` filled in. Raises `MissingText` (see the module's rule)."""
    template = _second(key) or _near(key).get(key)
    if template is None:
        if _tolerant:
            return f"〔{key}〕"
        raise MissingText(f"no text for {key!r} in {CATALOGUE}; add it to its section file")
    if _CENTRE in template:
        template = template.replace(_CENTRE, _called.get("county_centre") or _near("called")["called.county_centre"])
    if not values:
        return template
    try:
        return template.format(**{name: _said(name, value, template) for name, value in values.items()})
    except (KeyError, IndexError) as missing:
        if _tolerant:
            return template
        raise MissingText(f"text {key!r} wants a value that was not given: {missing}") from None
