"""Code tables with Chinese names: `shared/data/codes.toml`, versioned, exportable. Pure data, no rule
lives here.

Events carry codes, never names. An unknown code (from a newer version) shows as itself, so old programs
keep working.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One table: names by code in the order of the file, and where they come from."""

    id: str
    source: str
    names: Mapping[str, str]

    def __contains__(self, code: object) -> bool:
        return str(code) in self.names


@lru_cache(maxsize=1)
def _load() -> tuple[int, dict[str, CodeTable]]:
    raw = tomllib.loads((DATA / "codes.toml").read_text(encoding="utf-8"))
    version = int(raw.pop("version"))
    found = {key: CodeTable(key, part["source"], part["names"]) for key, part in raw.items()}
    risk = tomllib.loads((DATA / "risk.toml").read_text(encoding="utf-8"))
    found["risk_item"] = CodeTable("risk_item", risk["source"], {code: row["name"] for code, row in risk["items"].items()})
    return version, found


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


def export() -> str:
    """All tables as one JSON text, for other systems: {"version", "tables": {id: {"source", "names":
    {code: name}}}}."""
    return json.dumps(
        {"version": version(),
         "tables": {t.id: {"source": t.source, "names": dict(t.names)} for t in tables().values()}},
        ensure_ascii=False, indent=1,
    )
