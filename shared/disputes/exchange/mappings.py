"""What another system calls our codes: one file per profile in `shared/data/exchange`, versioned, with what is lost on the way.

An own value is a code or several joined by `/` (`DC07/boundary`); the more exact one is looked up first. Every own value has
exactly one target. On the way in a target becomes the value that its table names (`back`), else the only own value that leads to
it; so what was exported, taken in again and exported once more is the same. Pure data; format: the README beside the files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any

from shared.disputes.exchange import overlays
from shared.disputes.rules import excluded_matters as matters
from shared.ledger import codes
from shared.ledger.entry import folded
from shared.ledger.texts import t
from shared.paths import DATA

FOLDER = DATA / "exchange"
PROFILES = ("plain", "moj", "zz", "zz2", "nm", "petition", "12345", "court")
STATES = ("own", "published", "public_code", "unconfirmed")
CODE = ":code"          # after the field of a column that shows the code of the other side


@dataclass(frozen=True, slots=True)
class Target:
    """What an own value is over there. `loss`: what it no longer says, in Chinese; "" where nothing is lost."""

    code: str
    loss: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The translation of one field. `own`: our code tables; `target`: code tables of ours where the targets are ours too.
    `steps`: (from this number on, code), ascending. `derived`: made from other fields, ignored on the way in."""

    id: str
    own: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    to: Mapping[str, Target] = field(default_factory=dict)
    back: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[tuple[int, str], ...] = ()
    derived: bool = False

    def target(self, value: str) -> Target | None:
        """Of an own value; None for one that the table does not know (of a newer program)."""
        return self.to.get(value) or self.to.get(value.partition("/")[0])

    def of_number(self, number: int) -> str:
        return [code for start, code in self.steps if number >= start][-1]

    def own_value(self, code: str) -> str | None:
        """The own value of a code of theirs, None for one that is not in their list."""
        if code in self.back:
            return self.back[code]
        found = [value for value, target in self.to.items() if target.code == code]
        return found[0] if found else None

    def code_of(self, text: str) -> str | None:
        """The code for what stands in a cell: the code itself, or its name however it was typed; None for neither."""
        if text in self.names:
            return text
        wanted = folded(text)
        return next((code for code, name in self.names.items() if folded(name) == wanted), None)


@dataclass(frozen=True, slots=True)
class Profile:
    """One receiving system. `columns`: (heading, field) in order; `scope`: case or petition; `only`: which of them (court |
    hotline, "" all). `system`: code table `other_system`, whose number the other side's is."""

    id: str
    version: int
    name: str
    source: str
    state: str
    system: str
    scope: str
    only: str
    columns: tuple[tuple[str, str], ...]
    tables: Mapping[str, Table]
    alias: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=16)
def profile(name: str, overlay: str = "") -> Profile:
    """`overlay`: the county's own rows as TOML, over the shipped ones. Raises KeyError for a profile that there is not,
    `BadOverlay` in Chinese for rows that do not fit."""
    if name not in PROFILES:
        raise KeyError(f"no exchange profile {name!r}; there are {', '.join(PROFILES)}")
    raw = _raw(name)
    tables = _raw(raw["like"])["tables"] if raw.get("like") else raw.get("tables", {})
    if overlay:
        raw, tables = overlays.laid_over(raw, tables, overlay)
    alias = {} if raw["scope"] != "case" else {key: tuple(words) for key, words in _raw("plain")["alias"].items()}
    return Profile(raw["id"], raw["version"], raw["name"], raw["source"], raw["state"], raw["system"], raw["scope"],
                   raw.get("only", ""),
                   tuple((head, field) for head, field in raw["columns"]),
                   {key: _table(key, row) for key, row in tables.items()}, alias)


def _raw(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _table(key: str, row: Mapping[str, Any]) -> Table:
    to = {value: Target(*words) for value, words in row.get("map", {}).items()}
    names = row.get("names", {})
    if "target" in row:
        names = {value: named(row["target"].split("/"), value) for value in dict.fromkeys(t.code for t in to.values())}
    return Table(key, tuple(row.get("own", "").split("/")) if row.get("own") else (), names, to, row.get("back", {}),
                 tuple((start, code) for start, code in row.get("steps", ())), bool(row.get("derived") or row.get("steps")))


def named(tables: list[str], value: str) -> str:
    """The Chinese names of an own value: `DC07/boundary` -> 山林土地纠纷-边界."""
    return "-".join(codes.name(table, code) for table, code in zip(tables, value.split("/"), strict=False) if code)


def own_values(tables: tuple[str, ...]) -> Iterator[str]:
    """Every value that these code tables can give; of a matter and of a source only what belongs together."""
    if tables == ("category", "subcategory"):
        for category in codes.names("category"):
            yield category
            for sub in matters.table().of_category(category):
                yield f"{category}/{sub}"
    elif tables == ("case_source", "entrusting_body"):
        yield from codes.names("case_source")
        yield from (f"entrusted/{body}" for body in codes.names("entrusting_body"))
    else:
        yield from ("/".join(parts) for parts in product(*(codes.names(table) for table in tables)))


def lost(table: Table, value: str) -> str:
    """What an own value no longer says over there: as its row says, else what it would come back as; "" where it comes back."""
    target = table.target(value)
    if target is None or table.derived:
        return target.loss if target else ""
    back = table.own_value(target.code)
    if target.loss or back == value:
        return target.loss
    if "/" in value and value not in table.to:
        return t("exchange.sub_lost", name=codes.name(table.own[-1], value.partition("/")[2]))
    return t("exchange.merged", name=named(list(table.own), back or ""))


def losses(made: Profile) -> list[tuple[str, str, str, str]]:
    """(field, own value, target, what is lost) of every own value that says less over there."""
    found = []
    for key, table in made.tables.items():
        for value in own_values(table.own) if table.own else ():
            target, loss = table.target(value), lost(table, value)
            if target is not None and loss:
                found.append((key, value, target.code, loss))
    return found
