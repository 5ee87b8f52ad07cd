"""Code tables with Chinese names: `shared/data/codes.toml`, versioned, exportable. Pure data, no rule
lives here.

A table with `names_in` has its names in a section of the catalogue, where the words for the same things stand. Events carry
codes, never names. An unknown code (from a newer version) shows as itself, so old programs keep working.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from shared.ledger import texts
from shared.paths import DATA


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One table: names by code in the order of the file, and where they come from."""

    id: str
    source: str
    names: Mapping[str, str]
    version: int = 1                                            # of this table; grows when one of its codes changes
    valid: Mapping[str, Mapping[str, str]] = field(default_factory=dict)    # code -> {"from", "to"} where not for ever

    def open_on(self, day: str) -> tuple[str, ...]:
        """The codes that may be chosen on this ISO date; those that ended keep their names for old records."""
        return tuple(code for code in self.names if self.valid.get(code, {}).get("from", "") <= day
                     and day <= self.valid.get(code, {}).get("to", "9999-12-31"))

    def __contains__(self, code: object) -> bool:
        return str(code) in self.names


@lru_cache(maxsize=1)
def _load() -> tuple[int, dict[str, CodeTable]]:
    raw = tomllib.loads((DATA / "codes.toml").read_text(encoding="utf-8"))
    version = int(raw.pop("version"))
    found = {key: _table(key, part) for key, part in raw.items()}
    risk = tomllib.loads((DATA / "risk.toml").read_text(encoding="utf-8"))
    found["risk_item"] = CodeTable("risk_item", risk["source"], {code: row["name"] for code, row in risk["items"].items()})
    return version, found


def _table(key: str, part: Mapping[str, Any]) -> CodeTable:
    names = texts.names(part["names_in"]) if "names_in" in part else part["names"]
    return CodeTable(key, part["source"], names, int(part.get("version", 1)), part.get("valid", {}))


def version() -> int:
    return _load()[0]


def tables() -> dict[str, CodeTable]:
    """Every table by its id."""
    return _load()[1]


def table(table_id: str) -> CodeTable:
    """The table named `table_id`. Raises KeyError naming the tables there are."""
    try:
        return tables()[table_id]
    except KeyError:
        raise KeyError(f"no code table {table_id!r}; there are {', '.join(tables())}") from None


def name(table_id: str, code: str | int) -> str:
    """The Chinese name of a code, or the code itself when it is not (yet) known."""
    return table(table_id).names.get(str(code), str(code))


def names(table_id: str) -> Mapping[str, str]:
    return table(table_id).names


def choices(table_id: str, day: str) -> list[tuple[str, str]]:
    """(code, name) of what may be chosen on this ISO date, in the order of the table: what a picker offers. What ended keeps its
    name, for old records and for whoever looks for them (`names`)."""
    found = table(table_id)
    return [(code, found.names[code]) for code in found.open_on(day)]


def export() -> str:
    """All tables as one JSON text, for other systems: {"version", "tables": {id: {"version", "source",
    "names": {code: name}, and where there are any "valid"}}}."""
    return json.dumps(
        {"version": version(),
         "tables": {t.id: _exported(t) for t in tables().values()}},
        ensure_ascii=False, indent=1,
    )


def _exported(t: CodeTable) -> dict[str, Any]:
    made: dict[str, Any] = {"version": t.version, "source": t.source, "names": dict(t.names)}
    if t.valid:
        made["valid"] = {code: dict(days) for code, days in t.valid.items()}
    return made
